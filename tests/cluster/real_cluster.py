"""A Dask scheduler and its workers, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass
class Cluster:
    """A scheduler and workers of one thread, each a process of its own, with their logs in a folder."""

    folder: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PYTHONPATH": str(ROOT)})
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return json.loads((self.folder / "scheduler.json").read_text())["address"]

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        process = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        wait_for(self._is_told)
        return process

    def _is_told(self) -> bool:
        """Whether the scheduler's file is there and whole: it is not written in one step."""
        try:
            return bool(self.address)
        except (FileNotFoundError, ValueError):
            return False

    def start_worker(self, *options: str) -> subprocess.Popen[bytes]:
        return self._start("worker", "--no-nanny", "--nthreads", "1", *options)

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *options]
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--scheduler-file", "scheduler.json"],
                cwd=self.folder,
                env=os.environ | self.environment,
                stderr=log,
                stdout=log,
            )
        self.processes.append(process)
        return process


@contextmanager
def running(folder: Path, workers: int, **environment: str) -> Iterator[Cluster]:
    cluster = Cluster(folder)
    cluster.environment |= environment
    try:
        cluster.start_scheduler()
        for _ in range(workers):
            cluster.start_worker()
        yield cluster
    finally:
        for process in cluster.processes:
            process.kill()
            process.wait()


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
