"""What the sound says: loudness, brightness, onsets, and how tonal it is.

Arousal grows with loudness, with the spectral centroid and with the rate of onsets (Weninger, Eyben,
Schuller, Mortillaro & Scherer 2013, "On the acoustics of emotion in audio", Frontiers in Psychology 4;
Hanjalic & Xu 2005 for film). Pleasantness falls with noisiness and sharpness and rises with tonality
(Zwicker & Fastl, "Psychoacoustics", chapter 9); that part is weak and trusted little.

The features are computed with numpy: importing librosa's features compiles numba code, which takes half
a minute wherever numba's cache is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.expert import Opinion, Unavailable
from emsync_nb.analysis.timeline import averaged
from emsync_nb.domain import AudioClip, Boundary
from emsync_nb.domain.curve import FloatArray

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
#: shares of loudness, brightness and flux in arousal; of tonality and dullness in valence
_AROUSAL = (0.6, 0.15, 0.25)
_VALENCE = (0.5, 0.1)
#: trust in what sound says of valence and of arousal; silence says less
_CONFIDENCE = (0.35, 1.0)
_SILENT_CONFIDENCE = (0.0, 0.5)


class SoundExpert:
    """Reads the sound; a hearing expert. Keeps five values a spectrum."""

    name = "sound"

    def __init__(self) -> None:
        self._heard_s = 0.0
        #: (5, spectra) per batch: times in seconds, then the rows of `measure`
        self._features: list[FloatArray] = []

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
        valence = _VALENCE[0] * tonal - _VALENCE[1] * deviations[1]
        return Opinion(
            self.name,
            at_s,
            np.where(silent, 0.0, np.clip(valence, -1, 1)),
            np.where(silent, -0.8, np.clip(arousal, -1, 1)),
            np.where(silent, _SILENT_CONFIDENCE[0], _CONFIDENCE[0]),
            np.where(at_s > self._heard_s, 0.0, np.where(silent, _SILENT_CONFIDENCE[1], _CONFIDENCE[1])),
        )


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
