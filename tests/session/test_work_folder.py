"""Results appear whole or not at all, and session.json last."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emsync_nb.errors import OutputError, VideoError
from emsync_nb.session import WorkFolder
from emsync_nb.session.work_folder import WORK

ROOT = Path(__file__).parents[2]
needs_posix = pytest.mark.skipif(os.name != "posix", reason="processes are killed with POSIX signals here")


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder with its text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and WORK not in path.parts
    }


def fill(unfinished: Path) -> None:
    """Three files, one of them nested."""
    (unfinished / "stems").mkdir()
    (unfinished / "stems" / "Viola.wav").write_text("viola")
    (unfinished / "session.json").write_text("session")
    (unfinished / "zz.txt").write_text("zz")


NEW = {"stems/Viola.wav": "viola", "session.json": "session", "zz.txt": "zz"}


@pytest.mark.parametrize("was_there", [True, False])
def test_files_appear_only_on_finish(tmp_path: Path, was_there: bool) -> None:
    folder = tmp_path / "a" / "b"
    if was_there:
        folder.mkdir(parents=True)
    work = WorkFolder(folder)
    with work as unfinished:
        fill(unfinished)
        assert not any((folder / name).exists() for name in NEW)
        work.finish()
        assert tree(folder) == NEW
    assert {path.name for path in folder.iterdir()} == {"stems", "session.json", "zz.txt"}


def test_the_session_moves_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[str] = []
    replace = os.replace

    def noted(source: Path, target: Path) -> None:
        replace(source, target)
        moved.append(Path(target).name)  # FileNotFoundError where nothing old stands

    monkeypatch.setattr(os, "replace", noted)
    work = WorkFolder(tmp_path / "out")
    with work as unfinished:
        fill(unfinished)
        work.finish()
    assert moved == ["complete", "Viola.wav", "zz.txt", "session.json"]


def test_files_of_others_stay_and_old_results_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "zz.txt").write_text("old")
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "stems").mkdir()
    (tmp_path / "stems" / "Horn.wav").write_text("old horn")
    work = WorkFolder(tmp_path)
    with work as unfinished:
        fill(unfinished)
        work.finish()
    assert tree(tmp_path) == NEW | {"mine.txt": "mine", "stems/Horn.wav": "old horn"}


@pytest.mark.parametrize("error", [VideoError("no film"), KeyboardInterrupt(), RuntimeError("ours")])
@pytest.mark.parametrize("was_there", [True, False])
def test_an_error_leaves_nothing(tmp_path: Path, error: BaseException, was_there: bool) -> None:
    folder = tmp_path / "a" / "b"
    if was_there:
        folder.mkdir(parents=True)
        (folder / "zz.txt").write_text("old")
    with pytest.raises(type(error)) as caught, WorkFolder(folder) as unfinished:
        fill(unfinished)
        raise error
    assert caught.value is error
    assert tree(tmp_path) == ({"a/b/zz.txt": "old"} if was_there else {})
    assert (tmp_path / "a").exists() == was_there


def test_what_others_put_into_a_new_folder_stays_after_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with pytest.raises(VideoError), WorkFolder(folder):
        (folder / "note.txt").write_text("keep me")
        raise VideoError("no film")
    assert tree(tmp_path) == {"a/b/note.txt": "keep me"}


def test_a_full_disk_is_the_users_to_mend_and_a_missing_file_is_ours(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No space left"), WorkFolder(tmp_path / "out"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(BrokenPipeError), WorkFolder(tmp_path / "out"):
        raise BrokenPipeError(errno.EPIPE, "nobody reads")
    assert not (tmp_path / "out").exists()


def _a_folder(folder: Path) -> None:
    (folder / "zz.txt").mkdir(parents=True)


def _a_file(folder: Path) -> None:
    folder.mkdir()
    (folder / "stems").write_text("not a folder")


@pytest.mark.parametrize(
    ("prepare", "words"), [(_a_folder, "zz.txt is a folder"), (_a_file, "stems cannot be written")]
)
def test_what_stands_in_the_way_stops_every_move(
    tmp_path: Path, prepare: Callable[[Path], None], words: str
) -> None:
    folder = tmp_path / "out"
    prepare(folder)
    (folder / "session.json").write_text("old")
    before = tree(folder)
    work = WorkFolder(folder)
    with pytest.raises(OutputError, match=words), work as unfinished:
        fill(unfinished)
        work.finish()
    assert tree(folder) == before


@pytest.mark.parametrize("place", ["file", "file/below", "n" * 300])
def test_places_that_hold_no_folder_are_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("I am a file")
    with pytest.raises(OutputError, match="choose another"), WorkFolder(tmp_path / place):
        pytest.fail("entered")
    assert tree(tmp_path) == {"file": "I am a file"}


def test_where_one_file_refuses_all_go_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where a DAW keeps score.mid open."""
    (tmp_path / "session.json").write_text("old")
    (tmp_path / "stems").mkdir()
    (tmp_path / "stems" / "Viola.wav").write_text("old viola")
    before = tree(tmp_path)
    replace = os.replace

    def refusing(source: Path, target: Path) -> None:
        if Path(source) == tmp_path / "session.json":
            raise PermissionError(errno.EACCES, "in use", str(source))
        replace(source, target)

    monkeypatch.setattr(os, "replace", refusing)
    work = WorkFolder(tmp_path)
    with pytest.raises(OutputError, match=r"session.json cannot be written \(in use\)"), work as unfinished:
        fill(unfinished)
        work.finish()
    assert tree(tmp_path) == before
    assert not (tmp_path / WORK).exists()


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with WorkFolder(tmp_path / "out") as unfinished:
        fill(unfinished)
        with pytest.raises(OutputError, match="another run is at work"), WorkFolder(tmp_path / "out"):
            pytest.fail("entered")
        assert {path.name for path in unfinished.iterdir()} == {"stems", "session.json", "zz.txt"}


#: Dies without a word in the middle of a run: while files are made, or after so many moves (MOVES).
KILLED = """
import os, signal, sys
from pathlib import Path
from emsync_nb.session import WorkFolder
from tests.session.test_work_folder import fill
moves, replace = int(sys.argv[2]), os.replace
def counted(source, target):
    global moves
    if moves == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    moves -= 1
    replace(source, target)
os.replace = counted
work = WorkFolder(Path(sys.argv[1]))
with work as unfinished:
    fill(unfinished)
    work.finish()
"""


@needs_posix
@pytest.mark.parametrize("moves", range(7))
def test_the_next_run_brings_a_killed_one_to_its_end(tmp_path: Path, moves: int) -> None:
    (tmp_path / "zz.txt").write_text("old")
    (tmp_path / "session.json").write_text("old session")
    before = tree(tmp_path)
    run = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(moves)], cwd=ROOT, check=False)
    assert run.returncode == -signal.SIGKILL
    with WorkFolder(tmp_path) as unfinished:
        assert not list(unfinished.iterdir())
        # before the first move nothing counts as made, after it everything does
        assert tree(tmp_path) == (NEW if moves else before)
    assert not (tmp_path / WORK).exists()


@needs_posix
def test_what_cannot_be_brought_to_its_end_is_kept(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "1"], cwd=ROOT, check=False)
    (tmp_path / "zz.txt").mkdir()
    with pytest.raises(OutputError, match=r"zz\.txt is a folder"), WorkFolder(tmp_path):
        pytest.fail("entered")
    (tmp_path / "zz.txt").rmdir()
    with WorkFolder(tmp_path):
        assert tree(tmp_path) == NEW
