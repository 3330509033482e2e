"""The sound of one piece of music as stems, in chunks of a few seconds, from wherever somebody listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import Cue
from emsync_nb.errors import AudioError

if TYPE_CHECKING:
    from emsync_nb.rendering import Faded
    from emsync_nb.rendering.synth import PartSound

#: length of a chunk in seconds; only the last of a piece is shorter
CHUNK_S = 4
#: what browsers and sound cards play without converting
RATE = 44_100
#: samples of full scale: −32768 … 32767
_FULL_SCALE = 32_768


@dataclass(frozen=True, slots=True, eq=False)
class StemChunk:
    """All tracks that sound in one chunk."""

    #: names, in the order of the file; silent ones are left out
    tracks: tuple[str, ...]
    #: of each track its samples: int16, little endian, left and right in turn
    blocks: tuple[bytes, ...]
    #: length in samples of one channel; 0 behind the end
    frames: int


class StemPlayer:
    """The tracks of a MIDI file as `render_stems` gives them, in chunks; any chunk at once, whatever was before.

    All stems have the level that they have in `render_stems`, in all chunks: there is room for a full orchestra
    below full scale, so their sum rarely reaches it, and what a stem alone has beyond it is cut off. Volume,
    pan and expression (CC7, CC10, CC11) are in it. Methods may be called from several threads.
    """

    def __init__(
        self,
        midi: Path,
        rate: int = RATE,
        soundfont: Path | None = None,
        *,
        duration_s: float | None = None,
        cues: Sequence[Cue] | None = None,
    ) -> None:
        """Read the file; it is not needed afterwards.

        Args:
            midi: a Standard MIDI File.
            rate: samples per second, 8000 … 192000.
            soundfont: an SF2 or SF3 file; None as `find_soundfont` finds it.
            duration_s: the film's length; None for the music's and its tail.
            cues: where the music may sound, and how it comes and goes, as in the scored film; None: everywhere.

        Raises:
            MidiError, SoundFontError, AudioError: as `perform`.
        """
        from emsync_nb.rendering.synth import part_sounds

        self.rate = rate
        self._parts, self.frames = part_sounds(midi, soundfont=soundfont, rate=rate, duration_s=duration_s)
        #: the tracks that have notes, in the order of the file
        self.tracks = tuple(self._parts)
        self._size = CHUNK_S * rate
        self._fades = self._faded(cues)
        # one at a time: the cache of tones is shared
        self._rendering = threading.Lock()
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-self.frames // self._size)

    def chunk(self, number: int) -> StemChunk:
        """A chunk by its number, from 0 on; an empty one behind the end.

        Raises:
            AudioError: the number is below 0, or the player is closed.
        """
        if number < 0:
            raise AudioError(f"there is no chunk {number} of the music; the first is 0")
        begin = min(number * self._size, self.frames)
        end = min(begin + self._size, self.frames)
        with self._rendering:
            if self._is_closed:
                raise AudioError("this music is no longer played; ask for the take that is accepted now")
            sounding = tuple(self._blocks(begin, end))
        return StemChunk(
            tuple(name for name, _ in sounding), tuple(data for _, data in sounding), end - begin
        )

    def close(self) -> None:
        """Let go of what is kept; a chunk that is being made is finished first."""
        with self._rendering:
            self._is_closed = True
            self._parts.clear()

    def _blocks(self, begin: int, end: int) -> Iterator[tuple[str, bytes]]:
        for name, part in self._parts.items():
            samples = self._samples(part, begin, end)
            if samples is not None and samples.any():
                yield name, samples.tobytes()

    def _samples(self, part: PartSound, begin: int, end: int) -> NDArray[np.int16] | None:
        """(frames, 2) samples; None where it is known beforehand that there is nothing to hear."""
        if not part.sounds_between(begin, end):
            return None
        sound = part.between(begin, end)
        if self._fades is not None:
            sound *= self._fades.gain(begin, end)
        whole = np.rint(sound.T * np.float32(_FULL_SCALE))
        samples: NDArray[np.int16] = np.clip(whole, -_FULL_SCALE, _FULL_SCALE - 1).astype("<i2")
        return samples

    def _faded(self, cues: Sequence[Cue] | None) -> Faded | None:
        from emsync_nb.rendering import Faded, Performance

        return None if cues is None else Faded(Performance(self._parts, self.rate, self.frames), cues)
