"""A strip of small pictures of a film, quickly: by its key frames, as far as there are enough of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import VideoInfo
from emsync_nb.extras import require

Rgb = NDArray[np.uint8]

#: pictures at most, and how close they may lie together in seconds
COUNT, _CLOSEST_S = 120, Fraction(1, 2)
HEIGHT = 54
_COLUMNS = 12
#: a film that is wider is squeezed
_WIDEST = 8
#: pixels of all frames together that are decoded where key frames are too few: a minute of 480p
_QUICK_PIXELS = 700_000_000
#: packets that are read in search of a key frame
_PATIENCE = 400
#: what the JPEG encoder may take away: 2 is little, 31 is much
_JPEG = {"qmin": "3", "qmax": "5"}


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnails:
    """Pictures of one size, in one JPEG, row by row."""

    #: of each picture, rising; where none can be read the picture is black
    times_s: tuple[float, ...]
    #: of one picture, in pixels
    width: int
    height: int
    #: pictures in a row
    columns: int
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class _Picture:
    time_s: Fraction
    #: (height, width, 3), upright; None: it cannot be read
    rgb: Rgb | None


def thumbnails_of(info: VideoInfo, count: int = COUNT, height: int = HEIGHT) -> Thumbnails:
    """Pictures spread over a film, two a second at most, each with its own time.

    Each is the last key frame before the middle of its stretch; stretches without one have no picture, unless
    the film is short enough to be decoded as a whole. Hours of film take seconds.

    Args:
        info: what `probe` told of the film.
        count: at most so many.
        height: of each, in pixels.

    Raises:
        ValueError: `count` or `height` is below 1 or 2.
        VideoError: the film cannot be opened, or shows nothing at all.
        MissingExtraError: PyAV is not installed.
    """
    if count < 1 or height < 2:
        raise ValueError(f"at least one picture of 2 pixels, got {count} of {height}")
    width = min(max(2, round(height * info.width / info.height)), _WIDEST * height)
    wanted = min(count, max(1, int(info.duration_s / _CLOSEST_S)))
    middles = [(Fraction(2 * number + 1) * info.duration_s) / (2 * wanted) for number in range(wanted)]
    pictures = list(_by_key_frames(info, middles, (width, height)))
    seen = sum(picture.rgb is not None for picture in pictures)
    is_quick = info.width * info.height * info.duration_s * info.fps <= _QUICK_PIXELS
    if seen < wanted and is_quick:
        pictures = list(_by_decoding(info, middles, (width, height)))
    return _strip(pictures, width, height)


def _by_key_frames(info: VideoInfo, middles: list[Fraction], size: tuple[int, int]) -> Iterator[_Picture]:
    """Of each stretch the key frame before its middle, unless it was shown before."""
    from emsync_nb.video.container import first_picture, open_film, picture_stream

    with open_film(info.path) as container:
        start_s = first_picture(container, picture_stream(container, info.path), info.path).start_s
    last_s = Fraction(-1)
    with open_film(info.path) as container:
        stream = picture_stream(container, info.path)
        # frames in several threads come late, and only the first is asked for
        stream.thread_type = "SLICE"
        for middle_s in middles:
            frame = _key_frame(container, stream, start_s + middle_s)
            shown_s = middle_s if frame is None else frame.pts * stream.time_base - start_s
            # a later one: the one that was looked for is damaged
            is_there = frame is not None and shown_s <= middle_s
            time_s = max(Fraction(0), shown_s) if is_there else middle_s
            if time_s > last_s:
                yield _Picture(time_s, _small(frame, size, info.rotation) if is_there else None)
                last_s = time_s


def _key_frame(container: Any, stream: Any, time_s: Fraction) -> Any | None:  # noqa: ANN401 - PyAV objects
    """The last key frame before a time on the container's clock; None where none can be read."""
    av = require("av")
    from emsync_nb.video.container import demuxed

    try:
        container.seek(round(time_s / stream.time_base), stream=stream, backward=True)
        for number, packet in enumerate(demuxed(container, stream)):
            if number > _PATIENCE:
                return None
            if packet.is_keyframe and packet.size:
                # told that nothing follows, the decoder does not wait for what comes before
                frames = [*packet.decode(), *stream.codec_context.decode(None)]
                return next((frame for frame in frames if frame.pts is not None), None)
    except (av.FFmpegError, OSError):
        return None
    return None


def _by_decoding(info: VideoInfo, middles: list[Fraction], size: tuple[int, int]) -> Iterator[_Picture]:
    """The frames that show in the middle of all stretches, each once however long it stays."""
    from emsync_nb.video.pyav_decoder import timed_frames

    waiting = iter(middles)
    middle_s = next(waiting, None)
    before = None
    with closing(timed_frames(info)) as frames:  # type: ignore[type-var]  # a generator
        for time_s, frame in frames:
            if before is not None and middle_s is not None and time_s > middle_s:
                yield _Picture(before[0], _small(before[1], size, info.rotation))
                middle_s = next((later_s for later_s in waiting if later_s >= time_s), None)
            before = time_s, frame
    if before is not None and middle_s is not None:
        yield _Picture(before[0], _small(before[1], size, info.rotation))


def _small(frame: Any, size: tuple[int, int], rotation: int) -> Rgb:  # noqa: ANN401 - a PyAV frame
    from emsync_nb.video.geometry import upright

    width, height = size[:: -1 if rotation % 180 else 1]
    small = frame.reformat(width, height, "rgb24", interpolation="AREA")
    rgb: Rgb = upright(small.to_ndarray(), rotation)
    return rgb


def _strip(pictures: Iterable[_Picture], width: int, height: int) -> Thumbnails:
    found = list(pictures)
    columns = min(_COLUMNS, len(found))
    rows = -(-len(found) // columns)
    sprite = np.zeros((rows * height, columns * width, 3), dtype=np.uint8)
    for number, picture in enumerate(found):
        if picture.rgb is not None:
            top, left = number // columns * height, number % columns * width
            sprite[top : top + height, left : left + width] = picture.rgb
    times_s = tuple(float(picture.time_s) for picture in found)
    return Thumbnails(times_s, width, height, columns, _jpeg(sprite))


def _jpeg(rgb: Rgb) -> bytes:
    av = require("av")
    context = av.CodecContext.create("mjpeg", "w")
    context.height, context.width = rgb.shape[:2]
    context.pix_fmt, context.time_base, context.options = "yuvj444p", Fraction(1, 25), _JPEG
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
        format="yuvj444p", dst_colorspace="ITU601", dst_color_range="JPEG"
    )
    frame.pts = 0
    return b"".join(bytes(packet) for packet in chain(context.encode(frame), context.encode(None)))
