"""The holder's ear: takes requests on a port of this computer and has them answered one after another.

What takes long has a thread of its own: a small change does not wait for it.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any

from emsync_nb.errors import EmsyncError, InternalError, UserError
from emsync_nb.session.holder_asker import Asker
from emsync_nb.session.holder_protocol import (
    VERSION,
    Deadline,
    MessageError,
    NotBegun,
    failure,
    pack,
    receive,
    send,
)

Answer = Callable[[dict[str, Any], Asker], dict[str, Any]]

#: connections served at once; others wait in the system's queue
MOST_CONNECTIONS = 32
#: seconds in which a request must have come whole, and an answer must have been taken
PATIENCE_S = 5.0
#: how often the holder looks whether an asker is still there, in seconds
_LOOK_S = 0.1
_WAITING = 64
_CLOSING = "the holder of the session is closing; ask again"
_LATE = "the asker was too slow when its turn came; ask again"

_log = logging.getLogger(__name__)


class Server:
    """Listens from its making to `close`.

    `answer` is called in the order in which requests come, in one thread for those that take long, and in another
    for all else.
    """

    def __init__(self, answer: Answer, token: str, takes_long: Callable[[dict[str, Any]], bool]) -> None:
        """Raises OSError where no port can be listened on."""
        self._answer, self._token = answer, token.encode("ascii")
        self._takes_long = takes_long
        self._listener = _listener()
        self.port: int = self._listener.getsockname()[1]
        self._slots = threading.Semaphore(MOST_CONNECTIONS)
        self._guard = threading.Lock()
        self._is_closing = False
        self._open: dict[threading.Thread, socket.socket] = {}
        #: those of them whose request has not come yet
        self._silent: set[socket.socket] = set()
        self._worker = ThreadPoolExecutor(1, "emsync-holder")
        self._long_worker = ThreadPoolExecutor(1, "emsync-holder-long")
        self._wake, self._woken = socket.socketpair()
        self._acceptor = threading.Thread(target=self._accept, name="emsync-holder-ear", daemon=True)
        self._acceptor.start()

    def close(self) -> None:
        """Take nothing new, and wait for the request in progress and its answer; those behind hear to ask again.

        Interrupted by Ctrl-C, it can be called again.
        """
        with self._guard:
            self._is_closing = True
            threads = list(self._open)
            for connection in self._silent:
                with contextlib.suppress(OSError):  # gone already
                    connection.shutdown(socket.SHUT_RD)
        with contextlib.suppress(OSError):  # closed already
            self._wake.send(b"!")
        for worker in (self._worker, self._long_worker):  # both refuse at once, then both are waited for
            worker.shutdown(wait=False, cancel_futures=True)
        for worker in (self._worker, self._long_worker):
            worker.shutdown(wait=True)
        for thread in (self._acceptor, *threads):
            thread.join()
        self._wake.close()

    def forget(self) -> None:
        """In a fork: nobody listens here; port and connections are the parent's, and end with it."""
        for each in (self._listener, *self._open.values()):
            each.close()

    def _accept(self) -> None:
        with self._listener, self._woken, selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while all(key.fileobj is not self._woken for key, _ in selector.select()):
                self._slots.acquire()
                try:
                    self._start(self._listener.accept()[0])
                except (OSError, RuntimeError) as error:  # no more files or threads, or the caller went away
                    self._slots.release()
                    _log.debug("A connection could not be taken: %s", error)
                    time.sleep(0.05)

    def _start(self, connection: socket.socket) -> None:
        thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
        with self._guard:
            if self._is_closing:
                connection.close()
                self._slots.release()
                return
            self._open[thread] = connection
            self._silent.add(connection)
            try:
                thread.start()  # within the guard: who closes joins only what has started
            except RuntimeError:
                self._silent.discard(self._open.pop(thread))
                connection.close()
                raise

    def _serve(self, connection: socket.socket) -> None:
        """One connection: one request, one answer. Who shows no token hears nothing."""
        try:
            with connection:
                message = receive(connection, Deadline(PATIENCE_S))
                reply = self._reply(message, connection) if self._is_known(message) else None
                if reply is not None:
                    send(connection, reply, Deadline(PATIENCE_S))
        except (OSError, MessageError) as error:
            _log.debug("A connection came to nothing: %s", error)
        finally:
            with self._guard:
                self._silent.discard(connection)
                self._open.pop(threading.current_thread(), None)
            self._slots.release()

    def _is_known(self, message: dict[str, Any]) -> bool:
        token = message.get("token")
        return isinstance(token, str) and hmac.compare_digest(token.encode("utf-8", "replace"), self._token)

    def _reply(self, message: dict[str, Any], connection: socket.socket) -> bytes:
        request = message.get("request")
        if message.get("version") != VERSION:
            return pack(failure(UserError(f"the holder speaks version {VERSION}; use the same emsync_nb")))
        if not isinstance(request, dict):
            return pack(failure(UserError("the request is no JSON object; send one")))
        asker = Asker(connection, PATIENCE_S)
        with self._guard:
            self._silent.discard(connection)
            try:
                if self._is_closing:
                    raise CancelledError
                worker = self._long_worker if self._takes_long(request) else self._worker
                future = worker.submit(self._answered, request, asker)
            except (CancelledError, RuntimeError):  # we, or the interpreter, are ending
                return pack(failure(NotBegun(_CLOSING)))
        return _awaited(future, asker)

    def _answered(self, request: dict[str, Any], asker: Asker) -> bytes:
        """The packed answer, made before the next request can change what it holds."""
        try:
            if not asker.lets_begin():
                raise NotBegun(_LATE)  # heard by an asker that was only slow
            return pack({"ok": True, "answer": self._answer(request, asker)})
        except EmsyncError as error:
            return pack(failure(error))
        except BaseException:  # whatever it is, the holder lives on, and the log has it
            _log.exception("A request could not be answered")
            return pack(failure(InternalError("internal error")))


def _awaited(future: Future[bytes], asker: Asker) -> bytes:
    """The answer; when its asker hangs up meanwhile, its work is told to stop."""
    while True:
        try:
            return future.result(_LOOK_S)
        except TimeoutError:  # of the look; whatever the work raises is packed already
            asker.look()
        except CancelledError:
            return pack(failure(NotBegun(_CLOSING)))


def _listener() -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows: else another program may take the port over
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(_WAITING)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener
