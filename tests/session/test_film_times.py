"""A film that begins at a timecode of its own: whatever a session tells or reads of times is in it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import mido
import pytest

from emsync_nb.errors import PlanError, VideoError
from emsync_nb.session import Session
from emsync_nb.widgets.desk.work import previewed
from tests.notation.hex_midi import END, hex_midi
from tests.pipeline.tiny_film import make_film as real_film
from tests.session.tiny_session import make_film

START = "01:00:00:00"


@pytest.fixture
def at_one(session: Session) -> Session:
    """The session, its film of 16 s at 25 frames a second beginning at one o'clock."""
    session.relink(session.film.place(session.folder), start_timecode=START)
    return session


def directed(session: Session, text: str) -> dict[str, Any]:
    return session.answer({"do": "direct", "text": text, "apply": True})


def test_directions_are_told_and_read_as_timecode(at_one: Session) -> None:
    told = directed(at_one, "calmer from 01:00:05:00 to 01:00:10:05, silence from 12 s to 13 s")
    assert told["not_understood"] == []
    assert [line.split(": ")[0] for line in told["changes"]] == [
        "01:00:05:00 to 01:00:10:05",
        "01:00:12:00 to 01:00:13:00",
    ]
    assert at_one.plan.cues[0].out_s == 12
    assert at_one.direct("calmer from 01:00:05:00").lines()[0].startswith("01:00:05:00 to 01:00:16:00: ")


def test_timecodes_of_another_film_are_said_to_be_none_of_this(at_one: Session) -> None:
    for text, why in (
        ("calmer at 00:59:59:00", "lies before the film, which begins at 01:00:00:00"),
        ("calmer at 01:00:20:00", "beyond the film, which ends at 0:16.0, 01:00:16:00"),
        ("calmer at 01:00:05:25", "no timecode at 25 frames a second"),
        ("calmer at 01:00:05;00", "drops frames"),
    ):
        told = directed(at_one, text)
        assert told["changes"] == [] and why in told["not_understood"][0], told


def test_a_film_without_a_clock_of_its_own_is_told_in_film_time(session: Session) -> None:
    told = directed(session, "calmer from 0:05 to 0:10")
    assert told["changes"][0].startswith("0:05.0 to 0:10.0: ")
    # its timecodes are read all the same
    assert directed(session, "calmer from 00:00:05:00 to 00:00:10:00") == told


def test_the_history_tells_timecode(at_one: Session) -> None:
    rounded = float(Fraction(312, 25))
    for request in (
        {"edit": "move", "boundary": 3, "time_s": rounded},
        {"edit": "add", "time_s": "26/5"},
        {"edit": "shift", "start_s": 2, "end_s": 6, "arousal": -0.5},
        {"edit": "draw", "times_s": [2, 6], "valence": [0, 0]},
        {"edit": "silence", "start_s": 4, "end_s": 5},
    ):
        at_one.answer({"do": "edit", **request})
    assert [step.what for step in at_one.history()[-5:]] == [
        "moved boundary 3 to 01:00:12:12",
        "added a boundary at 01:00:05:05",
        "shifted arousal by -0.5 from 01:00:02:00 to 01:00:06:00",
        "drew valence from 01:00:02:00 to 01:00:06:00",
        "silenced 01:00:04:00 to 01:00:05:00",
    ]


