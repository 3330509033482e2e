"""Where one scene gives way to the next: the detectors side by side, and one list out of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from emsync_nb.analysis.change import Change, Neighbourhood
from emsync_nb.analysis.cuts import CutDetector
from emsync_nb.analysis.dissolves import DissolveDetector
from emsync_nb.analysis.fades import FadeDetector
from emsync_nb.analysis.glance import Glance
from emsync_nb.domain import Boundary

#: no boundary this close to either end of the film: what stands there is a leader or a last stray frame,
#: and music that starts or stops with the film already meets it
MARGIN_S = Fraction(1, 4)
#: a fade or dissolve this close to a surer change is that change
_SAME_CHANGE_S = Fraction(1, 5)
#: by how much ties of strength are broken
_HAIR = 1e-6
_NO_PICTURE = np.zeros((0, 0, 3), dtype=np.uint8)


class ShotDetector:
    """Finds boundaries in frames shown one by one, in memory that does not grow with the pictures."""

    def __init__(self, fps: Fraction) -> None:
        """`fps` is the nominal rate; it only sets how many neighbours a frame is held against."""
        self._cuts = CutDetector(fps)
        self._fades = FadeDetector(fps)
        self._dissolves = DissolveDetector()

    def see(self, glance: Glance) -> None:
        """Take note of the next frame."""
        # the detectors keep glances for seconds: without the frame itself, which may be of any size
        tiny = replace(glance, rgb=_NO_PICTURE)
        self._cuts.see(tiny)
        self._fades.see(tiny)
        self._dissolves.see(tiny)

    def boundaries(self, end_s: Fraction) -> tuple[Boundary, ...]:
        """All boundaries of a film that ends at `end_s`, in order of time; call once, after the last frame."""
        kept: list[Change] = []
        # cuts are the surest, dissolves the least: each gives way to what is known already
        for changes in (self._cuts.changes(), self._fades.changes(), self._dissolves.changes()):
            known = Neighbourhood(_SAME_CHANGE_S, kept)
            kept += [change for change in changes if not known.has_near(change)]
        inside = [change for change in kept if MARGIN_S <= change.time_s <= end_s - MARGIN_S]
        return _with_distinct_strengths(sorted(inside, key=lambda change: change.time_s))


def _with_distinct_strengths(changes: Sequence[Change]) -> tuple[Boundary, ...]:
    """Boundaries in the same order; of two equal strengths the later one is lowered by a hair."""
    taken: set[float] = set()
    boundaries: list[Boundary] = []
    for change in changes:
        strength = change.strength
        while strength in taken:
            strength -= _HAIR
        taken.add(strength)
        boundaries.append(Boundary(change.time_s, change.kind, strength))
    return tuple(boundaries)
