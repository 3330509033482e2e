"""A theme in the plan of a session: kept, undone, played by what is generated and by what is written anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import mido
import pytest

from emsync_nb.domain import Passage, ScorePlan, Spotting, Theme, ThemeEntry
from emsync_nb.errors import OutputError, PlanError, UserError
from emsync_nb.session import Session, Take
from emsync_nb.session.documents import canonical, digest, plan_digest, spotting_document
from emsync_nb.session.requests import answer
from tests.session.test_locks import events
from tests.session.tiny_session import BOUNDARIES

#: (step, length in twelfths of a beat, pitch, velocity): two beats
MOTIF = [(0, 6, 67, 91), (6, 6, 71, 92), (12, 12, 74, 93)]
THEME = Theme.of(MOTIF)


def write_tune(path: Path) -> Path:
    """The motif as a MIDI file."""
    track = mido.MidiTrack()
    for _, length, pitch, velocity in MOTIF:
        track.append(mido.Message("note_on", note=pitch, velocity=velocity))
        track.append(mido.Message("note_off", note=pitch, time=40 * length))
    mido.MidiFile(tracks=[track], ticks_per_beat=480).save(path)
    return path


def track_of(plan: ScorePlan, entry: ThemeEntry) -> str:
    """Name of the track that an entry is played on."""
    return next(player.name for player in plan.ensemble.players if player.part == entry.part)


def plays(session: Session, take: Take, entry: ThemeEntry) -> bool:
    """Whether mido finds the notes of an entry in the file of a take, at the beat of its hit."""
    there = events(session.folder / take.file, track_of(session.score_plan, entry))
    begun = [(40 * onset, pitch, velocity) for onset, _, pitch, velocity in entry.notes]
    ended = [(40 * (onset + length), pitch, 0) for onset, length, pitch, _ in entry.notes]
    assert begun[0][0] == 480 * entry.beat
    return {*begun, *ended} <= there


def between(session: Session, take: Take, entry: ThemeEntry) -> list[int]:
    """The pitches that sound on the track of an entry while it does, by when they begin, as mido reads them."""
    start, end = 40 * entry.notes[0][0], 40 * sum(entry.notes[-1][:2])
    there = sorted(
        events(session.folder / take.file, track_of(session.score_plan, entry)), key=lambda e: (e[0], e[2])
    )
    held, found = set[int](), list[int]()
    for tick, pitch, velocity in there:
        if tick >= start and not found:
            found = sorted(held - {pitch for at, pitch, loud in there if at == start and not loud})
        if tick < start:
            (held.add if velocity else held.discard)(pitch)
        elif tick < end and velocity:
            found.append(pitch)
    return found


def entries_s(session: Session) -> list[float]:
    """Where the theme enters, in seconds."""
    plan = session.score_plan
    return [pytest.approx(float(plan.tempo_map.seconds(entry.beat)), abs=1e-3) for entry in plan.theme]


def test_a_theme_is_kept_undone_and_told_in_words(session: Session, tmp_path: Path) -> None:
    tune = write_tune(tmp_path / "tune.mid")
    requests: list[tuple[dict[str, Any], str]] = [
        ({"edit": "theme", "file": str(tune)}, "set a theme, 3 notes in G major"),
        ({"edit": "theme", "at_s": ["3", "8.5"]}, "had the theme enter at 3 and 8.5 s"),
        ({"edit": "theme"}, "left the theme's entries to the planner"),
        ({"edit": "theme_within", "start_s": 2, "end_s": 5, "enters": False}, "kept the theme away from 2 to 5 s"),
        ({"edit": "theme_within", "start_s": 2, "end_s": 5, "enters": True}, "had the theme enter within 2 to 5 s"),
        ({"edit": "theme_within", "start_s": 0, "end_s": 9, "enters": None},
         "left the theme to the planner within 0 to 9 s"),
        ({"edit": "theme", "file": None}, "took the theme away"),
    ]  # fmt: skip
    plans = [session.plan]
    for request, words in requests:
        answer(session, {"do": "edit", **request})
        assert session.history()[-1].what == words
        plans.append(session.plan)
    assert plans[1].theme == THEME
    assert [(plan.theme_at_s, plan.passages) for plan in plans[1:]] == [
        ((), ()),
        ((3, Fraction(17, 2)), ()),
        ((), ()),
        ((), (Passage(Fraction(2), Fraction(5), theme=False),)),
        ((), (Passage(Fraction(2), Fraction(5), theme=True),)),
        ((), ()),
        ((), ()),
    ]
    session.close()
    with Session.open(session.folder) as again:
        for plan, (_, words) in zip(reversed(plans[:-1]), reversed(requests), strict=True):
            assert again.undo() == words
            assert (again.plan.theme, again.plan.theme_at_s, again.plan.passages) == (
                plan.theme,
                plan.theme_at_s,
                plan.passages,
            )
        assert again.redo() == requests[0][1]
        assert again.plan.theme == THEME


def test_what_others_hear_of_it(session: Session, tmp_path: Path) -> None:
    assert answer(session, {"do": "show"})["theme"] is answer(session, {"do": "plan"})["theme"] is None
    session.change("themed", lambda p: p.with_theme(THEME, [Fraction(3)]).theme_within(8, 9, True))  # type: ignore[arg-type]
    assert answer(session, {"do": "show"})["theme"] == "3 notes in G major, at 3 s"
    facts = answer(session, {"do": "plan"})["theme"]
    assert (facts["notes"], facts["beats"], facts["key"], facts["at_s"]) == (3, 2.0, "G major", [3.0])
    assert facts["wishes"] == [{"start_s": 8.0, "end_s": 9.0, "enters": True}]
    assert [entry["timecode"] for entry in facts["entries"]] == ["00:00:03:00", "00:00:08:11"]
    assert {entry["track"] for entry in facts["entries"]} == {"Violin I"}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"edit": "theme", "at_s": ["3"]}, "there is no theme yet"),
        ({"edit": "theme", "file": None}, "there is no theme yet"),
        ({"edit": "theme", "file": "gone.mid"}, "gone.mid"),
        ({"edit": "theme", "file": "TUNE", "at_s": ["6"]}, "no hit lies within 2 s of 0:06.00"),
        ({"edit": "theme", "file": "TUNE", "at_s": ["-1"]}, "before the film"),
        ({"edit": "theme", "file": "TUNE", "at_s": "x"}, "a number is needed"),
        ({"edit": "theme_within", "start_s": 2, "end_s": 5, "enters": True}, "there is no theme yet"),
        (
            {"edit": "theme_within", "start_s": 2, "end_s": 5, "enters": "yes"},
            "enters is true, false or null",
        ),
        ({"edit": "theme_within", "start_s": 2, "end_s": 5}, "enters"),
    ],
)
def test_impossible_requests_are_one_line_and_change_nothing(
    session: Session, tmp_path: Path, request_: dict[str, Any], words: str
) -> None:
    tune = str(write_tune(tmp_path / "tune.mid"))
    request_ = {name: tune if value == "TUNE" else value for name, value in request_.items()}
    with pytest.raises(UserError, match=words) as caught:
        answer(session, {"do": "edit", **request_})
    assert "\n" not in str(caught.value)
    assert len(session.history()) == 2


def test_a_hit_that_the_theme_needs_is_not_lost_unsaid(session: Session) -> None:
    session.change("themed", lambda p: p.with_theme(THEME, [Fraction(13)]))
    with pytest.raises(PlanError, match=r"no hit lies within 2 s of 0:13.00"):
        session.change("removed", lambda p: p.removed(4))


def test_plans_without_a_theme_are_written_as_they_always_were(session: Session) -> None:
    """So older documents open, and takes are known to be of their plan."""
    plan = session.plan.with_passage(Passage(Fraction(0), Fraction(5), tempo_bpm=(60, 90)))
    found = spotting_document(plan, "0" * 24)
    assert list(found) == [
        "video",
        "boundaries",
        "curve",
        "ensemble",
        "seed",
        "cues",
        "tempo_bpm",
        "passages",
    ]
    assert list(found["passages"][0]) == ["start_s", "end_s", "key", "parts", "tempo_bpm"]
    assert plan_digest(plan) == plan_digest(plan.with_theme(THEME).with_theme(None))
    assert plan_digest(plan) != plan_digest(plan.with_theme(THEME))


def _forge(session: Session, changes: dict[str, Any]) -> None:
    """Put a state into a closed session whose spotting has these fields."""
    head = json.loads((session.folder / "session.json").read_bytes())
    state = json.loads((session.folder / "history" / f"{head['history'][-1]['state']}.json").read_bytes())
    state["spotting"] |= changes
    (session.folder / "history" / f"{digest(state)}.json").write_bytes(canonical(state))
    head["history"][-1]["state"] = digest(state)
    (session.folder / "session.json").write_text(json.dumps(head), encoding="utf-8")


GOOD = {
    "onsets": [0, 6],
    "durations": [6, 6],
    "pitches": [60, 62],
    "velocities": [80, 80],
    "key": [0, "major"],
}


@pytest.mark.parametrize(
    "forged",
    [
        {"theme": None},
        {"theme": []},
        {"theme": {}},
        {"theme": GOOD | {"onsets": [0]}},
        {"theme": GOOD | {"onsets": [0, 1.5]}},
        {"theme": GOOD | {"onsets": [6, 0]}},
        {"theme": GOOD | {"durations": [6, -6]}},
        {"theme": GOOD | {"pitches": ["60", "62"]}},
        {"theme": GOOD | {"pitches": [60, 1 << 80]}},
        {"theme": GOOD | {"velocities": [True, True]}},
        {"theme": GOOD | {"key": [0, "dorian"]}},
        {"theme": GOOD | {"key": [12, "major"]}},
        {"theme": GOOD | {"key": "C"}},
        {"theme_at_s": ["3"]},
        {"theme": GOOD, "theme_at_s": ["1/0"]},
        {"theme": GOOD, "theme_at_s": [3]},
        {"theme": GOOD, "theme_at_s": ["5", "3"]},
        {"theme": GOOD, "theme_at_s": 3},
    ],
)
def test_a_forged_theme_is_one_line(session: Session, forged: dict[str, Any]) -> None:
    session.close()
    _forge(session, forged)
    with pytest.raises(OutputError, match="damaged") as caught:
        Session.open(session.folder)
    assert "\n" not in str(caught.value)


def test_a_forged_wish_is_one_line_and_a_gigantic_theme_harmless(session: Session) -> None:
    session.change("themed", lambda p: p.with_theme(THEME).theme_within(2, 5, True))  # type: ignore[arg-type]
    session.close()
    long = {"start_s": "0", "end_s": "9", "key": None, "parts": None, "tempo_bpm": None}
    _forge(session, {"theme": GOOD | {"onsets": [0, 10**30], "durations": [10**30, 1]}, "passages": []})
    with Session.open(session.folder) as again:
        assert all(len(entry.notes) == 1 for entry in again.score_plan.theme)
    _forge(session, {"passages": [{**long, "theme": "yes"}]})
    with pytest.raises(OutputError, match="damaged"):
        Session.open(session.folder)


def test_takes_play_the_theme_where_it_enters(composing: Session) -> None:
    composing.change("themed", lambda p: p.with_theme(THEME, [3, 13]).theme_within(8, 9, True))  # type: ignore[arg-type, list-item]
    assert entries_s(composing) == [3, float(BOUNDARIES[2][0]), 13]
    for take in composing.generate(takes=2, seed=4):
        for entry in composing.score_plan.theme:
            assert plays(composing, take, entry)
            assert between(composing, take, entry) == [pitch for _, _, pitch, _ in entry.notes]


def test_bars_that_are_written_anew_take_the_theme_in(composing: Session) -> None:
    """Music that was there before the theme: only an entry within the bars is played, all else stays."""
    first = composing.accept(composing.generate(seed=1)[0])
    composing.change("themed", lambda p: p.with_theme(THEME, [3, 13]))  # type: ignore[list-item]
    early, late = composing.score_plan.theme
    grid = composing.score_plan.grid
    bars = (grid.at(early.beat).number, grid.at(early.beat + 2).number)
    assert grid.at(late.beat).number > bars[1]
    (take,) = composing.regenerate(bars)
    assert plays(composing, take, early)
    assert between(composing, take, early) == [pitch for _, _, pitch, _ in early.notes]
    assert not plays(composing, take, late)
    start, end = (grid.bars[bar - 1] for bar in bars)
    for name in [track.name for track in composing.music(first).tracks]:
        before, after = (
            {e for e in events(composing.folder / one.file, name)
             if e[2] and not start.start_beat <= e[0] / 480 < end.end_beat}
            for one in (first, take)
        )  # fmt: skip
        assert before == after
    # the theme stays when it is among what stays, and comes again when it is written anew
    composing.accept(take)
    for other in (composing.regenerate(tracks=["Cello"])[0], composing.regenerate(seed=5)[0]):
        assert plays(composing, other, early)
    assert plays(composing, other, late)


def test_the_cells_of_the_theme_alone_need_no_composer(composing: Session) -> None:
    composing.accept(composing.generate(seed=1)[0])
    composing.change("themed", lambda p: p.with_theme(THEME, [3]))  # type: ignore[list-item]
    (entry,) = composing.score_plan.theme
    grid = composing.score_plan.grid
    bars = (grid.at(entry.beat).number, grid.at(entry.beat + 2).number)
    (take,) = composing.regenerate(bars, ["violin i"])
    assert plays(composing, take, entry)


class Notices:
    """Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def stage(self, name: str, share: float) -> None:
        """Let it pass."""

    def notice(self, line: str) -> None:
        """Keep it."""
        self.lines.append(line)


