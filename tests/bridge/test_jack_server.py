"""A private JACK server: found by its programs, gone afterwards, and no burden on the machine when it is killed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bridge.selftest import jack_server
from bridge.selftest.jack_server import find_jackd, private_jack
from emsync_nb.errors import PortError
from tests.bridge.selftest_needs import needs


def servers(name: str) -> list[int]:
    """Processes of JACK servers of a name."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"jackd") and name.encode() in words:
            found.append(int(line.parent.name))
    return found


@pytest.mark.jack
def test_two_at_once_have_names_of_their_own_and_leave_nothing() -> None:
    needs(find_jackd)
    before = os.environ.get("JACK_DEFAULT_SERVER")
    with private_jack() as one:
        with private_jack() as two:
            assert os.environ["JACK_DEFAULT_SERVER"] == two != one
            assert len(servers(one)) == len(servers(two)) == 1
        assert os.environ["JACK_DEFAULT_SERVER"] == one
    assert os.environ.get("JACK_DEFAULT_SERVER") == before
    assert servers(one) == servers(two) == []
    assert list(Path("/dev/shm").glob(f"jack*_{one}_*")) == []  # noqa: S108 - JACK's place


@pytest.mark.jack
def test_servers_that_are_killed_do_not_use_up_the_places_that_jack_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needs(find_jackd)
    started: list[subprocess.Popen[bytes]] = []
    start = jack_server._started

    def noted(
        name: str, rate: int, period: int, patience_ms: int, waits: bool, log: int
    ) -> subprocess.Popen[bytes]:
        started.append(start(name, rate, period, patience_ms, waits, log))
        return started[-1]

    monkeypatch.setattr(jack_server, "_started", noted)
    for _ in range(10):  # JACK has eight
        with private_jack():
            started[-1].kill()
            started[-1].wait()


def test_jackd_that_is_not_there_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PortError, match=r"^jackd is not installed\. Install it"), private_jack():
        pass
