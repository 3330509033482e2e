"""One thread or two: whichever is faster just now.

Two share the products of a step and save a fifth on an idle machine. Where other work wants the processors, they wait
for each other at every product, and a step takes ten times as long. So both are tried now and then. What comes out is
the same to the bit: sums of 8-bit products are whole numbers, in whatever order.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from emsync_nb.extras import require

#: steps of a trial, and of what is then held to
TRIAL, HELD = 16, 384
#: threads are too many where so many steps in a row take so many times as long as with one
_IN_A_ROW, _PATIENCE = 5, 2.0
#: more threads than this find too little to share
MOST = 2


class Threads:
    """Hears of every step and sets torch's threads between them."""

    def __init__(self, most: int) -> None:
        """`most` is how many there may be."""
        self._since: float | None = None
        self._course = self._tried(most)
        next(self._course)

    def step(self) -> None:
        """To be called before each step."""
        now = time.perf_counter()
        if self._since is not None:
            self._course.send(now - self._since)
        self._since = now

    def _tried(self, most: int) -> Generator[None, float, None]:
        """One thread, then several, then the better of the two for a while, and so on."""
        while True:
            alone = yield from _held(1, TRIAL)
            together = math.inf
            if most > 1:
                together = yield from _held(most, TRIAL, _PATIENCE * alone)
            if together < alone:
                yield from _held(most, HELD, _PATIENCE * alone)
            else:
                yield from _held(1, HELD)


def _held(threads: int, steps: int, patience_s: float = math.inf) -> Generator[None, float, float]:
    """What a step takes with so many threads, in seconds; endless where several in a row are beyond patience."""
    require("torch").set_num_threads(threads)
    times: list[float] = []
    for _ in range(steps):
        times.append((yield))
        if len(times) >= _IN_A_ROW and statistics.median(times[-_IN_A_ROW:]) > patience_s:
            return math.inf
    return statistics.median(times)


@contextmanager
def few_threads() -> Iterator[Threads]:
    """At most MOST threads while steps are taken; as many as before behind it."""
    torch = require("torch")
    before = torch.get_num_threads()
    try:
        yield Threads(min(before, MOST))
    finally:
        torch.set_num_threads(before)
