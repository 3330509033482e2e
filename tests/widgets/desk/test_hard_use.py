"""What people and browsers should not do to a desk, and do."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.errors import OutputError, PlanError
from emsync_nb.session import Session
from emsync_nb.widgets.desk.scoring_desk import ScoringDesk
from tests.widgets.desk.conftest import MOVE, Wired, engine, first_time, until


def test_who_observes_and_edits_hears_that_this_cannot_be(film: Path) -> None:
    desk, heard = ScoringDesk(film), list[PlanError]()

    def observe(_: object) -> None:
        with pytest.raises(PlanError, match="thread of its own") as refusal:
            desk.edit(MOVE)
        with pytest.raises(PlanError, match="cannot call wait"):
            desk.wait()
        heard.append(refusal.value)

    desk.observe(observe, ["position_s", "history"])
    desk.set_state({"position_s": 1.0})
    assert len(heard) == 1
    desk.edit(MOVE)
    assert len(heard) == 2
    assert first_time(desk) == pytest.approx(3.4)


def test_who_observes_and_edits_in_a_thread_is_served(film: Path) -> None:
    desk = ScoringDesk(film)
    desk.observe(lambda _: threading.Thread(target=desk.edit, args=(MOVE,)).start(), "selection")
    desk.set_state({"selection": [1.0, 2.0]})
    until(lambda: first_time(desk) == pytest.approx(3.4))


def test_an_observer_that_fails_hides_nothing_and_fails_no_change(
    film: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = ScoringDesk(film)

    def observe(_: object) -> None:
        raise ValueError("observed")

    desk.observe(observe, "boundaries")
    assert desk.edit(MOVE)["duration_s"] == 16
    assert desk.history["undo"] == "moved boundary 1 to 3.4 s"
    assert [record.getMessage() for record in caplog.records] == ["Who observes boundaries of a desk failed"]
    caplog.clear()


def test_who_observes_a_job_may_begin_the_next(film: Path) -> None:
    desk, numbers, refusals = ScoringDesk(film), list[int](), list[str]()

    def observe(change: dict[str, Any]) -> None:
        if not change["new"] and not numbers:
            numbers.append(desk.generate(1, 2))
        elif change["new"] and not refusals:
            with pytest.raises(PlanError, match="still running") as refusal:
                desk.generate()
            refusals.append(str(refusal.value))

    desk.observe(observe, "job")
    desk.generate(1, 1)
    until(lambda: len(desk.takes) == 2)
    desk.wait(120)
    assert (numbers, len(refusals)) == ([2], 1)


@pytest.mark.parametrize("half", ["\ud83d", "film \udcff.mid"])
def test_halves_of_letters_come_back_as_what_can_be_sent(film: Path, half: str) -> None:
    wired = Wired(ScoringDesk(film))
    for number, do in enumerate(("import", "direct", "relink", "accept")):
        wired.ask(
            number, type="edit", request={"do": do, **dict.fromkeys(("file", "text", "film", "take"), half)}
        )
    wired.say(id=half, type="edit", request={"do": "show"})
    wired.ask(9, type="ping")
    for content, _ in wired.sent:
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    engine(wired.desk).note("error", [f"{half} is not there"])
    json.dumps(wired.desk.notice, ensure_ascii=False).encode()


def test_what_is_refused_is_told_shortly(film: Path) -> None:
    wired = Wired(ScoringDesk(film))
    answer, _ = wired.ask(1, type="edit", request={"do": "accept", "take": "a" * 1_000_000})
    assert answer["type"] == "refused"
    assert len(answer["text"]) <= 10_000


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be taken away there")
def test_a_desk_whose_folder_was_replaced_says_so_by_itself(scored: Path, folder: Path) -> None:
    desk = ScoringDesk(scored)
    shutil.rmtree(folder)
    other = Session.create(scored)
    until(lambda: "was replaced" in desk.read_only, 10)
    with pytest.raises(OutputError, match="was replaced"):
        desk.edit(MOVE)
    desk.close()
    assert len(other.history()) == 1
    other.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be taken away there")
def test_a_folder_that_was_taken_away_is_not_made_anew(
    scored: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = ScoringDesk(scored)
    away = folder.rename(folder.with_name("away"))
    before = first_time(desk)
    with pytest.raises(OutputError, match=r"film\.emsync"):
        desk.edit(MOVE)
    desk.generate()
    with pytest.raises(OutputError, match=r"film\.emsync"):
        desk.wait(120)
    assert first_time(desk) == before
    assert not folder.exists()
    away.rename(folder)
    desk.edit(MOVE)
    assert first_time(desk) == pytest.approx(3.4)
    shutil.rmtree(folder)
    desk.close()
    assert not folder.exists()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
