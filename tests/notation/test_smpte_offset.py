"""Where a film's own clock stands at beat 0, in the words of MIDI files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mido
import music21
import pytest
import symusic

from emsync_nb.domain import BarGrid, Note, Score, TempoMap, Track
from emsync_nb.domain.timecode import FilmClock
from emsync_nb.notation import read_midi, write_midi
from emsync_nb.notation.midi_file import midi_bytes

NTSC = Fraction(30_000, 1001)
#: FF 54 05 hr mn se fr ff, hr as 0rrhhhhh with 00: 24, 01: 25, 10: 30 drop-frame, 11: 30 (SMF 1.0), by hand
KNOWN = [
    (Fraction(24), "01:00:00:00", "01 00 00 00 00"),
    (Fraction(24_000, 1001), "10:00:00:12", "0A 00 00 0C 00"),
    (Fraction(25), "01:02:03:04", "21 02 03 04 00"),
    (NTSC, "00:59:58:00", "60 3B 3A 00 00"),
    (NTSC, "01:00:00;02", "41 00 00 02 00"),
    (Fraction(30), "23:00:00:29", "77 00 00 1D 00"),
    # 49 fiftieths are 24 twenty-fifths and a half
    (Fraction(50), "01:00:00:49", "21 00 00 18 32"),
    (2 * NTSC, "01:00:00;05", "41 00 00 02 32"),
    (Fraction(48), "01:00:00:47", "01 00 00 17 32"),
    # 3 twelfths are 6 twenty-fourths
    (Fraction(12), "01:00:00:03", "01 00 00 06 00"),
    # half a second of a rate that is no part of any
    (Fraction(14), "01:00:00:07", "61 00 00 0F 00"),
]


def tune() -> Score:
    notes = tuple(Note(Fraction(beat), Fraction(1), 60 + beat, 64) for beat in range(4))
    return Score((Track("Flute", 73, False, notes),), TempoMap.constant(96), BarGrid.from_lengths([4]))


@pytest.mark.parametrize(("fps", "start", "data"), KNOWN)
def test_known_offsets_byte_by_byte(fps: Fraction, start: str, data: str) -> None:
    event = b"\x00\xff\x54\x05" + bytes.fromhex(data)
    written = midi_bytes(tune(), FilmClock(fps, start))
    assert written.count(event) == 1
    # at the beginning of the track with the tempo, behind its name
    assert written.index(event) == 14 + 8 + 4 + len("Conductor")
    assert len(written) == len(midi_bytes(tune())) + len(event)


@pytest.mark.parametrize(
    "clock", [None, FilmClock(), FilmClock(Fraction(25)), FilmClock(None, "01:00:00:00")]
)
def test_without_a_clock_of_its_own_a_file_says_nothing(clock: FilmClock | None) -> None:
    assert midi_bytes(tune(), clock) == midi_bytes(tune())


def test_others_read_the_same_music(tmp_path: Path) -> None:
    path = tmp_path / "score.mid"
    write_midi(tune(), path, FilmClock(Fraction(25), "01:00:00:00"))
    assert [m.hours for m in mido.MidiFile(path).tracks[0] if m.type == "smpte_offset"] == [1]
    heard = symusic.Score(str(path)).tracks[0].notes
    assert [(note.start, note.pitch) for note in heard] == [(480 * beat, 60 + beat) for beat in range(4)]
    score = music21.converter.parse(path)
    assert [note.getOffsetInHierarchy(score) for note in score.recurse().notes] == [0, 1, 2, 3]
    assert read_midi(path) == tune()
