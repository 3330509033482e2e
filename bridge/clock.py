"""Time as the player needs it: now, and waiting for a moment. A real clock and one turned by hand."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Protocol

Seconds = Fraction | float


class Clock(Protocol):
    """Seconds from an origin of its own; only differences mean something."""

    def now_s(self) -> float:
        """The present, in seconds."""
        ...

    def sleep_until(self, deadline_s: Seconds) -> None:
        """Return at `deadline_s` or soon after it; at once where it has passed."""
        ...


class RealClock:
    """The computer's monotonic clock."""

    def now_s(self) -> float:
        """Seconds from an arbitrary origin; never steps back."""
        return time.monotonic()

    def sleep_until(self, deadline_s: Seconds) -> None:
        """Wait for an absolute moment, so that late wake-ups never add up."""
        remaining = float(deadline_s) - time.monotonic()
        if remaining > 0:
            time.sleep(remaining)


class HandClock:
    """A clock that moves when it is told to, or when someone sleeps on it."""

    def __init__(self, now_s: Seconds = 0) -> None:
        self._now = Fraction(now_s)

    def now_s(self) -> float:
        """Where the hands stand."""
        return float(self._now)

    def turn(self, seconds: Seconds) -> None:
        """Move the hands forward.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"a clock does not run backwards, got {seconds}")
        self._now += Fraction(seconds)

    def sleep_until(self, deadline_s: Seconds) -> None:
        """Sleeping moves the hands to the deadline."""
        self._now = max(self._now, Fraction(deadline_s))
