"""Files are whole whatever happens, and no name leads out of its folder."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.errors import OutputError
from emsync_nb.session import atomic
from emsync_nb.session.atomic import OLD_S, inside, sweep, write_atomically

ROOT = Path(__file__).parents[2]
needs_posix = pytest.mark.skipif(os.name != "posix", reason="modes, pipes and signals of POSIX")

#: forks writers of two contents in turn, kills each at some moment, and looks at the file
KILLED_WRITERS = """
import os, random, signal, sys, time
from pathlib import Path
from emsync_nb.session.atomic import sweep, write_atomically

file, contents, chance, left = Path(sys.argv[1]), (b"a" * 3_000_000, b"b" * 2_000_000), random.Random(1), 0
write_atomically(file, contents[0])
for _ in range(20):
    writer = os.fork()
    if not writer:
        while True:
            for content in contents[::-1]:
                write_atomically(file, content)
    time.sleep(chance.uniform(0.001, 0.04))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    assert file.read_bytes() in contents, "half written"
    left += len(list(file.parent.iterdir())) - 1
    sweep(file.parent)
    assert [path.name for path in file.parent.iterdir()] == [file.name], "not swept"
assert left, "never killed while writing"
"""


def run(program: str, *args: Path) -> subprocess.CompletedProcess[str]:
    """A program in a fresh interpreter."""
    command = [sys.executable, "-c", program, *map(str, args)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def failing(code: int) -> Callable[..., Any]:
    """A system call that fails."""

    def fail(*_args: object, **_named: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


def test_a_file_is_made_and_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    for data in (b"old", b"", b"new\r\n\x00"):
        write_atomically(file, data)
        assert file.read_bytes() == data
    assert list(tmp_path.iterdir()) == [file]


def test_a_name_of_the_greatest_length_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / ("n" * 255)
    write_atomically(file, b"x")
    assert file.read_bytes() == b"x"


@needs_posix
def test_modes(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        new, old, secret = (tmp_path / name for name in ("new", "old", "secret"))
        old.touch()
        old.chmod(0o604)
        for file, mode in ((new, None), (old, None), (secret, 0o600)):
            write_atomically(file, b"x", mode=mode)
    finally:
        os.umask(before)
    assert [file.stat().st_mode & 0o777 for file in (new, old, secret)] == [0o640, 0o604, 0o600]


@needs_posix
def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"target")
    link = tmp_path / "link"
    link.symlink_to("target")
    write_atomically(link, b"new")
    assert not link.is_symlink()
    assert (link.read_bytes(), (tmp_path / "target").read_bytes()) == (b"new", b"target")


@needs_posix
def test_killed_writers_leave_one_of_two_contents_whole(tmp_path: Path) -> None:
    result = run(KILLED_WRITERS, tmp_path / "file")
    assert result.returncode == 0, result.stderr


@needs_posix
def test_a_disk_that_takes_no_more_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    program = """
import resource, sys
from pathlib import Path
from emsync_nb.errors import OutputError
from emsync_nb.session.atomic import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_atomically(Path(sys.argv[1]), b"x" * 200_000)
except OutputError as error:
    sys.exit(str(error))
"""
    result = run(program, file)
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1), result.stderr
    assert "cannot be written (File too large)" in result.stderr
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"old", [file])


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_what_the_system_refuses_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    monkeypatch.setattr(atomic, "_PATIENCE_S", 0.01)
    monkeypatch.setattr(os, call, failing(code))
    with pytest.raises(OutputError, match="free some space or choose another place"):
        write_atomically(file, b"new")
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"old", [file])


@needs_posix
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    tmp_path.chmod(0o555)
    program = """
import os, sys
from pathlib import Path
from emsync_nb.errors import OutputError
from emsync_nb.session.atomic import write_atomically
os.chdir(sys.argv[1])
if os.geteuid() == 0:  # who may write everywhere
    os.seteuid(65534)
try:
    write_atomically(Path("file"), b"new")
except OutputError as error:
    sys.exit(str(error))
