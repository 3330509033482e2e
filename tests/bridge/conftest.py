"""A private JACK server for a file of tests, a folder of one's own for the bridge's files, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.selftest.jack_server import private_jack
from bridge.selftest.listener import Listener
from tests.bridge.processes import processes_of, zombies

_ENDS_WITHIN_S = 5.0


@pytest.fixture(autouse=True)
def runtime_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No test shares journals and names with another, or with a bridge of the user's."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def needs_jack() -> None:
    """Skip where there is no jackd, but not on the machine that checks everything."""
    if shutil.which("jackd") is None:
        if os.environ.get("CI"):
            pytest.fail("jackd is missing: apt install jackd2")
        pytest.skip("jackd is not installed (apt install jackd2)")


@pytest.fixture(scope="module")
def patient_jack(needs_jack: None) -> Iterator[str]:
    """A server that waits for its clients: a busy machine drops no period, and frames are exact."""
    with private_jack(waits=True) as name:
        yield name
    assert not left_in_memory(name)


@pytest.fixture(scope="module")
def strict_jack(needs_jack: None) -> Iterator[str]:
    """A server that waits for nobody, as most run: it drops what comes too late."""
    with private_jack() as name:
        yield name
    assert not left_in_memory(name)


@pytest.fixture(scope="module")
def hasty_jack(needs_jack: None) -> Iterator[str]:
    """A strict server that gives up a killed client sooner than JACK's own half second."""
    with private_jack(patience_ms=200) as name:
        yield name
    assert not left_in_memory(name)


@pytest.fixture
def ear() -> Iterator[Listener]:
    """Two ports that are listened to; leave it to read what was heard."""
    with Listener(2) as listener:
        yield listener


@pytest.fixture
def nothing_stays() -> Iterator[None]:
    """After a test no process of its bridges is left, whoever its parent is by then."""
    server = os.environ["JACK_DEFAULT_SERVER"]
    before = processes_of(server)
    yield
    until_s = time.monotonic() + _ENDS_WITHIN_S
    while (left := processes_of(server) - before) and time.monotonic() < until_s:
        time.sleep(0.02)
    assert not left, "processes are left"
    assert not zombies()


def left_in_memory(server: str) -> list[Path]:
    """What a JACK server of a name has left in memory."""
    return [path for path in Path("/dev/shm").glob("*") if server in path.name]  # noqa: S108 - where JACK has it
