"""What a listener hears by the end of each bar, as numbers; `catalogue` says what and why.

A table is counted once in slices of a sixteenth; a window's features are then differences of running sums. Windows
look back only, so that an excerpt that brings CONTEXT_QUARTERS before a bar gets the label that the whole piece gives.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, MusicTable
from emsync_nb.labelling.catalogue import FEATURES
from emsync_nb.labelling.clock import seconds
from emsync_nb.labelling.onsets import MEMORY, SLICE, Counts, onset_counts, slice_count
from emsync_nb.labelling.pitch_classes import tonality
from emsync_nb.labelling.sounding import sounding_counts

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: quarters back from the end of a bar
WINDOWS = (16, 64)
#: quarters that an excerpt needs before a bar for the same label: the longest window and what is heard into it
CONTEXT_QUARTERS = WINDOWS[-1] + MEMORY // GRID
NAMES = tuple(f"{feature.name}_{window}" for window in WINDOWS for feature in FEATURES)

#: rates have a floor, in events a second, below which music just stands
_FLOOR = 0.25
#: feature: (sum, count it is divided by, value where nothing counts)
_MEANS = {
    "pace": ("pace", "gaps", 0.0),
    "rapid": ("rapid", "gaps", 0.0),
    "steadiness": ("steadiness", "gaps", 0.0),
    "offbeat": ("offbeat", "steps", 0.0),
    "triplets": ("triplets", "steps", 0.0),
    "loudness": ("loudness", "attacks", 0.5),
    "legato": ("legato", "followed", 1.0),
    "staccato": ("staccato", "notes", 0.0),
    "chords": ("chords", "attacks", 0.0),
    "single": ("single", "attacks", 0.0),
    "steps": ("steps_up", "attacks", 0.0),
    "contour": ("contour", "attacks", 0.0),
    "repeated": ("repeated", "attacks", 0.0),
    "repetition": ("repetition", "begins", 0.0),
    "register": ("register", "sounds", 60.0),
    "low_attacks": ("low_attacks", "attacks", 0.0),
    "roughness": ("roughness", "several", 0.25),
}
#: feature: what is counted, by the slice
_SHARES = {
    "low_thickness": "low_thickness",
    "low_presence": "low_presence",
    "major_chords": "major",
    "diminished_chords": "diminished",
    "dominant_chords": "dominant",
    "suspended_chords": "suspended",
    "harmonic_rhythm": "change",
}
#: feature: what is counted, by the second
_RATES = {"density": "events", "power": "power", "tune": "tune"}


def pitch_class_weights(table: MusicTable, first: int, last: int) -> FloatArray:
    """(12,) sounding beats of each pitch class among pitched notes `first` … `last` − 1 of the table."""
    pitched = table.part[first:last] != DRUMS
    classes = table.pitch[first:last][pitched] % 12
    beats = table.duration[first:last][pitched] / GRID
    return np.asarray(np.bincount(classes, weights=beats, minlength=12), dtype=np.float64)


def bar_features(table: MusicTable) -> FloatArray:
    """(bars, len(NAMES)) features of what is heard up to the end of each bar."""
    if not table.bars:
        return np.zeros((0, len(NAMES)))
    slices = slice_count(table)
    counts = onset_counts(table, slices) | sounding_counts(table, slices)
    running = {name: np.concatenate(([0.0], np.cumsum(count))) for name, count in counts.items()}
    ends = np.minimum(-(-table.bar_start[1:] // SLICE), slices)
    return np.concatenate([_window(table, running, ends, window) for window in WINDOWS], axis=1)


def _window(table: MusicTable, running: Counts, ends: IntArray, quarters: int) -> FloatArray:
    """(bars, len(FEATURES)) features of the `quarters` before slice `ends`."""
    begins = np.maximum(ends - quarters * GRID // SLICE, 0)
    clock = seconds(table, np.concatenate((begins, ends)) * SLICE)
    length_s = np.maximum(clock[len(begins) :] - clock[: len(begins)], 0.05)

    def total(name: str) -> FloatArray:
        return np.asarray(running[name][ends] - running[name][begins])

    found = _heard(total, length_s, np.maximum(ends - begins, 1))
    return np.stack([found[feature.name] for feature in FEATURES], axis=1)


def _heard(
    total: Callable[[str], FloatArray], length_s: FloatArray, slices: IntArray
) -> dict[str, FloatArray]:
    """(bars,) of each feature from sums over windows of `length_s` seconds and `slices`."""
    found = {}
    for name, (sum_name, count_name, default) in _MEANS.items():
        number = total(count_name)
        # counts are whole numbers; half of one tells none from some
        found[name] = np.where(number > 0.5, total(sum_name) / np.maximum(number, 1.0), default)
    found |= {name: total(counted) / slices for name, counted in _SHARES.items()}
    found |= {
        name: np.log2(_FLOOR + np.maximum(total(counted), 0) / length_s) for name, counted in _RATES.items()
    }
    found["accents"] = total("accents") / length_s
    found["chord_mode"] = (total("major") - total("minor")) / slices
    # whole numbers, so that running sums leave no rounding behind
    classes = np.stack([total(f"class_{number}") for number in range(12)], axis=1)
    return found | tonality(classes)
