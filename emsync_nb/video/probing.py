"""The facts of a film: length, rate, displayed size, codec."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from emsync_nb.domain import VideoInfo
from emsync_nb.errors import VideoError
from emsync_nb.extras import require
from emsync_nb.video.container import FirstPicture, demuxed, first_picture, open_film, picture_stream

#: shorter films leave no room for a bar of music
MIN_DURATION_S = 2
#: demuxers that tell how long the picture is; others tell how long the longest stream is, or guess
_COUNTING_DEMUXERS = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "avi"})
#: demuxers whose duration counts from the clock's zero, not from the first packet
_FROM_ZERO_DEMUXERS = frozenset({"matroska,webm", "flv"})
#: how far before the announced end the last pictures are looked for, in seconds
_TAIL_S = 10
#: a file that ends this much before its announced end breaks off, in seconds
_BREAKS_OFF_S = 1
#: frames a second; what is told beyond is the rate of a clock
_FASTEST = 1000
#: FFmpeg counts container durations in microseconds
_CONTAINER_TICKS = 1_000_000


def probe(path: Path) -> VideoInfo:
    """What there is to know of a film before decoding it; only its first picture is decoded.

    Raises:
        VideoError: no file, a folder, empty, not a film, sound only, undecodable or under 2 s.
        MissingExtraError: PyAV is not installed.
    """
    path = Path(path)
    with open_film(path) as container:
        stream = picture_stream(container, path)
        # The first picture comes first: a file that is no film should not fail on its length.
        picture = first_picture(container, stream, path)
        duration_s = _duration(path, container, stream, picture.start_s)
        _check_duration(path, duration_s)
        width, height = _displayed_size(picture, stream.sample_aspect_ratio)
        return VideoInfo(
            path=path,
            duration_s=duration_s,
            fps=_frame_rate(stream),
            width=width,
            height=height,
            rotation=picture.rotation,
            has_audio=bool(container.streams.audio),
            codec=stream.codec_context.codec.canonical_name,
        )


def _duration(path: Path, container: Any, stream: Any, start_s: Fraction) -> Fraction:  # noqa: ANN401
    """Seconds from the first picture to the end of the last, by the packets at the end, or else by all.

    Raises:
        VideoError: the packets tell no times.
    """
    fps, counted_s, announced_s = (
        _frame_rate(stream),
        _counted_duration(container, stream),
        _announced_end(container),
    )
    ends = _Ends() if announced_s is None else _ends(path, announced_s - _TAIL_S, fps)
    if counted_s is not None:
        # Where frames are reordered and last unevenly, MP4 counts less than there is.
        return counted_s if ends.picture_s is None else max(counted_s, ends.picture_s - start_s)
    if ends.picture_s is None:
        ends = _ends(path, None, fps)
    if ends.picture_s is None:
        raise VideoError(f"{path} does not tell when its pictures are shown. Convert it to MP4 first.")
    if announced_s is not None and announced_s - max(ends.picture_s, ends.any_s) > _BREAKS_OFF_S:
        # The file breaks off. What it announces is kept, so that whoever decodes it notices.
        return announced_s - start_s
    return ends.picture_s - start_s


def _counted_duration(container: Any, stream: Any) -> Fraction | None:  # noqa: ANN401 - PyAV objects
    """Seconds as the picture stream itself tells them."""
    if stream.duration and container.format.name in _COUNTING_DEMUXERS:
        return Fraction(stream.duration * stream.time_base)
    return None


def _announced_end(container: Any) -> Fraction | None:  # noqa: ANN401 - a PyAV object
    """When the last stream ends on the container's clock, if the file tells."""
    if not container.duration or container.duration <= 0:
        return None
    start = 0 if container.format.name in _FROM_ZERO_DEMUXERS else container.start_time or 0
    return Fraction(start + container.duration, _CONTAINER_TICKS)


@dataclass(frozen=True, slots=True)
class _Ends:
    """When the last picture, and the last packet of any stream, end on the container's clock."""

    picture_s: Fraction | None = None
    any_s: Fraction = Fraction(0)


def _ends(path: Path, from_s: Fraction | None, fps: Fraction) -> _Ends:
    """By the packets from a time on (roughly: from the key frame before it); None: by all packets."""
    av = require("av")
    with open_film(path) as container:
        stream = picture_stream(container, path)
        try:
            if from_s is not None:
                container.seek(int(from_s * _CONTAINER_TICKS))
        except (av.FFmpegError, OSError):
            return _Ends()
        picture_s, any_s = None, Fraction(0)
        for packet in demuxed(container, None):
            if packet.pts is None or packet.is_discard or not packet.size:
                continue
            end_s = packet.pts * packet.time_base + (packet.duration or 0) * packet.time_base
            any_s = max(any_s, end_s)
            if packet.stream.index == stream.index:
                # A length of zero is an untold one: then the picture stays for a usual frame.
                end_s += 0 if packet.duration else 1 / fps
                picture_s = end_s if picture_s is None else max(picture_s, end_s)
        return _Ends(picture_s, any_s)


def _check_duration(path: Path, duration_s: Fraction) -> None:
    if duration_s < MIN_DURATION_S:
        raise VideoError(
            f"{path} lasts only {float(duration_s):.2f} s; music needs at least {MIN_DURATION_S} s. "
            "Name a longer film."
        )


def _displayed_size(picture: FirstPicture, sample_aspect: Fraction | None) -> tuple[int, int]:
    """(width, height) in pixels after sample aspect ratio and rotation."""
    width = round(picture.width * sample_aspect) if sample_aspect else picture.width
    return (picture.height, width) if picture.rotation % 180 else (width, picture.height)


def _frame_rate(stream: Any) -> Fraction:  # noqa: ANN401 - a PyAV stream
    """Nominal rate: the average over the film, or FFmpeg's guess from its first packets."""
    rates = (stream.average_rate, stream.guessed_rate, stream.base_rate)
    # Containers without any rate hold still pictures or broken clocks; FFmpeg's own default is 25.
    return next((Fraction(rate) for rate in rates if rate and 0 < rate <= _FASTEST), Fraction(25))
