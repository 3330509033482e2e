"""Who waits for an answer: lets its request begin, hears how far it is, and stops it by hanging up."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from typing import Any

from emsync_nb.session.holder_protocol import ALIVE, GO, READY, Deadline, MessageError, pack, receive, send

#: seconds between two pieces of news of one stage
_BETWEEN_S = 0.1
#: seconds without news after which it hears that the holder lives
_ALIVE_S = 1.0

_log = logging.getLogger(__name__)


class Asker:
    """The holder's view of one asker, as a `Progress` that it hears. `cancel` is set once it has hung up."""

    def __init__(self, connection: socket.socket, patience_s: float) -> None:
        """`patience_s` is how long it may take to answer, and to take what is sent."""
        self._connection, self._patience_s = connection, patience_s
        self._has_begun = threading.Event()
        self._told: tuple[str, float] = ("", 0.0)
        #: the work and the look at who waits for it send from two threads
        self._sending = threading.Lock()
        self._sent_s = time.monotonic()
        self.cancel = threading.Event()

    def lets_begin(self) -> bool:
        """Whether it still wants what it asked for; only then may anything be done.

        Both sides know: who has not said "go" takes its request for undone, and so it must stay.
        """
        try:
            self._send(READY)
            wants = receive(self._connection, Deadline(self._patience_s)) == GO
        except (OSError, MessageError) as error:
            _log.debug("An asker did not wait: %s", error)
            return False
        if wants:
            self._has_begun.set()
        return wants

    def look(self) -> None:
        """Set `cancel` where it has hung up after its work began; tell it now and then that the holder lives."""
        if self._has_begun.is_set() and not self.cancel.is_set() and _has_hung_up(self._connection):
            self.cancel.set()
        if time.monotonic() - self._sent_s >= _ALIVE_S:
            self._tell(ALIVE)

    def stage(self, name: str, share: float) -> None:
        """Tell it how far a stage is, 0 … 1; often enough, not each time."""
        now_s = time.monotonic()
        stage, told_s = self._told
        if stage == name and share < 1 and now_s - told_s < _BETWEEN_S:
            return
        self._told = name, now_s
        self._tell({"stage": name, "share": min(1.0, max(0.0, float(share)))})

    def notice(self, line: str) -> None:
        """Tell it what a person should know."""
        self._tell({"notice": line})

    def _tell(self, news: dict[str, Any]) -> None:
        if self.cancel.is_set():
            return
        try:
            self._send(news)
        except OSError as error:  # half a message may be out: nothing can follow it
            _log.debug("An asker is gone: %s", error)
            self.cancel.set()

    def _send(self, message: dict[str, Any]) -> None:
        with self._sending:
            send(self._connection, pack(message), Deadline(self._patience_s))
            self._sent_s = time.monotonic()


def _has_hung_up(connection: socket.socket) -> bool:
    """Whether nothing more can come; at once, and without touching a timeout that another thread may need."""
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            return bool(selector.select(0)) and connection.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):  # reset, or closed
        return True
