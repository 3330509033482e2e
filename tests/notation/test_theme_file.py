"""Themes from files that others write, and found again in files that are not ours."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from music21 import chord, note, stream

from emsync_nb.domain import GRID, Key
from emsync_nb.errors import MidiError
from emsync_nb.notation.theme_file import find_entries, read_theme, skyline

#: (onset, length) in quarters, pitch
Tone = tuple[float, float, int]
TUNE: list[Tone] = [(0, 0.5, 67), (0.5, 1.5, 72), (2, 1 / 3, 71), (2 + 1 / 3, 1 / 3, 72), (3, 1, 76)]


def write(path: Path, *tracks: Sequence[Tone], channel: int = 0, name: str = "Tune") -> Path:
    """A MIDI file of a track for each row of tones."""
    file = mido.MidiFile(ticks_per_beat=960)
    for tones in tracks:
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        events = [(round(960 * at), "note_on", pitch) for at, _, pitch in tones]
        events += [(round(960 * (at + length)), "note_off", pitch) for at, length, pitch in tones]
        now = 0
        for tick, kind, pitch in sorted(events, key=lambda event: (event[0], event[1] == "note_on")):
            track.append(mido.Message(kind, note=pitch, velocity=80, time=tick - now, channel=channel))
            now = tick
        file.tracks.append(track)
    file.save(path)
    return path


def test_a_tune_is_read_as_it_stands(tmp_path: Path) -> None:
    theme = read_theme(write(tmp_path / "a.mid", [(4 + at, length, pitch) for at, length, pitch in TUNE]))
    assert theme.onsets == tuple(round(12 * at) for at, _, _ in TUNE)
    assert theme.durations == (6, 18, 4, 4, 12)
    assert theme.pitches == (67, 72, 71, 72, 76)
    assert theme.velocities == (80,) * 5
    assert theme.key == Key(0, "major")


def test_of_several_tracks_the_first_with_pitched_notes(tmp_path: Path) -> None:
    """Even where another begins to sound before it."""
    file = mido.MidiFile(write(tmp_path / "a.mid", [], TUNE, [(0, 4, 90), (4, 4, 91)]))
    drums = mido.MidiTrack(
        [mido.Message("note_on", note=36, channel=9), mido.Message("note_off", note=36, time=99, channel=9)]
    )
    file.tracks[1][1].time += 480  # the tune comes half a quarter late
    file.tracks.insert(0, drums)
    file.save(tmp_path / "b.mid")
    assert read_theme(tmp_path / "b.mid").pitches == (67, 72, 71, 72, 76)


def test_the_highest_line_of_chords_and_accompaniment(tmp_path: Path) -> None:
    chords = [(at, length, pitch - 12) for at, length, pitch in TUNE]
    below = [(at, 1, 48 + at % 3) for at in range(4)]
    assert (
        read_theme(write(tmp_path / "a.mid", [*TUNE, *chords, *below])).pitches
        == read_theme(write(tmp_path / "b.mid", TUNE)).pitches
    )


def test_legato_belongs_to_the_line_and_notes_beneath_a_long_one_do_not() -> None:
    falling = [(0, 14, 72, 80), (12, 14, 71, 80), (24, 12, 69, 80)]
    assert skyline(falling) == [(0, 12, 72, 80), (12, 12, 71, 80), (24, 12, 69, 80)]
    assert skyline([(0, 36, 72, 80), (12, 12, 64, 80), (24, 12, 65, 80)]) == [(0, 36, 72, 80)]


def test_a_part_of_a_score_is_read_too(tmp_path: Path) -> None:
    upper, lower = stream.Part(), stream.Part()
    upper.append([note.Note("G4", quarterLength=1), chord.Chord(["C4", "E5"], quarterLength=3)])
    lower.append(note.Note("C6", quarterLength=4))
    stream.Score([upper, lower]).write("musicxml", fp=tmp_path / "a.musicxml")
    theme = read_theme(tmp_path / "a.musicxml")
    assert (theme.onsets, theme.durations, theme.pitches) == ((0, 12), (12, 36), (67, 76))


@pytest.mark.parametrize(
    ("tones", "words"),
    [
        ([(n / 4, 0.25, 60 + n % 5) for n in range(65)], "has 65 notes over 16.25 beats"),
        ([(4 * n, 4, 60 + n) for n in range(9)], "has 9 notes over 36 beats.*at most 64 notes and 8 bars"),
        ([(0, 4, 60)], "holds no melody"),
        ([], "holds no melody"),
    ],
)
def test_what_is_no_theme_is_said(tmp_path: Path, tones: list[Tone], words: str) -> None:
    with pytest.raises(MidiError, match=words):
        read_theme(write(tmp_path / "a.mid", tones))


def test_themes_of_the_greatest_size_are_read(tmp_path: Path) -> None:
    assert (
        len(read_theme(write(tmp_path / "a.mid", [(n / 2, 0.5, 60 + n % 5) for n in range(64)])).onsets) == 64
    )


def test_drums_alone_are_no_melody(tmp_path: Path) -> None:
    with pytest.raises(MidiError, match="holds no melody"):
        read_theme(write(tmp_path / "a.mid", TUNE, channel=9))


def rows(start: float, shift: int = 0) -> list[tuple[int, int, int, int]]:
    """The tune as it was planned for a place."""
    return [
        (round(GRID * (start + at)), round(GRID * length), pitch + shift, 80) for at, length, pitch in TUNE
    ]


def test_entries_are_found_where_they_are_and_nowhere_else(tmp_path: Path) -> None:
    """Half a second a beat, in a file that mido wrote; a note too many does not hide them."""
    moved = [(8 + at, length, pitch + 5) for at, length, pitch in TUNE]
    path = write(tmp_path / "a.mid", [*moved, (8, 2, 50)], name="Flute")
    wanted = [("Flute", rows(8, 5)), ("Flute", rows(8, 4)), ("Flute", rows(9, 5)), ("Oboe", rows(8, 5))]
    assert find_entries(path, wanted) == [Fraction(4), None, None, None]


CHANGES = [(2, (1 / 480, 0, 0)), (2, (0, 1 / 480, 0)), (2, (0.01, 0, 0)), (4, (0, -0.5, 0)), (0, (0, 0, 1))]


@pytest.mark.parametrize(("place", "change"), CHANGES)
def test_a_note_that_is_late_short_or_another_is_not_it(
    tmp_path: Path, place: int, change: tuple[float, float, int]
) -> None:
    """More than a tick of 1/480 counts, a tick does not."""
    tones = [*TUNE]
    tones[place] = tuple(a + b for a, b in zip(tones[place], change, strict=True))  # type: ignore[assignment]
    (found,) = find_entries(write(tmp_path / "a.mid", tones), [("Tune", rows(0))])
    assert (found is not None) == (max(map(abs, change)) == 1 / 480)
