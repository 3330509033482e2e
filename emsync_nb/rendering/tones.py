"""A voice as sound: the recording at its pitch, looped, filtered, under its volume envelope."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from emsync_nb.extras import require
from emsync_nb.rendering.regions import Envelope, SoundFont, Voice

Mono = NDArray[np.float32]
Places = NDArray[np.float64]
#: a voice that stops at once clicks
SHORTEST_RELEASE_S = 0.01
#: a file that asks for more would let one note fill the memory
LONGEST_RELEASE_S = 8.0


class ToneCache:
    """Tones of one SoundFont at one rate; each voice is computed once and kept for its next note."""

    def __init__(self, soundfont: SoundFont, rate: int) -> None:
        self._soundfont = soundfont
        self._rate = rate
        self._tones: dict[Voice, Mono] = {}

    def tone(self, voice: Voice, length: int) -> Mono:
        """The first `length` samples of a held voice, fewer where its recording ends; read only."""
        kept = self._tones.get(voice)
        if kept is None or len(kept) < min(length, self._longest(voice, length)):
            kept = self._tones[voice] = self._computed(voice, length)
        return kept[:length]

    def _longest(self, voice: Voice, length: int) -> int:
        """How many samples the voice can give."""
        if voice.loops:
            return length
        return max(0, int((voice.end - voice.start - 1) * self._rate / voice.speed))

    def _computed(self, voice: Voice, length: int) -> Mono:
        wave = self._soundfont.sample(voice.sample).wave
        length = min(length, self._longest(voice, length))
        places = np.arange(length, dtype=np.float64) * (voice.speed / self._rate)
        tone = _at_places(*(_looped(wave, voice, places) if voice.loops else _once(wave, voice, places)))
        tone = _low_passed(tone, voice, self._rate)
        tone *= held_envelope(voice.envelope, length, self._rate) * np.float32(voice.gain)
        tone.setflags(write=False)
        return tone


def _once(wave: Mono, voice: Voice, places: Places) -> tuple[Mono, Places]:
    """The recording with silence around it for the interpolation, and the places to read in it."""
    return np.pad(wave[voice.start : voice.end], (1, 3)), places


def _looped(wave: Mono, voice: Voice, places: Places) -> tuple[Mono, Places]:
    """The recording up to its loop's end and one turn more, and the places to read, led back into that turn."""
    body, loop = wave[voice.start : voice.loop_end], wave[voice.loop_start : voice.loop_end]
    turn = np.resize(loop, len(loop) + 3)
    beyond = places[np.searchsorted(places, len(body)) :]  # a view: places rise
    beyond -= len(body)
    np.mod(beyond, len(loop), out=beyond)
    beyond += len(body)
    return np.concatenate((np.zeros(1, dtype=np.float32), body, turn)), places


def _at_places(source: Mono, places: Places) -> Mono:
    """`source`, which has one sample more in front, read at fractional places by 4-point Hermite interpolation.

    Source: O. Niemitalo, "Polynomial Interpolators for High-Quality Resampling of Oversampled Audio", 2001.
    """
    index = places.astype(np.int64)
    t = (places - index).astype(np.float32)
    # source[0] is the sample in front, so index + 1 is the place itself
    before, here, after, beyond = (source[index + shift] for shift in range(4))
    slope = 0.5 * (after - before)
    square = before - 2.5 * here + 2 * after - 0.5 * beyond
    cube = 0.5 * (beyond - before) + 1.5 * (here - after)
    return np.asarray(((cube * t + square) * t + slope) * t + here, dtype=np.float32)


def _low_passed(tone: Mono, voice: Voice, rate: int) -> Mono:
    """Two-pole low-pass at the voice's cutoff.

    Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients".
    """
    open_hz = min(19_000.0, 0.45 * rate)
    if voice.cutoff_hz >= open_hz:
        return tone
    angle = 2 * np.pi * voice.cutoff_hz / rate
    quality = 10 ** (voice.resonance_db / 20) / np.sqrt(2)
    alpha, cosine = np.sin(angle) / (2 * quality), np.cos(angle)
    b = np.array([1 - cosine, 2 * (1 - cosine), 1 - cosine]) / 2
    a = np.array([1 + alpha, -2 * cosine, 1 - alpha])
    return np.asarray(require("scipy.signal").lfilter(b, a, tone), dtype=np.float32)


def held_envelope(envelope: Envelope, length: int, rate: int) -> Mono:
    """(length,) gain of a key that is held: delay, attack, hold, decay to the sustain level."""
    slope_db_s = 100 / max(envelope.decay_s, 1e-3)
    decay_from_s = envelope.attack_s + envelope.hold_s
    settled_s = envelope.delay_s + decay_from_s + envelope.sustain_db / slope_db_s
    moving = min(length, math.ceil(settled_s * rate))
    times = np.arange(moving, dtype=np.float32) / np.float32(rate) - np.float32(envelope.delay_s)
    rise = np.clip(times / envelope.attack_s, 0, 1) if envelope.attack_s else times >= 0
    fall_db = np.clip((times - decay_from_s) * slope_db_s, 0, envelope.sustain_db)
    gain = np.full(length, 10 ** (-envelope.sustain_db / 20), dtype=np.float32)
    gain[:moving] = rise * 10 ** (-fall_db / 20)
    return gain


@lru_cache(maxsize=64)
def release_curve(release_s: float, rate: int) -> Mono:
    """Gain after the key is let go: 100 dB of fall over `release_s`, linear in dB; read only."""
    bounded_s = min(max(release_s, SHORTEST_RELEASE_S), LONGEST_RELEASE_S)
    length = int(bounded_s * rate)
    curve = np.asarray(10 ** (-5 * np.arange(length) / length), dtype=np.float32)
    curve.setflags(write=False)
    return curve
