"""Laying new sound under a film: the picture is copied as it is, packet by packet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from emsync_nb.domain import Sound, VideoInfo
from emsync_nb.errors import OutputError, VideoError
from emsync_nb.extras import require
from emsync_nb.video.container import demuxed, first_picture, open_film, picture_stream

#: suffix of the scored film → encoder of its sound
SOUND_ENCODERS = {".mp4": "aac", ".mov": "aac", ".mkv": "aac", ".webm": "libopus"}
#: suffix of the source → suffix of the scored film, where the source's container can stay
_KEPT_SUFFIXES = {".mp4": ".mp4", ".m4v": ".mp4", ".mov": ".mov", ".webm": ".webm", ".mkv": ".mkv"}
#: codec → suffix of the scored film, for sources in other containers; Matroska holds most of the rest
_SUFFIX_OF_CODEC = {
    "h264": ".mp4",
    "hevc": ".mp4",
    "mpeg4": ".mp4",
    "av1": ".mp4",
    "h263": ".mov",
    "gif": ".mov",
    "vp8": ".webm",
    "vp9": ".webm",
}
_WEBM_CODECS = frozenset({"vp8", "vp9", "av1"})
#: what a film tells about itself, worth keeping
_KEPT_TAGS = ("title", "artist", "date", "comment", "copyright", "description")
_LAYOUTS = {1: "mono", 2: "stereo"}
#: samples handed to the encoder at a time
_BLOCK = 1 << 14
_BIT_RATE = 192_000
_MATROSKA = frozenset({".mkv", ".webm"})
#: AAC at 44.1 kHz: 1024 samples; Opus: 20 ms
_CODED_FRAME_S = 1024 / 44_100
#: H.264 and HEVC reorder at most 16 frames
_MAX_REORDERING = 16
#: for sound whose own rate the encoder refuses
_FALLBACK_RATE = 48_000


def scored_suffix(info: VideoInfo) -> str:
    """Suffix of the container that fits the film with its new sound: .mp4, .mov, .webm or .mkv."""
    kept = _KEPT_SUFFIXES.get(info.path.suffix.lower())
    if kept == ".webm" and info.codec not in _WEBM_CODECS:
        return ".mkv"
    return kept or _SUFFIX_OF_CODEC.get(info.codec, ".mkv")


def mux(info: VideoInfo, sound: Sound, out: Path) -> None:
    """Write the film's picture, copied without re-encoding, with `sound` in place of its own sound.

    The suffix of `out` chooses the container: AAC in .mp4, .mov and .mkv, Opus in .webm. Picture and sound
    start together; the sound is cut, or filled with silence, to the film's length. `out` is written in place:
    whoever needs it whole or not at all writes to a temporary name first.

    Args:
        info: what `probe` told of the film.
        sound: one or two channels; read once, block by block.
        out: the new file, not the film itself.

    Raises:
        OutputError: an unknown suffix, a codec that the container refuses, or a file that cannot be written.
        VideoError: the film can no longer be read, or its packets tell no times.
    """
    encoder = _encoder_for(out, sound)
    if out.exists() and out.samefile(info.path):
        raise OutputError(f"{out} is the film itself. Choose another name for the scored film.")
    with open_film(info.path) as container:
        start_s = first_picture(container, picture_stream(container, info.path), info.path).start_s
    with open_film(info.path) as container, _writing(out) as output:
        tags = container.metadata
        output.metadata.update({key: tags[key] for key in _KEPT_TAGS if key in tags})
        picture = picture_stream(container, info.path)
        target = _copied_stream(output, picture, out)
        feed = SoundFeed(output, encoder, sound, _sound_length(info, sound, out))
        for packet in _picture_packets(container, picture, start_s, info):
            # Sound goes in just ahead of the picture, so that the muxer has little to hold back.
            output.mux(feed.packets_until(float(packet.dts * packet.time_base)))
            packet.stream = target
            output.mux(packet)
        output.mux(feed.rest())


def _encoder_for(out: Path, sound: Sound) -> str:
    encoder = SOUND_ENCODERS.get(out.suffix.lower())
    if encoder is None:
        raise OutputError(f"{out} does not end like a film. Use one of {', '.join(SOUND_ENCODERS)}.")
    if sound.channels not in _LAYOUTS:
        raise ValueError(f"sound must have 1 or 2 channels, got {sound.channels}")
    return encoder


def _sound_length(info: VideoInfo, sound: Sound, out: Path) -> int:
    """Samples of sound to write, so that the whole lasts as long as the film."""
    length = round(info.duration_s * sound.rate)
    if out.suffix.lower() in _MATROSKA:
        # Matroska counts the encoder's delay, one coded frame, into the length of the film.
        length -= round(_CODED_FRAME_S * sound.rate)
    return length


@contextmanager
def _writing(out: Path) -> Iterator[Any]:
    """An open PyAV output container; leaving it writes the trailer."""
    av = require("av")
    try:
        with av.open(str(out.resolve()), "w") as output:
            yield output
    except (av.FFmpegError, OSError) as error:
        raise OutputError(
            f"{out} cannot be written ({error.strerror}). Check the folder and free space, or use .mkv."
        ) from error


def _copied_stream(output: Any, picture: Any, out: Path) -> Any:  # noqa: ANN401 - PyAV objects
    """A stream of `output` with the picture's parameters, display matrix included."""
    try:
        target = output.add_stream_from_template(picture, opaque=True)
    except ValueError as error:
        remedy = "Export the film as H.264 in MP4" if out.suffix.lower() == ".mkv" else "Use .mkv instead"
        raise OutputError(
            f"{out.suffix} files cannot hold {picture.codec_context.name} pictures. {remedy}."
        ) from error
    if picture.codec_context.codec_tag == "hvc1" and out.suffix.lower() in {".mp4", ".mov"}:
        # FFmpeg would write hev1, which Apple's players refuse.
        target.codec_context.codec_tag = "hvc1"
    return target


