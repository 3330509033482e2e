"""A server on this machine that hands out one file, well or badly."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Manners:
    """How the server behaves, and what it was asked."""

    content: bytes
    #: whether it knows ranges
    ranges: bool = True
    #: bytes after which each answer breaks off
    breaks_after: int | None = None
    #: where it sends everyone in place of an answer
    leads_to: str | None = None
    status: int = 200
    #: said in place of the true range
    range_said: str | None = None
    #: the Range header of each request
    asked: list[str | None] = field(default_factory=list)


@contextmanager
def serving(manners: Manners) -> Iterator[str]:
    """The address of a server with these manners."""
    handler = type("Handler", (_Handler,), {"manners": manners})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/model.bin"
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    manners: Manners

    def do_GET(self) -> None:
        manners = self.manners
        manners.asked.append(self.headers.get("Range"))
        if manners.leads_to is not None and self.path == "/model.bin":
            self._head(302, {"Location": manners.leads_to})
        elif manners.status >= 400:
            self._head(manners.status, {"Content-Length": "0"})
        else:
            self._answer(manners)

    def _answer(self, manners: Manners) -> None:
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted and manners.ranges else 0
        content = manners.content[start:]
        facts = {"Content-Length": str(len(content))}
        if start:
            whole = len(manners.content)
            facts["Content-Range"] = manners.range_said or f"bytes {start}-{whole - 1}/{whole}"
        self._head(206 if start else 200, facts)
        self.wfile.write(content[: manners.breaks_after])

    def _head(self, status: int, facts: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in facts.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Say nothing."""
