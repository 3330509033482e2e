"""How far the work is, and how long each part of it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Hears of every stage: that it begins, how far it is, and lines for a person."""

    def stage(self, name: str, share: float) -> None:
        """`share` of the stage is done, 0 … 1."""

    def notice(self, line: str) -> None:
        """Something a person should know; the work goes on."""


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str, share: float) -> None:
        """Let it pass."""

    def notice(self, line: str) -> None:
        """Let it pass; the rooms log their notices themselves."""


class Stopwatch:
    """Seconds per stage, and the news of it."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        #: stage → seconds, in the order in which they ran
        self.timings_s: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[float], None]]:
        """Time a stage; the value tells how far it is."""
        self.progress.stage(name, 0.0)
        start = time.perf_counter()
        yield lambda share: self.progress.stage(name, share)
        self.timings_s[name] = self.timings_s.get(name, 0.0) + time.perf_counter() - start
        self.progress.stage(name, 1.0)
