"""What comes back joined: files of format 0, nameless and on one channel, in which unisons have merged."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mido
import pytest

from emsync_nb.domain import BarGrid, Note, Score, TempoMap, Track
from emsync_nb.errors import MidiError
from emsync_nb.notation import write_midi
from emsync_nb.session import Session
from emsync_nb.session.comparing import Difference
from emsync_nb.session.reconciling import Reconciled, reconcile_file
from tests.notation.hex_midi import END, hex_midi

BEATS = 16


def line(low: int, *shared: int) -> tuple[Note, ...]:
    """A note a beat, rising from `low`; on the `shared` beats the one that all have, pitch 60."""
    return tuple(
        Note(Fraction(beat), Fraction(1, 2), 60 if beat in shared else low + beat, 64)
        for beat in range(BEATS)
    )


def take() -> Score:
    """Violin and viola play three notes in unison."""
    tracks = (
        Track("Violin", 40, False, line(80, 2, 5, 9)),
        Track("Viola", 41, False, line(62, 2, 5, 9)),
        Track("Cello", 42, False, line(36)),
    )
    return Score(tracks, TempoMap.constant(90), BarGrid.from_lengths([4] * 4))


def joined(score: Score, path: Path, *, without: tuple[int, int] | None = None) -> Reconciled:
    """What mido makes of a score, in one nameless track on channel 1; `without` a (tick, pitch)."""
    write_midi(score, path)
    events: list[tuple[int, mido.Message]] = []
    for track in mido.MidiFile(path).tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type in ("note_on", "note_off"):
                events.append((now, message.copy(channel=0)))
    kept = mido.MidiTrack()
    now, seen = 0, set()
    for tick, message in sorted(events, key=lambda event: (event[0], event[1].type == "note_on")):
        place = tick, message.note, message.type
        # a program that joins tracks keeps one of two equal notes
        gone = without is not None and message.note == without[1] and tick in (without[0], without[0] + 240)
        if place not in seen and not gone:
            kept.append(message.copy(time=tick - now))
            now = tick
        seen.add(place)
    mido.MidiFile(type=0, ticks_per_beat=480, tracks=[kept]).save(path)
    return reconcile_file(score, path)


def test_merged_unisons_are_not_called_taken_out(tmp_path: Path) -> None:
    merged = joined(take(), tmp_path / "joined.mid")
    assert (merged.kept, merged.edited, merged.added, merged.removed) == (3 * BEATS - 3, 0, 0, 3)
    assert [note.pitch for _, note in merged.lost_unisons] == [60, 60, 60]
    (told,) = [line for line in merged.lines() if line.startswith("Not to be told apart")]
    assert "3 notes of" in told and "export each track on its own channel" in told


def test_what_was_taken_out_of_a_joined_export_is_no_unison(tmp_path: Path) -> None:
    # the cello's third note, which nobody doubles
    merged = joined(take(), tmp_path / "joined.mid", without=(2 * 480, 38))
    assert merged.removed == 4
    assert [note.pitch for _, note in merged.lost_unisons] == [60, 60, 60]


def test_a_part_all_in_unison_is_not_to_be_told_apart(tmp_path: Path) -> None:
    first, *others = take().tracks
    double = Track("Violin II", 40, False, first.notes)
    score = Score((first, *others, double), take().tempo_map, take().grid)
    merged = joined(score, tmp_path / "joined.mid")
    lost = [name for name, _ in merged.lost_unisons]
    assert len(lost) == merged.removed == BEATS + 3
    assert lost.count("Violin II") + lost.count("Violin") >= BEATS


def test_a_unison_taken_out_of_a_track_of_its_own_is_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "parted.mid"
    violin, viola, cello = take().tracks
    thinner = Track("Viola", 41, False, tuple(note for note in viola.notes if note.pitch != 60))
    write_midi(Score((violin, thinner, cello), take().tempo_map, take().grid), path)
    merged = reconcile_file(take(), path)
    assert (merged.kept, merged.removed, merged.lost_unisons) == (3 * BEATS - 3, 3, ())
    # nor is a whole track
    write_midi(Score((violin, cello), take().tempo_map, take().grid), path)
    assert reconcile_file(take(), path).lost_unisons == ()


@pytest.mark.parametrize("tracks", [[END], [f"00 C0 05 {END}", f"00 FF 03 01 41 00 90 3C 00 {END}"], []])
def test_an_export_without_notes_is_refused(session: Session, tmp_path: Path, tracks: list[str]) -> None:
    session.accept(session.generate()[0])
    path = tmp_path / "empty.mid"
    path.write_bytes(hex_midi(*tracks))
    before = [step.what for step in session.history()]
    with pytest.raises(MidiError, match=r"empty\.mid holds no notes, .*; select the tracks") as caught:
        session.import_music(path)
    assert "\n" not in str(caught.value)
    assert [step.what for step in session.history()] == before
    assert session.state.accepted == "001"


def test_one_note_is_one_note() -> None:
    assert Difference("Viola", (2, 3), 1, 2).describe() == "Viola: bars 2–3, 1 note against 2"
    assert Difference("Viola", (2,), 0, 1).describe() == "Viola: bars 2, 0 notes against 1"