def test_a_theme_is_told_in_timecode(at_one: Session, tmp_path: Path) -> None:
    motif = tmp_path / "motif.mid"
    motif.write_bytes(hex_midi(f"00 90 3C 40 60 3C 00 00 3E 40 60 3E 00 00 40 40 60 40 00 {END}"))
    for request in (
        {"edit": "theme", "file": str(motif), "at_s": ["3"]},
        {"edit": "theme_within", "start_s": "8", "end_s": "9", "enters": True},
    ):
        told = at_one.answer({"do": "edit", **request})["theme"]["told"]
    assert told == {"at": "01:00:03:00", "wishes": ["enters within 01:00:08:00 to 01:00:09:00"]}
    assert [step.what for step in at_one.history()[-2:]] == [
        "set a theme, 3 notes in C major, at 01:00:03:00",
        "had the theme enter within 01:00:08:00 to 01:00:09:00",
    ]
    assert at_one.answer({"do": "show"})["theme"] == "3 notes in C major, at 01:00:03:00"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"edit": "move", "boundary": 3, "time_s": 100}, "a boundary lies behind the film's end, at 01:01:40:00"),
    (
        {"edit": "silence", "start_s": 1, "end_s": 17},
        "01:00:17:00 lies behind the film, which ends at 01:00:16:00",
    ),
    (
        {"edit": "silence", "start_s": 0, "end_s": 16},
        "silence from 01:00:00:00 to 01:00:16:00 leaves no music",
    ),
    ({"edit": "shift", "start_s": 6, "end_s": 2, "arousal": 0.5}, "got 01:00:06:00 to 01:00:02:00"),
    ({"edit": "cues", "cues": [{"in_s": 8, "out_s": 4}]}, "got 01:00:08:00 to 01:00:04:00"),
    ({"edit": "draw", "times_s": [-1, 2], "valence": [0, 0]}, "cannot begin before the film, got -0:01.00"),
    ({"edit": "theme", "file": "MOTIF", "at_s": ["6"]}, "no hit lies within 2 s of 01:00:06:00, .* nearest"),
]


@pytest.mark.parametrize(("request_", "why"), REFUSED)
def test_refusals_tell_timecode(at_one: Session, tmp_path: Path, request_: dict[str, Any], why: str) -> None:
    motif = tmp_path / "motif.mid"
    motif.write_bytes(hex_midi(f"00 90 3C 40 60 3C 00 00 3E 40 60 3E 00 00 40 40 60 40 00 {END}"))
    wanted = {name: str(motif) if value == "MOTIF" else value for name, value in request_.items()}
    with pytest.raises(PlanError, match=why):
        at_one.answer({"do": "edit", **wanted})
    with pytest.raises(PlanError, match=why):
        previewed(at_one.plan, wanted, at_one.clock)
    assert at_one.history()[-1].what == "analysed the film"


def test_takes_say_where_the_film_begins(at_one: Session) -> None:
    take = at_one.generate()[0]
    (offset,) = [
        message
        for message in mido.MidiFile(at_one.folder / take.file).tracks[0]
        if message.type == "smpte_offset"
    ]
    assert (offset.time, offset.frame_rate, offset.hours, offset.minutes) == (0, 25, 1, 0)
    # our own readers hear the same music
    at_one.accept(take)
    merged = at_one.import_music(at_one.folder / take.file)
    assert (merged.edited, merged.added, merged.removed) == (0, 0, 0)


@pytest.mark.parametrize(
    ("start", "why"),
    [("01:00:00:99", "no timecode at 25 frames a second; name one"), ("01:00:00;00", "drops frames")],
)
def test_a_start_that_the_rate_does_not_have_is_refused(
    session: Session, tmp_path: Path, start: str, why: str
) -> None:
    film = session.film.place(session.folder)
    with pytest.raises(VideoError, match=why):
        session.relink(film, start_timecode=start)
    assert session.film.start_timecode == "00:00:00:00"
    # before the analysis the film itself is asked
    with pytest.raises(VideoError, match=why.replace("25", "[0-9.]+")):
        Session.create(real_film(tmp_path / "real.mp4"), tmp_path / "other.emsync", start_timecode=start)


def test_drop_frame_is_for_rates_that_drop(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with Session.create(make_film(tmp_path / "other"), start_timecode="01:00:00;00") as early:
        # bytes that are no film have no rate to ask; its analysis will say so
        assert early.film.clock(Fraction(30_000, 1001)).code(Fraction(1001, 30)) == "01:00:33;10"
