"""How loud sound is: integrated loudness and true peak, after ITU-R BS.1770-4, heard block by block."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BLOCK, Sound
from emsync_nb.extras import require
from emsync_nb.rendering.effects import Block, with_neighbours

#: BS.1770-4: loudness is measured over 0.4 s, four steps of 0.1 s, and anew at each step
_STEPS, _STEPS_PER_S = 4, 10
#: BS.1770-4: front channels count once, surround channels 1.41 times
_CHANNEL_WEIGHTS = (1.0, 1.0, 1.0, 1.41, 1.41)
_OFFSET_DB, _ABSOLUTE_GATE_LUFS, _RELATIVE_GATE = -0.691, -70.0, 0.1
#: BS.1770-4, annex 2: at 48 kHz four times as many samples show the peaks between them
OVERSAMPLING = 4
#: samples that the interpolation filter sees either side, and some more
_MARGIN = 32
#: filters that ring below this are at rest; tiny numbers would slow the processor down
_AT_REST = 1e-60


class LoudnessMeter:
    """Integrated, gated loudness of what it has heard.

    Source: ITU-R BS.1770-4; its two filters as the cookbook formulae of R. Bristow-Johnson have them at any
    rate, with the parameters of pyloudnorm (Steinmetz and Reiss 2021).
    """

    def __init__(self, rate: int, channels: int) -> None:
        """For sound of up to five channels."""
        if not 1 <= channels <= len(_CHANNEL_WEIGHTS):
            raise ValueError(f"loudness is defined for 1 to {len(_CHANNEL_WEIGHTS)} channels, got {channels}")
        self._rate = rate
        self._filters = np.array([_high_shelf(rate), _high_pass(rate)])
        self._state = np.zeros((len(self._filters), channels, 2))
        self._weights = np.array(_CHANNEL_WEIGHTS[:channels])[:, None]
        #: energy of each step that is complete, and the power at each sample behind them
        self._energies: list[float] = []
        self._rest = np.zeros(0)

    def hear(self, block: Block) -> None:
        """(channels, n) more samples."""
        sosfilt = require("scipy.signal").sosfilt
        heard, self._state = sosfilt(self._filters, block.astype(np.float64), axis=1, zi=self._state)
        self._state[np.abs(self._state) < _AT_REST] = 0
        power = np.concatenate((self._rest, (self._weights * heard**2).sum(axis=0)))
        at = 0
        while (end := at + self._step(len(self._energies))) <= len(power):
            self._energies.append(float(power[at:end].sum()))
            at = end
        self._rest = power[at:]

    @property
    def lufs(self) -> float:
        """−inf for silence and for less than 0.4 s."""
        energies = np.array(self._energies)
        if len(energies) < _STEPS:
            return -math.inf
        lengths = np.array([self._step(number) for number in range(len(energies))])
        window = np.ones(_STEPS)
        power = np.convolve(energies, window, "valid") / np.convolve(lengths, window, "valid")
        power = power[power >= 10 ** ((_ABSOLUTE_GATE_LUFS - _OFFSET_DB) / 10)]
        if not power.size:
            return -math.inf
        return float(_OFFSET_DB + 10 * math.log10(power[power > _RELATIVE_GATE * power.mean()].mean()))

    def _step(self, number: int) -> int:
        """Samples of one step; where 0.1 s is no whole number of them, they differ by one."""
        return (number + 1) * self._rate // _STEPS_PER_S - number * self._rate // _STEPS_PER_S


def loudness_lufs(sound: Sound) -> float:
    """Integrated, gated loudness in LUFS; −inf for silence and for less than 0.4 s. See `LoudnessMeter`."""
    meter = LoudnessMeter(sound.rate, sound.channels)
    for block in sound.blocks():
        meter.hear(block)
    return meter.lufs


def true_peak_dbtp(sound: Sound) -> float:
    """Highest level between and at the samples, in dB relative to full scale; −inf for silence.

    Source: ITU-R BS.1770-4, annex 2 (4× oversampling).
    """
    highest = max((float(peaks.max(initial=0.0)) for peaks in inter_sample_peaks(sound)), default=0.0)
    return 20 * math.log10(highest) if highest > 0 else -math.inf


def inter_sample_peaks(sound: Sound, size: int = BLOCK) -> Iterator[Block]:
    """Blocks (1, n): the highest magnitude at each sample and until the next, over all channels."""
    resample = require("scipy.signal").resample_poly
    for block, place in with_neighbours(sound.blocks(size), _MARGIN):
        fine = np.abs(resample(block, OVERSAMPLING, 1, axis=1))
        by_sample = fine[:, ::OVERSAMPLING].max(axis=0)
        for phase in range(1, OVERSAMPLING):
            np.maximum(by_sample, fine[:, phase::OVERSAMPLING].max(axis=0), out=by_sample)
        yield by_sample[None, place]


def _high_shelf(rate: int) -> NDArray[np.float64]:
    """+4 dB above 1.5 kHz: the head in the sound field. (6,) as scipy's second-order sections."""
    amplitude, angle = 10 ** (4.0 / 40), 2 * math.pi * 1500.0 / rate
    cosine, width = math.cos(angle), math.sqrt(amplitude) * math.sin(angle) * math.sqrt(2)
    more, less = amplitude + 1, amplitude - 1
    b = np.array([more + less * cosine + width, -2 * (less + more * cosine), more + less * cosine - width])
    a = np.array([more - less * cosine + width, 2 * (less - more * cosine), more - less * cosine - width])
    return np.asarray(np.concatenate((amplitude * b, a)) / a[0])


def _high_pass(rate: int) -> NDArray[np.float64]:
    """Below 38 Hz the ear hears little. (6,) as scipy's second-order sections."""
    angle = 2 * math.pi * 38.0 / rate
    cosine, alpha = math.cos(angle), math.sin(angle)  # sin / (2 Q) at a quality Q of 0.5
    b = np.array([(1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2])
    a = np.array([1 + alpha, -2 * cosine, 1 - alpha])
    return np.asarray(np.concatenate((b, a)) / a[0])
