"""What the browser is told of a chunk of music."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.domain import Cue
from emsync_nb.errors import AudioError, MidiError
from emsync_nb.rendering import render_stems
from emsync_nb.widgets.desk.sound import RATE, Music, TakeSound
from tests.rendering.test_synth import BEAT, FLUTE, STRINGS, note, program, saved


@pytest.fixture
def music(tmp_path: Path) -> Music:
    flute = program(0, FLUTE) + note(0, BEAT, 72)
    strings = program(0, STRINGS, 1) + note(0, 12 * BEAT, 48, channel=1)
    return Music("take-2", saved(tmp_path, ("Flute", flute), ("Strings", strings)), "a", 6.0)


def test_a_chunk_carries_its_facts_and_a_block_a_track(music: Music) -> None:
    facts, blocks = TakeSound().chunk(music, 0)
    assert facts == {
        "chunk": 0,
        "take": "take-2",
        "rate": 44_100,
        "frames": 4 * 44_100,
        "tracks": ["Flute", "Strings"],
    }
    stems = render_stems(music.midi, rate=RATE, duration_s=6.0)
    for block, stem in zip(blocks, stems.values(), strict=True):
        found = np.frombuffer(block, dtype="<i2").reshape(-1, 2).T / 32768
        np.testing.assert_allclose(found, stem.samples[:, : 4 * RATE], atol=1 / 65536)
    facts, blocks = TakeSound().chunk(music, 1)
    assert (facts["chunk"], facts["frames"], facts["tracks"]) == (1, 2 * RATE, ["Strings"])
    assert len(blocks) == 1


def test_other_music_is_heard_at_once(music: Music, tmp_path: Path) -> None:
    sound = TakeSound()
    before, blocks = sound.chunk(music, 0)
    (tmp_path / "other").mkdir()
    midi = saved(tmp_path / "other", ("Flute", program(0, FLUTE) + note(0, BEAT, 60)))
    facts, others = sound.chunk(Music("take-3", midi, "b", 6.0), 0)
    assert (facts["take"], facts["tracks"]) == ("take-3", ["Flute"])
    assert others[0] != blocks[0]
    assert sound.chunk(music, 0) == (before, blocks)


def test_cues_moved_are_heard(music: Music) -> None:
    sound = TakeSound()
    sound.chunk(music, 0)
    later = Music.of_film("take-2", music.midi, "a", 6.0, [Cue(Fraction(5), Fraction(6))])
    assert sound.chunk(later, 0)[0]["tracks"] == []
    assert sound.chunk(later, 1)[0]["tracks"] == ["Strings"]
    assert Music.of_film("take-2", music.midi, "a", 6.0) == music


def test_refusals_are_one_line(music: Music, tmp_path: Path) -> None:
    sound = TakeSound()
    with pytest.raises(MidiError, match="There is no MIDI file"):
        sound.chunk(replace(music, midi=tmp_path / "none.mid"), 0)
    with pytest.raises(AudioError, match="no chunk -1"):
        sound.chunk(music, -1)
    sound.close()
    with pytest.raises(AudioError, match="this desk is closed"):
        sound.chunk(music, 0)
