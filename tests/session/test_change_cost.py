"""What a change of the plan costs, counted: one fit, and nothing long written twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from unittest.mock import patch

import pytest

from emsync_nb.session import Session, store, work


@contextmanager
def counted(module: object, name: str) -> Iterator[list[object]]:
    """The calls of a function, which works as before."""
    real, calls = getattr(module, name), []

    def call(*arguments: object) -> object:
        calls.append(arguments)
        return real(*arguments)

    with patch.object(module, name, call):
        yield calls


@pytest.mark.parametrize("number", [1, 3])
def test_a_change_is_one_fit_and_reading_its_plan_none(session: Session, number: int) -> None:
    time_s = session.plan.film.boundaries[number - 1].time_s + Fraction(1, 25)
    with counted(work, "plan_of") as fits, counted(work, "plan_digest") as digests:
        session.answer({"do": "edit", "edit": "move", "boundary": number, "time_s": str(time_s)})
        assert len(fits) == 1
        session.score_plan  # noqa: B018 - read for what it does
        session.answer({"do": "plan"})
        session.direct("calmer from 0:05 to 0:10")
        assert (len(fits), digests) == (1, [])
    assert any(hit.boundary.time_s == time_s for hit in session.score_plan.hits)


def test_a_curve_that_stays_is_not_written_again(session: Session) -> None:
    session.change("moved", lambda plan: plan.moved(1, Fraction(2)))
    with counted(store, "curve_document") as written:
        session.change("moved", lambda plan: plan.moved(1, Fraction(4)))
        assert written == []
        session.change("calmer", lambda plan: plan.shifted(2.0, 6.0, arousal=-0.2))
        assert len(written) == 1
    # and what was kept is whole
    with Session.open(_closed(session)) as again:
        assert again.plan.film.curve.arousal.tolist() == session.plan.film.curve.arousal.tolist()
        again.undo()
        assert again.plan.film.boundaries[0].time_s == 4


def test_a_curve_whose_file_was_lost_is_written_anew(session: Session) -> None:
    session.change("moved", lambda plan: plan.moved(1, Fraction(2)))
    for path in (session.folder / "history").glob("*.json"):
        if b'"times_s"' in path.read_bytes():
            path.unlink()
    session.change("moved", lambda plan: plan.moved(1, Fraction(4)))
    with Session.open(_closed(session)) as again:
        assert again.plan.film.boundaries[0].time_s == 4


def test_a_plan_that_was_gone_back_to_is_its_own(session: Session) -> None:
    before = session.score_plan.tempo_map
    session.change("moved", lambda plan: plan.moved(1, Fraction(4)))
    assert session.score_plan.tempo_map != before
    session.undo()
    assert session.score_plan.tempo_map == before


def _closed(session: Session) -> Path:
    session.close()
    return session.folder
