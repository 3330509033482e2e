"""A small copy of a film that every browser plays and seeks in quickly, frame for frame in time with the film."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from emsync_nb.domain import VideoInfo
from emsync_nb.errors import AudioError, OutputError, VideoError
from emsync_nb.extras import require
from emsync_nb.video.container import first_picture, open_film, picture_stream
from emsync_nb.video.geometry import FrameSize, delivered_size, upright
from emsync_nb.video.muxing import SoundFeed
from emsync_nb.video.probing import probe
from emsync_nb.video.pyav_decoder import timed_frames
from emsync_nb.video.sound import FilmSound

#: longer side of a copy in pixels: the desk shows films smaller than that
LONG_SIDE = 960
#: seconds between two frames that can be sought at once; with a frame more still under half a second
_KEY_S = Fraction(2, 5)
_RATE = 48_000
#: as quick as the picture stays good; without B-frames the file needs no edit list, which browsers read differently
_X264 = {"preset": "veryfast", "crf": "23", "bf": "0", "forced-idr": "1", "g": "100000"}
#: several times as fast as FFmpeg's usual search
_AAC = {"aac_coder": "fast"}
#: FFmpeg's numbers of colour spaces: RGB, BT.709, not told
_RGB, _BT709, _UNKNOWN = 0, 1, 2
#: tags of a picture that hold for its copy too
_COLOURS = ("color_primaries", "color_trc", "colorspace")
#: ticks a second for films whose own clock fits no MP4
_TICKS = 90_000
_FINEST = 1_000_000
#: seconds after which an unfinished copy is nobody's any more
_OLD_S = 24 * 3600
#: what is enough for browsers to be sure: containers as FFmpeg names them, codecs, and the pixels of each
_CONTAINERS = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})
_PLAIN, _DEEP = frozenset({"yuv420p", "yuvj420p"}), frozenset({"yuv420p10le"})
_PIXELS = {"h264": _PLAIN, "vp8": _PLAIN, "vp9": _PLAIN | _DEEP, "av1": _PLAIN | _DEEP}
_SOUNDS = frozenset({"aac", "mp3", "opus", "vorbis", "flac"})
#: a picture that begins later than this on its file's clock is seen late in a browser, in seconds
_LATE_S = Fraction(1, 50)


def browser_problem(info: VideoInfo, path: Path) -> str:
    """Why browsers will hardly play a film as it is, in a line; "" where nothing that can be read speaks against it.

    Told by container, codecs, pixels and the clock. "" is no promise: H.264 in Matroska plays in some browsers.

    Raises:
        VideoError: the film cannot be read.
    """
    with open_film(path) as container:
        stream = picture_stream(container, path)
        codec, pixels = info.codec, stream.codec_context.pix_fmt
        sounds = [
            one.codec_context.name if one.codec_context else "unknown" for one in container.streams.audio
        ]
        kind = container.format.name
        start_s = first_picture(container, stream, path).start_s
    if kind not in _CONTAINERS:
        return f"browsers do not open {path.suffix or kind} films"
    if codec not in _PIXELS:
        return f"few browsers play {codec} pictures"
    if pixels not in _PIXELS[codec]:
        return f"few browsers play {codec} pictures in {pixels}"
    if sounds and not any(name.split("_")[0] in _SOUNDS or name in _SOUNDS for name in sounds[:1]):
        return f"browsers do not play {sounds[0]} sound"
    if start_s > _LATE_S:
        return (
            f"the picture begins {float(start_s):.2f} s late on its file's clock, which browsers would show"
        )
    return ""


def make_proxy(
    video: VideoInfo | Path,
    target: Path,
    *,
    long_side: int = LONG_SIDE,
    progress: Callable[[float], None] | None = None,
    notice: Callable[[str], None] | None = None,
    cancel: threading.Event | None = None,
) -> bool:
    """Write a copy of a film: H.264 in MP4, every frame at its own time from 0 on, the film's length, upright.

    Square pixels, 8 bits, a frame to seek to at least every half second, the film's sound in stereo where it
    has any. `target` appears when it is whole, or not at all. Of a damaged film it holds what can be decoded.

    Args:
        video: what `probe` told of the film, or the film.
        target: the new file, such as film.mp4, in a folder that is there; one that stands there is replaced.
        long_side: pixels of the longer side; films are never enlarged.
        progress: hears the share that is done, 0 … 1; what it raises ends the work.
        notice: hears a line for a person where the sound cannot be had.
        cancel: set, it ends the work.

    Returns:
        False where `cancel` ended it.

    Raises:
        VideoError: the film cannot be read, or none of its pictures decoded.
        OutputError: `target` cannot be written.
    """
    info = video if isinstance(video, VideoInfo) else probe(video)
    sound = _film_sound(info, notice or (lambda _: None))
    _sweep(target)
    with _made_whole(target) as unfinished, _writing(unfinished, target) as output:
        copy = _Copy(info, output, sound, delivered_size(info, long_side))
        for time_s, frame in timed_frames(info):
            if cancel is not None and cancel.is_set():
                return False
            copy.add(time_s, frame)
            if progress is not None:
                progress(min(1.0, float(time_s / info.duration_s)))
        copy.finish()
        unfinished.is_done = True
    if progress is not None:
        progress(1.0)
    return True


class _Copy:
    """The copy while it is written, frame by frame, the sound just ahead of the picture."""

    def __init__(self, info: VideoInfo, output: Any, sound: FilmSound | None, size: FrameSize) -> None:  # noqa: ANN401
        self._info, self._output, self._sound, self._size = info, output, sound, size
        self._reformatter = require("av.video.reformatter").VideoReformatter()
        self._stream: Any = None
        self._feed: SoundFeed | None = None
        self._tick_s = Fraction(1)
        self._last_pts, self._next_key_s = -1, Fraction(0)
        #: a packet lasts until the next one, and the last one until the film ends
        self._held: Any = None

    def add(self, time_s: Fraction, frame: Any) -> None:  # noqa: ANN401 - a PyAV frame
        """Write the next frame; times rise."""
        if self._stream is None:
            self._begin(frame)
        picture = self._picture(frame)
        picture.time_base = self._tick_s
        picture.pts = self._last_pts = max(self._last_pts + 1, round(time_s / self._tick_s))
        picture.pict_type = 0
        if time_s >= self._next_key_s:
            picture.pict_type, self._next_key_s = 1, time_s + _KEY_S
        self._write(self._stream.encode(picture))

    def finish(self) -> None:
        """Write what the encoders hold back.

        Raises:
            VideoError: there was no frame at all.
        """
        if self._stream is None:
            raise VideoError(
                f"No picture of {self._info.path} can be decoded: the file is damaged. Export or copy it again."
            )
        self._write(self._stream.encode(None))
        if self._held is not None:
            self._let_go(round(self._info.duration_s / self._tick_s))
        if self._feed is not None:
            self._output.mux(self._feed.rest())

    def _begin(self, frame: Any) -> None:  # noqa: ANN401 - a PyAV frame
        is_usable = frame.time_base and frame.time_base.denominator <= _FINEST
        self._tick_s = Fraction(1, frame.time_base.denominator if is_usable else _TICKS)
        stream = self._output.add_stream("libx264", rate=self._info.fps, options=_X264)
        stream.width, stream.height, stream.pix_fmt = self._size.width, self._size.height, "yuv420p"
        context = stream.codec_context
        context.time_base = self._tick_s
        context.color_range = 1  # as the frames are made: 16 … 235
        for tag in _COLOURS:
            setattr(context, tag, _BT709 if _is_rgb(frame) else getattr(frame, tag))
        self._stream = stream
        if self._sound is not None:
            self._feed = SoundFeed(self._output, "aac", self._sound, self._sound.frames, _AAC)

    def _picture(self, frame: Any) -> Any:  # noqa: ANN401 - PyAV frames
        """The frame in the copy's size and pixels, upright."""
        is_lying = self._info.rotation % 180
        width, height = (self._size.width, self._size.height)[:: -1 if is_lying else 1]
        ranges = {"src_color_range": _range(frame), "dst_color_range": 1}
        spaces = {"src_colorspace": 1, "dst_colorspace": 1} if _is_rgb(frame) else {}
        picture = self._reformatter.reformat(frame, width, height, "yuv420p", **ranges, **spaces)
        return _turned(picture, self._info.rotation)

    def _write(self, packets: list[Any]) -> None:
        for packet in packets:
            if self._held is not None:
                self._let_go(packet.pts)
            self._held = packet

    def _let_go(self, until: int) -> None:
        packet = self._held
        packet.duration = max(1, until - packet.pts)
        if self._feed is not None:
            self._output.mux(self._feed.packets_until(float(packet.pts * self._tick_s)))
        self._output.mux(packet)
        self._held = None


