"""What was sent against what arrived: which note is which, which are lost, which came twice, which are stuck."""

from __future__ import annotations

import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: farther from its place no note is taken for the one that was sent, where counts differ, in seconds
_NEAR_S = 0.25
#: so far a note may always come from its place: two periods of a slow server
_TIMELY_S = 0.02
#: a note is heard no sooner before its time
_EARLY_S = 0.03
#: longer than it should be no note is on; an overloaded machine may not run the ear itself for half of it
_STUCK_S = 1.0
_NOTE_OFF, _NOTE_ON, _CONTROL_CHANGE = 0x80, 0x90, 0xB0
#: all sound off, all notes off
_ALL_OFF = (120, 123)
#: (port, channel, key)
Key = tuple[int, int, int]


class Onset(NamedTuple):
    """The beginning of a note."""

    time_s: float
    port: int
    channel: int
    key: int
    velocity: int


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """How what arrived stands to what was sent."""

    #: when each note that arrived was to begin
    starts_s: NDArray[np.float64]
    #: seconds by which it came late; negative: early
    errors_s: NDArray[np.float64]
    #: notes that never arrived
    missing: tuple[Onset, ...]
    #: notes that nobody sent, or that came twice
    extra: tuple[Onset, ...]

    @property
    def lost(self) -> int:
        """How many never arrived."""
        return len(self.missing)

    @property
    def doubled(self) -> int:
        """How many nobody sent, or came twice."""
        return len(self.extra)


def matched(sent: Iterable[Onset], heard: Iterable[Onset]) -> Matches:
    """Pair notes of one port, channel, key and velocity in order of time.

    Where as many arrived as were sent, the order alone tells; else a note must be near its place.
    """
    there, came = _rows(sent), _rows(heard)
    pairs: list[tuple[Onset, Onset]] = []
    missing: list[Onset] = []
    extra: list[Onset] = []
    for row in there.keys() | came.keys():
        near = _near_pairs(there.get(row, []), came.get(row, []))
        pairs += near
        missing += _without(there.get(row, []), [one for one, _ in near])
        extra += _without(came.get(row, []), [two for _, two in near])
    pairs.sort()
    starts_s = np.array([one.time_s for one, _ in pairs], dtype=np.float64)
    came_s = np.array([two.time_s for _, two in pairs], dtype=np.float64)
    return Matches(starts_s, came_s - starts_s, tuple(missing), tuple(extra))


def _without(onsets: Sequence[Onset], paired: Sequence[Onset]) -> list[Onset]:
    return list((Counter(onsets) - Counter(paired)).elements())


def far_from(times_s: Iterable[float], spans_s: Sequence[tuple[float, float]], distance_s: float) -> int:
    """How many of some moments have none of some spans of time near."""
    since, until = np.array(spans_s, dtype=np.float64).reshape(-1, 2).T
    return sum(
        not bool(np.any((since - distance_s <= time_s) & (time_s <= until + distance_s)))
        for time_s in times_s
    )


def shift_s(sent: Iterable[Onset], heard: Iterable[Onset]) -> float:
    """By how much two clocks differ: the median of the differences where nothing is lost; 0 where all is."""
    there, came = _rows(sent), _rows(heard)
    whole = [row for row in there if len(there[row]) == len(came.get(row, []))]
    differences = [
        two.time_s - one.time_s for row in whole for one, two in zip(there[row], came[row], strict=True)
    ]
    return float(np.median(differences)) if differences else 0.0


def stuck(
    sent: Sequence[Onset], ends_s: Sequence[float], messages: Iterable[tuple[float, int, bytes]]
) -> int:
    """How many notes were on a second longer than they should, or for ever.

    Args:
        sent: the notes.
        ends_s: when each of them was to end.
        messages: (time, port, message) in order of arrival. "All notes off" and "all sound off" end notes too.
    """
    planned = _planned(sent, ends_s)
    on: dict[Key, list[float]] = defaultdict(list)
    count = 0
    for time_s, port, data in messages:
        kind, channel = data[0] & 0xF0, data[0] & 0x0F
        ended: list[Key] = []
        if kind == _NOTE_ON and data[2]:
            key = (port, channel, data[1])
            # a repeated note takes the place of one that should have ended before it
            over = [end_s for end_s in on[key] if end_s <= time_s]
            count += sum(time_s - end_s > _STUCK_S for end_s in over)
            on[key] = [end_s for end_s in on[key] if end_s > time_s]
            on[key].append(_end_s(planned.get(key, []), time_s))
        elif kind in (_NOTE_OFF, _NOTE_ON):
            ended = [(port, channel, data[1])]
        elif kind == _CONTROL_CHANGE and data[1] in _ALL_OFF:
            ended = [key for key in on if key[:2] == (port, channel)]
        count += sum(time_s - end_s > _STUCK_S for key in ended for end_s in on.pop(key, []))
    return count + sum(map(len, on.values()))


def _planned(sent: Sequence[Onset], ends_s: Sequence[float]) -> dict[Key, list[tuple[float, float]]]:
    """(start, end) of the notes of each key, in order."""
    planned: dict[Key, list[tuple[float, float]]] = defaultdict(list)
    for onset, end_s in sorted(zip(sent, ends_s, strict=True)):
        planned[onset.port, onset.channel, onset.key].append((onset.time_s, end_s))
    return planned


def _end_s(spans: Sequence[tuple[float, float]], time_s: float) -> float:
    """When a note was to end that began about now; at once where nobody sent it."""
    row = bisect.bisect_right(spans, (time_s + _EARLY_S, np.inf)) - 1
    return spans[row][1] if row >= 0 else time_s


def _rows(onsets: Iterable[Onset]) -> dict[tuple[int, ...], list[Onset]]:
    rows: dict[tuple[int, ...], list[Onset]] = defaultdict(list)
    for onset in sorted(onsets):
        rows[onset[1:]].append(onset)
    return dict(rows)


def _near_pairs(sent: Sequence[Onset], heard: Sequence[Onset]) -> list[tuple[Onset, Onset]]:
    if len(sent) == len(heard):
        return list(zip(sent, heard, strict=True))
    # first those that came in time, or a note that is lost would be given to the next one of its key, and so on
    timely = _pairs_within(_TIMELY_S, sent, heard)
    left = _without(sent, [one for one, _ in timely]), _without(heard, [two for _, two in timely])
    return timely + _pairs_within(_NEAR_S, *left)


def _pairs_within(near_s: float, sent: Sequence[Onset], heard: Sequence[Onset]) -> list[tuple[Onset, Onset]]:
    pairs, at, came = [], 0, 0
    while at < len(sent) and came < len(heard):
        error_s = heard[came].time_s - sent[at].time_s
        if abs(error_s) <= near_s:
            pairs.append((sent[at], heard[came]))
        # whichever lies first has no partner; both go on where they are one
        at += error_s >= -near_s
        came += error_s <= near_s
    return pairs
