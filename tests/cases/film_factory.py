"""Makes the films of `films` with PyAV; frames of numbered films can be told apart afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tests.cases.films import FilmCase, Sound

Rgb = NDArray[np.uint8]
Stream = Any  # PyAV's streams, of many kinds

#: blocks that tell a frame's number, least bit first
BITS = 8
#: longer pictures are painted small and enlarged, for the painter is slow
_LARGEST = 1000
#: seconds of sound painted at a time
_BLOCK_S = Fraction(1, 5)
#: seconds from a scene to the colour that it leaves through, and as many back
_FADE_S = 0.6
_COLOURS = ((200, 40, 30), (20, 60, 190), (230, 220, 80), (15, 25, 20))
#: options that make encoders quick and their pictures good enough to read
_OPTIONS: dict[str, dict[str, str]] = {
    "libx264": {"crf": "24", "preset": "veryfast"},
    "libx265": {"crf": "24", "preset": "ultrafast", "x265-params": "log-level=none"},
    "libvpx": {"crf": "20", "b": "1M", "cpu-used": "8", "deadline": "realtime"},
    "libvpx-vp9": {"crf": "24", "b": "0", "cpu-used": "8", "deadline": "realtime"},
    "libsvtav1": {"crf": "15", "preset": "8"},
    "mpeg4": {"b": "2M"},
    "mpeg2video": {"b": "3M"},
    "flv1": {"b": "2M"},
    "h263": {"b": "1M"},
    "wmv2": {"b": "2M"},
}


def make_film(case: FilmCase, folder: Path) -> Path:
    """Write the film of a case into a folder; its path."""
    path = folder / case.path_name
    options = dict(case.muxer_options)
    with _unhurried(), av.open(str(path.resolve()), "w", format=case.muxer, options=options) as output:
        # all streams before the first packet: that one writes the header
        cover = _cover_stream(output) if "cover" in case.extras else None
        pictures = [_picture_stream(output, case) for _ in range(1 + ("second picture" in case.extras))]
        sounds = [_SoundWriter(output, case, sound) for sound in case.sounds]
        side = [_side_stream(output, extra, case) for extra in case.extras if extra in ("subtitles", "data")]
        if "chapters" in case.extras:
            output.set_chapters([_chapter(1, 0, 2), _chapter(2, 2, 6)])
        if "attachment" in case.extras:
            output.add_attachment("cover.jpg", "image/jpeg", _jpeg())
        if cover is not None:
            output.mux(_packet(cover, _jpeg(), 0, 0))
        for stream, payload in side:
            output.mux(_packet(stream, payload, 1, 2))
        for tick in case.ticks:
            _write_frame(output, pictures, case, tick)
            for sound in sounds:
                sound.write_until(clock_s(case, tick))
        for stream in pictures:
            output.mux(stream.encode(None))
        for sound in sounds:
            sound.finish()
    return path


@contextmanager
def _unhurried() -> Iterator[None]:
    """SVT-AV1 puts the process that encodes, where it may, in front of all others for good: this takes it back."""
    if not hasattr(os, "sched_getscheduler"):
        yield
        return
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, priority)


def clock_s(case: FilmCase, tick: int) -> Fraction:
    """A frame's time on the container's clock, in seconds."""
    return Fraction(tick + round(case.start_s * case.fps)) / case.fps


def read_number(rgb: Rgb) -> int:
    """The number of an upright frame of a numbered film, whatever its size is now."""
    row = rgb[rgb.shape[0] // 4].mean(axis=-1)
    centres = ((np.arange(BITS) + 0.5) * rgb.shape[1] / BITS).astype(int)
    return sum(1 << bit for bit, x in enumerate(centres) if row[x] > 128)


def paint(case: FilmCase, tick: int) -> Rgb:
    """The upright picture that begins at a tick of the case's clock."""
    width, height = case.shown_size
    if max(width, height) > _LARGEST:
        return _enlarged(
            paint(replace(case, size=(case.size[0] // 8, case.size[1] // 8)), tick), width, height
        )
    if case.picture == "numbered":
        return _numbered(case.ticks.index(tick), width, height)
    if case.picture in ("flat", "black"):
        return np.full((height, width, 3), (40, 90, 160) if case.picture == "flat" else 0, dtype=np.uint8)
    rgb = _scene(case.scene_at(tick), tick / float(case.fps), width, height)
    if case.is_interlaced:
        # the second field was taken half a frame later
        rgb[1::2] = _scene(case.scene_at(tick), (tick + 0.5) / float(case.fps), width, height)[1::2]
    return _veiled(rgb, case, tick) if case.picture.startswith(("black", "through")) else rgb


def _enlarged(rgb: Rgb, width: int, height: int) -> Rgb:
    rows = np.arange(height) * rgb.shape[0] // height
    columns = np.arange(width) * rgb.shape[1] // width
    return rgb[rows[:, None], columns]


def _numbered(number: int, width: int, height: int) -> Rgb:
    """The frame's number as white and black blocks above, a moving ramp below."""
    rgb = np.zeros((height, width, 3), dtype=np.uint8)
    for bit in range(BITS):
        if number >> bit & 1:
            rgb[: height // 2, bit * width // BITS : (bit + 1) * width // BITS] = 255
    ramp = (np.arange(width) * 320 // width + number * 3) % 256
    rgb[height // 2 :] = np.stack([ramp, ramp[::-1], np.full(width, 90)], axis=-1)
    return rgb


def _scene(scene: int, at_s: float, width: int, height: int) -> Rgb:
    """Checkered colours, other ones for each scene, and a square that moves to and fro: a jump would be a cut."""
    rgb = np.empty((height, width, 3), dtype=np.uint8)
    rgb[:] = _COLOURS[scene % len(_COLOURS)]
    tall, wide = max(1, height * (2 + scene % 4) // 18), max(1, width * 3 // 32)
    rows, columns = np.arange(height)[:, None], np.arange(width)[None, :]
    rgb[(rows // tall + columns // wide) % 2 == 0] //= 2
    left = round(abs(at_s % 6.8 - 3.4) / 3.4 * width * 0.75)
    rgb[height // 3 : height * 5 // 9, left : left + width // 8] = 255
    return rgb


def _veiled(rgb: Rgb, case: FilmCase, tick: int) -> Rgb:
    """The picture near a cut: black for some frames before it, or faded towards a colour on both sides."""
    at_s = float(Fraction(tick) / case.fps)
    if case.picture == "black between":
        return np.zeros_like(rgb) if any(0 < cut - at_s <= _FADE_S for cut in case.cuts_s) else rgb
    shown = min(1.0, min(abs(cut - at_s) for cut in case.cuts_s) / _FADE_S)
    colour = 255 if case.picture == "through white" else 0
    return (rgb * shown + colour * (1 - shown)).astype(np.uint8)


def _as_stored(rgb: Rgb, case: FilmCase) -> Rgb:
    """Turned the other way, so that players show it upright."""
    return np.ascontiguousarray(np.rot90(rgb, k=-(case.rotation // 90)))


def _picture_stream(output: av.container.OutputContainer, case: FilmCase) -> Stream:
    options = {**_OPTIONS.get(case.codec, {}), **dict(case.options)}
    stream: Stream = output.add_stream(case.codec, rate=Fraction(case.fps), options=options)
    stream.width, stream.height = case.size
    stream.pix_fmt = case.pixels
    stream.codec_context.sample_aspect_ratio = Fraction(case.aspect)
    stream.codec_context.time_base = 1 / Fraction(case.fps)
    if case.rotation:
        stream.set_display_rotation(case.rotation)
    return stream


def _write_frame(
    output: av.container.OutputContainer, pictures: list[Stream], case: FilmCase, tick: int
) -> None:
    rgb = _as_stored(paint(case, tick), case)
    for number, stream in enumerate(pictures):
        # a second picture, as of another camera, is the negative of the first
        frame = av.VideoFrame.from_ndarray(255 - rgb if number else rgb, format="rgb24")
        frame.time_base = 1 / Fraction(case.fps)
        frame.pts = tick + round(case.start_s * case.fps)
        output.mux(stream.encode(frame))


class _SoundWriter:
    """One sound stream, written as the picture advances, so that muxers have little to hold back."""

    def __init__(self, output: av.container.OutputContainer, case: FilmCase, sound: Sound) -> None:
        self._output, self._sound = output, sound
        self._stream: Stream = output.add_stream(
            sound.codec, rate=sound.rate, layout=sound.layout, bit_rate=128_000
        )
        end_s = clock_s(case, case.ticks[-1]) + 1 / Fraction(case.fps) if sound.end_s is None else sound.end_s
        self._cursor, self._end = round(sound.start_s * sound.rate), round(end_s * sound.rate)

    def write_until(self, time_s: Fraction) -> None:
        """Write what sounds before a time on the container's clock."""
        while self._cursor < min(self._end, time_s * self._sound.rate):
            self._output.mux(self._stream.encode(self._next_block()))

    def finish(self) -> None:
        """Write the rest."""
        while self._cursor < self._end:
            self._output.mux(self._stream.encode(self._next_block()))
        self._output.mux(self._stream.encode(None))

    def _next_block(self) -> av.AudioFrame:
        sound = self._sound
        count = min(round(_BLOCK_S * sound.rate), self._end - self._cursor)
        wave = _wave(sound, (self._cursor + np.arange(count)) / sound.rate)
        channels = av.AudioLayout(sound.layout).nb_channels
        block = av.AudioFrame.from_ndarray(wave.repeat(channels)[None], format="flt", layout=sound.layout)
        block.sample_rate, block.time_base, block.pts = sound.rate, Fraction(1, sound.rate), self._cursor
        self._cursor += count
        return block


def _wave(sound: Sound, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
    if sound.click_s is not None:
        sounding = (times_s >= sound.click_s) & (times_s < sound.click_s + 0.01)
        return np.where(sounding, 0.8, 0.0).astype(np.float32)
    return (sound.level * np.sin(2 * np.pi * sound.tone_hz * times_s)).astype(np.float32)


def _cover_stream(output: av.container.OutputContainer) -> Stream:
    stream: Stream = output.add_stream("mjpeg", rate=1)
    stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
    stream.disposition = av.stream.Disposition.attached_pic
    return stream


def _jpeg() -> bytes:
    context: Any = av.CodecContext.create("mjpeg", "w")
    context.width, context.height, context.pix_fmt, context.time_base = 64, 64, "yuvj420p", Fraction(1, 25)
    rgb = np.full((64, 64, 3), (250, 20, 200), dtype=np.uint8)
    frames = (av.VideoFrame.from_ndarray(rgb, format="rgb24"), None)
    return b"".join(bytes(packet) for packet in chain.from_iterable(context.encode(f) for f in frames))


def _side_stream(output: av.container.OutputContainer, extra: str, case: FilmCase) -> tuple[Stream, bytes]:
    """A stream that goes along, and what it holds."""
    if extra == "data":
        return output.add_data_stream("bin_data"), b"position" * 9
    text = b"a line of talk"
    if case.suffix == ".mkv":
        return output.add_mux_stream("subrip"), text
    return output.add_mux_stream("mov_text"), len(text).to_bytes(2, "big") + text


def _packet(stream: Stream, payload: bytes, start_s: int, length_s: int) -> av.Packet:
    packet = av.Packet(payload)
    packet.stream, packet.time_base = stream, Fraction(1, 1000)
    packet.pts = packet.dts = 1000 * start_s
    packet.duration, packet.is_keyframe = 1000 * length_s, True
    return packet


def _chapter(number: int, start_s: int, end_s: int) -> Any:  # noqa: ANN401 - PyAV's typed dictionary
    return {
        "id": number, "start": start_s, "end": end_s, "time_base": Fraction(1), "metadata": {"title": f"part {number}"}
    }  # fmt: skip