def _picture_packets(container: Any, picture: Any, start_s: Fraction, info: VideoInfo) -> Iterator[Any]:  # noqa: ANN401
    """The picture's packets, moved so that the first frame is shown at zero; contents untouched."""
    shift = round(start_s / picture.time_base)
    step = max(1, round(1 / (info.fps * picture.time_base)))
    for packet in _with_dts(demuxed(container, picture), step, info.path):
        packet.pts -= shift
        packet.dts -= shift
        yield packet


def _with_dts(packets: Iterator[Any], step: int, path: Path) -> Iterator[Any]:
    """Fill in decoding times where a container tells none for its first packets, as Matroska does.

    They are counted back from the first known one, `step` ticks a packet.
    """
    waiting: list[Any] = []
    for packet in packets:
        if not packet.size:
            continue
        if packet.pts is None or len(waiting) > _MAX_REORDERING:
            raise _without_times(path)
        if packet.dts is None:
            waiting.append(packet)
            continue
        for back, early in enumerate(reversed(waiting), start=1):
            early.dts = packet.dts - back * step
        yield from waiting
        waiting.clear()
        yield packet
    if waiting:
        raise _without_times(path)


def _without_times(path: Path) -> VideoError:
    return VideoError(f"{path} does not tell when its pictures are shown. Convert it to MP4 first.")


class SoundFeed:
    """Encodes the new sound bit by bit, as the picture advances."""

    def __init__(
        self,
        output: Any,  # noqa: ANN401 - a PyAV container
        encoder: str,
        sound: Sound,
        length: int,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """`length` is that of the new sound, in its samples; `options` are the encoder's own."""
        self._blocks = sound.blocks(_BLOCK)
        self._source_rate = sound.rate
        self._channels = sound.channels
        self._length = length
        self._layout = _LAYOUTS[sound.channels]
        self._cursor = 0
        rates = require("av").Codec(encoder, "w").audio_rates or ()
        rate = sound.rate if sound.rate in rates else _FALLBACK_RATE
        self._stream = output.add_stream(
            encoder, rate=rate, layout=self._layout, bit_rate=_BIT_RATE, options=dict(options or {})
        )

    def packets_until(self, time_s: float) -> list[Any]:
        """The next packets, up to about `time_s` seconds of sound."""
        packets: list[Any] = []
        while self._cursor < min(self._length, time_s * self._source_rate):
            packets += self._stream.encode(self._next_frame())
        return packets

    def rest(self) -> list[Any]:
        """All packets that are left."""
        return self.packets_until(float("inf")) + list(self._stream.encode(None))

    def _next_frame(self) -> Any:  # noqa: ANN401 - a PyAV frame
        count = min(_BLOCK, self._length - self._cursor)
        samples = np.zeros((self._channels, count), dtype=np.float32)
        block = next(self._blocks, samples)[:, :count]
        samples[:, : block.shape[1]] = block
        frame = require("av").AudioFrame.from_ndarray(samples, format="fltp", layout=self._layout)
        frame.sample_rate = self._source_rate
        frame.time_base = Fraction(1, self._source_rate)
        frame.pts = self._cursor
        self._cursor += count
        return frame
