from __future__ import annotations

import base64
import importlib.util
import math
import random
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from emsync_nb.domain import BarGrid, Note, Score, TempoChange, TempoMap, Track
from emsync_nb.session.state import Lock

if importlib.util.find_spec("anywidget") is None:
    pytest.skip("the extra notebook is not installed", allow_module_level=True)

from traitlets import HasTraits, TraitError, link
from traitlets import List as ListTrait

from emsync_nb.widgets.note_columns import click_columns, note_columns
from emsync_nb.widgets.packing import unpacked
from emsync_nb.widgets.piano_roll import PianoRoll

#: 120 beats a minute up to beat 8, then 60
TEMPO = TempoMap((TempoChange(0, 500_000), TempoChange(8, 1_000_000)))


def _note(start: Fraction | int, length: Fraction | int = 1, pitch: int = 60, velocity: int = 80) -> Note:
    return Note(Fraction(start), Fraction(length), pitch, velocity)


def _score(*tracks: Track, bars: int = 4) -> Score:
    return Score(tracks, TEMPO, BarGrid.from_lengths([4] * bars))


def _duo() -> Score:
    """A violin with a note in each bar, and drums in the last."""
    violin = Track("Violin", 40, False, tuple(_note(4 * bar, 2, 60 + bar) for bar in range(4)))
    return _score(violin, Track("Kit", 0, True, (_note(12, Fraction(1, 4), 38, 100),)))


