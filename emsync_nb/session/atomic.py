"""Files that are never half written, and paths that cannot lead out of their folder."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import platform
import re
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from emsync_nb.errors import OutputError

_IS_WINDOWS = os.name == "nt"
#: seconds after which a file being written counts as left behind, whoever wrote it
OLD_S = 3600
#: seconds that Windows may refuse to replace a file because somebody is reading it
_PATIENCE_S = 1.0
#: where the folder itself cannot be brought to the disk, nothing is wrong with the file
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM, errno.EBADF}

_UNFINISHED = re.compile(r"\.emsync-(?P<computer>[0-9a-f]{8})-(?P<pid>[1-9]\d{0,9})-[0-9a-f]{16}\.part")
#: names that are devices on Windows, whatever their ending
_DEVICES = re.compile(r"(?i)(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])[ ]*(\.|$)")


def write_atomically(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Write a file whole or not at all, in a folder that is there.

    Who reads meanwhile sees the old file or the new one; so does whoever comes after a kill or a power cut.
    A link is replaced by the file, and what it leads to stays.

    Args:
        path: the file; one that is there is replaced and its mode kept.
        data: its bytes.
        mode: of the file, such as 0o600, in place of the old one's; Windows has none.

    Raises:
        OutputError: the disk is full, the folder cannot be written, or something else stands at `path`.
    """
    try:
        unfinished = path.with_name(_unfinished_name()) if path.name else path
        kept = _mode_of(path)
        try:
            _write(unfinished, data, kept if mode is None else mode)
            _replace(unfinished, path)
        except BaseException:
            with contextlib.suppress(OSError):  # what went wrong is said, not this
                unfinished.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except (OSError, ValueError) as error:  # ValueError: a name that no system has
        reason = getattr(error, "strerror", None) or error
        raise OutputError(
            f"{str(path)!r} cannot be written ({reason}); free some space or choose another place"
        ) from error


def sweep(folder: Path) -> None:
    """Remove what killed writers left in a folder: files of dead processes, or older than `OLD_S` seconds."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:  # tidying never stops the work
        for entry in entries:
            if entry.is_file(follow_symlinks=False) and _is_left(entry):
                with contextlib.suppress(OSError):
                    Path(entry.path).unlink()


def inside(folder: Path, relative: str) -> Path:
    """The path of a name such as `stems/Viola.wav` in a folder; it need not be there.

    The same names are refused on every system, so that a session can move to another one. Links are followed
    as they are now: who may change the folder between this and the use of the path can lead it elsewhere.

    Raises:
        OutputError: the name is empty or absolute, leads out of the folder, on its own or through a link, or
            is none on Windows (drives, streams, backslashes, devices, dots and spaces at the end).
    """
    if not _is_portable(relative):
        raise OutputError(
            f"{relative[:100]!r} is no name of a file in {folder}; use plain names, with / between folders"
        )
    root = Path(os.path.realpath(folder))
    path = folder
    for part in relative.split("/"):
        path = path / part
        if os.path.lexists(path) and not _stays_in(root, path):
            raise OutputError(f"{str(path)!r} is a link out of {folder}; remove it or choose another name")
    return path


def _unfinished_name() -> str:
    return f".emsync-{_computer()}-{os.getpid()}-{secrets.token_hex(8)}.part"


def _computer() -> str:
    """Says whose process numbers are meant, where several computers or containers share a folder."""
    return hashlib.sha256(platform.node().encode("utf-8", "replace")).hexdigest()[:8]


def _mode_of(path: Path) -> int | None:
    """The mode of the file that stands there; None: as the system makes new ones."""
    if path.is_dir() or not path.name:
        raise OutputError(f"{str(path)!r} is a folder; move it away or choose another place")
    try:
        found = path.lstat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found):
        return None
    if not stat.S_ISREG(found):
        raise OutputError(f"{str(path)!r} is no ordinary file; move it away or choose another place")
    return found & 0o777


def _write(path: Path, data: bytes, mode: int | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    if _IS_WINDOWS:  # where a mode could only make it read-only
        mode = None
    # nobody else reads a byte before the mode allows it
    with os.fdopen(os.open(path, flags, 0o666 if mode is None else 0o600), "wb") as stream:
        if mode is not None:
            path.chmod(mode)
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _replace(source: Path, target: Path) -> None:
    for pause_s in _pauses():
        try:
            os.replace(source, target)  # noqa: PTH105 - one step everywhere
            return
        except PermissionError:
            if not _IS_WINDOWS or not pause_s:
                raise
            time.sleep(pause_s)


def _pauses() -> Iterator[float]:
    """Pauses in seconds, growing, `_PATIENCE_S` in all; at the end 0."""
    pause_s, left_s = 0.005, _PATIENCE_S
    while left_s > 0:
        yield pause_s
        left_s -= pause_s
        pause_s *= 2
    yield 0.0


def _sync_folder(folder: Path) -> None:
    """The new name survives a power cut; Windows cannot be asked for that."""
    if _IS_WINDOWS:
        return
    try:
        number = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(number)
        finally:
            os.close(number)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise


def _is_left(entry: os.DirEntry[str]) -> bool:
    name = _UNFINISHED.fullmatch(entry.name)
    if name is None:
        return False
    with contextlib.suppress(FileNotFoundError):  # finished meanwhile
        if time.time() - entry.stat(follow_symlinks=False).st_mtime > OLD_S:
            return True
    return name["computer"] == _computer() and _is_dead(int(name["pid"]))


def _is_dead(pid: int) -> bool:
    if _IS_WINDOWS:  # where this question would send Ctrl-C; age decides
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False


def _is_portable(relative: str) -> bool:
    try:
        os.fsencode(relative)
    except UnicodeEncodeError:
        return False
    return all(
        part
        and part[-1] not in ". "  # "." and ".." too; Windows takes them off
        and not _DEVICES.match(part)
        and not any(char in "\\:" or ord(char) < 32 for char in part)
        for part in relative.split("/")
    )


def _stays_in(root: Path, path: Path) -> bool:
    try:
        # strict, for otherwise a link that leads nowhere, or in a circle, passes unread
        return Path(os.path.realpath(path, strict=True)).is_relative_to(root)
    except OSError:
        return False