@pytest.mark.parametrize("single", [True, False])
def test_locked_notes_win_over_the_theme_and_that_is_said(composing: Session, single: bool) -> None:
    first = composing.accept(composing.generate(seed=1)[0])
    composing.change("themed", lambda p: p.with_theme(THEME, [3, 13]))  # type: ignore[list-item]
    early, late = composing.score_plan.theme
    name, grid = track_of(composing.score_plan, early), composing.score_plan.grid
    bar = grid.at(early.beat).number
    notes = [n for t in composing.music(first).tracks if t.name == name for n in t.notes]
    inside = [n for n in notes if early.beat <= n.start_beat < early.beat + 2]
    assert inside
    if single:
        composing.lock(name, notes=[(inside[0].start_beat, inside[0].pitch)])
    else:
        composing.lock(name, (bar, bar))
        composing.lock(name, (bar + 1, bar + 1))
    held = set(inside[:1] if single else [n for n in notes if grid.at(n.start_beat).number in (bar, bar + 1)])
    heard = Notices()
    (take,) = composing.generate(seed=2, progress=heard)
    there = {n for t in composing.music(take).tracks if t.name == name for n in t.notes}
    assert held <= there
    assert not plays(composing, take, early)
    assert plays(composing, take, late)
    said = [
        f"the theme is not written at {entries_s(composing)[0].expected:.2f} s: what stays of {name} is in its way"
    ]
    assert heard.lines == (said if single else [])


def _shown(spotting: Spotting) -> Sequence[object]:
    return (spotting.theme, spotting.theme_at_s)


def test_analysing_again_and_directions_keep_it(session: Session) -> None:
    session.change("themed", lambda p: p.with_theme(THEME, [Fraction(3)]).theme_within(2, 6, True))  # type: ignore[arg-type]
    session.analyze(seed=4)
    assert _shown(session.plan) == (THEME, (3,))
    session.apply(session.direct("in minor from 0:02 to 0:06"))
    assert _shown(session.plan) == (THEME, (3,))
    (passage,) = session.plan.passages
    assert (passage.theme, passage.key is None) == (True, False)
    assert replace(passage, key=None) == Passage(Fraction(2), Fraction(6), theme=True)