"""
    result = run(program, tmp_path)
    tmp_path.chmod(0o755)
    assert "'file' cannot be written (Permission denied)" in result.stderr
    assert ((tmp_path / "file").read_bytes(), len(list(tmp_path.iterdir()))) == (b"old", 1)


def test_a_folder_that_refuses_to_be_synced_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    calls: list[int] = []

    def fsync(number: int) -> None:
        calls.append(number)
        if len(calls) > 1:
            raise OSError(errno.EINVAL, "no")
        real(number)

    monkeypatch.setattr(os, "fsync", fsync)
    write_atomically(tmp_path / "file", b"x")
    assert (tmp_path / "file").read_bytes() == b"x"
    assert len(calls) == (1 if os.name == "nt" else 2)


@pytest.mark.parametrize("place", ["folder", ".", "..", "missing/file", "file/below", "nul\0", "lone\ud800"])
def test_places_where_no_file_can_be(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(OutputError) as caught:
        write_atomically(tmp_path / place, b"x")
    assert len(str(caught.value).splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "file"}


@needs_posix
def test_a_pipe_is_no_place_for_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="no ordinary file"):
        write_atomically(tmp_path / "pipe", b"x")


def test_ctrl_c_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_number: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file", b"x")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("refusals", [3, 10**6])
def test_windows_waits_for_readers_and_knows_no_modes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: int
) -> None:
    real, asked = os.replace, []

    def replace(source: Path, target: Path) -> None:
        asked.append(source)
        if len(asked) <= refusals:
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        real(source, target)

    monkeypatch.setattr(atomic, "_IS_WINDOWS", True)
    monkeypatch.setattr(atomic, "_PATIENCE_S", 0.1)
    monkeypatch.setattr(os, "replace", replace)
    file = tmp_path / "file"
    file.write_bytes(b"old")
    if refusals == 3:
        write_atomically(file, b"new", mode=0o400)
        assert file.stat().st_mode & 0o200
    else:
        with pytest.raises(OutputError, match="cannot access"):
            write_atomically(file, b"new")
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"new" if refusals == 3 else b"old", [file])


def _dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def _left(folder: Path, pid: int, *, computer: str = "", age_s: float = 0) -> str:
    """The name of a file as a killed writer leaves it."""
    path = folder / f".emsync-{computer or atomic._computer()}-{pid}-{len(list(folder.iterdir())):016x}.part"
    path.touch()
    os.utime(path, (time.time() - age_s,) * 2)
    return path.name


@pytest.mark.parametrize("is_windows", [False, True] if os.name == "posix" else [True])
def test_only_what_killed_writers_left_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_windows: bool
) -> None:
    monkeypatch.setattr(atomic, "_IS_WINDOWS", is_windows)
    dead = _dead_pid()
    young = _left(tmp_path, dead)
    _left(tmp_path, os.getpid(), age_s=OLD_S + 60)
    _left(tmp_path, dead, computer="0" * 8, age_s=OLD_S + 60)
    kept = {
        _left(tmp_path, os.getpid()),
        _left(tmp_path, os.getppid()),
        _left(tmp_path, dead, computer="0" * 8),
        _left(tmp_path, os.getpid(), age_s=-(OLD_S + 60)),
    }
    for name in (".emsync-x.part", "session.json", f".emsync-{'0' * 8}-0-{'0' * 16}.part"):
        (tmp_path / name).touch()
        kept.add(name)
    folder = _left(tmp_path, dead)
    (tmp_path / folder).unlink()
    (tmp_path / folder).mkdir()
    sweep(tmp_path)
    # on Windows nobody can be asked without harm whether it lives
    expected = {*kept, folder, young} if is_windows else {*kept, folder}
    assert {path.name for path in tmp_path.iterdir()} == expected


def test_there_is_nothing_to_sweep_where_no_folder_is(tmp_path: Path) -> None:
    sweep(tmp_path / "missing")
    (tmp_path / "file").touch()
    sweep(tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    "name", ["a", "stems/Viola.wav", ".hidden", "a..b/c", "Überfall — 1.mid", "console", "com10", "x/COMET"]
)
def test_names_that_stay_inside(tmp_path: Path, name: str) -> None:
    assert inside(tmp_path, name) == tmp_path / name


REFUSED = [
    "", "/", "/etc/passwd", "//host/share", ".", "..", "../x", "a/../../x", "a/..", "./a", "a//b", "a/", "a\0b",
    "a\nb", "C:", "C:x", "C:/x", "c:\\x", "\\x", "..\\x", "\\\\host\\share", "file:stream", "NUL", "nul.txt",
    "x/con", "Com1.mid", "LPT¹", "aux .x", "CONIN$", "a. ", "a.", "..  ", "... ", "a /b", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_names_that_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError) as caught:
        inside(tmp_path, name)
    assert len(str(caught.value).splitlines()) == 1


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with links: `o` out, `d` out to nowhere, `l` in a circle, `i` to a folder inside, `s` to itself."""
    place = tmp_path_factory.mktemp("place")
    folder = place / "house"
    (folder / "a" / "o").mkdir(parents=True)
    links = {"o": "..", "d": "../none", "l": "l", "i": "a", "s": "."}
    try:
        for name, target in links.items():
            (folder / name).symlink_to(target)
    except OSError:
        pytest.skip("links need a right that this user has not")
    return folder


@pytest.mark.parametrize("name", ["o", "o/x", "o/house/a", "d", "d/x", "l", "l/x", "i/../o", "s/s/o/x"])
def test_links_that_lead_out_or_nowhere(house: Path, name: str) -> None:
    with pytest.raises(OutputError):
        inside(house, name)


@pytest.mark.parametrize("name", ["i", "i/x", "a/o/x", "s/a", "s/i/new/file"])
def test_links_that_stay_inside(house: Path, name: str) -> None:
    assert inside(house, name) == house / name


def test_a_folder_reached_through_a_link(house: Path) -> None:
    assert inside(house / "i", "x") == house / "i" / "x"
    with pytest.raises(OutputError):
        inside(house / "o" / "house", "o")


@given(st.one_of(st.text(), st.text(alphabet="./\\:aodlis \0"), st.text(alphabet="./odlisa", max_size=12)))
def test_no_name_leads_out(house: Path, name: str) -> None:
    try:
        path = inside(house, name)
    except OutputError:
        return
    assert path.is_relative_to(house)
    assert Path(os.path.realpath(path)).is_relative_to(os.path.realpath(house))
