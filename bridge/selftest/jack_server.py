"""A JACK server of one's own, on the dummy driver, under a name that nobody else uses."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from bridge.player.hurry import hurries
from emsync_nb.errors import PortError

#: JACK keeps eight places for servers on a machine. One that is killed holds its place until a server of the same name
#: comes, so the names are always the same; two places are left to others
_NAMES = tuple(f"emsync-private-{number}" for number in range(1, 7))
#: as sound servers of studios are run, where that is allowed
_NICE = -11
#: of the server in real time: above the players
_PRIORITY = 60
_BEGINS_WITHIN_S = 10.0
_ENDS_WITHIN_S = 5.0
_LOOK_S = 0.05


def find_jackd() -> str:
    """The path of jackd.

    Raises:
        PortError: it is not installed.
    """
    found = shutil.which("jackd")
    if found is None:
        raise PortError("jackd is not installed. Install it (apt install jackd2)")
    return found


@contextlib.contextmanager
def private_jack(
    *, rate: int = 48_000, period: int = 256, waits: bool = False, patience_ms: int = 500
) -> Iterator[str]:
    """Start a server, and end it by its pid; gives its name.

    Within, programs that this process starts find it by the environment (JACK_DEFAULT_SERVER).

    Args:
        rate: frames a second.
        period: frames a cycle.
        patience_ms: how long it waits for a client that was killed; 500 is JACK's own.
        waits: whether it waits for its clients, so that a busy machine drops no period; its time then stretches.

    Raises:
        PortError: jackd is not installed, or does not begin.
    """
    with tempfile.TemporaryFile() as log, contextlib.ExitStack() as stack:
        stack.callback(_set_default_server, os.environ.get("JACK_DEFAULT_SERVER"))
        for name in _free_names(stack):
            _set_default_server(name)
            server = _started(name, rate, period, 5000 if waits else patience_ms, waits, log.fileno())
            if _answers(server):
                break
            _end(server)
        else:
            log.seek(0)
            raise PortError(f"no JACK server of its own begins ({_last_line(log.read())}). Look at jackd")
        stack.callback(_remove_rests, name)
        stack.callback(_end, server)
        yield name


def _set_default_server(name: str | None) -> None:
    if name is None:
        os.environ.pop("JACK_DEFAULT_SERVER", None)
    else:
        os.environ["JACK_DEFAULT_SERVER"] = name


def _free_names(stack: contextlib.ExitStack) -> Iterator[str]:
    """Names that no other process of ours holds, held until the stack is left."""
    user = getattr(os, "getuid", lambda: 0)()
    folder = Path(tempfile.gettempdir()) / f"emsync-jack-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in _NAMES:
        lock = FileLock(folder / f"{name}.lock", thread_local=False)
        with contextlib.suppress(Timeout):
            stack.enter_context(lock.acquire(timeout=0))
            yield name


def _last_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "all its names are taken")


def _may_run_first() -> bool:
    """Whether the system lets this process ask for real time; root in a container often may not."""
    allowed: list[bool] = []
    # the priority is the thread's alone, and goes with it
    thread = threading.Thread(target=lambda: allowed.append(hurries(_PRIORITY)))
    thread.start()
    thread.join()
    return allowed == [True]


def _started(
    name: str, rate: int, period: int, patience_ms: int, waits: bool, log: int
) -> subprocess.Popen[bytes]:
    """Start it in real time where that is allowed; where it is not, jackd would run, and its clients would not."""
    scheduling = ["-R", "-P", str(_PRIORITY)] if _may_run_first() else ["-r"]
    mode = [*(["-S"] if waits else []), "-t", str(patience_ms)]
    driver = ["-d", "dummy", "-r", str(rate), "-p", str(period)]
    command = [find_jackd(), "-n", name, *scheduling, *mode, *driver]
    server = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
    )
    with contextlib.suppress(
        OSError
    ):  # who opens clients is no real-time thread of it, and shall not wait for others
        os.setpriority(os.PRIO_PROCESS, server.pid, _NICE)
    return server


def _answers(server: subprocess.Popen[bytes]) -> bool:
    """Wait until it takes clients; False where it ends instead, as it does where its name is taken.

    Raises:
        PortError: it runs, and takes none.
    """
    from bridge.player.jack_player import open_client

    until_s = time.monotonic() + _BEGINS_WITHIN_S
    while server.poll() is None:
        try:
            open_client("emsync-asks", exact=False).close()
        except PortError:
            if time.monotonic() > until_s:
                _end(server)
                raise
        else:
            time.sleep(_LOOK_S)  # if that was another one of its name, ours ends now
            return server.poll() is None
        time.sleep(_LOOK_S)
    return False


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _remove_rests(name: str) -> None:
    """Remove what a server leaves that was killed, or that lost a client that was."""
    for rest in Path("/dev/shm").glob(f"jack*_{name}_*"):  # noqa: S108 - JACK's place
        rest.unlink(missing_ok=True)
