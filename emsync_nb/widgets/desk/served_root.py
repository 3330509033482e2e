"""Which Jupyter server owns this kernel, and which folder it shows to browsers."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emsync_nb.extras import is_installed, require

#: what a server writes into the runtime folder while it runs
_SERVER_FILE = re.compile(r"(jp|nb)server-.+\.json")


@dataclass(frozen=True, slots=True)
class _Server:
    pid: int
    root: Path
    #: when it wrote its file
    since: float


def served_root() -> Path | None:
    """The root of the Jupyter server that started this kernel; None where there is none.

    It is the running server among this process's ancestors, or the one that JPY_PARENT_PID names; else the one
    whose root holds the notebook that JPY_SESSION_NAME names. Jupyter's own `list_running_servers` reads the same
    files, and takes over a second to import.
    """
    servers = _running_servers()
    if not servers:
        return None
    for pid in _owners():
        own = [server for server in servers if server.pid == pid]
        if own:
            return max(own, key=lambda server: server.since).root
    return _root_around_notebook(servers)


def _root_around_notebook(servers: list[_Server]) -> Path | None:
    notebook = os.environ.get("JPY_SESSION_NAME", "")
    # VS Code names its notebook too, and shows it itself
    if not os.path.isabs(notebook) or "VSCODE_PID" in os.environ:  # noqa: PTH117 - "" is none
        return None
    real = Path(os.path.realpath(notebook))
    around = [server.root for server in servers if real.is_relative_to(os.path.realpath(server.root))]
    return max(around, key=lambda root: len(root.parts), default=None)


def _running_servers() -> list[_Server]:
    if not is_installed("jupyter_core"):
        return []
    runtime = Path(require("jupyter_core.paths").jupyter_runtime_dir())
    try:
        files = [file for file in runtime.iterdir() if _SERVER_FILE.fullmatch(file.name)]
    except OSError:  # no server has ever run here
        return []
    return [server for file in files if (server := _server(file)) is not None and _is_alive(server.pid)]


def _server(file: Path) -> _Server | None:
    """What a server's file says; None where it says nothing useful, or is gone by now."""
    try:
        since, facts = file.stat().st_mtime, json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(facts, dict):
        return None
    pid, root = facts.get("pid"), facts.get("root_dir") or facts.get("notebook_dir")
    if not isinstance(pid, int) or not isinstance(root, str) or not Path(root).is_dir():
        return None
    return _Server(pid, Path(root), since)


def _owners() -> list[int]:
    """Process numbers that may be the server's, nearest first."""
    psutil = _psutil()
    if psutil is None:
        ancestors = [os.getppid()]
    else:
        try:
            ancestors = [process.pid for process in psutil.Process().parents()]
        except psutil.Error:  # one of them has just ended
            ancestors = [os.getppid()]
    named = os.environ.get("JPY_PARENT_PID", "")
    # on Windows it is no process number but a handle
    return [*ancestors, int(named)] if named.isdecimal() and os.name != "nt" else ancestors


def _is_alive(pid: int) -> bool:
    psutil = _psutil()
    return True if psutil is None else bool(psutil.pid_exists(pid))


def _psutil() -> Any | None:  # noqa: ANN401 - a module
    """It comes with ipykernel."""
    return require("psutil") if is_installed("psutil") else None
