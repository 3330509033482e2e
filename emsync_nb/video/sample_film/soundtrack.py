"""The sound of the sample film: one short piece for each mood, made from sines and noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from emsync_nb.video.sample_film.storyboard import DISSOLVE, FADE, FPS, FRAME_COUNT, scenes
from emsync_nb.video.sample_film.wild_scenes import STRIKES_S

RATE = 44_100
Wave = NDArray[np.float64]

#: seconds over which sound comes and goes at a hard cut
_CUT_FADE_S = 0.03


def soundtrack() -> NDArray[np.float32]:
    """(2, samples) at RATE, within [-1, 1], as long as the picture; the same on every run."""
    mono = np.zeros(FRAME_COUNT * RATE // FPS)
    for name, first, end in scenes():
        before, after = _fade_frames(first), _fade_frames(end)
        start = round((first - before / 2) * RATE / FPS)
        count = round((end + after / 2) * RATE / FPS) - start
        sound = _SCENES[name](np.random.default_rng(first + 1), count)
        sound *= _ramps(count, before * RATE / FPS, after * RATE / FPS)
        target = mono[max(0, start) : start + count]
        target += sound[max(0, -start) : max(0, -start) + target.size]
    # Two late echoes, a different one for each ear, give the mono mix some room.
    room = [np.roll(mono, round(delay_s * RATE)) for delay_s in (0.017, 0.029)]
    return np.clip([mono + 0.2 * echo for echo in room], -1, 1).astype(np.float32)


def _fade_frames(frame: int) -> float:
    """How long sound takes to change at a border between scenes, in frames."""
    for first, end in (DISSOLVE, FADE):
        if first < frame < end:
            return end - first
    return _CUT_FADE_S * FPS


def _ramps(count: int, rise: float, fall: float) -> Wave:
    """(count,): 0 → 1 over `rise` samples, 1 → 0 over the last `fall`."""
    n = np.arange(count)
    return np.minimum(1, np.minimum((n + 1) / rise, (count - n) / fall))


def _time(count: int) -> Wave:
    return np.arange(count) / RATE


def _noise(rng: np.random.Generator, count: int, low_hz: float, high_hz: float) -> Wave:
    """(count,) noise of a frequency band, deviation 1."""
    spectrum = np.fft.rfft(rng.normal(size=count))
    hz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum *= (1 - np.exp(-((hz / low_hz) ** 2))) * np.exp(-((hz / high_hz) ** 2))
    wave = np.fft.irfft(spectrum, count)
    return np.asarray(wave / wave.std())


def _chord(count: int, pitches_hz: Sequence[float], harmonics: int = 5) -> Wave:
    """(count,) held tones with a slow swell in each."""
    t = _time(count)
    total = np.zeros(count)
    for voice, pitch_hz in enumerate(pitches_hz):
        swell = 0.75 + 0.25 * np.sin(2 * np.pi * (0.11 + 0.03 * voice) * t + voice)
        for harmonic in range(1, harmonics + 1):
            total += swell * np.sin(2 * np.pi * pitch_hz * harmonic * t + voice * harmonic) / harmonic**1.8
    return total / len(pitches_hz)


def _add(wave: Wave, at_s: float, sound: Wave) -> None:
    """Mix `sound` in from `at_s` seconds on; what reaches over the end is left out."""
    start = round(at_s * RATE)
    part = wave[start : start + sound.size]
    part += sound[: part.size]


def _pluck(pitch_hz: float, length_s: float, decay: float = 5.0) -> Wave:
    t = _time(round(length_s * RATE))
    tone = sum(np.sin(2 * np.pi * pitch_hz * h * t) * np.exp(-decay * h**0.6 * t) / h for h in range(1, 6))
    return np.asarray(tone * np.minimum(1, t / 0.004))


def _dawn(rng: np.random.Generator, count: int) -> Wave:
    """An open drone and birds."""
    wave = 0.16 * _chord(count, (146.83, 220.0, 293.66, 369.99)) + 0.006 * _noise(rng, count, 300, 2500)
    for at_s in rng.uniform(0.4, count / RATE - 0.6, 13):
        for syllable in range(int(rng.integers(2, 5))):
            t = _time(round(rng.uniform(0.05, 0.1) * RATE))
            start_hz, bend_hz = rng.uniform(2600, 4200), rng.uniform(-9000, 12000)
            chirp = np.sin(2 * np.pi * (start_hz * t + bend_hz * t * t / 2)) * np.sin(np.pi * t / t[-1]) ** 2
            _add(wave, at_s + 0.12 * syllable, 0.09 * chirp)
    return wave


def _meadow(rng: np.random.Generator, count: int) -> Wave:
    """A skipping tune in D major over a bass in two."""
    wave = 0.004 * _noise(rng, count, 1000, 6000)
    tune = (0, 4, 7, 12, 11, 7, 9, 7, 5, 9, 12, 16, 14, 11, 7, 11)
    for step in range(int(count / RATE / 0.22)):
        _add(wave, 0.22 * step, 0.17 * _pluck(587.33 * 2 ** (tune[step % 16] / 12), 0.7, 6))
        if step % 4 == 0:
            bass = 146.83 if step % 16 < 8 else 196.0
            _add(wave, 0.22 * step, 0.22 * _pluck(bass, 0.9, 3))
    return wave


def _storm(rng: np.random.Generator, count: int) -> Wave:
    """Wind, rain, thunder after each strike, and a minor second far below."""
    t = _time(count)
    gusts = 0.6 + 0.4 * np.sin(2 * np.pi * 0.23 * t + 1)
    wave = 0.10 * gusts * _noise(rng, count, 80, 500) + 0.05 * _noise(rng, count, 1500, 9000)
    wave += 0.12 * _chord(count, (55.0, 58.27, 82.4), 6)
    for strike_s in STRIKES_S:
        length = round(2.2 * RATE)
        roll = np.minimum(1, _time(length) / 0.05) * np.exp(-1.7 * _time(length))
        _add(wave, strike_s + 0.25, 0.3 * roll * _noise(rng, length, 20, 160))
        _add(wave, strike_s + 0.25, 0.1 * roll**3 * _noise(rng, length, 200, 1800))
    return wave


def _chase(rng: np.random.Generator, count: int) -> Wave:
    """Drums in sixteenths, a driven bass, an engine."""
    t = _time(count)
    engine_hz = 90 + 25 * np.sin(2 * np.pi * 0.35 * t)
    wave: Wave = 0.12 * np.tanh(3 * np.sin(2 * np.pi * np.cumsum(engine_hz) / RATE)) + 0.02 * _noise(
        rng, count, 400, 3000
    )
    beat_s = 60 / 168 / 4
    for step in range(int(count / RATE / beat_s)):
        pitch_hz = 73.42 * 2 ** ((0, 0, 12, 0, 1, 0, 12, 3)[step % 8] / 12)
        _add(wave, step * beat_s, 0.22 * np.tanh(4 * _pluck(pitch_hz, 0.14, 4)))
        _add(wave, step * beat_s, (0.12 if step % 2 else 0.07) * _hit(rng, 0.05, 6000, 14000))
        if step % 4 == 0:
            _add(wave, step * beat_s, 0.55 * _kick())
        if step % 8 == 4:
            _add(wave, step * beat_s, 0.3 * _hit(rng, 0.16, 300, 6000))
    return wave


def _hit(rng: np.random.Generator, length_s: float, low_hz: float, high_hz: float) -> Wave:
    count = round(length_s * RATE)
    return np.asarray(_noise(rng, count, low_hz, high_hz) * np.exp(-6 * _time(count) / length_s))


def _kick() -> Wave:
    t = _time(round(0.2 * RATE))
    return np.asarray(np.sin(2 * np.pi * (48 * t + 5 * (1 - np.exp(-30 * t)))) * np.exp(-14 * t))


def _stillness(rng: np.random.Generator, count: int) -> Wave:
    """Almost nothing: air over water."""
    return np.asarray(0.0025 * _noise(rng, count, 100, 600))


def _reunion(rng: np.random.Generator, count: int) -> Wave:
    """Warm strings that open up, and a few notes of melody."""
    opening = np.linspace(0.55, 1, count)
    wave = 0.3 * opening * _chord(count, (130.81, 196.0, 261.63, 329.63, 392.0), 7)
    for at_s, step in zip((0.3, 0.9, 1.5, 2.1, 2.9), (4, 7, 9, 11, 12), strict=True):
        _add(wave, at_s, 0.14 * _pluck(523.25 * 2 ** (step / 12), 1.6, 2.2))
    wave += 0.002 * _noise(rng, count, 500, 4000)
    return wave


def _finale(rng: np.random.Generator, count: int) -> Wave:
    """The strings again, fuller, with bells running upwards."""
    wave = 0.42 * _chord(count, (98.0, 196.0, 246.94, 293.66, 392.0), 7) + 0.002 * _noise(
        rng, count, 500, 4000
    )
    for step in range(int(count / RATE / 0.16)):
        _add(wave, 0.16 * step, 0.12 * _pluck(783.99 * 2 ** ((0, 4, 7, 12)[step % 4] / 12), 1.2, 3))
    wave *= np.minimum(1, (count - np.arange(count)) / (0.5 * RATE))
    return wave


_SCENES: dict[str, Callable[[np.random.Generator, int], Wave]] = {
    "dawn": _dawn,
    "meadow": _meadow,
    "storm": _storm,
    "chase": _chase,
    "stillness": _stillness,
    "reunion": _reunion,
    "finale": _finale,
}
