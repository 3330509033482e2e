"""Fetching a model file: goes on where it was broken off, and keeps nothing whose SHA-256 is another.

Written on urllib, for no library of HTTP is among the requirements; what is asked of it is one GET.
"""

from __future__ import annotations

import http.client
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

from filelock import FileLock

from emsync_nb.errors import OutputError, WeightsError
from emsync_nb.weights.catalogue import ModelFile
from emsync_nb.weights.finding import FOLDER_VARIABLE, damage_of, forget_checks, remedy

#: bytes read at once
_BLOCK = 1 << 16
#: seconds without a byte after which a connection counts as lost
_PATIENCE_S = 30
#: how often a connection that breaks off is taken up again, as long as each brings something
_TRIES = 3
#: the one host that may be spoken to without encryption: this machine
_HERE = "127.0.0.1"
_ELSEWHERE = f"Try again later, or copy the file from elsewhere into a folder that {FOLDER_VARIABLE} names"


def fetch(model: ModelFile, folder: Path, on_progress: Callable[[float], None] = lambda share: None) -> Path:
    """Fetch a file into a folder, unless it is there; what was fetched before a break is kept and gone on with.

    Args:
        model: of others, and a single file.
        folder: made where it is not there.
        on_progress: called with rising fractions of the file.

    Raises:
        WeightsError: no connection, an address that is not to be trusted, or another file than was expected.
        OutputError: the folder cannot be written.
    """
    if model.is_shipped or model.is_folder:
        raise WeightsError(f"{model.name} is not fetched by emsync. {remedy(model)}")
    target = folder / model.file_name
    unfinished = folder / f"{model.file_name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{model.file_name}.lock"):
            if not target.is_file() or damage_of(model, target) is not None:
                _complete(model, unfinished, on_progress)
                unfinished.replace(target)
                forget_checks()
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error.strerror}); choose another folder") from error
    on_progress(1.0)
    return target


def _complete(model: ModelFile, unfinished: Path, on_progress: Callable[[float], None]) -> None:
    """Bring a file that is there in part to its end, and check it."""
    for _ in range(_TRIES):
        before = _size(unfinished)
        if before < model.size:
            _append(model, unfinished, on_progress)
        if not before < _size(unfinished) < model.size:
            break
    if _size(unfinished) < model.size:
        raise WeightsError(
            f"{model.name} broke off at {_size(unfinished):,} of {model.size:,} bytes. "
            "Run the same again: it goes on there"
        )
    damage = damage_of(model, unfinished)
    if damage is not None:
        unfinished.unlink()
        raise WeightsError(
            f"{model.address} gave another file than {model.name} ({damage}); nothing was kept. {_ELSEWHERE}"
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _append(model: ModelFile, unfinished: Path, on_progress: Callable[[float], None]) -> None:
    """Ask for what is missing and write it; returns early, without complaint, where the connection is lost."""
    with _answer(model, unfinished) as answer:
        start = _start_of(answer)
        if start not in (0, _size(unfinished)):
            raise WeightsError(f"{model.address} answered with a part that nobody asked for. {_ELSEWHERE}")
        with unfinished.open("r+b" if start else "wb") as stream:
            stream.seek(start)
            _copy(model, answer, stream, start, on_progress)


def _copy(
    model: ModelFile,
    answer: Any,  # noqa: ANN401 - http.client.HTTPResponse, or what urllib makes of it
    stream: IO[bytes],
    done: int,
    on_progress: Callable[[float], None],
) -> None:
    """Write no more than the model has: what is longer is damaged, and a server may send without end."""
    while block := _block(answer):
        done += len(block)
        if done > model.size:
            stream.truncate(0)
            raise WeightsError(
                f"{model.address} gave more than the {model.size:,} bytes of {model.name}; "
                f"nothing was kept. {_ELSEWHERE}"
            )
        stream.write(block)
        on_progress(done / model.size)


def _block(answer: Any) -> bytes:  # noqa: ANN401 - as above
    try:
        return bytes(answer.read(_BLOCK))
    except http.client.IncompleteRead as error:
        return error.partial
    except (OSError, http.client.HTTPException):
        return b""  # the connection is lost; what came is kept


@contextmanager
def _answer(model: ModelFile, unfinished: Path) -> Iterator[Any]:
    start = _size(unfinished)
    _check_address(model.address, model.address)
    request = urllib.request.Request(model.address, headers={"User-Agent": "emsync_nb"})  # noqa: S310 - checked above
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        answer = _opener().open(request, timeout=_PATIENCE_S)
    except HTTPError as error:
        error.close()
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            unfinished.unlink(missing_ok=True)  # it is no part of what lies there: begin again next time
        raise WeightsError(f"{model.address} answered {error.code} {error.reason}. {_ELSEWHERE}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = " ".join(str(getattr(error, "reason", error)).split())[:120] or type(error).__name__
        host = urlsplit(model.address).hostname
        raise WeightsError(f"{model.name} cannot be fetched from {host} ({reason}). {_ELSEWHERE}") from error
    with answer:
        yield answer


def _start_of(answer: Any) -> int:  # noqa: ANN401 - as above
    """The byte that an answer begins with: servers that know no ranges begin at 0."""
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        return 0
    told = re.fullmatch(r"bytes (\d{1,18})-\d{1,18}/(?:\d{1,18}|\*)", answer.headers.get("Content-Range", ""))
    return int(told[1]) if told else -1


def _check_address(address: str, asked: str) -> None:
    """Only encrypted ones; without it only this machine, and only where that was asked for itself."""
    parts, first = urlsplit(address), urlsplit(asked)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == first.hostname == _HERE):
        return
    raise WeightsError(
        f"{asked} leads to {address[:200]}, which is not fetched from: only https is. {_ELSEWHERE}"
    )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few, each only where the first address may lead."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        """The next request; it asks for the same range."""
        _check_address(newurl, req.full_url)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type] # Message is one


def _opener() -> urllib.request.OpenerDirector:
    """HTTP and HTTPS alone: urllib's own would open files and FTP too."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.UnknownHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        _Redirects,
    ):
        opener.add_handler(handler())
    return opener
