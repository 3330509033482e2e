"""A JupyterLab of one's own on 127.0.0.1: settings of nobody, no news, no updates; and what its kernels hold."""

from __future__ import annotations

import ast
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_BEGINS_WITHIN_S = 60
_ANSWERS_WITHIN_S = 60
_NOTIFICATIONS = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
_KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


@dataclass
class Lab:
    """A server that runs."""

    port: int
    token: str
    #: what it serves
    root: Path
    #: where connection files of kernels lie
    runtime: Path
    clients: dict[str, Any] = field(default_factory=dict)
    #: kernels are asked from a thread of its own: Playwright keeps an event loop in the main one
    asking: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def url(self, path: str) -> str:
        """Where a browser finds something."""
        return f"http://127.0.0.1:{self.port}/{path}"

    def rest(self, path: str, method: str = "GET", body: object = None) -> Any:  # noqa: ANN401 - JSON
        """What the server's REST interface answers."""
        request = urllib.request.Request(  # noqa: S310 - http on this machine
            self.url(f"api/{path}"),
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=_ANSWERS_WITHIN_S) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None

    def kernel_of(self, notebook: str) -> str:
        """The id of the kernel that runs a notebook."""
        until_s = time.monotonic() + _BEGINS_WITHIN_S
        while time.monotonic() < until_s:
            found = [one["kernel"]["id"] for one in self.rest("sessions") if one["path"] == notebook]
            if found and (self.runtime / f"kernel-{found[0]}.json").exists():
                return str(found[0])
            time.sleep(0.1)
        raise AssertionError(f"{notebook} has no kernel")

    def python(self, notebook: str, expression: str, before: str = "") -> Any:  # noqa: ANN401 - JSON
        """What an expression comes to in a notebook's kernel, by a connection beside the browser's."""
        return self.asking.submit(self._python, self.kernel_of(notebook), expression, before).result()

    def _python(self, kernel: str, expression: str, before: str) -> object:
        client = self.clients.get(kernel) or self._client(kernel)
        wanted = {"value": f"__import__('json').dumps({expression})"}
        reply = client.execute(
            before, silent=True, user_expressions=wanted, reply=True, timeout=_ANSWERS_WITHIN_S
        )["content"]
        assert reply["status"] == "ok", reply
        value = reply["user_expressions"]["value"]
        assert value["status"] == "ok", value
        return json.loads(ast.literal_eval(value["data"]["text/plain"]))

    def _client(self, kernel: str) -> Any:  # noqa: ANN401 - of jupyter_client, untyped here
        from jupyter_client.blocking.client import BlockingKernelClient

        client = BlockingKernelClient(connection_file=str(self.runtime / f"kernel-{kernel}.json"))
        client.load_connection_file()
        client.start_channels()
        self.clients[kernel] = client
        return client

    def end_kernel(self, notebook: str) -> None:
        """Shut down whatever runs a notebook."""
        for one in self.rest("sessions"):
            if one["path"] == notebook:
                self.rest(f"sessions/{one['id']}", "DELETE")

    def close(self) -> None:
        """Let go of the kernels."""
        for client in self.clients.values():
            self.asking.submit(client.stop_channels).result()
        self.asking.shutdown()


def write_notebook(path: Path, *cells: str) -> Path:
    """A notebook that has not been run."""
    sources: list[dict[str, Any]] = [
        {
            "id": f"cell-{number}",
            "cell_type": "code",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(cells)
    ]
    content = {"cells": sources, "metadata": {"kernelspec": _KERNEL}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@contextmanager
def running_lab(folder: Path, cache: Path | None = None) -> Iterator[Lab]:
    """JupyterLab until the block ends, its root and all it keeps within a folder, but for a cache that is given."""
    root, runtime = folder / "root", folder / "runtime"
    for place in (root, runtime):
        place.mkdir(parents=True)
    _write_settings(folder / "settings")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    lab = Lab(port, secrets.token_hex(16), root, runtime)
    own = _environment(folder, cache or folder / "cache")
    with (folder / "lab.log").open("w") as log:
        process = subprocess.Popen(_command(lab), env=own, stdout=log, stderr=log, cwd=root)
        try:
            _wait_for(lab, process, folder / "lab.log")
            yield lab
            for one in lab.rest("sessions"):
                lab.rest(f"sessions/{one['id']}", "DELETE")
        finally:
            lab.close()
            process.terminate()
            process.wait(30)


def _command(lab: Lab) -> list[str]:
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={lab.port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={lab.root}",
        "--ServerApp.allow_root=True",
        "--ServerApp.terminals_enabled=False",
        f"--IdentityProvider.token={lab.token}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]


def _environment(folder: Path, cache: Path) -> dict[str, str]:
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    return {
        **os.environ,
        **{name: str(folder / place) for name, place in own.items()},
        "EMSYNC_CACHE": str(cache),
        "OMP_NUM_THREADS": "1",
    }


def _write_settings(folder: Path) -> None:
    place = folder / "@jupyterlab" / "apputils-extension"
    place.mkdir(parents=True)
    (place / "notification.jupyterlab-settings").write_text(json.dumps(_NOTIFICATIONS), encoding="utf-8")


def _wait_for(lab: Lab, process: subprocess.Popen[bytes], log: Path) -> None:
    until_s = time.monotonic() + _BEGINS_WITHIN_S
    while time.monotonic() < until_s:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            lab.rest("status")
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"JupyterLab does not answer: {log.read_text(encoding='utf-8')}")
