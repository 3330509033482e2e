"""How loud sound is: integrated loudness and true peak, after ITU-R BS.1770-4."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import AudioClip
from emsync_nb.extras import require

#: BS.1770-4: loudness is measured in blocks of this length, so shorter sound has none
BLOCK_S = 0.4
#: BS.1770-4, annex 2: at 48 kHz four times as many samples show the peaks between them
OVERSAMPLING = 4
#: samples oversampled at once, and how many either side the interpolation filter sees
_CHUNK, _MARGIN = 1 << 18, 32


def loudness_lufs(audio: AudioClip) -> float:
    """Integrated, gated loudness in LUFS; −inf for silence and for less than 0.4 s.

    Source: ITU-R BS.1770-4, through pyloudnorm (Steinmetz and Reiss 2021).
    """
    samples = audio.samples
    if audio.duration_s < BLOCK_S or not np.any(samples):
        return -math.inf
    meter = require("pyloudnorm").Meter(audio.rate, block_size=BLOCK_S)
    # blocks of digital silence have the level log10(0); the gate drops them as it should
    with np.errstate(divide="ignore", invalid="ignore"):
        level = float(meter.integrated_loudness(samples.T.astype(np.float64)))
    return level if math.isfinite(level) else -math.inf


def true_peak_dbtp(audio: AudioClip) -> float:
    """Highest level between and at the samples, in dB relative to full scale; −inf for silence.

    Source: ITU-R BS.1770-4, annex 2 (4× oversampling).
    """
    peaks = inter_sample_peaks(audio.samples)
    highest = float(peaks.max(initial=0.0))
    return 20 * math.log10(highest) if highest > 0 else -math.inf


def inter_sample_peaks(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) for (channels, n): the highest magnitude at each sample and until the next, over all channels."""
    peaks = np.zeros(samples.shape[1], dtype=np.float32)
    resample = require("scipy.signal").resample_poly
    for start in range(0, samples.shape[1], _CHUNK):
        before = min(start, _MARGIN)
        chunk = samples[:, start - before : start + _CHUNK + _MARGIN]
        fine = np.abs(resample(chunk, OVERSAMPLING, 1, axis=1))
        by_sample = fine[:, ::OVERSAMPLING].max(axis=0)
        for phase in range(1, OVERSAMPLING):
            np.maximum(by_sample, fine[:, phase::OVERSAMPLING].max(axis=0), out=by_sample)
        count = min(_CHUNK, samples.shape[1] - start)
        peaks[start : start + count] = by_sample[before : before + count]
    return peaks
