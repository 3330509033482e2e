"""Music into the film: only inside its cues, and together with the film's own sound."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BLOCK, AudioClip, Cue, Sound
from emsync_nb.errors import AudioError
from emsync_nb.extras import require
from emsync_nb.rendering.effects import Block, Effect, Scaled
from emsync_nb.rendering.loudness import true_peak_dbtp

FADE_IN_S = 2.0
#: how long the last chord of a cue may ring on after the cue
RING_S = 2.0
#: a cue that begins at once still needs a ramp too short to hear, or it would click
_ATTACK_S = 0.002
#: a short cue keeps at least a third of its length at full level
_LONGEST_FADE = 1 / 3
MAX_TRUE_PEAK_DBTP = -1.0

Curve = NDArray[np.float32]


class Faded(Effect):
    """A sound, second 0 at the film's, silent outside the film's cues.

    A cue fades in over 2 s or begins at once; it fades out over its `fade_out_s`, or rings on for up to 2 s
    behind its end. Fades are raised cosines and take at most a third of a cue. Where the tail of one cue
    meets the next, the louder of both gains holds.
    """

    def __init__(self, source: Sound, cues: Sequence[Cue]) -> None:
        super().__init__(source)
        self._spans = [_CueSpan.of(cue, source.rate) for cue in cues]

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """See `Sound`."""
        at = 0
        for block in self.source.blocks(size):
            yield block * self.gain(at, at + block.shape[1])
            at += block.shape[1]

    def gain(self, begin: int, end: int) -> Curve:
        """(end − begin,) what the samples from `begin` to `end` are multiplied by."""
        gain = np.zeros(end - begin, dtype=np.float32)
        for span in self._spans:
            span.raise_gain(gain, begin)
        return gain


class WithOriginal(Effect):
    """Music, in stereo and with its own length, over the film's own sound of the same rate."""

    def __init__(self, music: Sound, original: Sound, original_gain_db: float) -> None:
        """For mono or stereo, cut or padded with silence to the music's length; the gain is −120 … 24.

        Raises:
            AudioError: the gain is out of range, or either has more than two channels.
        """
        super().__init__(music)
        if not -120 <= original_gain_db <= 24:
            raise AudioError(f"The original's gain must lie in -120 … 24 dB, got {original_gain_db}")
        for sound in (music, original):
            if sound.channels not in (1, 2):
                raise AudioError(
                    f"Sound of {sound.channels} channels cannot be mixed. Downmix it to stereo first"
                )
        self._original = original
        self._gain = np.float32(10 ** (original_gain_db / 20))

    @property
    def channels(self) -> int:
        """2 for stereo."""
        return 2

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """See `Sound`."""
        original = self._original.blocks(size)
        for block in self.source.blocks(size):
            mix = np.repeat(block, 2 // block.shape[0], axis=0)
            under = next(original, block[:, :0])[:, : block.shape[1]]
            mix[:, : under.shape[1]] += under * self._gain
            yield mix


def fade_cues(audio: AudioClip, cues: Sequence[Cue]) -> AudioClip:
    """`audio` in memory through `Faded`."""
    return AudioClip.of(Faded(audio, cues))


def mix_with_original(music: AudioClip, original: AudioClip, original_gain_db: float) -> AudioClip:
    """Music with the film's own sound under it, at the music's rate and length, in stereo.

    The whole mix is lowered where it would exceed −1 dBTP, so the balance stays.

    Args:
        music: mono or stereo.
        original: mono or stereo, at any rate; cut or padded with silence to the music's length.
        original_gain_db: applied to `original`, −120 … 24.

    Raises:
        AudioError: the gain is out of range, or either has more than two channels.
    """
    return AudioClip.of(lowered(WithOriginal(music, _resampled(original, music.rate), original_gain_db)))


def lowered(sound: Sound) -> Sound:
    """The whole of `sound` so much softer that it does not exceed −1 dBTP; reads it once for that."""
    excess_db = max(0.0, true_peak_dbtp(sound) - MAX_TRUE_PEAK_DBTP)
    return Scaled(sound, 10 ** (-excess_db / 20))


@dataclass(frozen=True, slots=True)
class _CueSpan:
    """Where a cue sounds, in samples: it rises from `start` on and has fallen at `end`."""

    start: int
    end: int
    rise: int
    fall: int

    @classmethod
    def of(cls, cue: Cue, rate: int) -> _CueSpan:
        start, end = round(cue.in_s * rate), round(cue.out_s * rate)
        longest = (end - start) * _LONGEST_FADE
        rise = int(min((FADE_IN_S if cue.entry == "fade_in" else _ATTACK_S) * rate, longest))
        if cue.ending == "ring":
            ring = round(RING_S * rate)
            return cls(start, end + ring, rise, ring)
        return cls(start, end, rise, int(min(cue.fade_out_s * rate, longest)))

    def raise_gain(self, gain: Curve, at: int) -> None:
        """Raise (n,) `gain`, whose first sample is sample `at` of the film, to what the cue asks for."""
        begin, end = max(at, self.start), min(at + len(gain), self.end)
        if begin >= end:
            return
        places = np.arange(begin, end)
        asked = _ramp(places - self.start, self.rise) * _ramp(self.end - 1 - places, self.fall)
        reach = gain[begin - at : end - at]
        np.maximum(reach, asked, out=reach)


def _ramp(places: NDArray[np.int64], length: int) -> Curve:
    """Half a raised cosine from 0 at place 0 to 1 at place `length`, and 1 from there on."""
    curve = np.ones(len(places), dtype=np.float32)
    rising = places < length
    curve[rising] = 0.5 - 0.5 * np.cos(places[rising] / max(1, length) * np.pi)
    return curve


def _resampled(audio: AudioClip, rate: int) -> AudioClip:
    if audio.rate == rate:
        return audio
    common = math.gcd(audio.rate, rate)
    resample = require("scipy.signal").resample_poly
    return AudioClip(resample(audio.samples, rate // common, audio.rate // common, axis=1), rate)
