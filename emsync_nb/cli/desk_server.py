"""A JupyterLab of one's own: on 127.0.0.1, behind a token, until somebody stops it."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

from emsync_nb.errors import UserError

HOST = "127.0.0.1"
#: ports that are tried where none is named, and how many
_FIRST_PORT, _TRIES = 8888, 100
#: seconds until it must answer, and until it must have ended
_BEGINS_S, _ENDS_S = 60.0, 10.0


def chosen_port(wanted: int | None) -> int:
    """The port that is wanted, or a free one.

    Raises:
        UserError: it is taken, or all are.
    """
    if wanted is not None:
        if not _is_free(wanted):
            raise UserError(f"port {wanted} is taken, or not yours; choose another --port, or leave it out")
        return wanted
    for port in range(_FIRST_PORT, _FIRST_PORT + _TRIES):
        if _is_free(port):
            return port
    last = _FIRST_PORT + _TRIES - 1
    raise UserError(f"all ports from {_FIRST_PORT} to {last} are taken; choose another with --port")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":  # elsewhere it would take what others have
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


class DeskServer:
    """A server that runs."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: IO[bytes]) -> None:
        self._process, self._log = process, log
        #: with the token in it
        self.url = url

    def wait(self) -> None:
        """Until it ends.

        Raises:
            UserError: it ended by a fault.
        """
        if self._process.wait() != 0:
            raise self._failed()

    def wait_for_answer(self) -> None:
        """Until it answers.

        Raises:
            UserError: it ended, or is silent.
        """
        end_s = time.monotonic() + _BEGINS_S
        # whatever proxy the surroundings name, this machine needs none
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < end_s:
            if self._process.poll() is not None:
                raise self._failed()
            try:
                opener.open(self.url, timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise UserError(f"JupyterLab has not answered for {_BEGINS_S:.0f} s; try jupyter lab by itself")

    def end(self) -> None:
        """Stop it, and its kernels."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _failed(self) -> UserError:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines() or ["it says nothing"]
        return UserError(f"JupyterLab ended by itself ({lines[-1][:200]}); try jupyter lab by itself")


@contextmanager
def running_server(notebook: Path, root: Path, port: int, *, opens_browser: bool) -> Iterator[DeskServer]:
    """JupyterLab with a notebook open, until the block ends.

    Args:
        notebook: absolute path, below the root.
        root: folder that is served.
        port: a free one.
        opens_browser: whether it opens the notebook in the browser.

    Raises:
        UserError: it does not begin.
    """
    token = secrets.token_hex(24)
    place = f"/lab/tree/{quote(notebook.relative_to(root).as_posix())}"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            # where the root itself is a link, Tornado since 6.5.9 shows no files
            _command(place, Path(os.path.realpath(root)), port, opens_browser),
            # other people of this machine can read command lines, but not this
            env={**os.environ, "JUPYTER_TOKEN": token},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C is ours: a session of its own keeps Jupyter from asking whether it is meant
            start_new_session=True,
        )
        server = DeskServer(process, f"http://{HOST}:{port}{place}?token={token}", log)
        try:
            server.wait_for_answer()
            yield server
        finally:
            server.end()


def _command(place: str, root: Path, port: int, opens_browser: bool) -> list[str]:
    return [
        sys.executable,
        "-P",  # what lies in this folder is no part of Jupyter
        "-m",
        "jupyterlab",
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root}",
        f"--ServerApp.open_browser={opens_browser}",
        f"--ServerApp.allow_root={os.name == 'posix' and os.geteuid() == 0}",
        "--ServerApp.log_level=ERROR",
        f"--LabApp.default_url={place}",
    ]
