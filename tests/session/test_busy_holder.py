"""A holder that composes for somebody answers all others meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from emsync_nb.domain import Score, ScorePlan
from emsync_nb.pipeline import Stopwatch
from emsync_nb.session import Session
from emsync_nb.session.holder import ask
from emsync_nb.session.requests import _HANDLERS, _LONG, takes_long
from emsync_nb.widgets.desk.work import desk_work
from tests.session.held_folder import until
from tests.session.tiny_session import WORK, analysed, fake_compose, no_network

MUTE = {"do": "edit", "edit": "lock", "boundary": 1}


class Composer:
    """Composes until it is let go."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.may_end = threading.Event()

    def __call__(self, plan: ScorePlan, seeds: Sequence[int], *, watch: Stopwatch) -> list[Score]:
        self.asked.append(list(seeds))
        assert self.may_end.wait(60)
        return fake_compose(plan, seeds)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """One whose film was analysed, held by this process."""
    with no_network(), analysed(tmp_path) as session:
        yield session


@pytest.fixture
def composer(session: Session) -> Iterator[Composer]:
    """In place of `compose_takes_of`."""
    composer = Composer()
    with patch(f"{WORK}.compose_takes_of", composer):
        yield composer
        composer.may_end.set()


@pytest.fixture
def in_a_thread(composer: Composer) -> Iterator[ThreadPoolExecutor]:
    """Askers beside this thread; they end before the session is closed."""
    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(4))
        stack.callback(composer.may_end.set)
        yield threads


def composing(threads: ThreadPoolExecutor, folder: Path, seed: int) -> Future[dict[str, Any]]:
    """Another asks for a take."""
    return threads.submit(ask, folder, {"do": "generate", "seed": seed}, timeout_s=60)


def test_changes_of_others_are_made_meanwhile(
    session: Session, composer: Composer, in_a_thread: ThreadPoolExecutor
) -> None:
    take = composing(in_a_thread, session.folder, 7)
    until(lambda: bool(composer.asked))
    assert ask(session.folder, MUTE, timeout_s=20)["boundaries"][0]["locked"]
    assert ask(session.folder, {"do": "show"}, timeout_s=20)["takes"] == []
    assert not take.done()
    composer.may_end.set()
    assert take.result(20)["takes"][0]["seed"] == 7
    assert [step.what for step in session.history()][-2:] == ["locked boundary 1", "generated take 001"]


def test_a_desk_of_another_process_can_be_worked_at_meanwhile(
    session: Session, composer: Composer, in_a_thread: ThreadPoolExecutor
) -> None:
    desk = desk_work(session.folder)
    assert desk.session is None  # another holder is in the way, as it would be in another process
    take = composing(in_a_thread, session.folder, 7)
    until(lambda: bool(composer.asked))
    desk.carry_out(MUTE)
    assert (desk.read_only, take.done()) == ("", False)
    desk.close()


def test_what_takes_long_is_done_one_after_another(
    session: Session, composer: Composer, in_a_thread: ThreadPoolExecutor
) -> None:
    first = composing(in_a_thread, session.folder, 1)
    until(lambda: bool(composer.asked))
    second = composing(in_a_thread, session.folder, 2)
    server = session._holder._server
    assert server is not None
    until(lambda: server._long_worker._work_queue.qsize() == 1)
    assert composer.asked == [[1]]
    composer.may_end.set()
    assert [each.result(20)["takes"][0]["name"] for each in (first, second)] == ["001", "002"]


def test_closing_waits_for_what_takes_long(
    session: Session, composer: Composer, in_a_thread: ThreadPoolExecutor
) -> None:
    take = composing(in_a_thread, session.folder, 3)
    until(lambda: bool(composer.asked))
    closing = in_a_thread.submit(session.close)
    with pytest.raises(TimeoutError):
        closing.result(0.3)
    composer.may_end.set()
    assert take.result(20)["takes"][0]["name"] == "001"
    closing.result(20)
    assert not session.is_open


def test_what_takes_long_is_known() -> None:
    assert {do for do in (*_HANDLERS, *_LONG) if takes_long({"do": do})} == set(_LONG)
    assert not takes_long({"do": ["generate"]})
