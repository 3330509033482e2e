"""Music before the first beat of a take, as a count-in or an upbeat: cut or left out, told, and in nobody's way."""

from __future__ import annotations

from pathlib import Path

import mido

from emsync_nb.session import Session
from tests.session.conservation import back
from tests.session.edited_exports import begin_later, edited_events, take
from tests.session.test_reconciling import TOTAL, counts


def with_click(file: mido.MidiFile, *lengths: int) -> mido.MidiFile:
    """Four beats later, with notes on those beats that last so many ticks."""
    file = begin_later(file, 4 * 480)
    clicks = mido.MidiTrack([mido.MetaMessage("track_name", name="Click")])
    for length in lengths:
        clicks.append(mido.Message("note_on", channel=9, note=37, velocity=99))
        clicks.append(mido.Message("note_off", channel=9, note=37, time=length))
        clicks.append(mido.MetaMessage("text", text="", time=max(0, 480 - length)))
    file.tracks.append(clicks)
    return file


def test_count_in_clicks_are_left_out_and_told(tmp_path: Path) -> None:
    path = edited_events(take(), tmp_path / "a.mid", lambda file: with_click(file, 240, 240, 240, 240))
    result = back(take(), path)
    assert result.offset_beats == 4
    assert counts(result) == (TOTAL, 0, 0, 0)
    assert [(name, float(note.start_beat)) for name, note in result.left_out] == [
        ("Click", beat) for beat in range(4)
    ]
    assert not result.early_notes
    assert result.score == take()
    assert "Left out, as it ended before the film: 4 notes of Click" in result.lines()


def test_what_sounds_into_the_film_begins_with_it(tmp_path: Path) -> None:
    result = back(
        take(), edited_events(take(), tmp_path / "a.mid", lambda file: with_click(file, 240, 7 * 480))
    )
    # the second click lasts from the fifth beat before the film ends to two beats into it
    assert counts(result) == (TOTAL, 0, 1, 0)
    ((name, early),) = result.early_notes
    assert (name, early.start_beat, early.duration_beats) == ("Click", 0, 4)
    assert len(result.left_out) == 1
    assert {
        "Cut to begin with the film: 1 note of Click",
        "Left out, as it ended before the film: 1 note of Click",
    } <= set(result.lines())


def test_music_before_the_film_stands_in_the_way_of_nothing(composing: Session, tmp_path: Path) -> None:
    session = composing
    session.accept(session.generate(seed=2)[0])
    file = mido.MidiFile(session.folder / "takes/001.mid")
    name = file.tracks[1].name
    for track in file.tracks:
        next(m for m in track if m.type not in ("track_name", "program_change")).time += 4 * 480
    upbeat = [("note_on", 25, 480), ("note_off", 25, 480), ("note_on", 26, 480), ("note_off", 26, 4 * 480)]
    file.tracks.append(mido.MidiTrack([mido.MetaMessage("track_name", name="Upbeat")]))
    for kind, pitch, time in upbeat:  # one before the film, one from its last beat before to the third in it
        file.tracks[-1].append(mido.Message(kind, note=pitch, velocity=70, time=time, channel=13))
    file.save(tmp_path / "upbeat.mid")
    merged = session.import_music(tmp_path / "upbeat.mid")
    assert merged.offset_beats == 4
    assert ([n.pitch for _, n in merged.left_out], [n.pitch for _, n in merged.early_notes]) == ([25], [26])
    takes = [*session.generate(seed=4), *session.regenerate((1, 2), [name], seed=5)]
    for made in takes:
        (early,) = [n for t in session.music(made).tracks if t.name == "Upbeat" for n in t.notes]
        assert (early.start_beat, early.pitch, early.velocity) == (0, 26, 70)
