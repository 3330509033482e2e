"""What a player writes down can be read whole by anybody at any time, and is nobody else's."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from bridge.journal import CLOSED, MAX_PORTS, PLAYING, Journal, Status, journal_folder
from bridge.outbox import MARKS_PER_PORT
from emsync_nb.errors import PortError

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
    import sys, itertools
    from pathlib import Path
    from bridge.journal import Journal, Status
    journal = Journal(Path(sys.argv[1]))
    for number in itertools.count(1):
        journal.write_status(Status(*[number] * 11))
"""
posix_only = pytest.mark.skipif(os.name != "posix", reason="symlinks, owners and signals of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jack-emsync.journal"


def test_half_a_status_is_never_read(path: Path) -> None:
    journal = Journal(path)
    writer = subprocess.Popen([sys.executable, "-c", textwrap.dedent(WRITER), str(path)], cwd=ROOT)
    try:
        until_s = time.monotonic() + 60
        while not journal.status().tick and time.monotonic() < until_s:
            time.sleep(0.01)
        last, changes = 0, 0
        while changes < 2000 and time.monotonic() < until_s:
            status = journal.status()
            assert len(set(status)) == 1, status
            assert status.tick >= last
            changes += status.tick > last
            last = status.tick
        assert changes == 2000, "the writer wrote nothing meanwhile"
    finally:
        writer.kill()
        writer.wait()


def test_a_writer_that_was_killed_half_way_counts_as_one_that_plays(path: Path) -> None:
    journal = Journal(path)
    journal.write_status(Status(tick=5, state=CLOSED))
    journal._write_number(7)  # odd: the fields are being written
    assert Journal(path).is_unclean
    journal.write_status(Status(tick=6, state=CLOSED))
    assert Journal(path).status() == Status(tick=6, state=CLOSED) and not Journal(path).is_unclean


def test_now_goes_on_from_the_last_cycle() -> None:
    status = Status(tick=1000, at_ns=time.monotonic_ns() - 500_000_000, rate=48_000)
    assert 25_000 <= status.now() < 25_000 + 48_000 * 60


def test_what_is_written_outlives_the_writer(path: Path) -> None:
    code = """
        import os, sys
        from pathlib import Path
        from bridge.journal import *
        journal = Journal(Path(sys.argv[1]))
        journal.marks(2)[2048 + 128 + 60] = 1
        journal.write_listeners([["synth:in"], []])
        journal.write_status(Status(tick=9, state=1))
        os.kill(os.getpid(), 9)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code), str(path)], cwd=ROOT, check=False)
    journal = Journal(path)
    assert journal.status() == Status(tick=9, state=PLAYING) and journal.is_unclean
    marks = journal.marks(MAX_PORTS)
    assert [at for at in range(len(marks)) if marks[at]] == [MARKS_PER_PORT + 128 + 60]
    assert journal.listeners == [["synth:in"], []]


@pytest.mark.parametrize(
    "damage", [b"", b"x", b"EMSYNCJ0" + bytes(300_000), os.urandom(196_608), bytes(196_608)]
)
def test_a_damaged_file_is_as_a_new_one(path: Path, damage: bytes) -> None:
    path.write_bytes(damage)
    journal = Journal(path)
    assert not journal.is_unclean
    assert (journal.status(), journal.problem, journal.listeners) == (Status(), "", [])
    assert not any(journal.marks(MAX_PORTS))


def test_damaged_texts_are_no_harm(path: Path) -> None:
    journal = Journal(path)
    journal.write_listeners([["a"]])
    data = bytearray(path.read_bytes())
    at = data.index(b'[["a"]]')
    for text in (b'[["a"]}', b'{"a":1}', b"[1,2,3]", b'[["\xff"]', b'[[7,""]'):
        data[at : at + 7] = text[:7].ljust(7)
        path.write_bytes(data)
        names = Journal(path).listeners
        assert all(isinstance(name, str) for port in names for name in port)
    data[at - 4 : at] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert Journal(path).listeners == []


def test_texts_that_are_too_long_are_cut(path: Path) -> None:
    journal = Journal(path)
    journal.write_status(Status(tick=4))
    journal.write_listeners([["in"]])
    journal.write_problem("ä" * 50_000)
    assert set(journal.problem) <= {"ä", "\ufffd"} and len(journal.problem) > 1000
    assert journal.listeners == [["in"]]
    journal.write_listeners([["x" * 300] * 400])
    assert journal.listeners == [] and journal.status().tick == 4 and not any(journal.marks(MAX_PORTS))
    journal.write_problem("")
    assert journal.problem == ""


@posix_only
def test_a_symlink_is_not_followed(path: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    path.symlink_to(precious)
    with pytest.raises(PortError, match="XDG_RUNTIME_DIR"):
        Journal(path)
    assert precious.read_text() == "mine"


@posix_only
def test_what_cannot_be_mapped_is_refused_in_one_line(path: Path) -> None:
    path.mkdir()
    with pytest.raises(PortError, match=r"cannot be written \(.*\); .*XDG_RUNTIME_DIR"):
        Journal(path)
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(PortError, match="cannot be written"):
        Journal(path)


@posix_only
def test_the_folder_is_ours_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = journal_folder()
    assert folder == tmp_path / "emsync" == journal_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix_only
def test_somebody_else_s_folder_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "emsync").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PortError, match="somebody else"):
        journal_folder()
    (tmp_path / "emsync").unlink()
    journal_folder()
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    with pytest.raises(PortError, match="somebody else"):
        journal_folder()


@posix_only
def test_a_folder_that_cannot_be_made_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "file"))
    with pytest.raises(PortError, match=r"cannot be made .*XDG_RUNTIME_DIR"):
        journal_folder()
