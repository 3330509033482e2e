"""Jobs in this process and in others, which end when they should."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path

import pytest

from emsync_nb.cluster import results
from emsync_nb.errors import ClusterError, DataError, InternalError, MissingExtraError, UserError
from tests.cluster import chores

ROOT = Path(__file__).parents[2]
#: waits in two processes for a note in a folder, as a program of its own
PROGRAM = """
import signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job comes with Ctrl-C ignored
from emsync_nb.cluster import results
from tests.cluster import chores
if __name__ == "__main__":
    list(results(chores.write_and_wait, [Path(name) for name in sys.argv[1:]], workers=2))
"""


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_job_has_its_result(workers: int) -> None:
    assert sorted(results(chores.double, range(7), workers=workers)) == [(n, 2 * n) for n in range(7)]
    assert list(results(chores.double, [], workers=workers)) == []
    assert not active_children()


def test_one_worker_is_this_process_and_keeps_the_order() -> None:
    assert [pid for _, pid in results(chores.own_process, range(3))] == [os.getpid()] * 3


def test_two_workers_are_two_others() -> None:
    pids = {pid for _, pid in results(chores.own_process, range(8), workers=2)}
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_results_come_as_they_finish() -> None:
    assert [index for index, _ in results(chores.nap, [1.0, 0.0], workers=2)] == [1, 0]


def test_no_workers_are_refused() -> None:
    with pytest.raises(UserError, match="0 workers"):
        results(chores.double, [1], workers=0)


@pytest.mark.parametrize(("workers", "ahead"), [(1, 1), (2, 3)])
def test_jobs_are_taken_only_as_they_can_be_done(workers: int, ahead: int) -> None:
    taken: list[int] = []

    def jobs() -> Iterator[int]:
        for number in range(30):
            taken.append(number)
            yield number

    with closing(results(chores.large, jobs(), workers=workers)) as found:
        for done, (index, result) in enumerate(found):
            assert result == chores.large(index)
            assert len(taken) <= done + ahead
    assert len(taken) == 30


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_function_raises_is_raised_here(workers: int) -> None:
    found: list[tuple[int, int]] = []
    with pytest.raises(DataError, match=r"^number 3 cannot be read") as caught:
        found.extend(results(chores.complain, range(4), workers=workers))
    assert workers == 1 or "in complain" in caught.value.__notes__[0]
    assert not active_children()


def test_errors_with_fields_of_their_own_travel() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'emsync_nb\[generation\]'") as caught:
        list(results(chores.lack, [1], workers=2))
    assert (caught.value.package, caught.value.extra) == ("torch", "generation")


def test_what_cannot_travel_is_told_in_words() -> None:
    with pytest.raises(InternalError, match=r"^StubbornError: 1 against 2"):
        list(results(chores.stubborn, [1], workers=2))
    with pytest.raises(Exception, match="lambda"):
        list(results(chores.unpicklable, [1], workers=2))


@pytest.mark.parametrize(
    ("function", "how"),
    [(chores.leave_for_good, "ended itself with exit code 7"), (chores.be_killed, "was killed by SIGKILL")],
)
def test_a_worker_that_dies_is_one_line_with_a_remedy(function: Callable[[int], int], how: str) -> None:
    done = []
    with pytest.raises(
        ClusterError, match=rf"^the process that did job 3 {how}; .*use fewer workers"
    ) as caught:
        for index, _ in results(function, [0, 1, 2], workers=2):
            done.append(index)
    assert "\n" not in str(caught.value)
    assert set(done) <= {0, 1}
    assert not active_children()


def test_who_leaves_early_leaves_no_process_behind(tmp_path: Path) -> None:
    folders = _folders(tmp_path)
    with closing(results(_nap_or_wait, [0.0, *folders], workers=3)) as found:
        assert next(found) == (0, 0.0)
        pids = _pids(folders)
    _wait_until_gone(pids)
    assert not active_children()
    assert not list(tmp_path.rglob("untidy"))  # they left when they were told to, and were not killed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_its_parent(tmp_path: Path, number: int) -> None:
    """Ctrl-C goes to the whole group of processes, as a terminal sends it."""
    folders = _folders(tmp_path)
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, folders)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    pids = _pids(folders)
    if number == signal.SIGINT:
        os.killpg(program.pid, number)
    else:
        program.send_signal(number)
    said = program.communicate(timeout=10)[1]
    _wait_until_gone(pids)
    assert said.count("Traceback") == (number == signal.SIGINT), said  # of the program's own
    assert not list(tmp_path.rglob("untidy"))


def test_ctrl_c_while_processes_start_is_said_once() -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "no such folder", "nor this"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _wait_for(lambda: len(_children(program.pid)) >= 2)
    os.killpg(program.pid, signal.SIGINT)
    said = program.communicate(timeout=10)[1]
    assert said.splitlines()[-1] == "KeyboardInterrupt"
    assert said.count("Traceback") == 1, said


def _nap_or_wait(job: float | Path) -> float | None:
    return chores.write_and_wait(job) if isinstance(job, Path) else chores.nap(job)


def _folders(parent: Path) -> list[Path]:
    folders = [parent / "one", parent / "two"]
    for folder in folders:
        folder.mkdir()
    return folders


def _pids(folders: list[Path]) -> list[int]:
    """Of the workers that wait there and of what they started."""
    _wait_for(lambda: all((folder / "pids").exists() for folder in folders))
    return [int(word) for folder in folders for word in (folder / "pids").read_text().split()]


def _wait_until_gone(pids: list[int]) -> None:
    _wait_for(lambda: not any(_lives(pid) for pid in pids))


def _lives(pid: int) -> bool:
    """Whether it runs; what nobody has fetched yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
