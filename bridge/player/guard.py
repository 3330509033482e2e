"""Waits for a player to end. Where it was killed, ends what it left sounding at whoever listened to it.

Its standard input is a pipe whose other end the player holds and never writes to: when it closes, the player is gone.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from bridge.journal import Journal


def guard(journal: Journal, silence: Callable[[], None], descriptor: int = 0) -> None:
    """Wait for the player's end, then call `silence` where it left anything on.

    Args:
        journal: what the player noted.
        silence: ends what is marked in the journal.
        descriptor: the pipe.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the asker
    while os.read(descriptor, 1):
        pass
    if journal.is_unclean:  # a player that never came to play owes nobody anything
        silence()
