"""Says again what a dropped period may have taken along: which one it took, and from whom, nobody tells."""

from __future__ import annotations

from collections import deque

from bridge.outbox import Again, Outbox

#: JACK may tell so late of a dropped period
_LOST_S = 1.0
#: who was too slow for one period may be too slow for the next ones, where the first word is lost as well: it is said
#: for so long after the last one that was dropped, at first after this pause, then after ever longer ones
_LASTS_S, _PAUSE_S = 0.6, 0.02
#: messages a cycle, in a longer one as many as it has times so many frames: music that is due must not wait for them
_MOST_A_CYCLE, _FRAMES_EACH = 32, 8


class Mending:
    """Ends keys again that were let go of lately, and tells how pedals, controllers and bends stand."""

    def __init__(self, outbox: Outbox, rate: int) -> None:
        """Begin with nothing to mend; `rate` is ticks a second."""
        self._outbox = outbox
        self._rate = rate
        #: ticks: what was let go of since may hang; until when it is said; when next, and the pause behind that
        self._since = self._until = self._next = self._pause = 0
        self._left: deque[Again] = deque()

    def begin(self, before: int, now: int) -> None:
        """A period was dropped between two ticks."""
        if now >= self._until:
            self._since = before - round(_LOST_S * self._rate)
        self._until = now + round(_LASTS_S * self._rate)
        self._next, self._pause = now, round(_PAUSE_S * self._rate)
        self._left.clear()

    def go_on(self, now: int, frames: int) -> None:
        """Queue what a cycle has room for, the last that was let go of first."""
        if not self._left and self._next <= now < self._until:
            self._left.extend(self._outbox.lately(self._since))
            self._next, self._pause = now + self._pause, 2 * self._pause
        for _ in range(min(len(self._left), max(_MOST_A_CYCLE, frames // _FRAMES_EACH))):
            self._left.popleft()()
