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
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from emsync_nb.errors import OutputError, UserError
from emsync_nb.pipeline.progress import Progress, Silent
from emsync_nb.session.atomic import sweep, write_atomically
from emsync_nb.session.holder_asking import AnswerLost, Listened, conversation
from emsync_nb.session.holder_lock import HolderLock
from emsync_nb.session.holder_protocol import VERSION, NoHolder, NotBegun, SilentHolder, pack
from emsync_nb.session.holder_server import Answer, Server

__all__ = [
    "ADDRESS",
    "LOCK",
    "AnswerLost",
    "HeldElsewhere",
    "Holder",
    "NoHolder",
    "NotBegun",
    "SilentHolder",
    "ask",
    "pid_of_holder",
]

LOCK = ".holder.lock"
ADDRESS = ".holder.json"
#: bytes of an address, several times what ours have
_LONGEST_ADDRESS = 4096
#: seconds that a new holder may need to say where it listens
_SETTLING_S = 1.0
#: seconds for which it is worth to ask again where a holder does not say where it listens
_HIDDEN_S = 10.0
#: seconds after which a holder that says nothing at all, not even that it lives, is given up
SILENCE_S = 10.0


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
    Those that `takes_long` names have a second such thread, so that nobody waits for hours for a small change.
    An `EmsyncError` that it raises is told to the asker; anything else is logged, and told as an internal error.
    It must neither ask this holder nor close it, which would wait for itself.
    """

    def __init__(
        self, folder: Path, answer: Answer, takes_long: Callable[[dict[str, Any]], bool] = lambda _: False
    ) -> None:
        self.folder = folder
        self._answer, self._takes_long = answer, takes_long
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
            raise HeldElsewhere(self.folder, pid_of_holder(self.folder))
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

    @property
    def is_in_place(self) -> bool:
        """Whether it is held, and its folder is still the one that was taken."""
        return self._lock.is_in_place

    def check(self) -> None:
        """Whether the session's folder is still what this object holds; only then may it be written to.

        Raises:
            OutputError: it is gone, or another stands in its place, which somebody else may hold.
        """
        if self._lock.is_in_place:
            return
        if not os.path.lexists(self.folder):
            raise OutputError(f"{self.folder} is gone while it was open; put it back")
        raise OutputError(
            f"the session's folder {self.folder} was replaced while it was open, and nothing is written into the new "
            "one; open it again"
        )

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
        if self._lock.is_in_place:  # another folder's address is its own holder's
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
            self._server = Server(self._answer, token, self._takes_long)
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
    folder: Path,
    request: dict[str, Any],
    *,
    timeout_s: float = 30,
    silence_s: float = SILENCE_S,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Have the holder of a session carry out a request.

    A request that still waits for its turn when the time is up is not carried out any more. One that is under way
    then, or when this call is broken off as by Ctrl-C, is told to stop.

    Args:
        folder: of the session.
        request: what JSON can say, at most 8 MiB of it.
        timeout_s: seconds until the answer must be here.
        silence_s: seconds after which a holder that says nothing at all is given up; one that works says that it does.
        progress: hears how far the work is.

    Raises:
        NotBegun: nobody holds the session, or its holder is closing; nothing was done.
        AnswerLost: the holder ended in the middle, or the time is up there: it may or may not be done.
        SilentHolder: the holder was stopped, or hangs; nothing was done.
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
    listened = Listened(folder, address.port, address.pid, timeout_s, silence_s)
    return conversation(listened, first, progress or Silent())


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


def pid_of_holder(folder: Path) -> int | None:
    """The process that says it holds a session; None where none says so in a moment."""
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