def _many(notes: int, tracks: int, bars: int = 100) -> Score:
    rng = random.Random(1)
    made = []
    for number in range(tracks):
        starts = sorted(Fraction(rng.randrange(bars * 48), 12) for _ in range(notes // tracks))
        line = tuple(_note(start, Fraction(7, 12), 40 + number % 40) for start in starts)
        made.append(Track(f"Part {number + 1}", number % 128, False, line))
    return _score(*made, bars=bars)


def _columns(roll: PianoRoll) -> dict[str, list[float]]:
    names = ("start_s", "end_s", "pitch", "velocity", "track", "locked")
    found = unpacked(roll.notes, len(names))
    return {name: column.tolist() for name, column in zip(names, found, strict=True)}


# — columns —


def test_notes_lie_where_the_tempo_puts_them() -> None:
    columns = _columns(PianoRoll(_duo()))
    assert columns["start_s"] == [0, 2, 4, 8, 8]
    assert columns["end_s"] == [1, 3, 6, 10, 8.25]
    assert columns["pitch"] == [60, 61, 62, 63, 38]
    assert columns["velocity"] == [80, 80, 80, 80, 100]
    assert columns["track"] == [0, 0, 0, 0, 1]
    assert columns["locked"] == [0] * 5


def test_tracks_are_told_with_their_instruments() -> None:
    rows, _ = note_columns(_duo(), muted={"Kit"}, soloed={"Violin"}, volumes_db={"Kit": -6})
    assert [row["instrument"] for row in rows] == ["Violin", "Drums"]
    assert [row["is_drum"] for row in rows] == [False, True]
    assert [row["notes"] for row in rows] == [4, 1]
    assert [row["muted"] for row in rows] == [False, True]
    assert [row["soloed"] for row in rows] == [True, False]
    assert [row["volume_db"] for row in rows] == [0.0, -6.0]


def test_clicks_tell_every_beat_and_the_bars() -> None:
    score = _duo()
    times_s, bpm, bars = (
        column.tolist() for column in unpacked(click_columns(score.tempo_map, score.grid), 3)
    )
    assert times_s == [*(beat / 2 for beat in range(8)), *(4 + beat for beat in range(8))]
    assert bpm == [120] * 8 + [60] * 8
    assert bars == [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0]


@pytest.mark.parametrize(
    ("lock", "notes", "tracks"),
    [
        (Lock("Violin"), [1, 1, 1, 1, 0], [True, False]),
        (Lock("Violin", (2, 3)), [0, 1, 1, 0, 0], [False, False]),
        (Lock("Violin", (1, 4)), [1, 1, 1, 1, 0], [True, False]),
        (Lock(None, (4, 4)), [0, 0, 0, 1, 1], [False, False]),
        (Lock("Violin", None, ((Fraction(8), 62),)), [0, 0, 1, 0, 0], [False, False]),
        (Lock("Violin", None, ((Fraction(8), 62), (Fraction(0), 60))), [1, 0, 1, 0, 0], [False, False]),
        (Lock(), [1, 1, 1, 1, 1], [True, True]),
    ],
)
def test_locks_are_seen_on_notes_and_tracks(lock: Lock, notes: list[int], tracks: list[bool]) -> None:
    roll = PianoRoll(_duo(), locks=[lock])
    assert _columns(roll)["locked"] == notes
    assert [row["locked"] for row in roll.tracks] == tracks


def test_notes_out_of_order_are_put_in_order() -> None:
    track = Track("A", 0, False, (_note(4, pitch=61), _note(0, pitch=60)))
    assert _columns(PianoRoll(_score(track)))["pitch"] == [60, 61]


# — scores of all sizes —


def test_no_score_and_empty_ones() -> None:
    roll = PianoRoll()
    assert (roll.tracks, roll.notes, roll.clicks) == ([], b"", b"")
    assert roll.in_words() == "Piano roll: no music yet."
    roll.score = _score(Track("A", 0, False, ()))
    assert roll.notes == b""
    assert roll.tracks[0]["notes"] == 0
    assert roll.in_words() == "Piano roll of 12.0 s: 1 track, 0 notes."
    roll.score = _score()
    assert roll.tracks == []
    roll.score = None
    assert roll.score is None


@pytest.mark.parametrize(("notes", "tracks", "bars"), [(100, 1, 100), (4000, 40, 100), (100_000, 12, 1800)])
def test_large_scores_are_held_whole(notes: int, tracks: int, bars: int) -> None:
    score = _many(notes, tracks, bars)
    roll = PianoRoll(score)
    starts_s, ends_s, _, _, numbers, _ = unpacked(roll.notes, 6)
    assert len(starts_s) == score.note_count
    assert len(roll.tracks) == tracks
    same = numbers[1:] == numbers[:-1]
    assert np.all(np.diff(starts_s)[same] >= 0)
    assert np.all(np.diff(numbers) >= 0)
    assert np.all(ends_s > starts_s)
    assert roll.duration_s >= ends_s.max() - 1e-3


def test_the_axis_is_as_long_as_the_film() -> None:
    assert PianoRoll(_duo()).duration_s == 12.0
    roll = PianoRoll(_duo(), Fraction(62))
    assert roll.duration_s == 62.0
    roll.score = _many(10, 1, bars=200)
    assert roll.duration_s == 62.0
    for wrong in (0, -1, math.nan, math.inf):
        with pytest.raises(TraitError, match="more than 0 s"):
            PianoRoll(_duo(), wrong)


# — another score —


def test_another_score_keeps_what_still_makes_sense() -> None:
    roll = PianoRoll(_duo(), locks=[Lock("Violin", (2, 2)), Lock("Kit"), Lock(None, (4, 4))])
    roll.muted, roll.soloed = ["Violin", "Kit"], ["Kit"]
    roll.volumes_db = {"Violin": -3.0, "Kit": -9.0}
    roll.score = _score(Track("Violin", 40, False, (_note(4),)), bars=3)
    assert roll.muted == ["Violin"]
    assert roll.soloed == []
    assert roll.volumes_db == {"Violin": -3.0}
    assert roll.locks == (Lock("Violin", (2, 2)),)
    assert _columns(roll)["locked"] == [1]


# — locks —


def test_bars_are_locked_and_unlocked() -> None:
    roll = PianoRoll(_duo())
    roll.lock("Violin", (1, 3))
    roll.lock("Violin", (1, 3))
    assert roll.locks == (Lock("Violin", (1, 3)),)
    roll.unlock("Violin", (2, 2))
    assert set(roll.locks) == {Lock("Violin", (1, 1)), Lock("Violin", (3, 3))}
    assert _columns(roll)["locked"] == [1, 0, 1, 0, 0]
    roll.unlock()
    assert roll.locks == ()


def test_single_notes_are_locked_and_unlocked() -> None:
    roll = PianoRoll(_duo())
    roll.lock("Violin", notes=[(Fraction(4), 61)])
    roll.lock("Violin", notes=[(Fraction(8), 62), (Fraction(12), 63)])
    assert _columns(roll)["locked"] == [0, 1, 1, 1, 0]
    assert [row["locked"] for row in roll.tracks] == [False, False]
    roll.unlock("Violin", notes=[(Fraction(8), 62)])
    assert set(roll.locks) == {Lock("Violin", None, ((4, 61),)), Lock("Violin", None, ((12, 63),))}
    for track, spot, line in (
        ("Violin", (Fraction(4), 60), "Violin has no note of pitch 60 at beat 4"),
        ("Kit", (Fraction(4), 61), "Kit has no note of pitch 61 at beat 4"),
        (None, (Fraction(4), 61), "needs their track"),
    ):
        for deed in (roll.lock, roll.unlock):
            with pytest.raises(TraitError, match=line):
                deed(track, notes=[spot])
    roll.score = _score(Track("Violin", 40, False, (_note(4, pitch=61),)))
    assert roll.locks == (Lock("Violin", None, ((4, 61),)),), "the other note is not in this score"


@pytest.mark.parametrize(
    ("track", "bars", "line"),
    [
        ("Viola", None, "no track 'Viola' to lock; there are Kit, Violin"),
        ("Violin", (3, 5), "no bar 5 to lock; there are 4"),
        ("Violin", (3, 2), "bars are counted from 1"),
        ("Violin", (0, 2), "bars are counted from 1"),
    ],
)
def test_what_is_not_there_is_not_locked(track: str, bars: tuple[int, int] | None, line: str) -> None:
    roll = PianoRoll(_duo())
    for deed in (roll.lock, roll.unlock):
        with pytest.raises(TraitError, match=re.escape(line)):
            deed(track, bars)
    assert roll.locks == ()


def _answers(roll: PianoRoll, monkeypatch: pytest.MonkeyPatch, *messages: object) -> list[dict[str, Any]]:
    """What the browser gets for its messages."""
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(roll, "send", sent.append)
    for message in messages:
        roll._handle_custom_msg(message, [])
    return sent


def test_the_browser_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    roll = PianoRoll(_duo())
    request = {"do": "lock", "track": "Violin", "bars": [2, 3]}
    assert _answers(roll, monkeypatch, {"type": "edit", "id": "1", "request": request}) == [
        {"type": "done", "id": "1"}
    ]
    assert roll.locks == (Lock("Violin", (2, 3)),)


def test_the_browser_locks_notes_where_it_shows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    roll = PianoRoll(_score(Track("Violin", 40, False, (_note(Fraction(1, 7)), _note(Fraction(25, 3))))))
    starts_s = _columns(roll)["start_s"]
    request = {"do": "lock", "track": "Violin", "notes_at_s": [[time_s, 60] for time_s in starts_s]}
    message = {"type": "edit", "id": "1", "request": request}
    assert _answers(roll, monkeypatch, message) == [{"type": "done", "id": "1"}]
    assert roll.locks == (Lock("Violin", None, ((Fraction(1, 7), 60), (Fraction(25, 3), 60))),)
    let_go = {**request, "do": "unlock", "notes_at_s": [[starts_s[1], 60]]}
    assert _answers(roll, monkeypatch, {**message, "request": let_go}) == [{"type": "done", "id": "1"}]
    assert roll.locks == (Lock("Violin", None, ((Fraction(1, 7), 60),)),)
    nothing = PianoRoll()
    (answer,) = _answers(nothing, monkeypatch, message)
    assert answer["text"] == "there is no music yet, so no note to lock"


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ({"do": "lock", "track": "Violin", "notes_at_s": [[9.0, 60]]}, "no note of pitch 60 at 9 s"),
        ({"do": "lock", "track": "Violin", "notes_at_s": []}, "names no notes"),
        ({"do": "lock", "track": "Violin", "notes_at_s": [["0", 60]]}, "a note's start must be a number"),
        ({"do": "unlock", "track": "Violin", "notes": [7]}, "pairs of beat and pitch"),
        ({"do": "lock", "notes_at_s": [[0, 60]]}, "needs their track"),
        ({"do": "lock", "track": "Viola"}, "no track 'Viola'"),
        ({"do": "lock", "track": "Violin", "bars": "all"}, "bars are a first and a last one"),
        ({"do": "lock", "track": "Violin", "bars": [1.5, 2]}, "a whole number is needed"),
        ({"do": "explode"}, "a piano roll can lock and unlock, got 'explode'"),
        ({"do": ["lock"]}, "a piano roll can lock and unlock"),
        ("lock", "a piano roll can lock and unlock"),
        (None, "a piano roll can lock and unlock"),
    ],
)
def test_what_the_browser_cannot_have_is_refused(
    request_: object, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    roll = PianoRoll(_duo())
    (answer,) = _answers(roll, monkeypatch, {"type": "edit", "id": "9", "request": request_})
    assert (answer["type"], answer["id"]) == ("refused", "9")
    assert line in answer["text"]
    assert "\n" not in answer["text"]
    assert roll.locks == ()


def test_other_messages_are_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    roll = PianoRoll(_duo())
    assert _answers(roll, monkeypatch, "lock", {"type": "job"}, {}, None) == []


# — what traits may hold —


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("muted", ["Viola"], "no track 'Viola'; there are Violin, Kit"),
        ("soloed", [3], "trait"),
        ("volumes_db", {"Viola": 0}, "no track 'Viola'"),
        ("volumes_db", {"Kit": 7}, "the volume of Kit must lie in -60 … 6 dB, got 7"),
        ("volumes_db", {"Kit": math.nan}, "the volume of Kit"),
        ("volumes_db", {"Kit": True}, "the volume of Kit"),
        ("volumes_db", {"Kit": "loud"}, "the volume of Kit"),
        ("position_s", math.nan, "a number of seconds"),
        ("selection", [3.0, 2.0], "0 ≤ start < end"),
        ("selection", [3.0], "0 ≤ start < end"),
        ("view", {"start_s": 1}, "a view is start_s and end_s"),
        ("view", {"start_s": 2, "end_s": 1}, "a view is start_s and end_s"),
        ("view", {"start_s": 0, "end_s": math.inf}, "a view is start_s and end_s"),
        ("view", {"start_s": "0", "end_s": 1}, "a view is start_s and end_s"),
        ("view", {"start_s": 0, "end_s": 1, "zoom": 2}, "a view is start_s and end_s"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(name: str, value: object, line: str) -> None:
    roll = PianoRoll(_duo())
    before = getattr(roll, name)
    with pytest.raises(TraitError) as refused:
        setattr(roll, name, value)
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)
    assert getattr(roll, name) == before


def _tracks(**changes: object) -> list[dict[str, Any]]:
    first, second = PianoRoll(_duo()).tracks
    return [{**first, **changes}, second]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tracks", []),
        ("tracks", [{}, {}]),
        ("tracks", ["Violin", "Kit"]),
        ("tracks", _tracks() * 100),
        ("tracks", _tracks()[::-1]),
        ("tracks", _tracks(name="Viola")),
        ("tracks", _tracks(name=["Violin"])),
        ("tracks", _tracks(notes=10**9)),
        ("tracks", _tracks(notes="4")),
        ("tracks", _tracks(locked=True)),
        ("tracks", _tracks(script="alert()")),
        ("notes", b""),
        ("notes", b"\0" * 24),
        ("clicks", b"\0" * 12),
    ],
)
def test_a_browser_does_not_say_what_the_music_is(name: str, value: object) -> None:
    roll = PianoRoll(_duo())
    before = {each: getattr(roll, each) for each in ("tracks", "notes", "clicks")}
    with pytest.raises(
        TraitError, match=f"^{name} come from the score and the locks of a piano roll; set these$"
    ):
        roll.set_state({name: value})
    assert {each: getattr(roll, each) for each in before} == before
    assert roll.in_words() == "Piano roll of 12.0 s: 2 tracks, 5 notes."
    roll.set_state({"tracks": _tracks(), "muted": ["Kit"]})
    assert roll.muted == ["Kit"]


def test_traits_can_be_set_and_linked() -> None:
    class Mixer(HasTraits):
        silent: ListTrait[list[str]] = ListTrait()

    roll, mixer = PianoRoll(_duo()), Mixer()
    link((mixer, "silent"), (roll, "muted"))
    mixer.silent = ["Kit"]
    assert roll.muted == ["Kit"]
    roll.position_s = 900.0
    assert roll.position_s == 12.0
    roll.view = {"start_s": 1, "end_s": 2.5}
    roll.view = {}
    roll.selection = [1.0, 2.0]
    roll.selection = []


# — without a kernel —


def test_a_page_without_a_kernel_shows_a_picture_and_words() -> None:
    data, _ = PianoRoll(_duo())._repr_mimebundle_()
    assert data["text/plain"] == "Piano roll of 12.0 s: 2 tracks, 5 notes."
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "image/png" not in PianoRoll()._repr_mimebundle_()[0]


def test_the_browser_gets_one_module_and_its_style() -> None:
    roll = PianoRoll()
    assert roll._esm.rstrip().endswith("export default { render: module_piano_roll.render };")
    assert not re.search(r"^import\b", roll._esm, re.MULTILINE)
    assert ".em-track-heads" in roll._css
    assert "@import" not in roll._css
