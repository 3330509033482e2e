"""The parent's side of decord: start the child, read its frames, notice when it crashes or hangs."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import VideoInfo
from emsync_nb.extras import is_installed
from emsync_nb.video.geometry import FrameSize

#: codecs that decord's FFmpeg (4.1) knows well and whose packets tell all times
DECORD_CODECS = frozenset({"h264", "hevc", "mpeg4", "vp8", "vp9"})
_CHILD = Path(__file__).with_name("decord_child.py")
_WATCH_INTERVAL_S = 0.25
#: decord may take this many times as long to read through a file as it took here
_SLOWER = 3
#: how much of the child's own words goes into the log
_STDERR_TAIL = 2000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """How much patience and memory the decoding child gets."""

    #: longest wait for the first frame, in seconds, once the parent has read through the whole file, as decord
    #: does first; where that took the parent long, as for hours of film on a slow disk, decord gets longer too
    start_s: float = 60.0
    #: longest wait for each further frame, in seconds
    stall_s: float = 30.0
    #: address space of the child in bytes, where the system can limit it
    memory_bytes: int = 6 << 30

    def __post_init__(self) -> None:
        if self.start_s <= 0 or self.stall_s <= 0 or self.memory_bytes <= 0:
            raise ValueError(f"limits must be positive, got {self}")


class NotForDecordError(Exception):
    """The film is one that decord reads wrong; the message says why. Never leaves this package."""


class ChildFailedError(Exception):
    """The child gave fewer frames than there are; the message says why. Never leaves this package."""


def decord_suits(info: VideoInfo) -> bool:
    """Whether decord is installed here and reads this film right.

    Its FFmpeg turns some rotated films (QuickTime) and leaves others as they are (Matroska): PyAV takes them all.
    """
    return info.codec in DECORD_CODECS and info.rotation == 0 and is_installed("decord")


class DecordProcess:
    """A child that decodes one film; a context manager, so that the child never outlives its use."""

    def __init__(self, path: Path, size: FrameSize, limits: DecodeLimits) -> None:
        self._size = size
        self._limits = limits
        # A file, not a pipe: nobody reads along, and a full pipe would stop the child.
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        arguments = [str(path.resolve()), str(size.width), str(size.height), str(limits.memory_bytes)]
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            bufsize=0,
        )
        self._watchdog = _Watchdog(self._process)

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watchdog.stop()
        self._process.kill()
        # Waiting reaps the child; closing the pipes too leaves nothing behind.
        with self._process, self._stderr:
            pass

    def frames(self, expected: int, read_in_s: float = 0.0) -> Iterator[NDArray[np.uint8]]:
        """Exactly `expected` upright frames, each (height, width, 3) uint8 RGB.

        `read_in_s` is how long it took to read through the file here.

        Raises:
            ChildFailedError: the child crashed, hung, or counts another number of frames.
        """
        with self._watchdog.waiting(max(self._limits.start_s, _SLOWER * read_in_s)):
            counted = self._read_count()
        if counted != expected:
            raise ChildFailedError(f"it counts {counted} frames where the file lists {expected}")
        for _ in range(expected):
            frame = np.empty((self._size.height, self._size.width, 3), dtype=np.uint8)
            with self._watchdog.waiting(self._limits.stall_s):
                self._read_into(frame.data.cast("B"))
            yield frame

    def _read_count(self) -> int:
        header = bytearray()
        while not header.endswith(b"\n"):
            header += self._read_some(1)
        return int(json.loads(header)["frames"])

    def _read_into(self, buffer: memoryview) -> None:
        assert self._process.stdout is not None  # noqa: S101 - for mypy: asked for as a pipe above
        while buffer:
            count = self._process.stdout.readinto(buffer)  # type: ignore[attr-defined] # a raw FileIO
            if not count:
                raise ChildFailedError(self._end_reason())
            buffer = buffer[count:]

    def _read_some(self, count: int) -> bytes:
        buffer = bytearray(count)
        self._read_into(memoryview(buffer))
        return bytes(buffer)

    def _end_reason(self) -> str:
        """Why the pipe ended; what the child said goes to the log."""
        code = self._process.wait()
        self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, self._stderr.tell() - _STDERR_TAIL))
        _log.debug("decord ended with code %d: %s", code, self._stderr.read().decode(errors="replace"))
        if self._watchdog.has_fired:
            return "it made no progress"
        return f"it was ended by signal {-code}" if code < 0 else f"it stopped with code {code}"


class _Watchdog:
    """Kills a process that keeps its reader waiting too long."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._deadline: float | None = None
        self._stopped = threading.Event()
        self.has_fired = False
        self._thread = threading.Thread(target=self._watch, name="decord-watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """While inside, the process has `seconds` to let the block finish."""
        self._deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline = None

    def stop(self) -> None:
        """End the watch."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(_WATCH_INTERVAL_S):
            deadline = self._deadline
            if deadline is not None and time.monotonic() > deadline:
                self.has_fired = True
                self._process.kill()
                return
