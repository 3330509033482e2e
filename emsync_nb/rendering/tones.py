"""A voice as sound: the recording at its pitch, looped, filtered, under its volume envelope."""

from __future__ import annotations

import math
import sys
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
#: samples of a tone that are computed at once: a third of a second
PIECE = 1 << 14
#: 128 MiB of them: fewer, and an orchestra's long chords are computed again and again
KEPT_PIECES = 2048
#: recordings kept ready for the interpolation
_KEPT_SOURCES = 64


class ToneCache:
    """Tones of one SoundFont at one rate, in pieces of PIECE samples; the pieces used last are kept.

    A tone begins with its note, so all notes of a voice share its pieces, however long each is held.
    """

    def __init__(self, soundfont: SoundFont, rate: int, kept_pieces: int = KEPT_PIECES) -> None:
        self._soundfont = soundfont
        self._rate = rate
        self._piece = lru_cache(maxsize=kept_pieces)(self._computed)
        self._source = lru_cache(maxsize=_KEPT_SOURCES)(self._read)
        #: of each voice that has a filter: what the filter holds where each piece begins
        self._filter_states: dict[Voice, list[Places]] = {}

    def longest(self, voice: Voice) -> int:
        """How many samples the voice can give."""
        if voice.loops:
            return sys.maxsize
        return max(0, int((voice.end - voice.start - 1) * self._rate / voice.speed))

    def tone(self, voice: Voice, begin: int, end: int) -> Mono:
        """A held voice from its sample `begin` to `end`, fewer where its recording ends; read only."""
        end = min(end, self.longest(voice))
        if begin >= end:
            return np.zeros(0, dtype=np.float32)
        numbers = range(begin // PIECE, (end - 1) // PIECE + 1)
        offset = numbers.start * PIECE
        pieces = [self._piece(voice, number) for number in numbers]
        joined = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        return joined[begin - offset : end - offset]

    def _computed(self, voice: Voice, number: int) -> Mono:
        begin = number * PIECE
        end = min(begin + PIECE, self.longest(voice))
        places = np.arange(begin, end, dtype=np.float64) * (voice.speed / self._rate)
        source = self._source(voice)
        tone = _at_places(source, _led_back(voice, places) if voice.loops else places)
        tone = self._filtered(tone, voice, number)
        tone *= held_envelope(voice.envelope, begin, end, self._rate) * np.float32(voice.gain)
        tone.setflags(write=False)
        return tone

    def _read(self, voice: Voice) -> Mono:
        wave = self._soundfont.sample(voice.sample).wave
        return _looped(wave, voice) if voice.loops else _once(wave, voice)

    def _filtered(self, tone: Mono, voice: Voice, number: int) -> Mono:
        """The tone's piece behind the voice's low-pass, which goes on where the piece before it ended."""
        if voice.cutoff_hz >= min(19_000.0, 0.45 * self._rate):
            return tone
        states = self._filter_states.setdefault(voice, [np.zeros(2)])
        while number >= len(states):  # who begins within a tone needs all that was before
            self._computed(voice, len(states) - 1)
        tone, after = _low_passed(tone, voice, self._rate, states[number])
        if number + 1 == len(states):
            states.append(after)
        return tone


def _once(wave: Mono, voice: Voice) -> Mono:
    """The recording with silence around it for the interpolation."""
    return np.pad(wave[voice.start : voice.end], (1, 3))


def _looped(wave: Mono, voice: Voice) -> Mono:
    """The recording up to its loop's end and one turn more, behind one sample of silence."""
    body, loop = wave[voice.start : voice.loop_end], wave[voice.loop_start : voice.loop_end]
    turn = np.resize(loop, len(loop) + 3)
    return np.concatenate((np.zeros(1, dtype=np.float32), body, turn))


def _led_back(voice: Voice, places: Places) -> Places:
    """Places beyond the recording, led back into the turn behind it."""
    body, loop = voice.loop_end - voice.start, voice.loop_end - voice.loop_start
    beyond = places[np.searchsorted(places, body) :]  # a view: places rise
    # what np.mod does, in a seventh of its time
    beyond -= np.floor((beyond - body) / loop) * loop
    return places


def _at_places(source: Mono, places: Places) -> Mono:
    """`source`, which has one sample more in front, read at fractional places by 4-point Hermite interpolation.

    Source: O. Niemitalo, "Polynomial Interpolators for High-Quality Resampling of Oversampled Audio", 2001.
    """
    index = places.astype(np.int64)
    t = (places - index).astype(np.float32)
    # source[0] is the sample in front, so index + 1 is the place itself
    before, here, after, beyond = (source[shift:].take(index, mode="clip") for shift in range(4))
    tone = 0.5 * (beyond - before) + 1.5 * (here - after)
    tone *= t
    tone += before - 2.5 * here + 2 * after - 0.5 * beyond
    tone *= t
    tone += 0.5 * (after - before)
    tone *= t
    tone += here
    return np.asarray(tone, dtype=np.float32)


def _low_passed(tone: Mono, voice: Voice, rate: int, state: Places) -> tuple[Mono, Places]:
    """Two-pole low-pass at the voice's cutoff, and its state behind the tone.

    Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients".
    """
    angle = 2 * np.pi * voice.cutoff_hz / rate
    quality = 10 ** (voice.resonance_db / 20) / np.sqrt(2)
    alpha, cosine = np.sin(angle) / (2 * quality), np.cos(angle)
    b = np.array([1 - cosine, 2 * (1 - cosine), 1 - cosine]) / 2
    a = np.array([1 + alpha, -2 * cosine, 1 - alpha])
    passed, after = require("scipy.signal").lfilter(b, a, tone, zi=state)
    return passed.astype(np.float32), after


def held_envelope(envelope: Envelope, begin: int, end: int, rate: int) -> Mono:
    """(end − begin,) gain of a key that is held: delay, attack, hold, decay to the sustain level."""
    slope_db_s = 100 / max(envelope.decay_s, 1e-3)
    decay_from_s = envelope.attack_s + envelope.hold_s
    settled_s = envelope.delay_s + decay_from_s + envelope.sustain_db / slope_db_s
    moving = min(max(begin, math.ceil(settled_s * rate)), end)
    times = np.arange(begin, moving, dtype=np.float32) / np.float32(rate) - np.float32(envelope.delay_s)
    rise = np.clip(times / envelope.attack_s, 0, 1) if envelope.attack_s else times >= 0
    fall_db = np.clip((times - decay_from_s) * slope_db_s, 0, envelope.sustain_db)
    gain = np.full(end - begin, 10 ** (-envelope.sustain_db / 20), dtype=np.float32)
    gain[: moving - begin] = rise * 10 ** (-fall_db / 20)
    return gain


@lru_cache(maxsize=64)
def release_curve(release_s: float, rate: int) -> Mono:
    """Gain after the key is let go: 100 dB of fall over `release_s`, linear in dB; read only."""
    bounded_s = min(max(release_s, SHORTEST_RELEASE_S), LONGEST_RELEASE_S)
    length = int(bounded_s * rate)
    curve = np.asarray(10 ** (-5 * np.arange(length) / length), dtype=np.float32)
    curve.setflags(write=False)
    return curve
