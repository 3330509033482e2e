"""Runs of notes that the network learnt from, so that it does not write one of them down as its own.

A run is what is left of a melody without key and tempo: steps of pitch and of time from note to note. All runs of RUN
steps in the training music that are more than figures are kept as bits in one array (Bloom 1970, "Space/time trade-offs
in hash coding with allowable errors"): a run that is there is always found, one of 200 that are not is found too.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, MusicTable
from emsync_nb.domain.melody import in_figure, melody_lines

Bits = NDArray[np.uint8]
IntArray = NDArray[np.int64]
_Hashes = NDArray[np.uint64]

#: steps of a run that must not be written: one note more than this is shared with the training music at most
RUN = 12
#: of its notes, those outside scales, repeated notes and figurations; with fewer a run is anybody's
FREE_NOTES = 8
#: bytes of the array, a power of two, and bits for each run
BYTES, _PROBES = 1 << 21, 4
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIXES = tuple(
    np.uint64(number)
    for number in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F)
)
_SHIFT = np.uint64(64 - (BYTES * 8).bit_length() + 1)


def known_runs(tables: Iterable[MusicTable]) -> Bits:
    """(BYTES,) the runs of some music."""
    bits = np.zeros(BYTES, dtype=np.uint8)
    for table in tables:
        for line in melody_lines(table):
            if len(line.onset) > RUN:
                _note_down(bits, line.symbols, in_figure(line))
    return bits


def _note_down(bits: Bits, symbols: IntArray, figure: NDArray[np.bool_]) -> None:
    free = np.concatenate([[0], np.cumsum(~figure)])
    counts = free[RUN + 1 :] - free[: -RUN - 1]
    hashes = np.zeros(len(symbols) - RUN + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for step in range(RUN):
            hashes = hashes * _BASE + symbols[step : step + len(hashes)].astype(np.uint64)
    for place in _places(hashes[counts >= FREE_NOTES]):
        np.bitwise_or.at(bits, (place >> np.uint64(3)).astype(np.int64), _bit(place))


def _places(hashes: _Hashes) -> list[_Hashes]:
    """The bits that stand for each hash."""
    with np.errstate(over="ignore"):
        return [((hashes ^ (hashes >> np.uint64(29))) * mix) >> _SHIFT for mix in _MIXES[:_PROBES]]


def _bit(place: _Hashes) -> Bits:
    return np.left_shift(np.uint8(1), (place & np.uint64(7)).astype(np.uint8))


class Memory:
    """The lines that a take has written, and which of their continuations were there before it."""

    def __init__(self, bits: Bits | None) -> None:
        """`bits` of `known_runs`; None: nothing is known."""
        self._bits = bits
        #: part → (step, highest pitch) of its last onsets
        self._lines: dict[int, list[tuple[int, int]]] = {}

    def hear(self, part: int, step: int, pitch: int) -> None:
        """Take in a note; steps from the beginning, rising for each part."""
        if self._bits is None or part == DRUMS:
            return
        line = self._lines.setdefault(part, [])
        if line and line[-1][0] == step:
            pitch = max(pitch, line.pop()[1])
        line.append((step, pitch))
        del line[: -RUN - 1]

    def borrowed(self, part: int, step: int) -> int:
        """Pitches, a bit for each, with which a part would complete a run at a step that was there before."""
        line = [one for one in self._lines.get(part, ()) if one[0] < step][-RUN:]
        if self._bits is None or len(line) < RUN:
            return 0
        onset, pitch = np.array(line).T
        before = np.diff(onset) * 256 + np.diff(pitch) + 128
        base = np.uint64(0)
        with np.errstate(over="ignore"):
            for symbol in before.astype(np.uint64):
                base = base * _BASE + symbol
            last = (step - onset[-1]) * 256 + np.arange(128) - pitch[-1] + 128
            hashes = base * _BASE + last.astype(np.uint64)
        known = np.ones(128, dtype=bool)
        for place in _places(hashes):
            known &= (self._bits[(place >> np.uint64(3)).astype(np.int64)] & _bit(place)) > 0
        return int.from_bytes(np.packbits(known, bitorder="little").tobytes(), "little")
