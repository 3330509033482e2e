"""The asker's side of a conversation with a holder: what is known at each moment of what was done."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import Any

from emsync_nb.pipeline.progress import Progress
from emsync_nb.session.holder_protocol import (
    GO,
    READY,
    Deadline,
    MessageError,
    NoHolder,
    NotBegun,
    error_of,
    pack,
    receive,
    send,
)

_log = logging.getLogger(__name__)


class AnswerLost(NoHolder):
    """A request had begun, and no answer came: it may or may not be done."""


def conversation(
    folder: Path, port: int, first: bytes, timeout_s: float, progress: Progress
) -> dict[str, Any]:
    """What the holder that listens on a port answers to a message; `progress` hears how far its work is.

    Raises:
        NotBegun, AnswerLost, NoHolder, EmsyncError: as `holder.ask`.
    """
    deadline = Deadline(timeout_s)
    try:
        connection = socket.create_connection(("127.0.0.1", port), timeout=deadline.left_s())
    except TimeoutError as error:
        raise _silent(folder, timeout_s) from error
    except OSError as error:
        raise _gone(folder) from error
    with connection:  # closed on every way out, Ctrl-C too: that is how the holder hears that nobody waits
        _begin(connection, first, deadline, folder, timeout_s)
        return _answer(connection, deadline, folder, progress)


def _begin(
    connection: socket.socket, first: bytes, deadline: Deadline, folder: Path, timeout_s: float
) -> None:
    """Wait for our turn. Whatever goes wrong here, nothing was done."""
    try:
        send(connection, first, deadline)
        reply = receive(connection, deadline)
    except TimeoutError as error:
        raise _silent(folder, timeout_s) from error
    except (OSError, MessageError) as error:
        raise _gone(folder) from error
    if reply != READY:
        _raise_failure(reply)
        raise _stranger(folder)


def _answer(
    connection: socket.socket, deadline: Deadline, folder: Path, progress: Progress
) -> dict[str, Any]:
    try:
        send(connection, pack(GO), deadline)
        while (reply := receive(connection, deadline)).get("ok") is None:
            _pass_on(reply, progress)
    except (OSError, MessageError) as error:
        why = "is too slow" if isinstance(error, TimeoutError) else "ended in the middle"
        raise AnswerLost(
            f"the holder of {folder} {why}: the change may or may not be done; look at emsync session history"
        ) from error
    _raise_failure(reply)
    answer = reply.get("answer")
    if not isinstance(answer, dict):
        raise _stranger(folder)
    return answer


def _pass_on(news: dict[str, Any], progress: Progress) -> None:
    match news:
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


def _silent(folder: Path, timeout_s: float) -> NoHolder:
    return NoHolder(
        f"the holder of {folder} does not answer within {timeout_s:g} s; wait for its work to end"
    )


def _gone(folder: Path) -> NotBegun:
    return NotBegun(f"the holder of {folder} is gone; open it again")


def _stranger(folder: Path) -> NoHolder:
    return NoHolder(f"what listens for {folder} is no holder of ours; open it again")
