"""Being run before others, where the system allows it."""

from __future__ import annotations

import os

#: priority among real-time processes, where the system allows any: above ordinary work, below sound cards
_PRIORITY = 20


def hurries(priority: int = _PRIORITY) -> bool:
    """Ask the system to run this thread, and what it starts, before ordinary work; whether it does.

    Whoever does so must wait most of the time: it is never made to wait for others.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))  # type: ignore[attr-defined,unused-ignore]
    except (AttributeError, OSError):
        return False
    return True
