"""Whatever comes through a holder's port, or from a stranger's, hurts nobody."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import struct
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.errors import EmsyncError, InternalError, MissingExtraError, PresetError, UserError
from emsync_nb.session import holder_server
from emsync_nb.session.holder import ADDRESS, Holder, NoHolder, ask
from emsync_nb.session.holder_protocol import LONGEST, VERSION
from tests.session.held_folder import address, echo, until

#: a thread of the holder that dies is a fault, whatever the asker hears
pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")


def framed(data: bytes) -> bytes:
    """A message as it travels."""
    return struct.pack(">I", len(data)) + data


def message(folder: Path, **changes: object) -> bytes:
    """A sound message, or one with changes."""
    sound = {"version": VERSION, "token": address(folder)["token"], "request": {"x": 1}}
    return framed(json.dumps({**sound, **changes}).encode())


def heard(folder: Path, *parts: bytes) -> bytes:
    """All that comes back from the port for these bytes."""
    with socket.create_connection(("127.0.0.1", address(folder)["port"]), timeout=30) as connection:
        data = b""
        with contextlib.suppress(ConnectionError):  # closed while we still speak
            for part in parts:
                connection.sendall(part)
            while chunk := connection.recv(1 << 16):
                data += chunk
        return data


@pytest.mark.parametrize("token", ["", "x" * 43, "ü\ud800", None, 1, [], {}])
def test_who_shows_no_token_hears_nothing(tmp_path: Path, token: object) -> None:
    asked: list[object] = []

    def answer(request: dict[str, Any], _: object) -> dict[str, Any]:
        asked.append(request)
        return {}

    with Holder(tmp_path, answer):
        assert heard(tmp_path, message(tmp_path, token=token)) == b""
        assert heard(tmp_path, message(tmp_path, token=token, version=2, request=0)) == b""
    assert asked == []


HOSTILE = {
    "nothing": b"",
    "garbage": bytes(range(256)) * 64,
    "a web page": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "no JSON": framed(b"{]"),
    "no length": framed(b""),
    "no UTF-8": framed(b'{"token": "\xff"}'),
    "UTF-16": framed('{"token": "x"}'.encode("utf-16")),
    "no object": framed(b"[1, 2]"),
    "oversized": struct.pack(">I", LONGEST + 1) + b"x" * 1000,
    "as long as can be said": b"\xff\xff\xff\xff",
    "deep lists": framed(b"[" * 100_000 + b"]" * 100_000),
    "deep objects": framed(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a long number": framed(b"1" * 1_000_000),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_comes_the_holder_lives_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setattr(holder_server, "PATIENCE_S", 0.2)
    with Holder(tmp_path, echo):
        assert heard(tmp_path, data) == b""
        monkeypatch.undo()
        assert ask(tmp_path, {"x": 1}) == {"asked": {"x": 1}}


def test_deep_messages_of_friends_hurt_nobody(tmp_path: Path) -> None:
    with Holder(tmp_path, echo):
        sound = message(tmp_path)[4:]
        deep = sound.replace(b'{"x": 1}', b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")
        assert len(deep) > 200_000
        assert heard(tmp_path, framed(deep)) == b""
        assert ask(tmp_path, {"x": 1}) == {"asked": {"x": 1}}


def test_half_a_message_then_silence_frees_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holder_server, "PATIENCE_S", 0.5)
    with Holder(tmp_path, echo), contextlib.ExitStack() as stack:
        half = message(tmp_path)[:20]
        for _ in range(2 * holder_server.MOST_CONNECTIONS):
            place = ("127.0.0.1", address(tmp_path)["port"])
            stack.enter_context(socket.create_connection(place, timeout=30)).sendall(half)
        assert ask(tmp_path, {"x": 1}) == {"asked": {"x": 1}}


def test_drop_by_drop_is_too_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holder_server, "PATIENCE_S", 0.3)
    with Holder(tmp_path, echo):
        place = ("127.0.0.1", address(tmp_path)["port"])
        with socket.create_connection(place, timeout=30) as connection, contextlib.suppress(ConnectionError):
            for byte in message(tmp_path):
                connection.sendall(bytes([byte]))
                time.sleep(0.01)
            assert connection.recv(100) == b""


def test_closing_does_not_wait_for_the_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holder_server, "PATIENCE_S", 60)
    with Holder(tmp_path, echo) as holder:
        connection = socket.create_connection(("127.0.0.1", address(tmp_path)["port"]), timeout=30)
        until(lambda: holder._server is not None and len(holder._server._open) == 1)
        closing = threading.Thread(target=holder.close)
        closing.start()
        closing.join(10)
        was_quick = not closing.is_alive()
        connection.close()
        closing.join()
    assert was_quick


@pytest.mark.parametrize(
    ("changes", "line"),
    [({"version": 1}, "the holder speaks version 3"), ({"request": [1]}, "the request is no JSON object")],
)
def test_friends_are_told_what_is_wrong(tmp_path: Path, changes: dict[str, object], line: str) -> None:
    with Holder(tmp_path, echo):
        data = heard(tmp_path, message(tmp_path, **changes))
    reply = json.loads(data[4:])
    assert struct.unpack(">I", data[:4]) == (len(data) - 4,)
    assert (reply["ok"], reply["kind"]) == (False, "UserError")
    assert reply["error"].startswith(line)


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{}", "[" * 4000, '{"port": 0, "token": "x", "pid": 1, "version": 3}',
        '{"port": "1", "token": "x", "pid": 1, "version": 3}', '{"port": 1, "token": 1, "pid": 1, "version": 3}',
        '{"port": 65536, "token": "x", "pid": 1, "version": 3}', '{"port": 1, "token": "x", "pid": 1, "version": 2}',
    ],
)  # fmt: skip
def test_an_address_that_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / ADDRESS).write_text(content)
    with pytest.raises(NoHolder):
        ask(tmp_path, {})
    with Holder(tmp_path, echo):
        assert ask(tmp_path, {}) == {"asked": {}}


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (None, "does not answer within 0.5 s"), (b"", "is gone"), (b"HTTP/1.1 200 OK", "is gone|does not answer"),
        (framed(b"{}"), "no holder of ours"), (framed(b'{"ok": true, "answer": 1}'), "no holder of ours"),
    ],
)  # fmt: skip
def test_a_stranger_on_the_port(tmp_path: Path, said: bytes | None, line: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = {"port": listener.getsockname()[1], "token": "x", "pid": 1, "version": VERSION}
        (tmp_path / ADDRESS).write_text(json.dumps(place))

        def answer() -> None:
            with listener.accept()[0] as connection:
                connection.recv(1000)
                if said is not None:
                    connection.sendall(said)
                else:
                    connection.recv(1000)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NoHolder, match=line):
            ask(tmp_path, {}, timeout_s=0.5)
        thread.join()


class _OddError(UserError):
    """A class that `errors` does not have."""


@pytest.mark.parametrize(
    ("raised", "kind", "line"),
    [
        (PresetError("no preset\n x; choose y"), PresetError, "no preset x; choose y"),
        (MissingExtraError("mido", "notation"), MissingExtraError, "mido is not installed. Run: pip"),
        (_OddError("odd"), _OddError, "odd"),
        (RuntimeError("secret"), InternalError, "internal error"),
        (SystemExit(3), InternalError, "internal error"),
    ],
)
def test_an_answer_that_raises(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    raised: BaseException,
    kind: type[EmsyncError],
    line: str,
) -> None:
    def answer(request: dict[str, Any], _: object) -> dict[str, Any]:
        if request:
            raise raised
        return {}

    with Holder(tmp_path, answer), caplog.at_level(logging.ERROR):
        with pytest.raises(EmsyncError) as caught:
            ask(tmp_path, {"x": 1})
        assert ask(tmp_path, {}) == {}
    assert type(caught.value) is kind
    assert str(caught.value).startswith(line)
    assert bool(caplog.records) == (kind is InternalError)


@pytest.mark.parametrize(
    ("given", "kind", "line"),
    [
        (object(), InternalError, "internal error"),
        (float("nan"), InternalError, "internal error"),
        ("x" * LONGEST, UserError, r"a message of \d+ bytes is too long"),
    ],
    ids=["object", "nan", "long"],
)
def test_an_answer_that_cannot_be_sent(
    tmp_path: Path, given: object, kind: type[EmsyncError], line: str
) -> None:
    with Holder(tmp_path, lambda request, _: {"x": given} if request else {}):
        with pytest.raises(kind, match=line):
            ask(tmp_path, {"x": 1})
        assert ask(tmp_path, {}) == {}


def test_a_request_that_is_too_long(tmp_path: Path) -> None:
    with Holder(tmp_path, echo), pytest.raises(UserError, match="too long"):
        ask(tmp_path, {"x": "x" * LONGEST})
