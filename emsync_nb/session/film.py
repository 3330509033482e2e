"""Which film a session is of: where it lies, and how it is known again."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from emsync_nb.domain.timecode import START as START
from emsync_nb.domain.timecode import FilmClock, frame_number
from emsync_nb.errors import VideoError

#: bytes at each end of a film that identify it, together with its size
_SAMPLED = 1 << 20
_TIMECODE = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][:;][0-9]{2,3}")


@dataclass(frozen=True, slots=True)
class FilmReference:
    """A film as session.json names it."""

    #: from the session's folder, or absolute on another drive
    path: str
    #: in bytes
    size: int
    fingerprint: str
    #: timecode of the first frame
    start_timecode: str = START

    @classmethod
    def of(
        cls, folder: Path, video: Path, start_timecode: str = START, fps: Fraction | None = None
    ) -> FilmReference:
        """The reference from a session's folder to a film, which has `fps` frames a second; None: it is looked up.

        Raises:
            VideoError: there is no such film, or its start is no timecode of its rate.
        """
        if not _TIMECODE.fullmatch(start_timecode):
            raise VideoError(f"{start_timecode!r:.40} is no timecode; write it as 01:00:00:00")
        try:
            found = video.stat()
            if not stat.S_ISREG(found.st_mode):
                raise VideoError(f"{video} is no film; name a film file")
            if start_timecode != START:
                _check_start(start_timecode, fps or _rate(video))
            # realpath and not resolve, which fails on a link that leads to itself
            path = path_from(_real(folder), _real(video))
            return cls(path, found.st_size, fingerprint(video), start_timecode)
        except OSError as error:
            raise VideoError(f"{video} cannot be read ({error.strerror}); check the path") from error

    def found(self, folder: Path) -> Path:
        """The film, seen from a session's folder.

        Raises:
            VideoError: it is not there, or another file is.
        """
        path = self.place(folder)
        if not path.is_file():
            raise VideoError(
                f"the film is not at {path}; say where it is: emsync session relink {folder} FILM"
            )
        self.check(path)
        return path

    def place(self, folder: Path) -> Path:
        """Where the film is said to lie, seen from a session's folder; through a link to it too."""
        return Path(os.path.normpath(_real(folder) / self.path))

    def check(self, path: Path) -> None:
        """Whether a file is this film.

        Raises:
            VideoError: it is not.
        """
        try:
            found = path.stat()
            same = (
                stat.S_ISREG(found.st_mode)
                and found.st_size == self.size
                and fingerprint(path) == self.fingerprint
            )
        except OSError as error:
            raise VideoError(f"{path} cannot be read ({error.strerror}); check the path") from error
        if not same:
            raise VideoError(
                f"{path} is another film than the one this session is of; make a session of its own"
            )

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "path": self.path,
            "size": self.size,
            "fingerprint": self.fingerprint,
            "start_timecode": self.start_timecode,
        }

    def clock(self, fps: Fraction) -> FilmClock:
        """How times of this film, of `fps` frames a second, are told and read."""
        return FilmClock(fps, self.start_timecode)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> FilmReference:
        """As it was."""
        return cls(
            str(document["path"]),
            int(document["size"]),
            str(document["fingerprint"]),
            str(document["start_timecode"]),
        )


def fingerprint(video: Path) -> str:
    """SHA-256 over a film's size and the first and last MiB of it: quick for films of many gigabytes.

    A file of the same length that differs only between these passes for the same film.
    """
    size = video.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with video.open("rb") as stream:
        digest.update(stream.read(_SAMPLED))
        stream.seek(max(0, size - _SAMPLED))
        digest.update(stream.read(_SAMPLED))
    return digest.hexdigest()


def _check_start(start_timecode: str, fps: Fraction | None) -> None:
    """Whether films of a rate can begin there.

    Raises:
        VideoError: they cannot.
    """
    try:
        if fps is not None:
            frame_number(start_timecode, fps)
    except ValueError as error:
        advice = "" if ";" in str(error) else "; name one that it has, such as 01:00:00:00"
        raise VideoError(f"{error}{advice}") from error


def _rate(video: Path) -> Fraction | None:
    """Frames a second; None of what cannot be read as a film, which its analysis will say."""
    from emsync_nb.video import probe

    try:
        return probe(video).fps
    except VideoError:
        return None


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def path_from(folder: Path, video: Path) -> str:
    """The way from a folder to a film."""
    try:
        return os.path.relpath(video, folder)
    except ValueError:  # on another drive of Windows
        return str(video)


def default_folder(video: Path) -> Path:
    """`film.mp4` → `film.emsync` beside it.

    Raises:
        VideoError: a path that ends in no file name, such as "." or "/".
    """
    if not video.name:
        raise VideoError(f"{video} is a folder, not a film. Name a film file")
    return video.with_suffix(".emsync")
