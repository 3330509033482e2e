"""What has been heard too often of late, so that music neither sticks to one note nor goes round in circles.

A network that has written a bar three times finds it ever more likely that it comes once more.
"""

from __future__ import annotations

from collections import Counter, deque

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS
from emsync_nb.generation.tokens import DURATION, KIND, NOTE, PART, PITCH

IntArray = NDArray[np.int64]

#: bars of a loop → bars in a row that are as those so many before them, until it has to change
LOOPS = {1: 4, 2: 8, 4: 8}
#: bars over which a note must not be most of the music, the share that is too much, and notes that tell
STUCK_BARS, STUCK_SHARE, STUCK_NOTES = 8, 0.45, 8


class Boredom:
    """Listens to bar after bar."""

    def __init__(self) -> None:
        #: (part, pitch) and how often, of each of the last bars
        self._notes: deque[Counter[tuple[int, int]]] = deque(maxlen=STUCK_BARS)
        #: what each of the last bars holds: onsets, parts, pitches, durations
        self._bars: deque[bytes] = deque(maxlen=max(period + bars for period, bars in LOOPS.items()))

    def hear(self, events: IntArray) -> None:
        """Take in the (n, fields) events of a bar."""
        notes = events[events[:, KIND] >= NOTE]
        self._notes.append(Counter(zip(notes[:, PART].tolist(), notes[:, PITCH].tolist(), strict=True)))
        self._bars.append(notes[:, : DURATION + 1].tobytes())

    def tired(self) -> dict[int, int]:
        """Part → pitches, a bit for each, that should rest in the next bar."""
        found: dict[int, int] = {}
        for part, pitch in (*self._stuck(), *self._looping()):
            found[part] = found.get(part, 0) | 1 << pitch
        return found

    def _stuck(self) -> list[tuple[int, int]]:
        """Notes that are too much of the pitched music."""
        counts: Counter[tuple[int, int]] = Counter()
        for bar in self._notes:
            counts += Counter({note: count for note, count in bar.items() if note[0] != DRUMS})
        enough = max(STUCK_NOTES, STUCK_SHARE * counts.total())
        return [note for note, count in counts.items() if count >= enough]

    def _looping(self) -> list[tuple[int, int]]:
        """The note that is heard most in a loop that has gone on for long enough."""
        bars = list(self._bars)
        for period, needed in LOOPS.items():
            if len(bars) >= period + needed and bars[-needed:] == bars[-needed - period : -period]:
                counts = sum(list(self._notes)[-period:], Counter[tuple[int, int]]())
                return [note for note, _ in counts.most_common(1)]
        return []
