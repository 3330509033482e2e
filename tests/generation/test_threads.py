"""As many threads as are faster, with a clock that is turned by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

torch = pytest.importorskip("torch")

from emsync_nb.generation import threads  # noqa: E402 - after the check for torch
from emsync_nb.generation.threads import HELD, TRIAL, Threads, few_threads  # noqa: E402


class Machine:
    """Steps that take what a rule says for the number of threads in force; counts what was in force."""

    def __init__(self, patch: pytest.MonkeyPatch, takes_s: Callable[[int, int], float]) -> None:
        self.now, self.used = 0.0, list[int]()
        self._takes_s = takes_s
        self._set = 0
        patch.setattr(torch, "set_num_threads", self._take)
        patch.setattr(threads.time, "perf_counter", lambda: self.now)

    def _take(self, count: int) -> None:
        self._set = count

    def run(self, most: int, steps: int) -> list[int]:
        chooser = Threads(most)
        for step in range(steps):
            chooser.step()
            self.used.append(self._set)
            self.now += self._takes_s(self._set, step)
        return self.used


def test_two_are_held_to_where_they_are_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    used = Machine(monkeypatch, lambda count, _: 1.0 / count).run(2, 2 * TRIAL + HELD + 1)
    assert used[:TRIAL] == [1] * TRIAL
    assert used[TRIAL : 2 * TRIAL + HELD] == [2] * (TRIAL + HELD)
    assert used[2 * TRIAL + HELD] == 1  # and tried again


def test_one_is_held_to_where_two_are_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    used = Machine(monkeypatch, lambda count, _: 1.0 + 0.1 * count).run(2, 2 * TRIAL + HELD)
    assert used[2 * TRIAL :] == [1] * HELD


def test_a_hopeless_trial_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    used = Machine(monkeypatch, lambda count, _: 10.0 if count == 2 else 1.0).run(2, 200)
    assert used.count(2) == 5


def test_two_are_given_up_when_others_want_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = 2 * TRIAL + 100
    used = Machine(monkeypatch, lambda count, step: (20.0 if step >= busy else 0.5) if count == 2 else 1.0)
    later = used.run(2, busy + 50)[busy:]
    assert later[:3] == [2] * 3
    assert later[3 : 3 + TRIAL] == [1] * TRIAL
    assert later.count(2) == 3 + 5  # tried once more, and not for long


def test_a_single_long_step_is_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    used = Machine(monkeypatch, lambda count, step: 50.0 if step % 20 == 0 else 1.0 / count)
    assert used.run(2, 2 * TRIAL + HELD)[TRIAL:] == [2] * (TRIAL + HELD)


def test_where_there_is_one_there_is_no_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(Machine(monkeypatch, lambda *_: 1.0).run(1, 1000)) == {1}


def test_threads_are_given_back() -> None:
    before = torch.get_num_threads()
    with pytest.raises(RuntimeError, match="off"), few_threads() as chosen:
        chosen.step()
        raise RuntimeError("broken off")
    assert torch.get_num_threads() == before
