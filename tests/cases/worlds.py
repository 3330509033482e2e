"""What surrounds a case: files, folders, pipes, links, full disks."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.pipeline.tiny_film import make_checkpoint, make_film


@dataclass(frozen=True)
class Grounds:
    """What is right, made once: a film, a silent one, a network, a folder of damaged films."""

    film: Path
    checkpoint: Path


def lay_grounds(folder: Path) -> Grounds:
    """Make the film and the network."""
    film = make_film(folder / "sample.mp4", with_sound=False)
    return Grounds(film, make_checkpoint(folder / "tiny.safetensors"))


#: makes what a case needs in a fresh folder
World = Callable[[Path, Grounds], None]
Content = bytes | str | Callable[[Grounds], bytes]


def bare(_folder: Path, _grounds: Grounds) -> None:
    """Nothing at all."""


def holds(*files: tuple[str, Content]) -> World:
    """Files with their contents; folders on the way are made."""

    def make(folder: Path, grounds: Grounds) -> None:
        for name, content in files:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_bytes(content, grounds))

    return make


def _bytes(content: Content, grounds: Grounds) -> bytes:
    if isinstance(content, str):
        return content.encode("utf-8", errors="surrogateescape")
    return content if isinstance(content, bytes) else content(grounds)


def the_film(grounds: Grounds) -> bytes:
    """The sample film's bytes."""
    return grounds.film.read_bytes()


def a_folder(name: str) -> World:
    """A folder of this name."""
    return lambda folder, _: (folder / name).mkdir(parents=True)


def a_pipe(name: str) -> World:
    """A pipe that nobody writes to: who opens it waits for ever."""
    return lambda folder, _: os.mkfifo(folder / name)


def a_link(name: str, target: str) -> World:
    """A symbolic link."""
    return lambda folder, _: (folder / name).symlink_to(target)


def a_socket(name: str) -> World:
    """A socket in the file system."""

    def make(folder: Path, _: Grounds) -> None:
        with socket.socket(socket.AF_UNIX) as ear:
            # relative, for names of sockets are short
            here = Path.cwd()
            os.chdir(folder)
            try:
                ear.bind(name)
            finally:
                os.chdir(here)

    return make


def both(*worlds: World) -> World:
    """Several worlds in one."""

    def make(folder: Path, grounds: Grounds) -> None:
        for world in worlds:
            world(folder, grounds)

    return make


def without_rights(name: str, world: World, mode: int = 0) -> World:
    """A world of which one file or folder may not be read or written."""

    def make(folder: Path, grounds: Grounds) -> None:
        world(folder, grounds)
        (folder / name).chmod(mode)

    return make


def grow(folder: Path, size: str) -> None:
    """Give a mounted disk another size."""
    _mount_again(folder, f"remount,size={size}")


def mount(folder: Path, size: str) -> None:
    """Put a small disk of memory under a folder.

    Raises:
        PermissionError: the system does not let us.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = ("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise PermissionError(run.stderr.strip() or "mount is not allowed")


def make_read_only(folder: Path) -> None:
    """Let nothing be written to a mounted disk any more, not even by root."""
    _mount_again(folder, "remount,ro")


def _mount_again(folder: Path, how: str) -> None:
    command = ["mount", "-o", how, str(folder)]
    subprocess.run(command, check=True)


def unmount(folder: Path) -> None:
    """Take the disk away."""
    command = ["umount", "-l", str(folder)]
    subprocess.run(command, check=True)
