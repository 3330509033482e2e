"""Long files of tests are handed out first, and those in real time to one process."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from xdist.remote import Producer

from tests.scheduling import IN_REAL_TIME, LONG, LongFirst

ROOT = Path(__file__).parents[1]


class Worker:
    """Stands in for a process of pytest-xdist; notes which tests it is given."""

    shutting_down = False

    def __init__(self, number: int) -> None:
        self.gateway = SimpleNamespace(id=f"gw{number}")
        self.given: list[int] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def handed_out(tests: list[str], workers: int) -> list[list[str]]:
    """What each worker is given before any of them is done with a test."""
    config = SimpleNamespace(
        getvalue=lambda name: [f"{workers}*popen"], option=SimpleNamespace(loadscopereorder=True)
    )
    scheduler = LongFirst(cast(Any, config), Producer("scheduling", enabled=False))
    nodes = [cast(Any, Worker(number)) for number in range(workers)]
    for node in nodes:
        scheduler.add_node(node)
        scheduler.add_node_collection(node, tests)
    scheduler.schedule()
    return [[tests[index] for index in node.given] for node in nodes]


def test_real_time_first_and_in_one_process_then_the_longest_file() -> None:
    many = [f"tests/domain/test_tempo.py::test[{number}]" for number in range(9)]
    first, second = sorted(IN_REAL_TIME)[:2]
    real_time = [f"{file}::test_{number}" for file in (first, second) for number in range(2)]
    long = [f"{LONG[1]}::test_{number}" for number in range(3)]
    assert handed_out([*many, *real_time, *long], 3) == [real_time, long, many]


def test_the_files_named_are_there() -> None:
    missing = [file for file in (*IN_REAL_TIME, *LONG[1:]) if not (ROOT / file).is_file()]
    assert not missing


def test_every_file_with_a_sound_server_is_in_real_time() -> None:
    asks = re.compile(r"mark\.jack\b|\b(?:patient_|strict_|hasty_)jack\b|\bjack(?:_server)?: str")
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("test_*.py")
        if path != Path(__file__) and asks.search(path.read_text(encoding="utf-8"))
    }
    assert found == IN_REAL_TIME
