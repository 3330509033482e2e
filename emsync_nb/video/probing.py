"""The facts of a film: length, rate, displayed size, codec."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from emsync_nb.domain import VideoInfo
from emsync_nb.errors import VideoError
from emsync_nb.video.container import FirstPicture, demuxed, first_picture, open_film, picture_stream

#: shorter films leave no room for a bar of music
MIN_DURATION_S = 2
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
        duration_s = _announced_duration(container, stream)
        if duration_s is None:
            duration_s = _measured_duration(path)
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


def _announced_duration(container: Any, stream: Any) -> Fraction | None:  # noqa: ANN401 - PyAV objects
    """Seconds as the picture stream tells them, or else the container."""
    if stream.duration:
        return Fraction(stream.duration * stream.time_base)
    if container.duration and container.duration > 0:
        return Fraction(container.duration, _CONTAINER_TICKS)
    return None


def _measured_duration(path: Path) -> Fraction:
    """Seconds from the first picture to the end of the last, for containers that do not tell."""
    with open_film(path) as container:
        stream = picture_stream(container, path)
        spans = [
            (packet.pts, packet.pts + (packet.duration or 0))
            for packet in demuxed(container, stream)
            if packet.pts is not None
        ]
        if not spans:
            return Fraction(0)
        return Fraction((max(end for _, end in spans) - min(start for start, _ in spans)) * stream.time_base)


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
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    # Containers without any rate hold still pictures or broken clocks; FFmpeg's own default is 25.
    return Fraction(rate) if rate else Fraction(25)
