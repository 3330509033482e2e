"""One holder, many hands: the process that holds a session answers for it, others hand it their requests.

Inside the folder of the session::

    .holder.lock   held while a process holds the session; the system frees it when the process ends
    .holder.json   where the holder listens and what to show it; readable by its user only
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
import weakref
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from emsync_nb.errors import OutputError, UserError
from emsync_nb.pipeline.progress import Progress, Silent
from emsync_nb.session.atomic import sweep, write_atomically
from emsync_nb.session.holder_asking import AnswerLost, conversation
from emsync_nb.session.holder_lock import HolderLock
from emsync_nb.session.holder_protocol import VERSION, NoHolder, NotBegun, pack
from emsync_nb.session.holder_server import Answer, Server

__all__ = ["ADDRESS", "LOCK", "AnswerLost", "HeldElsewhere", "Holder", "NoHolder", "NotBegun", "ask"]

LOCK = ".holder.lock"
ADDRESS = ".holder.json"
#: bytes of an address, several times what ours have
_LONGEST_ADDRESS = 4096
#: seconds that a new holder may need to say where it listens
_SETTLING_S = 1.0
#: seconds for which it is worth to ask again where a holder does not say where it listens
_HIDDEN_S = 10.0


class HeldElsewhere(UserError):  # noqa: N818 - a state that callers ask about, not a fault
    """Another process, or another holder in this one, holds the session."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        #: of the process that holds it; None where it cannot be told
        self.pid = pid
        who = "another process" if pid is None else f"process {pid}"
        super().__init__(f"{folder} is held by {who}; close it there, or hand the request to it")


class Holder:
    """Holds a session while its block runs; of all holders in all processes, one at a time.

    `answer` gets the requests that others hand in, one at a time in the order in which they come, in a thread
    of its own, each with its `Asker`: to be told how far the work is, and to stop it where its `cancel` is set.
    An `EmsyncError` that it raises is told to the asker; anything else is logged, and told as an internal error.
    It must neither ask this holder nor close it, which would wait for itself.
    """

    def __init__(self, folder: Path, answer: Answer) -> None:
        self.folder = folder
        self._answer = answer
        self._lock = HolderLock(folder / LOCK)
        self._server: Server | None = None

    def __enter__(self) -> Holder:
        """Take hold.

        Raises:
            HeldElsewhere: another has it.
            OutputError: the folder is not there or cannot be written.
            UserError: no port of this computer can be listened on.
        """
        if not self._is_taken():
            raise HeldElsewhere(self.folder, _pid_of_holder(self.folder))
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """As `close`."""
        self.close()

    @property
    def is_held(self) -> bool:
        """Whether the session is held by this object, in this process."""
        return self._lock.is_held

    def stop_answering(self) -> None:
        """Wait for the request in progress and its answer; those behind it hear to ask again. The session is held on.

        Where Ctrl-C ends the waiting, call it again.
        """
        if self._lock.is_held and self._server is not None:
            self._server.close()
            self._server = None

    def close(self) -> None:
        """Take no requests any more, wait for the one in progress and its answer, then let go.

        Who was not answered knows that nothing was done, and asks again: another holder, or as the next one.
        Where Ctrl-C ends the waiting, the session is still held: what is being changed is not let go of. Close
        again, or leave it to the end of the process.
        """
        if not self._lock.is_held:  # closed already, or a fork that leaves its parent's block
            return
        self.stop_answering()
        self._remove_address()
        self._lock.release()

    def _is_taken(self) -> bool:
        try:
            return self._lock.take()
        except OSError as error:
            raise OutputError(
                f"{self.folder} cannot be held ({error.strerror}); choose a folder that can be written"
            ) from error

    def _open(self) -> None:
        _holders.add(self)
        self._remove_address()  # of one that was killed
        sweep(self.folder)
        token = secrets.token_urlsafe(32)
        try:
            self._server = Server(self._answer, token)
        except OSError as error:
            raise UserError(
                f"no port of this computer can be listened on ({error.strerror}); allow it and try again"
            ) from error
        address = _Address(self._server.port, token, os.getpid(), VERSION)
        write_atomically(self.folder / ADDRESS, json.dumps(asdict(address)).encode(), mode=0o600)

    def _remove_address(self) -> None:
        with contextlib.suppress(OSError):  # left behind, it leads to a port where nobody answers
            (self.folder / ADDRESS).unlink()

    def _forget(self) -> None:
        self._lock.forget()
        if self._server is not None:
            self._server.forget()


def ask(
    folder: Path, request: dict[str, Any], *, timeout_s: float = 30, progress: Progress | None = None
) -> dict[str, Any]:
    """Have the holder of a session carry out a request.

    A request that still waits for its turn when the time is up is not carried out any more. One that is under way
    then, or when this call is broken off as by Ctrl-C, is told to stop.

    Args:
        folder: of the session.
        request: what JSON can say, at most 8 MiB of it.
        timeout_s: seconds until the answer must be here.
        progress: hears how far the work is.

    Raises:
        NotBegun: nobody holds the session, or its holder is closing; nothing was done.
        AnswerLost: the holder ended in the middle, or the time is up there: it may or may not be done.
        NoHolder: the holder does not take the request in time, or is of another version: nothing was done.
        EmsyncError: what the holder answered, of the same class where that is known here.
    """
    address = _address_in(folder)
    if address is None:
        error = NotBegun(f"nobody holds {folder}, or not for you; open it first")
        error.patience_s = _HIDDEN_S
        raise error
    if address.version != VERSION:
        raise NoHolder(f"{folder} is held by another version of emsync_nb; use the same for both")
    first = pack({"version": VERSION, "token": address.token, "request": request})
    return conversation(folder, address.port, first, timeout_s, progress or Silent())


@dataclass(frozen=True, slots=True)
class _Address:
    """What a holder writes for those who want to ask it."""

    port: int
    token: str = field(repr=False)
    pid: int
    version: int


def _address_in(folder: Path) -> _Address | None:
    """None where there is none that can be read and believed."""
    path = folder / ADDRESS
    try:
        if not path.is_file():  # a pipe would keep us waiting
            return None
        with path.open("rb") as stream:
            address = _Address(**json.loads(stream.read(_LONGEST_ADDRESS)))
    except (OSError, ValueError, TypeError, RecursionError):  # whatever it is, it is no address
        return None
    numbers = (address.port, address.pid, address.version)
    is_sound = all(type(number) is int for number in numbers) and 0 < address.port < 1 << 16
    return address if is_sound and isinstance(address.token, str) else None


def _pid_of_holder(folder: Path) -> int | None:
    end_s = time.monotonic() + _SETTLING_S
    while (address := _address_in(folder)) is None and time.monotonic() < end_s:
        time.sleep(0.02)
    return None if address is None else address.pid


#: those of this process that a fork must not keep alive
_holders: weakref.WeakSet[Holder] = weakref.WeakSet()


def _forget_all() -> None:
    for holder in list(_holders):
        holder._forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
