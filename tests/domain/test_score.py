"""Notes, keys and scores; keys are checked against music21."""

from __future__ import annotations

from fractions import Fraction

import pytest
from music21 import key as music21_key

from emsync_nb.domain import BarGrid, Key, Mode, Note, Score, TempoMap, Track

KEYS = [(tonic, mode) for mode in ("major", "minor") for tonic in range(12)]


@pytest.mark.parametrize(("tonic", "mode"), KEYS)
def test_the_signature_belongs_to_the_tonic(tonic: int, mode: Mode) -> None:
    signature = music21_key.KeySignature(Key(tonic, mode).fifths)
    assert signature.asKey(mode).tonic.pitchClass == tonic


@pytest.mark.parametrize(("tonic", "mode"), KEYS)
def test_the_name_is_spelled_as_the_signature_spells_it(tonic: int, mode: Mode) -> None:
    key = Key(tonic, mode)
    spelled = music21_key.KeySignature(key.fifths).asKey(mode).tonic.name
    assert key.name == f"{spelled.replace('-', '♭').replace('#', '♯')} {mode}"


@pytest.mark.parametrize("tonic", [-1, 12])
def test_a_tonic_is_a_pitch_class(tonic: int) -> None:
    with pytest.raises(ValueError, match="pitch class"):
        Key(tonic, "major")


@pytest.mark.parametrize(
    ("start", "duration", "pitch", "velocity"),
    [(-1, 1, 60, 64), (0, 0, 60, 64), (0, 1, 128, 64), (0, 1, -1, 64), (0, 1, 60, 0), (0, 1, 60, 128)],
)
def test_a_note_no_midi_file_can_hold_is_refused(
    start: int, duration: int, pitch: int, velocity: int
) -> None:
    with pytest.raises(ValueError, match=r"a note needs|out of MIDI's range"):
        Note(Fraction(start), Fraction(duration), pitch, velocity)


def test_a_score_ends_with_its_last_sound() -> None:
    long = Note(Fraction(0), Fraction(9, 2), 48, 64)
    late = Note(Fraction(3), Fraction(1), 60, 64)
    score = Score(
        (Track("Cello", 42, False, (long, late)),), TempoMap.constant(120), BarGrid.from_lengths([4])
    )
    assert score.end_beat == Fraction(9, 2)
    assert score.note_count == 2
    assert Score((), score.tempo_map, score.grid).end_beat == 0
