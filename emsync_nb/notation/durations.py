"""Cut spans of time into written note values on a grid of twelfths of a quarter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

#: grid steps a quarter: sixteenths are 3 steps, eighth triplets 4
DIVISIONS = 12


@dataclass(frozen=True, slots=True)
class NoteValue:
    """How a length is written."""

    #: MusicXML's name of the note type
    kind: str
    dotted: bool = False
    #: three in the time of two
    triplet: bool = False


#: grid steps → written value; no length is both plain and a triplet
NOTE_VALUES: dict[int, NoteValue] = {
    1: NoteValue("32nd", triplet=True),
    2: NoteValue("16th", triplet=True),
    3: NoteValue("16th"),
    4: NoteValue("eighth", triplet=True),
    6: NoteValue("eighth"),
    8: NoteValue("quarter", triplet=True),
    9: NoteValue("eighth", dotted=True),
    12: NoteValue("quarter"),
    18: NoteValue("quarter", dotted=True),
    24: NoteValue("half"),
    36: NoteValue("half", dotted=True),
    48: NoteValue("whole"),
}
#: values that may begin on any beat and reach over further beats, longest first
_OVER_BEATS = (48, 36, 24, 12)
_TRIPLETS = (8, 4, 2, 1)


@lru_cache(maxsize=4096)
def written_lengths(start: int, end: int) -> tuple[int, ...]:
    """Lengths, each a key of `NOTE_VALUES`, that fill [start, end) of a bar in order.

    Positions count in grid steps from the bar line. Lengths keep the beats visible: only what begins on a
    beat, or a quarter off the eighth, reaches over the next one.
    """
    lengths = []
    while start < end:
        length = _next_length(start % DIVISIONS, end - start)
        lengths.append(length)
        start += length
    return tuple(lengths)


def _next_length(offset: int, rest: int) -> int:
    """The first value of a span that begins `offset` steps after a beat and lasts `rest` steps."""
    if offset == 0 and rest >= DIVISIONS:
        return rest if rest == 18 else next(length for length in _OVER_BEATS if length <= rest)
    if offset == 6 and rest == DIVISIONS:
        return rest
    within = min(rest, DIVISIONS - offset)
    if offset % 3 == 0 and within % 3 == 0:
        return within
    return next(length for length in _TRIPLETS if length <= within and offset % min(length, 4) == 0)
