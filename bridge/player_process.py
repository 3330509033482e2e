"""The asker's end of a player: a sink whose ports belong to a process of their own, with a guard beside it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any, Literal

from bridge.claim import Claim
from bridge.commands import Command, encoded
from bridge.journal import CLOSED, MAX_PORTS, Hitch, Journal, Status, journal_folder
from emsync_nb.errors import PortError

SinkKind = Literal["jack", "rtmidi"]
CLIENT_NAME = "emsync"
#: how long a player may take to begin, to take what it is told, and to end
_BEGINS_WITHIN_S, _TAKES_WITHIN_S, _ENDS_WITHIN_S = 10.0, 2.0, 3.0
#: bytes of complaints that are looked through
_MOST_COMPLAINTS = 1 << 20
#: a player that has not said anything for so long hangs
_HANGS_AFTER_S = 3.0
#: a predecessor that was killed is still being silenced for so long
_PREDECESSOR_S = 2.0
#: seconds from now in which nothing can be changed any more, beside two cycles
_LEAD_S = 0.015
#: likewise until music begins. On a busy machine the asker may be kept waiting for some of it before a note is sent
_START_LEAD_S = 0.1


class PlayerProcess:
    """Ports of JACK (exact to the frame) or of the system, kept by another process.

    When this process dies, that one ends every note and leaves; when that one is killed, a third does it.
    """

    def __init__(
        self,
        kind: SinkKind,
        ports: Sequence[str],
        *,
        targets: Sequence[Sequence[str]] = (),
        client: str = CLIENT_NAME,
        driver: str | None = None,
    ) -> None:
        """Open the ports.

        Args:
            kind: whose ports.
            ports: their names, as a DAW shows them.
            targets: for each, the ports it is connected to (JACK), or the one that stands for it (rtmidi).
                Without any, JACK's are connected to whom they were connected to the last time.
            client: the name that JACK shows before the port's; two bridges of one name exclude each other.
            driver: a driver of RtMidi's; None for the first that answers.

        Raises:
            PortError: another bridge has this name, no driver answers, or a target is not there.
        """
        if not 1 <= len(ports) <= MAX_PORTS:
            raise PortError(
                f"a bridge has 1 to {MAX_PORTS} ports, got {len(ports)}. Put several tracks on one"
            )
        self._kind = kind
        self._ports = tuple(ports)
        self._closed = False
        path = _journal_path(kind, client)
        self._claim = Claim(path.with_suffix(".lock"))
        self._take_name(client)
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._guard: subprocess.Popen[bytes] | None = None
        try:
            self._journal = Journal(path)
            task: dict[str, Any] = {"sink": kind, "journal": str(path), "client": client, "driver": driver}
            task["asker"] = None if os.name == "nt" else os.getpid()  # Windows may put a launcher between
            self._start(task | {"ports": list(ports), "targets": [list(names) for names in targets]})
            self.facts = self._beginning()
            self._claim.hand_over()
        except BaseException:
            self.close()
            raise

    @property
    def ports(self) -> tuple[str, ...]:
        """Names of its ports."""
        return self._ports

    @property
    def rate(self) -> int:
        """Ticks a second: JACK's frames, or microseconds."""
        return int(self.facts["rate"])

    @property
    def lead(self) -> int:
        """Ticks from now in which nothing can be changed any more."""
        return 2 * int(self.facts["period"]) + round(_LEAD_S * self.rate)

    @property
    def start_lead(self) -> int:
        """Ticks from a question until music begins: a tenth of a second, beside two cycles."""
        return 2 * int(self.facts["period"]) + round(_START_LEAD_S * self.rate)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of the player and of its guard."""
        return (self._player.pid, *(() if self._guard is None else (self._guard.pid,)))

    def now(self) -> int:
        """The tick of this moment."""
        return self._journal.status().now()

    def write(self, commands: Iterable[Command]) -> None:
        """Hand over what is to be done, in order.

        Raises:
            PortError: the player has ended, or does not take it.
        """
        assert self._player.stdin is not None  # noqa: S101 - it was started with a pipe
        if self._closed or self._player.stdin.closed:
            raise self._end()
        data = memoryview(encoded(commands))
        try:
            while data:
                self._wait_for_room(self._player.stdin.fileno())
                with contextlib.suppress(BlockingIOError):
                    data = data[os.write(self._player.stdin.fileno(), data) :]
        except (OSError, ValueError) as error:  # ValueError: closed meanwhile, by another thread
            raise self._end() from error
        finally:
            if data:  # half a command, and what comes after it would be misread: the player ends its notes and leaves
                _close_pipe(self._player)

    def status(self) -> Status:
        """How the player is doing.

        Raises:
            PortError: it has ended, or hangs.
        """
        status = self._journal.status()
        if self._closed or self._player.poll() is not None:
            raise self._end()
        if time.monotonic_ns() - status.at_ns > _HANGS_AFTER_S * 1e9:
            raise PortError(
                "JACK has not run the bridge for seconds. Look at its server"
                if self._kind == "jack"
                else "the MIDI driver hangs. Look at the port"
            )
        return status

    @property
    def problem(self) -> str:
        """What went wrong while it goes on, such as one port of several that has gone; mostly nothing."""
        return self._journal.problem

    @property
    def hitches(self) -> list[Hitch]:
        """When and why messages could not go out in their place, as the player noted it."""
        return self._journal.hitches

    @property
    def listeners(self) -> list[list[str]]:
        """Who is connected to each port, as far as JACK tells."""
        return self._journal.listeners

    def close(self) -> None:
        """End every note and give the ports back; harmless when done twice."""
        if self._closed:
            return
        self._closed = True
        for process in (getattr(self, "_player", None), self._guard):
            if process is not None:
                _wait_for_end(process)
        self._complaints.close()
        self._claim.release()

    def _take_name(self, client: str) -> None:
        try:
            is_free = self._claim.take(_PREDECESSOR_S)
        except OSError as error:
            raise PortError(
                f"the lock of {client!r} in {journal_folder()} cannot be written ({error.strerror}). "
                "Set XDG_RUNTIME_DIR to a folder of yours"
            ) from error
        if not is_free:
            raise PortError(
                f"another bridge plays as {client!r}. Stop it, or choose another name with --client"
            )

    def _start(self, task: dict[str, Any]) -> None:
        """Start the guard and the player; the pipe between them closes when the player ends, however it does."""
        if os.name == "nt":  # handles are not handed on there, and the next start silences instead
            self._player = _started(task | {"role": "play"}, subprocess.PIPE, self._complaints, ())
            return
        watched, held = os.pipe()
        try:
            claim = self._claim.descriptors
            self._guard = _started(task | {"role": "guard"}, watched, self._complaints, claim)
            self._player = _started(
                task | {"role": "play"}, subprocess.PIPE, self._complaints, (held, *claim)
            )
        finally:
            os.close(watched)
            os.close(held)
        assert self._player.stdin is not None  # noqa: S101 - it was started with a pipe
        os.set_blocking(self._player.stdin.fileno(), False)

    def _last_complaint(self) -> str:
        """The last line that it wrote where nobody looks; drivers write a dozen of their own there."""
        self._complaints.seek(0)
        lines = self._complaints.read(_MOST_COMPLAINTS).decode(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return f" ({said[-1][:200]})" if said else ""

    def _beginning(self) -> dict[str, Any]:
        """What the player says when its ports are open."""
        assert self._player.stdout is not None  # noqa: S101 - it was started with a pipe
        late = threading.Timer(_BEGINS_WITHIN_S, self._player.kill)
        late.start()
        line = self._player.stdout.readline()
        late.cancel()
        if not line:
            raise PortError(
                f"the player process did not begin{self._last_complaint()}. Run emsync bridge doctor"
            )
        facts = json.loads(line)
        if "error" in facts:
            raise PortError(facts["error"])
        return dict(facts)

    def _wait_for_room(self, descriptor: int) -> None:
        if os.name != "nt" and not select.select([], [descriptor], [], _TAKES_WITHIN_S)[1]:
            self._player.kill()
            raise PortError("the player process hangs; it is ended, and its notes with it. Play again")

    def _end(self) -> PortError:
        """Why there is no player any more."""
        if self._closed:
            return PortError("the bridge is closed. Open it again")
        try:
            code = self._player.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._player.kill()
            code = self._player.wait()
        if code < 0:
            return PortError(
                f"the player process was killed (signal {-code}); its notes were ended. Play again"
            )
        return PortError(self._journal.problem or "the player process has ended. Play again")


def _journal_path(kind: SinkKind, client: str) -> Path:
    plain = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in client)
    return journal_folder() / f"{kind}-{plain}.journal"


def _started(
    task: dict[str, Any], stdin: int, complaints: IO[bytes], handed_on: tuple[int, ...]
) -> subprocess.Popen[bytes]:
    # -P: what lies in the folder that it is started in is no module of ours
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "bridge.player", json.dumps(task)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=complaints,
        pass_fds=handed_on,
        start_new_session=True,  # a terminal's Ctrl-C is for the asker
    )


def _wait_for_end(process: subprocess.Popen[bytes]) -> None:
    _close_pipe(process)
    try:
        process.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _close_pipe(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


def is_running(kind: SinkKind, client: str = CLIENT_NAME) -> bool:
    """Whether a bridge of this name plays at this moment, or is still being silenced after it was killed."""
    path = _journal_path(kind, client).with_suffix(".lock")
    if not path.exists():
        return False
    claim = Claim(path)
    try:
        return not claim.take(0)
    except OSError:
        return False  # whoever plays says why it cannot be written
    finally:
        claim.release()


def left_behind(kind: SinkKind, client: str = CLIENT_NAME) -> bool:
    """Whether a bridge of this name was killed and left notes on that nobody has ended yet."""
    path = _journal_path(kind, client)
    if not path.exists() or is_running(kind, client):
        return False
    journal = Journal(path)
    try:
        return journal.is_unclean and journal.status().state != CLOSED
    finally:
        journal.close()
