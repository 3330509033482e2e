"""Counts of what sounds in each slice of a table, begun there or held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, MusicTable
from emsync_nb.labelling.onsets import MEMORY, SLICE, Counts
from emsync_nb.labelling.pitch_classes import CHORDS, set_roughness, set_sizes, sets_with

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: slices of one beat, over which a broken chord is heard as one
BEAT = GRID // SLICE
#: E3: pitches below it crowd or strengthen each other
_LOW = 52
#: C4: a tune lies above it
_TUNE = 60
#: the roll's columns: eleven octaves
_PITCHES = 132


def sounding_counts(table: MusicTable, slices: int) -> Counts:
    """(slices,) of each count of sounding pitches that `features` asks for."""
    kept = (table.part != DRUMS) & (table.onset >= 0) & (table.onset < table.bar_start[-1])
    onset, pitch = table.onset[kept], table.pitch[kept]
    end = onset + np.minimum(table.duration[kept], MEMORY)
    roll = _roll(onset // SLICE, (end + 1) // SLICE, pitch, slices)
    classes: BoolArray = np.logical_or.reduce(roll.reshape(slices, -1, 12), axis=1)
    sets = np.asarray(classes @ (1 << np.arange(12)), dtype=np.int64)
    counts = {f"class_{number}": classes[:, number].astype(np.float64) for number in range(12)}
    return (
        counts
        | _registers(roll)
        | _tune(onset, pitch, roll)
        | _harmony(sets)
        | _repetition(onset, pitch, slices)
    )


def _roll(first: IntArray, last: IntArray, pitch: IntArray, slices: int) -> BoolArray:
    """(slices, 132) whether each pitch sounds; every note for one slice at least."""
    change = np.zeros((slices + 1, _PITCHES), dtype=np.int16)
    np.add.at(change, (first, pitch), 1)
    np.add.at(change, (np.minimum(np.maximum(first + 1, last), slices), pitch), -1)
    held = np.cumsum(change, axis=0, dtype=np.int16)[:slices]
    return np.asarray(held > 0)


def _highest(roll: BoolArray) -> IntArray:
    return np.asarray(_PITCHES - 1 - roll[:, ::-1].argmax(axis=1), dtype=np.int64)


def _registers(roll: BoolArray) -> Counts:
    sounds, number = roll.any(axis=1), np.maximum(roll.sum(axis=1), 1)
    bass = roll.argmax(axis=1)
    thick = roll[:, :_LOW].sum(axis=1) > 1
    return {
        "sounds": sounds.astype(np.float64),
        "register": roll @ np.arange(_PITCHES, dtype=np.float64) / number,
        "low_thickness": thick.astype(np.float64),
        "low_presence": np.where(sounds, np.clip((_LOW - bass) / 10, 0, 1), 0.0),
    }


def _tune(onset: IntArray, pitch: IntArray, roll: BoolArray) -> Counts:
    """Onsets whose highest note is the highest that sounds."""
    highest = _highest(roll)
    is_tune = (pitch >= _TUNE) & (pitch >= highest[onset // SLICE])
    steps = np.unique(onset[is_tune])
    return {"tune": np.bincount(steps // SLICE, minlength=len(roll)).astype(np.float64)}


def _harmony(sets: IntArray) -> Counts:
    """Chords of each slice with the beat before it, for broken chords; roughness of what sounds at once."""
    beat = sets.copy()
    for back in range(1, min(BEAT, len(sets))):
        beat[back:] |= sets[:-back]
    counts = {chord: sets_with(chord)[beat] for chord in CHORDS}
    several = set_sizes()[sets] > 1
    return counts | {
        "several": several.astype(np.float64),
        "roughness": set_roughness()[sets],
        "change": 1.0 - _overlap(sets, BEAT, empty=1.0),
    }


def _overlap(sets: IntArray, back: int, *, empty: float) -> NDArray[np.float64]:
    """(slices,) share of pitch classes in common with `back` slices before; `empty` where there are none at all."""
    overlap = np.full(len(sets), empty)
    if len(sets) > back:
        common, either = (
            set_sizes()[op(sets[back:], sets[:-back])] for op in (np.bitwise_and, np.bitwise_or)
        )
        overlap[back:] = np.where(either > 0, common / np.maximum(either, 1), empty)
    return overlap


def _repetition(onset: IntArray, pitch: IntArray, slices: int) -> Counts:
    begun = np.zeros(slices, dtype=np.int64)
    np.bitwise_or.at(begun, onset // SLICE, 1 << (pitch % 12))
    return {"begins": (begun > 0).astype(np.float64), "repetition": _overlap(begun, BEAT, empty=0.0)}
