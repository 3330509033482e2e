"""The film's own sound, laid under the picture: sample 0 sounds with the first frame."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BLOCK, AudioClip, VideoInfo
from emsync_nb.errors import AudioError
from emsync_nb.extras import require
from emsync_nb.video.container import decodable_frames, first_picture, open_film, picture_stream

Samples = NDArray[np.float32]

#: timestamps of containers are rounded; smaller steps than this are no gaps (lip sync is judged at 20 ms)
_TOLERANCE_S = 0.02


class FilmSound:
    """The first sound stream of a film, resampled, exactly as long as the picture, decoded block by block.

    Sound that starts late is preceded by silence, gaps are filled with silence, and sound before the first
    frame or after the last is left out. A `Sound`; each reading decodes anew.
    """

    def __init__(self, info: VideoInfo, *, rate: int, channels: int) -> None:
        """For a film that has sound.

        Args:
            info: what `probe` told of the film.
            rate: samples per second of the result.
            channels: 1 (mixed down) or 2.
        """
        if rate <= 0:
            raise ValueError(f"rate must be positive, got {rate}")
        if channels not in (1, 2):
            raise ValueError(f"channels must be 1 or 2, got {channels}")
        self.rate = rate
        self.channels = channels
        self.frames = round(info.duration_s * rate)
        self._info = info

    def blocks(self, size: int = BLOCK) -> Iterator[Samples]:
        """See `Sound`.

        Raises:
            AudioError: the sound's codec is unknown.
            VideoError: the film can no longer be read.
        """
        blocks = _Blocks(size, self.channels, self.frames)
        with closing(_pieces(self._info, self.rate, self.channels, self.frames)) as pieces:
            for start, piece in pieces:
                yield from blocks.add(start, piece)
        yield from blocks.rest()


def read_audio(info: VideoInfo, *, rate: int, channels: int) -> AudioClip | None:
    """`FilmSound` as a whole, in memory; None for a silent film.

    Raises:
        AudioError: the sound's codec is unknown.
        VideoError: the film can no longer be read.
    """
    return AudioClip.of(FilmSound(info, rate=rate, channels=channels)) if info.has_audio else None


def iter_audio(info: VideoInfo, *, rate: int = 22050, block_s: float = 60.0) -> Iterator[AudioClip]:
    """`FilmSound` in mono, in blocks of `block_s` seconds (the last may be shorter); none for a silent film.

    Raises:
        AudioError: the sound's codec is unknown.
        VideoError: the film can no longer be read.
    """
    if info.has_audio:
        for block in FilmSound(info, rate=rate, channels=1).blocks(max(1, round(block_s * rate))):
            yield AudioClip(block, rate)


class _Blocks:
    """Lays pieces on a time line and gives it away in blocks; what no piece covers is silence."""

    def __init__(self, size: int, channels: int, length: int) -> None:
        self._size = size
        self._channels = channels
        self._length = length
        self._start = 0
        self._block = self._empty()

    def _empty(self) -> Samples:
        return np.zeros((self._channels, min(self._size, self._length - self._start)), dtype=np.float32)

    def add(self, start: int, piece: Samples) -> Iterator[Samples]:
        """Lay `piece` from sample `start` on; yields the blocks that this completes."""
        while piece.shape[1] and self._block.size:
            offset = start - self._start
            if offset < self._block.shape[1]:
                count = min(piece.shape[1], self._block.shape[1] - offset)
                self._block[:, offset : offset + count] = piece[:, :count]
                start, piece = start + count, piece[:, count:]
            if start - self._start >= self._block.shape[1]:
                yield self._next()

    def rest(self) -> Iterator[Samples]:
        """The blocks up to the end of the time line."""
        while self._block.size:
            yield self._next()

    def _next(self) -> Samples:
        done = self._block
        self._start += done.shape[1]
        self._block = self._empty()
        return done


def _pieces(
    info: VideoInfo, rate: int, channels: int, length: int
) -> Generator[tuple[int, Samples], None, None]:
    """(first sample, (channels, n) samples), in order and without overlap, within `length`."""
    cursor = 0
    following: int | None = None
    for placed, samples in _placed(info, rate, channels):
        # Steps within the tolerance are rounding, not gaps.
        is_gap = following is None or abs(placed - following) > _TOLERANCE_S * rate
        start = placed if is_gap or following is None else following
        following = start + samples.shape[1]
        piece = samples[:, max(0, cursor - start) : max(0, length - start)]
        start = max(start, cursor)
        if piece.shape[1]:
            yield start, piece
            cursor = start + piece.shape[1]
        if cursor >= length:
            return


def _placed(info: VideoInfo, rate: int, channels: int) -> Iterator[tuple[int, Samples]]:
    """Resampled frames, each with its place in samples from the film's first frame (may be negative)."""
    with open_film(info.path) as container:
        start_s = first_picture(container, picture_stream(container, info.path), info.path).start_s
    with open_film(info.path) as container:
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            raise AudioError(f"The sound of {info.path} has an unknown codec. Export it with AAC sound.")
        # Mixing to mono is done here: FFmpeg's own mix of float sound is 3 dB louder and overshoots 1.
        layout = "mono" if stream.codec_context.layout.nb_channels == 1 else "stereo"
        resampler = require("av").AudioResampler(format="fltp", layout=layout, rate=rate)
        next_place = 0
        for frame in _resampled(container, stream, resampler):
            if frame.pts is not None:
                next_place = round((frame.pts * frame.time_base - start_s) * rate)
            yield next_place, _mixed(frame.to_ndarray(), channels)
            next_place += frame.samples


def _mixed(samples: Samples, channels: int) -> Samples:
    """One or two channels as `channels` channels: averaged, or doubled."""
    if samples.shape[0] == channels:
        return samples
    return samples.mean(axis=0, keepdims=True) if channels == 1 else samples.repeat(2, axis=0)


def _resampled(container: Any, stream: Any, resampler: Any) -> Iterator[Any]:  # noqa: ANN401 - PyAV objects
    for frame in decodable_frames(container, stream):
        yield from resampler.resample(frame)
    yield from resampler.resample(None)