def _is_rgb(frame: Any) -> bool:  # noqa: ANN401 - a PyAV frame
    return bool(frame.format.is_rgb or frame.format.has_palette or frame.colorspace == _RGB)


def _range(frame: Any) -> int:  # noqa: ANN401 - a PyAV frame
    """FFmpeg's number of a frame's range: 1 for 16 … 235, 2 for 0 … 255."""
    is_full = frame.color_range == 2 or frame.format.name.startswith("yuvj") or _is_rgb(frame)
    return 2 if is_full else 1


def _turned(picture: Any, rotation: int) -> Any:  # noqa: ANN401 - PyAV frames
    """A yuv420p picture turned clockwise by `rotation` degrees."""
    if not rotation:
        return picture
    width, height = picture.width, picture.height
    luma, *chroma = np.split(picture.to_ndarray().ravel(), [width * height, width * height * 5 // 4])
    planes = [upright(luma.reshape(height, width), rotation)]
    planes += [upright(plane.reshape(height // 2, width // 2), rotation) for plane in chroma]
    stacked = np.concatenate([plane.ravel() for plane in planes]).reshape(-1, planes[0].shape[1])
    return require("av").VideoFrame.from_ndarray(stacked, format="yuv420p")


def _film_sound(info: VideoInfo, notice: Callable[[str], None]) -> FilmSound | None:
    """The film's sound; None where there is none, or none that can be decoded."""
    if not info.has_audio:
        return None
    sound = FilmSound(info, rate=_RATE, channels=2)
    try:
        with closing(sound.blocks(1024)) as blocks:  # type: ignore[type-var]  # a generator
            next(blocks, None)
    except AudioError as error:
        notice(f"The copy is silent. {error}")
        return None
    return sound


class _Unfinished:
    """A file that becomes the target once it is done."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
        self.is_done = False


@contextmanager
def _made_whole(target: Path) -> Iterator[_Unfinished]:
    """A hidden file beside the target, which takes its place, or goes."""
    unfinished = _Unfinished(target)
    try:
        yield unfinished
        if unfinished.is_done:
            try:
                os.replace(unfinished.path, target)  # noqa: PTH105 - one step everywhere
            except OSError as error:
                raise _unwritable(target, error) from error
    finally:
        with suppress(OSError):  # what went wrong is said, not this
            unfinished.path.unlink(missing_ok=True)


@contextmanager
def _writing(unfinished: _Unfinished, target: Path) -> Iterator[Any]:
    """An open PyAV output container with its index in front; leaving it writes that."""
    av = require("av")
    try:
        path, options = str(unfinished.path.absolute()), {"movflags": "+faststart"}
        with av.open(path, "w", format="mp4", options=options) as output:
            yield output
    except (av.FFmpegError, OSError) as error:
        raise _unwritable(target, error) from error


def _unwritable(target: Path, error: Exception) -> OutputError:
    reason = getattr(error, "strerror", None) or error
    return OutputError(f"{target} cannot be written ({reason}); free some space or choose another folder")


def _sweep(target: Path) -> None:
    """Remove what killed writers left of this target long ago."""
    with suppress(OSError):  # tidying never stops the work
        for left in target.parent.iterdir():
            is_left = left.name.startswith(f".{target.name}.") and left.name.endswith(".part")
            if is_left and time.time() - left.stat().st_mtime > _OLD_S:
                left.unlink()
