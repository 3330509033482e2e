"""Stems in chunks: joined they are what `render_stems` gives, to the sample, from wherever one begins."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import Cue
from emsync_nb.errors import AudioError, MidiError
from emsync_nb.pipeline import StemChunk, StemPlayer
from emsync_nb.pipeline.stems import CHUNK_S
from emsync_nb.rendering import fade_cues, render_stems
from tests.rendering.test_synth import BEAT, FLUTE, SIDE_STICK, STRINGS, control, note, program, saved

RATE = 8_000
#: chunks of 4 s in 2.5 of them
DURATION_S = 10.3


@pytest.fixture
def midi(tmp_path: Path) -> Path:
    """A chord over two borders, a swell, a pan, two tracks of one name, a drum alone in the second chunk."""
    swell = [event for tick in range(0, 9600, 96) for event in control(tick, 11, 127 - tick // 96)]
    return saved(
        tmp_path,
        ("Strings", program(0, STRINGS) + swell + note(480, 18 * BEAT, 48) + note(960, 15 * BEAT, 55, 60)),
        ("Flute", program(0, FLUTE, 1) + control(0, 10, 20, 1) + note(0, BEAT, 72, channel=1)),
        ("Flute", program(0, FLUTE, 2) + control(0, 7, 60, 2) + note(17 * BEAT, BEAT, 60, channel=2)),
        ("Drums", note(9 * BEAT, BEAT // 8, SIDE_STICK, 127, channel=9)),
    )


def joined(player: StemPlayer) -> dict[str, NDArray[np.int16]]:
    """Each track as a whole, (frames, 2); left out where it is silent."""
    whole = {name: np.zeros((player.frames, 2), dtype=np.int16) for name in player.tracks}
    for number in range(player.chunks):
        chunk = player.chunk(number)
        begin = number * CHUNK_S * player.rate
        for name, block in zip(chunk.tracks, chunk.blocks, strict=True):
            whole[name][begin : begin + chunk.frames] = np.frombuffer(block, dtype="<i2").reshape(-1, 2)
    return whole


def rounded(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.rint(samples.T.astype(np.float64) * 32768), -32768, 32767).astype(np.int16)


def test_joined_chunks_are_the_stems_to_the_sample(midi: Path) -> None:
    expected = render_stems(midi, rate=RATE, duration_s=DURATION_S)
    whole = joined(StemPlayer(midi, RATE, duration_s=DURATION_S))
    assert list(whole) == list(expected) == ["Strings", "Flute", "Flute 2", "Drums"]
    for name, stem in expected.items():
        assert np.abs(whole[name]).max() > 100
        np.testing.assert_array_equal(whole[name], rounded(stem.samples))


def test_a_chunk_is_the_same_whatever_was_before(midi: Path) -> None:
    player = StemPlayer(midi, RATE, duration_s=DURATION_S)
    in_order = [player.chunk(number) for number in range(3)]
    fresh = StemPlayer(midi, RATE, duration_s=DURATION_S)
    for number in (2, 0, 1, 2):
        found = fresh.chunk(number)
        assert (found.tracks, found.blocks) == (in_order[number].tracks, in_order[number].blocks)


def test_silent_tracks_are_left_out_and_the_end_is_shorter(midi: Path) -> None:
    player = StemPlayer(midi, RATE, duration_s=DURATION_S)
    chunks = [player.chunk(number) for number in range(player.chunks)]
    assert [chunk.frames for chunk in chunks] == [4 * RATE, 4 * RATE, round(2.3 * RATE)]
    assert ["Drums" in chunk.tracks for chunk in chunks] == [False, True, False]
    assert [chunk.tracks[-1] for chunk in chunks] == ["Flute", "Drums", "Flute 2"]
    for chunk in chunks:
        assert all(len(block) == 4 * chunk.frames for block in chunk.blocks)
    behind = player.chunk(3)
    assert (behind.tracks, behind.blocks, behind.frames) == ((), (), 0)


def test_cues_fade_as_in_the_scored_film(midi: Path) -> None:
    cues = [Cue(Fraction(1), Fraction(5), "fade_in"), Cue(Fraction(6), Fraction(9))]
    expected = render_stems(midi, rate=RATE, duration_s=DURATION_S)
    whole = joined(StemPlayer(midi, RATE, duration_s=DURATION_S, cues=cues))
    for name, stem in expected.items():
        np.testing.assert_array_equal(whole[name], rounded(fade_cues(stem, cues).samples))
    assert not whole["Strings"][: RATE - 1].any()
    assert whole["Strings"][3 * RATE : 4 * RATE].any()


def test_what_is_too_loud_is_cut_off_not_turned_over(tmp_path: Path) -> None:
    chord = [event for key in range(20, 108) for event in note(0, 4 * BEAT, key, 127)]
    loud = saved(tmp_path, ("Organ", program(0, 19) + control(0, 7, 127) + chord))
    expected = render_stems(loud, rate=RATE)["Organ"].samples.T
    assert np.abs(expected).max() > 1.1
    whole = joined(StemPlayer(loud, RATE))["Organ"]
    assert (whole[expected > 1] == 32767).all()
    assert (whole[expected < -1] == -32768).all()


def test_a_held_note_is_reached_after_minutes(tmp_path: Path) -> None:
    """A voice behind a low-pass needs its whole past: a thousand pieces of it at once."""
    rate, minutes = 22_050, 13
    long = saved(tmp_path, ("Pad", program(0, 91) + note(0, minutes * 120 * BEAT, 60)))
    seconds = 60 * minutes - 1
    number = seconds // CHUNK_S
    chunk = StemPlayer(long, rate).chunk(number)
    expected = render_stems(long, rate=rate)["Pad"].samples[:, number * CHUNK_S * rate :][:, : chunk.frames]
    found = np.frombuffer(chunk.blocks[0], dtype="<i2").reshape(-1, 2)
    assert np.abs(found).max() > 100
    np.testing.assert_array_equal(found, rounded(expected))


def test_threads_hear_the_same(midi: Path) -> None:
    with StemPlayer(midi, RATE, duration_s=DURATION_S) as player:
        start = threading.Barrier(4)

        def ask(number: int) -> StemChunk:
            start.wait()
            return player.chunk(number % 3)

        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(ask, range(12)))
    alone = StemPlayer(midi, RATE, duration_s=DURATION_S)
    for number, chunk in enumerate(found):
        assert chunk.blocks == alone.chunk(number % 3).blocks


def test_what_cannot_be_heard_is_refused_in_a_line(midi: Path, tmp_path: Path) -> None:
    player = StemPlayer(midi, RATE)
    with pytest.raises(AudioError, match="no chunk -1"):
        player.chunk(-1)
    player.close()
    with pytest.raises(AudioError, match="no longer played"):
        player.chunk(0)
    with pytest.raises(MidiError, match="There is no MIDI file"):
        StemPlayer(tmp_path / "none.mid")


def test_music_without_notes_is_silence(tmp_path: Path) -> None:
    player = StemPlayer(saved(tmp_path, ("A", control(4 * BEAT, 7, 3))), RATE)
    assert (player.tracks, player.chunks) == ((), 1)
    assert (player.chunk(0).tracks, player.chunk(0).frames) == ((), 4 * RATE)
