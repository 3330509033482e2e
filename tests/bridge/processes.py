"""Which processes there are, by what Linux tells of each."""

from __future__ import annotations

import os
from pathlib import Path


def processes_of(server: str) -> set[int]:
    """The processes that were started for a JACK server of a name, but not this one."""
    wanted = f"JACK_DEFAULT_SERVER={server}".encode()
    return {pid for pid in _pids() if pid != os.getpid() and wanted in _told(pid, "environ").split(b"\0")}


def server_pid(server: str) -> int:
    """The process of a JACK server."""
    return next(pid for pid in _pids() if [b"-n", server.encode()] == _told(pid, "cmdline").split(b"\0")[1:3])


def zombies() -> set[int]:
    """Children of this process that have ended and that nobody has asked how."""
    return {pid for pid in _pids() if _state(pid)[:2] == ["Z", str(os.getpid())]}


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or has ended and its parent has not asked how: of an orphan that may take seconds."""
    return _state(pid)[:1] in ([], ["Z"])


def _state(pid: int) -> list[str]:
    """State, parent, and more of /proc/PID/stat; a name may hold spaces and brackets."""
    return _told(pid, "stat").decode(errors="replace").rpartition(")")[2].split()


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _told(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""
