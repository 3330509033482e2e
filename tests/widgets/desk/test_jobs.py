"""Work beside the kernel: in order, the latest, one at a time, told and stopped."""

from __future__ import annotations

import gc
import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from emsync_nb.errors import EmsyncError, PlanError
from emsync_nb.pipeline.progress import Progress
from emsync_nb.session.stopping import Stoppable, StoppedError
from emsync_nb.widgets.desk import jobs
from emsync_nb.widgets.desk.jobs import InOrder, Job, Jobs, LatestWins


class Heard:
    """What jobs tell."""

    def __init__(self) -> None:
        self.news: list[dict[str, Any]] = []
        self.ends: list[tuple[EmsyncError | None, list[str]]] = []
        self.jobs = Jobs(self.news.append, lambda error, lines: self.ends.append((error, lines)))

    def run(self, work: Callable[[Progress, threading.Event], None]) -> EmsyncError | None:
        self.jobs.start("the work", work)
        assert self.jobs.wait(120)
        return self.ends[-1][0]


def test_calls_are_made_in_order_and_one_that_fails_hurts_no_other(caplog: pytest.LogCaptureFixture) -> None:
    calls, made = InOrder("test"), list[int]()
    calls.put(lambda: made.append(1))
    calls.put(lambda: 1 // 0)  # type: ignore[arg-type,return-value] # it fails
    calls.put(lambda: made.append(2))
    assert calls.wait(120) and made == [1, 2]
    assert "ZeroDivisionError" in caplog.text
    calls.close()
    assert not calls.put(lambda: made.append(3))


def test_what_waits_before_closing_is_still_done() -> None:
    calls, gate, made = InOrder("test"), threading.Event(), list[int]()
    calls.put(lambda: gate.wait(20) and None)  # type: ignore[arg-type,return-value]
    calls.put(lambda: made.append(1))
    calls.close()
    assert not calls.wait(0.01)
    gate.set()
    assert calls.wait(120) and made == [1]


def test_an_idle_thread_keeps_nothing_alive() -> None:
    class Owner:
        def act(self) -> None:
            """Do nothing."""

    calls, owner = InOrder("test"), Owner()
    calls.put(owner.act)
    assert calls.wait(120)
    gone = weakref.ref(owner)
    del owner
    gc.collect()
    assert gone() is None


def test_of_values_that_wait_the_last_is_handled_and_a_change_between_them_ends_the_row() -> None:
    calls, gate, handled = InOrder("test"), threading.Event(), list[object]()
    latest = LatestWins(calls, handled.append)
    calls.put(lambda: gate.wait(20) and None)  # type: ignore[arg-type,return-value]
    for value in range(5):
        latest.put(value)
    gate.set()
    assert calls.wait(120) and handled == [4]
    gate.clear()
    calls.put(lambda: gate.wait(20) and None)  # type: ignore[arg-type,return-value]
    latest.put("before")
    latest.drop()
    calls.put(lambda: handled.append("a change"))
    latest.put("behind")
    gate.set()
    assert calls.wait(120) and handled == [4, "a change", "behind"]


def test_a_job_is_told_and_ends() -> None:
    heard, told = Heard(), threading.Event()

    def work(progress: Progress, _: threading.Event) -> None:
        progress.stage("first", 0.5)
        progress.notice("a line")
        assert told.wait(120)

    original = heard.news.append
    heard.jobs._tell = lambda job: (original(job), job.get("share") == 0.5 and told.set())  # type: ignore[assignment,func-returns-value]
    assert heard.run(work) is None
    assert heard.news[0] == {
        "id": 1,
        "what": "the work",
        "stage": "",
        "share": 0.0,
        "left_s": None,
        "can_cancel": True,
    }
    assert heard.news[1]["stage"] == "first"
    assert heard.news[-1] == {}
    assert heard.ends == [(None, ["a line"])]


def test_news_come_four_times_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard()
    monkeypatch.setattr(jobs, "NEWS_S", 3600.0)

    def work(progress: Progress, _: threading.Event) -> None:
        for number in range(1000):
            progress.stage("busy", number / 1000)

    heard.run(work)
    assert len(heard.news) == 2  # that it begins, and that it is over


def test_one_at_a_time() -> None:
    heard, gate = Heard(), threading.Event()
    number = heard.jobs.start("the work", lambda progress, cancel: gate.wait(20) and None)  # type: ignore[arg-type,return-value]
    with pytest.raises(PlanError, match="the work is still running"):
        heard.jobs.start("more", lambda progress, cancel: None)
    assert not heard.jobs.cancel(number + 1)
    gate.set()
    assert heard.jobs.wait(120)
    assert heard.jobs.start("more", lambda progress, cancel: None) == number + 1
    assert heard.jobs.wait(120)


def test_a_job_is_stopped() -> None:
    heard, begun = Heard(), threading.Event()

    def work(progress: Progress, cancel: threading.Event) -> None:
        begun.set()
        assert cancel.wait(120)
        Stoppable(progress, cancel).stage("more", 0.1)

    heard.jobs.start("the work", work)
    assert begun.wait(120) and heard.jobs.cancel()
    assert heard.jobs.wait(120)
    assert isinstance(heard.ends[0][0], StoppedError)
    assert [heard.news[-2]["ended"], heard.news[-1]] == ["stopped", {}]
    assert not heard.jobs.cancel()


def test_an_unexpected_fault_is_one_line_and_the_log_has_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    heard = Heard()
    error = heard.run(lambda progress, cancel: {}["missing"])
    assert [heard.news[-2]["ended"], heard.news[-1]] == ["failed", {}]
    assert str(error).startswith("the work failed by a fault of ours (KeyError: 'missing')")
    with caplog.at_level(logging.ERROR):
        assert "Traceback" in caplog.text


def test_the_time_left_is_told_once_it_can_be_known(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr(jobs.time, "monotonic", lambda: now_s[0])
    job, found = Job(1, "work"), []
    for spent_s, share in (
        (0.0, 0.0),
        (0.5, 0.1),
        (1.0, 0.01),
        (2.0, 0.2),
        (4.0, 0.4),
        (5.0, 0.9),
        (10.0, 1.0),
    ):
        now_s[0] = 100.0 + spent_s
        job.stage("stage", share)
        found.append(job.document()["left_s"])
    assert found[:4] == [None, None, None, 8.0]
    assert found[4] == pytest.approx(8 - 0.3 * 2)
    assert found[4] > found[5] > found[6] >= 0
    job.stage("the next one", 0.0)
    assert job.document()["left_s"] is None
