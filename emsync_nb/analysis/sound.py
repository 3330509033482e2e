"""What the sound says: loudness, brightness, onsets, and how tonal it is.

Arousal grows with loudness, with the spectral centroid and with the rate of onsets (Weninger, Eyben,
Schuller, Mortillaro & Scherer 2013, "On the acoustics of emotion in audio", Frontiers in Psychology 4;
Hanjalic & Xu 2005 for film). Pleasantness falls with noisiness and sharpness and rises with tonality
(Zwicker & Fastl, "Psychoacoustics", chapter 9), and major keys please more than minor ones (Gabrielsson &
Lindström 2010): librosa's chroma against the key profiles of Krumhansl & Kessler. That part is weak and
trusted little.

Only the chroma is librosa's, and of its features one that needs no JIT itself; but importing them compiles
numba code once, for half a minute, where numba's cache is empty. `warm_up` does that ahead of time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.evidence import noticed
from emsync_nb.analysis.expert import Evidence, Opinion, Unavailable
from emsync_nb.analysis.timeline import averaged
from emsync_nb.domain import AudioClip, Boundary, key_fit
from emsync_nb.domain.curve import FloatArray
from emsync_nb.extras import require

#: length of a spectrum and distance of two, in seconds (2048 and 1024 samples at 22 050 Hz)
_SPECTRUM_S, _HOP_S = 0.093, 0.0464
#: spectra worked on at once; bounds the memory
_BATCH = 512
#: level below which there is silence, in dB of full scale
_SILENCE_DB = -70.0
#: an ordinary level and what a full deviation is, in dB of full scale
_USUAL_DB, _RANGE_DB = -26.0, 20.0
#: an ordinary spectral centroid and a full deviation, in Hz and octaves
_USUAL_HZ, _RANGE_OCTAVES = 1500.0, 2.5
#: an ordinary spectral flux and a full deviation, as a share of the spectrum that is new
_USUAL_FLUX, _RANGE_FLUX = 0.15, 0.25
#: an ordinary spectral flatness and a full deviation, in decades
_USUAL_FLATNESS, _RANGE_DECADES = -1.7, 1.2
#: shares of loudness, brightness and flux in arousal; of tonality, dullness and mode in valence
_AROUSAL = (0.6, 0.15, 0.25)
_VALENCE = (0.35, 0.1, 0.5)
#: length of a chroma's spectrum and distance of two, in samples; fine enough to part semitones from A2 up
_CHROMA_SIZE, _CHROMA_HOP = 8192, 4096
#: seconds on each side over which a key is heard
_KEY_S = 4.0
#: difference of correlations, best major key against best minor key, that is a plain mode
_PLAIN_MODE = 0.2
#: trust in what sound says of valence and of arousal; silence says less
_CONFIDENCE = (0.35, 1.0)
_SILENT_CONFIDENCE = (0.0, 0.5)
#: deviation from the usual that is worth a word, and step of levels that are told anew, in dB
_WORTH_A_WORD, _LEVEL_STEP_DB = 0.3, 6.0


class SoundExpert:
    """Reads the sound; a hearing expert. Keeps five values a spectrum."""

    name = "sound"

    def __init__(self) -> None:
        self._heard_s = 0.0
        #: (5, spectra) per batch: times in seconds, then the rows of `measure`
        self._features: list[FloatArray] = []
        #: (13, frames) per block: times in seconds, then the energy of each pitch class
        self._chroma: list[FloatArray] = []

    @property
    def note(self) -> str:
        """How much it heard."""
        return f"{self._heard_s:.1f} s of sound"

    def hear(self, block: AudioClip) -> None:
        """Measure the next block; blocks follow one another without a gap."""
        mono = block.samples.mean(axis=0, dtype=np.float32)
        for times_s, spectra in _spectra(mono, block.rate):
            features = measure(spectra, block.rate)
            self._features.append(np.vstack([times_s + self._heard_s, features]))
        if mono.size >= _CHROMA_SIZE:
            self._chroma.append(_chroma(mono, block.rate, self._heard_s))
        self._heard_s += block.duration_s

    def judge(self, at_s: FloatArray, boundaries: Sequence[Boundary]) -> Opinion:
        """Arousal and some valence at the grid times; the boundaries play no part."""
        if not self._features:
            raise Unavailable("the film has no sound")
        table = np.hstack(self._features)
        if float(_decibels(table[1]).max()) < _SILENCE_DB:
            raise Unavailable("the sound is silence throughout")
        power, centroid, flux, flatness = (averaged(table[0], row, at_s) for row in table[1:])
        # powers are averaged, not levels: a beat is as loud as its energy, however silent the gaps
        level = _decibels(power)
        silent = (level < _SILENCE_DB) | (at_s > self._heard_s)
        deviations = (
            _deviation(level, _USUAL_DB, _RANGE_DB),
            _deviation(centroid, np.log2(_USUAL_HZ), _RANGE_OCTAVES),
            _deviation(flux, _USUAL_FLUX, _RANGE_FLUX),
        )
        arousal = sum(share * part for share, part in zip(_AROUSAL, deviations, strict=True))
        tonal = -_deviation(flatness, _USUAL_FLATNESS, _RANGE_DECADES)
        mode = _modes(self._chroma, at_s)
        valence = _VALENCE[0] * tonal - _VALENCE[1] * deviations[1] + _VALENCE[2] * mode
        return Opinion(
            self.name,
            at_s,
            np.where(silent, 0.0, np.clip(valence, -1, 1)),
            np.where(silent, -0.8, np.clip(arousal, -1, 1)),
            np.where(silent, _SILENT_CONFIDENCE[0], _CONFIDENCE[0]),
            np.where(at_s > self._heard_s, 0.0, np.where(silent, _SILENT_CONFIDENCE[1], _CONFIDENCE[1])),
            evidence=_told(at_s[at_s <= self._heard_s], level, centroid, silent),
        )


def _told(
    at_s: FloatArray, level_db: FloatArray, centroid: FloatArray, silent: NDArray[np.bool_]
) -> tuple[Evidence, ...]:
    """Level and tone colour in words, such as "−12 dB, bright 4.1 kHz"; all but the times may be longer."""
    tone = _deviation(centroid, np.log2(_USUAL_HZ), _RANGE_OCTAVES)
    colours = [
        "bright" if value > _WORTH_A_WORD else "dull" if value < -_WORTH_A_WORD else "medium"
        for value in tone.tolist()
    ]
    steps = np.round(level_db / _LEVEL_STEP_DB).tolist()

    def words(at: int) -> str:
        if silent[at]:
            return "silence"
        return f"{level_db[at]:.0f} dB, {colours[at]} {2 ** centroid[at] / 1000:.1f} kHz".replace("-", "−")

    kinds = [
        "silence" if quiet else (step, colour)
        for step, colour, quiet in zip(steps, colours, silent.tolist(), strict=True)
    ]
    return noticed(at_s, kinds[: at_s.size], words)


def warm_up() -> None:
    """Have librosa compile what it compiles once, so that no film waits for it."""
    _chroma(np.zeros(_CHROMA_SIZE, dtype=np.float32), 22_050, 0.0)


def _chroma(mono: NDArray[np.float32], rate: int, start_s: float) -> FloatArray:
    """(13, frames) times in seconds, then the energy of each pitch class."""
    feature = require("librosa.feature")
    # a given tuning spares librosa the estimate, which needs compiled code; nor does any norm
    energy = feature.chroma_stft(
        y=mono, sr=rate, n_fft=_CHROMA_SIZE, hop_length=_CHROMA_HOP, tuning=0.0, norm=None
    )
    times_s = start_s + np.arange(energy.shape[1]) * _CHROMA_HOP / rate
    return np.vstack([times_s, energy.astype(np.float64)])


def _modes(chroma: Sequence[FloatArray], at_s: FloatArray) -> FloatArray:
    """(n,) −1 plainly minor … +1 plainly major, around each of the rising times; 0 where no key is heard."""
    if not chroma:
        return np.zeros(len(at_s))
    table = np.hstack(chroma)
    firsts, lasts = (np.searchsorted(table[0], at_s + side) for side in (-_KEY_S, _KEY_S))
    modes = np.zeros(len(at_s))
    for index, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        if last > first:
            modes[index] = _mode(table[1:, first:last].mean(axis=1))
    return modes


def _mode(weights: FloatArray) -> float:
    """−1 … 1 for (12,) energies of pitch classes; the less clear the key, the nearer to 0."""
    major, minor = (float(fit.max()) for fit in key_fit(weights))
    clarity = float(np.clip(2 * max(major, minor) - 1, 0, 1))
    return clarity * float(np.clip((major - minor) / _PLAIN_MODE, -1, 1))


def _decibels(mean_square: FloatArray) -> FloatArray:
    """Level against full scale; digital silence is −120 dB."""
    return np.asarray(10 * np.log10(mean_square + 1e-12))


def _deviation(values: FloatArray, usual: float, full: float) -> FloatArray:
    """How far from the usual, in [-1, 1]."""
    return np.clip((values - usual) / full, -1, 1)


def _spectra(mono: NDArray[np.float32], rate: int) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Batches of (start times in seconds, (spectra, bins) magnitudes) of Hann-windowed stretches."""
    size, hop = 2 * max(8, round(_SPECTRUM_S * rate / 2)), max(8, round(_HOP_S * rate))
    if not mono.size:
        return
    padded = np.pad(mono, (0, max(0, size - mono.size)))
    stretches = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    window = np.hanning(size).astype(np.float32)
    for first in range(0, len(stretches), _BATCH):
        batch = stretches[first : first + _BATCH]
        starts = (first + np.arange(len(batch))) * hop / rate
        # scaled so that a full-scale sine has the amplitude 1
        amplitudes = np.abs(np.fft.rfft(batch * window)) * (2 / float(window.sum()))
        yield starts, amplitudes.astype(np.float64)


def measure(magnitudes: FloatArray, rate: int) -> FloatArray:
    """Features of consecutive spectra.

    Args:
        magnitudes: (n, bins) amplitudes, 1 for a full-scale sine.
        rate: samples a second.

    Returns:
        (4, n): mean square of the samples; spectral centroid as log2 of Hz; spectral flux, the share of a
        spectrum that was not in the one before, 0 … 1; spectral flatness as log10.
    """
    hertz = np.fft.rfftfreq(2 * (magnitudes.shape[1] - 1), 1 / rate)
    power = magnitudes**2
    # the Hann window spreads a sine over bins whose powers sum to 1.5
    mean_square = power.sum(axis=1) / 2 / 1.5
    total = magnitudes.sum(axis=1) + 1e-9
    centroid = np.log2(np.maximum(magnitudes @ hertz / total, 20.0))
    rise = np.maximum(np.diff(magnitudes, axis=0, prepend=magnitudes[:1]), 0).sum(axis=1)
    flatness = np.log10(np.exp(np.log(power + 1e-12).mean(axis=1)) / (power.mean(axis=1) + 1e-12))
    return np.vstack([mean_square, centroid, rise / total, flatness])
