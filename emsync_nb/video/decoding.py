"""All frames of a film, once through, whichever decoder can give them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from fractions import Fraction

from emsync_nb.domain import Frame, VideoInfo
from emsync_nb.video import pyav_decoder
from emsync_nb.video.decord_process import (
    ChildFailedError,
    DecodeLimits,
    DecordProcess,
    NotForDecordError,
    decord_suits,
)
from emsync_nb.video.geometry import FrameSize, delivered_size
from emsync_nb.video.timing import frame_times

#: enough for cuts, colour and motion; analysis looks no closer
DEFAULT_LONG_SIDE = 256
DEFAULT_LIMITS = DecodeLimits()
#: a picture that ends this much before the announced length is worth a word
_EARLY_END_S = 1
_log = logging.getLogger(__name__)

Notice = Callable[[str], None]


def iter_frames(
    info: VideoInfo,
    *,
    long_side: int = DEFAULT_LONG_SIDE,
    limits: DecodeLimits | None = None,
    on_notice: Notice | None = None,
) -> Iterator[Frame]:
    """Every frame in presentation order, upright, at most `long_side` pixels on its longer side.

    One pass, a few frames in memory at a time. decord decodes in a child process where it is installed and
    knows the codec; PyAV decodes elsewhere, and carries on after the last delivered frame where decord
    crashes, hangs or miscounts. Closing the generator (`contextlib.closing` where a loop may be left early)
    ends the child.

    Args:
        info: what `probe` told of the film.
        long_side: pixels; films are never enlarged.
        limits: the child's time and memory; None: DEFAULT_LIMITS.
        on_notice: gets a line for a person when decoding goes another way than usual; also logged.

    Raises:
        VideoError: no frame can be decoded.
        MissingExtraError: PyAV is not installed.
    """
    size = delivered_size(info, long_side)
    last: Frame | None = None
    with closing(_continued(info, size, limits or DEFAULT_LIMITS, on_notice)) as frames:
        for last in frames:
            yield last
    if last is not None and info.duration_s - last.time_s > _EARLY_END_S:
        _tell(
            f"The picture ends at {float(last.time_s):.1f} s, though the file announces "
            f"{float(info.duration_s):.1f} s. What could be read is used.",
            on_notice,
        )


def _continued(
    info: VideoInfo, size: FrameSize, limits: DecodeLimits, on_notice: Notice | None
) -> Generator[Frame, None, None]:
    """Frames of decord as far as it comes, then of PyAV."""
    last: Frame | None = None
    if decord_suits(info):
        try:
            with closing(_decord_frames(info, size, limits)) as frames:
                for last in frames:
                    yield last
            return
        except NotForDecordError as reason:
            _log.info("decord is not asked: %s", reason)
        except ChildFailedError as failure:
            at = f"at {float(last.time_s):.2f} s" if last else "at the start"
            _tell(f"The fast decoder gave up {at} ({failure}); the slower one carries on.", on_notice)
    yield from _pyav_frames(info, size, last)


def _decord_frames(info: VideoInfo, size: FrameSize, limits: DecodeLimits) -> Generator[Frame, None, None]:
    # The child starts first: it loads decord while the packets are listed here.
    with DecordProcess(info.path, size, limits) as child:
        since = time.monotonic()
        times = frame_times(info.path)
        if times is None:
            raise NotForDecordError("packets alone do not tell what this film shows when")
        pictures = child.frames(len(times), time.monotonic() - since)
        for index, (time_s, rgb) in enumerate(zip(times, pictures, strict=True)):
            yield Frame(index, time_s, rgb)


def _pyav_frames(info: VideoInfo, size: FrameSize, last: Frame | None) -> Iterator[Frame]:
    after_s: Fraction | None = last.time_s if last else None
    first_index = last.index + 1 if last else 0
    with closing(pyav_decoder.decode(info, size, after_s)) as pictures:
        for index, (time_s, rgb) in enumerate(pictures, start=first_index):
            yield Frame(index, time_s, rgb)


def _tell(line: str, on_notice: Notice | None) -> None:
    _log.warning(line)
    if on_notice is not None:
        on_notice(line)
