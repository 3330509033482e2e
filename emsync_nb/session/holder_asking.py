"""The asker's side of a conversation with a holder: what is known at each moment of what was done."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emsync_nb.pipeline.progress import Progress
from emsync_nb.session.holder_protocol import (
    ALIVE,
    GO,
    READY,
    Deadline,
    MessageError,
    NoHolder,
    NotBegun,
    SilentHolder,
    error_of,
    pack,
    receive,
    send,
)

#: work that has begun is waited for so many times as long as a turn, when nothing is heard: it may be lost
_MORE_PATIENCE = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listened:
    """A holder that is listened to."""

    folder: Path
    port: int
    #: of its process
    pid: int
    #: seconds until the answer must be here
    timeout_s: float
    #: seconds after which a holder that says nothing at all is taken for one that was stopped
    silence_s: float


class AnswerLost(NoHolder):
    """A request had begun, and no answer came: it may or may not be done."""


def conversation(holder: Listened, first: bytes, progress: Progress) -> dict[str, Any]:
    """What a holder answers to a message; `progress` hears how far its work is.

    Raises:
        NotBegun, AnswerLost, NoHolder, EmsyncError: as `holder.ask`.
    """
    deadline = Deadline(holder.timeout_s)
    try:
        patience_s = min(deadline.left_s(), holder.silence_s)
        connection = socket.create_connection(("127.0.0.1", holder.port), timeout=patience_s)
    except TimeoutError as error:
        raise _silent(holder) from error
    except OSError as error:
        raise _gone(holder.folder) from error
    with connection:  # closed on every way out, Ctrl-C too: that is how the holder hears that nobody waits
        _begin(connection, first, deadline, holder)
        return _answer(connection, deadline, holder, progress)


def _begin(connection: socket.socket, first: bytes, deadline: Deadline, holder: Listened) -> None:
    """Wait for our turn. Whatever goes wrong here, nothing was done."""
    try:
        send(connection, first, _within(deadline, holder.silence_s))
        while (reply := receive(connection, _within(deadline, holder.silence_s))) == ALIVE:
            pass
    except TimeoutError as error:
        raise _silent(holder) if _is_left(deadline) else _late(holder) from error
    except (OSError, MessageError) as error:
        raise _gone(holder.folder) from error
    if reply != READY:
        _raise_failure(reply)
        raise _stranger(holder.folder)


def _answer(
    connection: socket.socket, deadline: Deadline, holder: Listened, progress: Progress
) -> dict[str, Any]:
    patience_s = _MORE_PATIENCE * holder.silence_s
    try:
        send(connection, pack(GO), _within(deadline, patience_s))
        while (reply := receive(connection, _within(deadline, patience_s))).get("ok") is None:
            _pass_on(reply, progress)
    except (OSError, MessageError) as error:
        why = "ended in the middle"
        if isinstance(error, TimeoutError):
            why = f"(pid {holder.pid}) does not answer any more" if _is_left(deadline) else "is too slow"
        raise AnswerLost(
            f"the holder of {holder.folder} {why}: the change may or may not be done; look at emsync session history"
        ) from error
    _raise_failure(reply)
    answer = reply.get("answer")
    if not isinstance(answer, dict):
        raise _stranger(holder.folder)
    return answer


def _within(deadline: Deadline, seconds: float) -> Deadline:
    """So many seconds from now, but not beyond a deadline."""
    return Deadline(min(deadline.left_s(), seconds))


def _is_left(deadline: Deadline) -> bool:
    try:
        return deadline.left_s() > 0
    except TimeoutError:
        return False


def _pass_on(news: dict[str, Any], progress: Progress) -> None:
    match news:
        case {"alive": True}:
            pass
        case {"stage": str() as name, "share": int() | float() as share}:
            progress.stage(name, float(share))
        case {"notice": str() as line}:
            _log.warning(line)
            progress.notice(line)
        case _:
            raise MessageError("what comes is no news of work")


def _raise_failure(reply: dict[str, Any]) -> None:
    match reply:
        case {"ok": False, "error": str() as line, "kind": str() as kind}:
            raise error_of(line, kind)


def _silent(holder: Listened) -> SilentHolder:
    return SilentHolder(
        f"the process that holds {holder.folder} (pid {holder.pid}) does not answer, and nothing was changed; wake it "
        "or end it, and run this again"
    )


def _late(holder: Listened) -> NoHolder:
    return NoHolder(
        f"the holder of {holder.folder} does not answer within {holder.timeout_s:g} s; wait for its work to end"
    )


def _gone(folder: Path) -> NotBegun:
    return NotBegun(f"the holder of {folder} is gone; open it again")


def _stranger(folder: Path) -> NoHolder:
    return NoHolder(f"what listens for {folder} is no holder of ours; open it again")
