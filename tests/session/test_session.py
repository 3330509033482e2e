"""What a composer does in a session, and that nothing of it is lost. The composer here is a fake; analysis too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from emsync_nb.domain import Cue, Key, Passage, Spotting
from emsync_nb.errors import OutputError, PlanError, PresetError, VideoError
from emsync_nb.session import Session
from emsync_nb.session.documents import curve_document, digest, state_document
from emsync_nb.session.stopping import StoppedError
from tests.session.tiny_session import BOUNDARIES, WORK, fake_compose, files, make_film, no_network


def document(session: Session) -> dict[str, Any]:
    """The whole state, as JSON has it, and its digest, for which 1 is not 1.0."""
    spotting = session.state.spotting
    found = state_document(
        session.state, None if spotting is None else digest(curve_document(spotting.film.curve))
    )
    return {**found, "digest": digest(found)}


def reopened(session: Session) -> Session:
    """The session, closed and opened again."""
    session.close()
    return Session.open(session.folder)


def test_a_new_session_lies_beside_its_film_and_is_never_made_twice(tmp_path: Path) -> None:
    film = make_film(tmp_path)
    with Session.create(film, start_timecode="01:00:00:00") as session:
        assert session.folder == tmp_path / "film.emsync"
        assert [step.what for step in session.history()] == ["created"]
        with pytest.raises(PlanError, match="not been analysed"):
            session.plan  # noqa: B018 - the access is the test
    with pytest.raises(OutputError, match="already"):
        Session.create(film)
    with Session.open(tmp_path / "film.emsync") as session:
        assert session.film.start_timecode == "01:00:00:00"


@pytest.mark.parametrize("start", ["", "1:00:00:00", "25:00:00:00", "00:61:00:00", "nonsense", "٠٠:00:00:00"])
def test_a_start_that_is_no_timecode_is_refused_before_anything_is_made(tmp_path: Path, start: str) -> None:
    with pytest.raises(VideoError, match="timecode"):
        Session.create(make_film(tmp_path), start_timecode=start)
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


EDITS: list[tuple[Callable[[Spotting], Spotting], Callable[[Spotting], object], object]] = [
    (lambda p: p.moved(1, Fraction(9)), lambda p: [float(b.time_s) for b in p.film.boundaries], [7.48, 8.44, 9, 13]),
    (lambda p: p.added(Fraction(5)), lambda p: len(p.film.boundaries), 5),
    (lambda p: p.added(Fraction(5), 1), lambda p: p.boundary(2).strength, 1.0),
    (lambda p: p.removed(2), lambda p: len(p.film.boundaries), 3),
    (lambda p: p.weighted(2, 0.9), lambda p: 0 < 0.9 - p.boundary(2).strength < 1e-4, True),
    (lambda p: p.locked(2), lambda p: p.boundary(2).locked, True),
    (lambda p: p.silent(Fraction(4), Fraction(6)), lambda p: [(c.in_s, c.out_s) for c in p.cues], [(0, 4), (6, 16)]),
    (lambda p: p.with_cues([Cue(Fraction(1), Fraction(9), "fade_in")]), lambda p: p.cues[0].entry, "fade_in"),
    (lambda p: p.drawn([2, 6], [1, -1], None), lambda p: p.film.curve.at(4)[0], 0.0),
    (lambda p: p.shifted(2, 6, arousal=0.25), lambda p: p.film.curve.at(4)[1], 0.5),
    (
        lambda p: p.with_passage(Passage(Fraction(0), Fraction(8), Key(5, "minor"), ("cello",), (70, 90))),
        lambda p: (p.passages[0].key, p.passages[0].parts, p.passages[0].tempo_bpm),
        (Key(5, "minor"), ("cello",), (70.0, 90.0)),
    ),
    (lambda p: Spotting(p.film, p.ensemble, 5, (), (60, 80)), lambda p: (p.seed, p.tempo_bpm), (5, (60.0, 80.0))),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "seen", "expected"), EDITS)
def test_an_edit_of_the_plan_is_kept_undone_and_redone_over_a_reopening(
    session: Session,
    edit: Callable[[Spotting], Spotting],
    seen: Callable[[Spotting], object],
    expected: object,
) -> None:
    before = document(session)
    session.change("edited", edit)
    after = document(session)
    assert seen(session.plan) == expected
    assert after != before
    with reopened(session) as again:
        assert (document(again), seen(again.plan)) == (after, expected)
        assert again.undo() == "edited"
        assert document(again) == before
    with reopened(again) as again:
        assert not again.history()[-1].here
        assert again.redo() == "edited"
        assert document(again) == after


IMPOSSIBLE: list[Callable[[Spotting], Spotting]] = [
    lambda p: p.moved(9, Fraction(1)),
    lambda p: p.moved(1, Fraction(-1)),
    lambda p: p.moved(1, Fraction(17)),
    lambda p: p.moved(1, Fraction(13)),
    lambda p: p.weighted(1, float("nan")),
    lambda p: p.added(Fraction(1, 10**80)),
    lambda p: p.silent(Fraction(0), Fraction(16)),
    lambda p: p.silent(Fraction(8), Fraction(3)),
    lambda p: p.with_cues([Cue(Fraction(0), Fraction(17))]),
    lambda p: p.with_cues([Cue(Fraction(0), Fraction(9)), Cue(Fraction(8), Fraction(12))]),
    lambda p: p.shifted(1, float("inf")),
    lambda p: p.shifted(1, 2, valence=float("nan")),
    lambda p: p.drawn([1, 1], [0, 0], None),
    lambda p: p.drawn([1], [2], None),
    lambda p: Spotting(p.film, p.ensemble, -1),
    lambda p: Spotting(p.film, p.ensemble, 0, (), (90, 80)),
]


@pytest.mark.parametrize("edit", IMPOSSIBLE)
def test_an_impossible_edit_is_one_line_and_changes_nothing(
    session: Session, edit: Callable[[Spotting], Spotting]
) -> None:
    before = files(session.folder)
    with pytest.raises(PlanError) as caught:
        session.change("tried", edit)
    assert "\n" not in str(caught.value)
    assert (session.folder / "session.json").read_bytes() == before["session.json"]
    with reopened(session) as again:
        assert len(again.history()) == 2


def test_an_unknown_ensemble_or_seed_is_refused_before_the_analysis(session: Session) -> None:
    with patch(f"{WORK}.analyze_film", side_effect=AssertionError("analysed")):
        with pytest.raises(PresetError, match="no preset"):
            session.analyze(ensemble="kazoos")
        with pytest.raises(PlanError, match="seed"):
            session.analyze(seed=-5)
    with pytest.raises(PresetError, match="no preset"):
        session.change("tried", lambda p: Spotting(p.film, "kazoos"))
    assert len(session.history()) == 2


def test_a_film_that_is_analysed_again_keeps_what_was_asked_for(session: Session) -> None:
    session.change("narrower", lambda p: Spotting(p.film, p.ensemble, 3, p.cues, (80, 90)).removed(1))
    assert (session.plan.seed, len(session.plan.film.boundaries)) == (3, 3)
    plan = session.analyze()
    assert (plan.seed, plan.ensemble, plan.tempo_bpm) == (3, "string-quartet", (80, 90))
    assert len(plan.film.boundaries) == len(BOUNDARIES)
    assert session.analyze(ensemble="piano-solo").ensemble == "piano-solo"


def test_takes_are_made_accepted_and_compared(session: Session) -> None:
    first, second = session.generate(takes=2, seed=7)
    assert [(t.name, t.kind, t.seed) for t in (first, second)] == [
        ("001", "generated", 7),
        ("002", "generated", 8),
    ]
    assert session.state.accepted is None
    with pytest.raises(PlanError, match="no take is accepted"):
        session.regenerate()
    session.accept("002")
    (third,) = session.regenerate(bars=(2, 3), tracks=["cello"], seed=1)
    assert (third.parent, third.bars, third.tracks) == ("002", (2, 3), ("Cello",))
    assert not session.compare(first, first)
    (difference,) = session.compare(second, third)
    assert (difference.track, set(difference.bars)) == ("Cello", {2, 3})
    assert "Cello: bars 2–3" in difference.describe()
    with pytest.raises(PlanError, match="no take '009'"):
        session.accept("009")
    for takes, seed in ((0, 0), (9, 0), (1, -1), (1, 2**63)):
        with pytest.raises(PlanError):
            session.generate(takes, seed)
    assert session.generate(1, 2**63 - 1)[0].name == "004"


def test_mute_and_solo_are_kept(session: Session) -> None:
    session.accept(session.generate()[0])
    session.mute("CELLO")
    session.solo("viola")
    with reopened(session) as again:
        assert (again.state.muted, again.state.soloed) == ({"Cello"}, {"Viola"})
        again.mute("Cello", on=False)
        again.undo()
        assert again.state.muted == {"Cello"}
        with pytest.raises(PlanError, match="no track named 'Kazoo'"):
            again.solo("Kazoo")


def test_names_of_takes_are_never_used_again(session: Session) -> None:
    session.generate(takes=2)
    (session.folder / "takes" / "².mid").write_bytes(b"")
    (session.folder / "takes" / "notes.mid").write_bytes(b"")
    music = (session.folder / "takes/002.mid").read_bytes()
    session.undo()
    assert not session.state.takes
    assert [take.name for take in session.generate(seed=5)] == ["003"]
    assert (session.folder / "takes/002.mid").read_bytes() == music
    with pytest.raises(PlanError, match="nothing to redo"):
        session.redo()


def test_there_is_an_end_to_going_back(session: Session) -> None:
    assert [session.undo()] == ["analysed the film"]
    assert session.state.spotting is None
    with pytest.raises(PlanError, match="nothing to undo"):
        session.undo()
    assert session.redo() == "analysed the film"


def test_directions_are_shown_first_and_kept_on_request(session: Session) -> None:
    before = document(session)
    proposal = session.direct("much slower from 0:02 to 0:10, silence from 0:13 to 0:15")
    assert proposal.changes
    assert document(session) == before
    session.apply(proposal)
    assert session.plan.passages[0].tempo_bpm is not None
    assert session.plan.cues
    assert session.history()[-1].what.startswith('directed "much slower')
    with pytest.raises(PlanError, match="changed since"):
        session.apply(proposal)
    session.undo()
    assert document(session) == before


class Stopper:
    """Progress that stops the work at the first news of a stage."""

    def __init__(self, stage: str) -> None:
        self.event, self._stage = threading.Event(), stage
        self.heard: list[tuple[str, float]] = []

    def stage(self, name: str, share: float) -> None:
        """Stop at a stage."""
        self.heard.append((name, share))
        if name == self._stage:
            self.event.set()

    def notice(self, line: str) -> None:
        """Nobody says anything here."""


def test_work_that_is_stopped_leaves_nothing(session: Session) -> None:
    session.accept(session.generate()[0])
    before = files(session.folder)
    for work in (session.generate, session.regenerate, session.analyze):
        stopper = Stopper("analysis" if work == session.analyze else "generation")
        with pytest.raises(StoppedError, match="nothing was changed"):
            work(progress=stopper, cancel=stopper.event)
        assert stopper.heard
    assert files(session.folder) == before
    stopper = Stopper("none")
    session.regenerate(takes=2, progress=stopper, cancel=stopper.event)
    assert [share for name, share in stopper.heard if name == "generation"][-1] == 1.0


def test_a_film_that_moved_is_found_again(session: Session, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "picture.mp4"
    moved.parent.mkdir()
    (tmp_path / "film.mp4").rename(moved)
    with pytest.raises(VideoError, match="emsync session relink"):
        session.analyze()
    other = tmp_path / "other.mp4"
    other.write_bytes(b"pictures" * 63 + b"pictured")
    for wrong, line in (
        (other, "another film"),
        (tmp_path, "another film"),
        (tmp_path / "none", "cannot be read"),
    ):
        with pytest.raises(VideoError, match=line):
            session.relink(wrong)
    session.relink(moved, start_timecode="10:00:00:00")
    assert session.plan.film.video.path == moved
    session.analyze()
    with reopened(session) as again:
        assert (again.plan.film.video.path, again.film.start_timecode) == (moved, "10:00:00:00")
        again.undo()
        assert again.plan.film.video.path == moved


def test_a_session_is_found_and_its_film_too_through_a_link(session: Session, tmp_path: Path) -> None:
    link = tmp_path / "desk" / "work"
    link.parent.mkdir()
    link.symlink_to(session.folder, target_is_directory=True)
    session.close()
    with Session.open(link) as again:
        again.analyze()
        assert again.plan.film.video.path.is_file()


def test_what_is_closed_is_not_written_to(session: Session) -> None:
    session.close()
    with Session.open(session.folder) as other:
        other.change("moved", lambda p: p.moved(1, Fraction(2)))
        before = files(session.folder)
        for change in (
            session.undo,
            session.generate,
            session.analyze,
            lambda: session.relink(session.plan.film.video.path),
        ):
            with pytest.raises(OutputError, match="closed; open it again"):
                change()
        assert files(session.folder).keys() - before.keys() <= {
            f for f in files(session.folder) if "history" in f
        }
        assert files(session.folder)["session.json"] == before["session.json"]
        assert not (session.folder / "takes").exists()
    session.close()


def test_changes_made_while_music_is_written_are_not_lost(session: Session) -> None:
    def slow(plan: Any, seeds: Any, *, watch: Any = None) -> Any:  # noqa: ANN401 - as the composer
        other = threading.Thread(target=lambda: session.change("moved", lambda p: p.moved(1, Fraction(2))))
        other.start()
        other.join(20)
        assert not other.is_alive()
        return fake_compose(plan, seeds)

    digest_before = session.generate()[0].plan
    with patch(f"{WORK}.compose_takes_of", slow):
        (take,) = session.generate()
    assert session.plan.boundary(1).time_s == 2
    assert take.plan == digest_before
    assert [step.what for step in session.history()][2:] == [
        "generated take 001",
        "moved",
        "generated take 002",
    ]
    assert len(session.state.takes) == 2


def test_the_state_is_the_same_whatever_types_numbers_came_in(tmp_path: Path) -> None:
    import numpy as np

    with no_network(), Session.create(make_film(tmp_path)) as session:
        session.analyze(ensemble="string-quartet")
        cues, tempi = (Cue(0, 12, fade_out_s=1),), (np.float32(60), 90)  # type: ignore[arg-type] # as people write
        session.change("numbers", lambda p: Spotting(p.film, p.ensemble, np.int64(4), cues, tempi))  # type: ignore[arg-type]
        before = document(session)
        with reopened(session) as again:
            assert document(again) == before
