"""Music into the film: only inside its cues, and together with the film's own sound."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import AudioClip, Cue
from emsync_nb.errors import AudioError
from emsync_nb.extras import require
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


def fade_cues(audio: AudioClip, cues: Sequence[Cue]) -> AudioClip:
    """`audio`, second 0 at the film's, silent outside its cues; length and timing stay.

    A cue fades in over 2 s or begins at once; it fades out over its `fade_out_s`, or rings on for up to 2 s
    behind its end. Fades are raised cosines and take at most a third of a cue. Where the tail of one cue
    meets the next, the louder of both gains holds.
    """
    gain = np.zeros(audio.samples.shape[1], dtype=np.float32)
    for cue in cues:
        start, curve = _cue_gain(cue, audio.rate)
        reach = gain[start : start + len(curve)]
        np.maximum(reach, curve[: len(reach)], out=reach)
    return AudioClip(audio.samples * gain, audio.rate)


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
    if not -120 <= original_gain_db <= 24:
        raise AudioError(f"The original's gain must lie in -120 … 24 dB, got {original_gain_db}")
    mix = _stereo(music).copy()
    under = _stereo(_resampled(original, music.rate))[:, : mix.shape[1]]
    mix[:, : under.shape[1]] += under * np.float32(10 ** (original_gain_db / 20))
    clip = AudioClip(mix, music.rate)
    excess_db = max(0.0, true_peak_dbtp(clip) - MAX_TRUE_PEAK_DBTP)
    return AudioClip(clip.samples * np.float32(10 ** (-excess_db / 20)), clip.rate)


def _cue_gain(cue: Cue, rate: int) -> tuple[int, Curve]:
    """First sample of a cue, and its gain from there on."""
    start, end = round(cue.in_s * rate), round(cue.out_s * rate)
    gain = np.ones(end - start, dtype=np.float32)
    longest = (end - start) * _LONGEST_FADE
    rise = int(min((FADE_IN_S if cue.entry == "fade_in" else _ATTACK_S) * rate, longest))
    gain[:rise] = _rise(rise)
    if cue.ending == "ring":
        return start, np.concatenate((gain, _rise(round(RING_S * rate))[::-1]))
    fall = int(min(cue.fade_out_s * rate, longest))
    gain[len(gain) - fall :] *= _rise(fall)[::-1]
    return start, gain


def _rise(length: int) -> Curve:
    """Half a raised cosine from 0 towards 1."""
    return np.asarray(0.5 - 0.5 * np.cos(np.arange(length) / max(1, length) * np.pi), dtype=np.float32)


def _stereo(audio: AudioClip) -> NDArray[np.float32]:
    channels = audio.samples.shape[0]
    if channels not in (1, 2):
        raise AudioError(f"Sound of {channels} channels cannot be mixed. Downmix it to stereo first")
    return np.broadcast_to(audio.samples, (2, audio.samples.shape[1]))


def _resampled(audio: AudioClip, rate: int) -> AudioClip:
    if audio.rate == rate:
        return audio
    common = math.gcd(audio.rate, rate)
    resample = require("scipy.signal").resample_poly
    return AudioClip(resample(audio.samples, rate // common, audio.rate // common, axis=1), rate)
