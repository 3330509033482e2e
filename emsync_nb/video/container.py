"""Opening films with PyAV: the picture stream, where it starts and how it is turned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from emsync_nb.errors import VideoError
from emsync_nb.extras import require

#: demuxers that take text for pictures; nothing they open is a film
_TEXT_DEMUXERS = frozenset({"tty", "bin", "xbin", "adf", "idf"})
_OPEN_OPTIONS = {
    # a film is one file: playlists inside hostile files must not reach the network
    "protocol_whitelist": "file",
    # the picture may start a minute behind the sound (µs, bytes); what starts at once is known at once
    "analyzeduration": "60000000",
    "probesize": "50000000",
}


@dataclass(frozen=True, slots=True)
class FirstPicture:
    """What only the first decoded picture tells."""

    #: its presentation time on the container's clock, in seconds: the film's time zero
    start_s: Fraction
    #: clockwise turn before showing: 0, 90, 180 or 270 degrees
    rotation: int
    #: size as coded, before rotation and sample aspect ratio, in pixels
    width: int
    height: int


@contextmanager
def open_film(path: Path) -> Iterator[Any]:
    """An open PyAV input container, closed on leaving.

    Raises:
        VideoError: the file is missing, a folder, empty, or in no format that FFmpeg knows.
    """
    _check_file(path)
    av = require("av")
    try:
        # An absolute path cannot be mistaken for a protocol, as "data:film.mp4" would be.
        container = av.open(str(path.resolve()), options=_OPEN_OPTIONS, metadata_errors="replace")
    except PermissionError as error:
        raise VideoError(f"{path} may not be read. Check the rights of the file.") from error
    except (av.FFmpegError, OSError) as error:
        raise VideoError(
            f"{path} cannot be read as a video: it is damaged, cut off, or something else. "
            "Try it in a video player, or export it again as MP4."
        ) from error
    with closing(container):
        yield container


def _check_file(path: Path) -> None:
    try:
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise VideoError(f"{path} does not exist. Check the spelling of the path.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise VideoError(f"{path} cannot be read ({reason}). Check the path.") from error
    if not path.is_file():
        held = "a folder" if path.is_dir() else "a pipe or a device"
        raise VideoError(f"{path} is {held}, not a video. Name the video file itself.")
    if size == 0:
        raise VideoError(f"{path} is empty (0 bytes). Copy or download it again.")


def picture_stream(container: Any, path: Path) -> Any:  # noqa: ANN401 - PyAV objects, untyped here
    """The stream of moving pictures that players show; cover art does not count.

    Of several it is the one that FFmpeg ranks first: a still or a thumbnail gives way to a film.

    Raises:
        VideoError: the file holds none, or its codec is unknown.
    """
    av = require("av")
    cover = av.stream.Disposition.attached_pic
    pictures = [stream for stream in container.streams.video if not stream.disposition & cover]
    if container.format.name in _TEXT_DEMUXERS or not container.streams:
        raise VideoError(f"{path} is not a video. Name a film, such as an MP4, MOV, MKV or WebM file.")
    if not pictures:
        held = "only sound" if container.streams.audio else "no moving picture"
        raise VideoError(f"{path} holds {held}. Name a file with a picture.")
    best = container.streams.best("video")
    chosen = best if best in pictures else pictures[0]
    if chosen.codec_context is None:
        raise VideoError(f"{path} uses a picture codec that is not known here. Export it as H.264 in MP4.")
    return chosen


def several_pictures(container: Any) -> bool:  # noqa: ANN401 - a PyAV object
    """Whether there is more than one stream of pictures, cover art included."""
    return len(container.streams.video) > 1


def first_picture(container: Any, stream: Any, path: Path) -> FirstPicture:  # noqa: ANN401 - PyAV objects
    """Decode up to the first picture. The container's position moves; seek or reopen afterwards.

    Raises:
        VideoError: no picture can be decoded.
    """
    for frame in decodable_frames(container, stream):
        pts = frame.pts if frame.pts is not None else stream.start_time or 0
        # PyAV tells the counter-clockwise angle of the display matrix.
        rotation = round(-frame.rotation / 90) * 90 % 360
        return FirstPicture(pts * stream.time_base, rotation, frame.width, frame.height)
    raise VideoError(f"No picture of {path} can be decoded: the file is damaged. Export or copy it again.")


def demuxed(container: Any, stream: Any) -> Iterator[Any]:  # noqa: ANN401 - PyAV objects
    """The stream's packets up to where the file breaks off; the last one is PyAV's empty flush packet.

    Without a stream, those of all streams.
    """
    av = require("av")
    packets = container.demux() if stream is None else container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):
            # A cut-off file: what came before it is all there is.
            return
        if packet is None:
            return
        yield packet


def decodable_frames(container: Any, stream: Any) -> Iterator[Any]:  # noqa: ANN401 - PyAV objects
    """Decoded frames (picture or sound) in presentation order; damaged packets are passed over."""
    av = require("av")
    for packet in demuxed(container, stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            # Players do the same: a damaged packet costs its own frames only.
            continue
        yield from frames
