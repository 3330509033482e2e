"""Which note of an export is which note of a take, within one track."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from emsync_nb.domain import Note

#: how far in beats a note is played early or late by hand, or pulled by quantising
HUMAN = 1 / 3
#: how far in semitones and in beats notes are looked for that changed their pitch, or their place
_PITCH_REACH, _MOVE_REACH = 24, 4.0
#: notes that moved by the same time before it counts as a phrase
_PHRASE = 3
#: larger neighbourhoods are not solved, but taken pair by pair
_SOLVED = 900
#: neighbours of a note that are compared with it, where many stand close
_NEIGHBOURS = 16
#: what a pair more is worth against beats of distance
_PAIR = 1000.0
#: floats of exact beats differ by less
_SLACK = 1e-6


class Spot(NamedTuple):
    """A note in floats of beats, to be compared."""

    start: float
    duration: float
    #: the duration that a file can hold: to where the pitch begins again
    written: float
    pitch: int
    velocity: int


#: an index into the take's notes, one into the export's
Pair = tuple[int, int]
_Allowed = Callable[[Spot, Spot], bool]


def spots(notes: Sequence[Note], offset: Fraction = Fraction(0)) -> list[Spot]:
    """Notes to be compared, `offset` beats earlier."""
    shift = float(offset)
    next_start: dict[int, float] = {}
    found: list[Spot] = []
    for note in sorted(notes, key=lambda note: -note.start_beat):
        start, duration = float(note.start_beat) - shift, float(note.duration_beats)
        room = next_start.get(note.pitch, start + duration) - start
        found.append(Spot(start, duration, min(duration, room) if room > 0 else duration, *_sound(note)))
        next_start[note.pitch] = start
    order = sorted(range(len(notes)), key=lambda index: -notes[index].start_beat)
    return [spot for _, spot in sorted(zip(order, found, strict=True))]


def _sound(note: Note) -> tuple[int, int]:
    return note.pitch, note.velocity


def same_start(before: Spot, after: Spot, tolerance: float) -> bool:
    """Whether two notes begin together within `tolerance` beats."""
    return abs(before.start - after.start) <= tolerance + _SLACK


def same_duration(before: Spot, after: Spot, tolerance: float) -> bool:
    """Whether a note came back as long as it was, or as long as a file can hold it."""
    off = min(abs(before.duration - after.duration), abs(before.written - after.duration))
    return off <= tolerance + _SLACK


def is_kept(before: Spot, after: Spot, tolerance: float) -> bool:
    """Whether nobody has touched a note."""
    return (
        (before.pitch, before.velocity) == (after.pitch, after.velocity)
        and same_start(before, after, tolerance)
        and same_duration(before, after, tolerance)
    )


def match_notes(take: Sequence[Spot], export: Sequence[Spot], tolerance: float) -> list[int | None]:
    """The take's note of each of the export's, each used once at most.

    First what nobody touched, then one pitch at one onset, played by hand or quantised, another pitch at the
    same onset, another pitch nearby, phrases that moved together, single notes that moved.
    """
    work = _Matching(take, export)
    work.identical()
    work.along_pitches(tolerance, lambda before, after: is_kept(before, after, tolerance))
    work.along_pitches(tolerance)
    work.along_pitches(HUMAN)
    work.across_pitches(tolerance, _PITCH_REACH)
    work.across_pitches(HUMAN, _PITCH_REACH // 2)
    work.phrases(tolerance)
    work.along_pitches(_MOVE_REACH)
    return work.found


class _Matching:
    """What is matched so far, and the ways to match more."""

    def __init__(self, take: Sequence[Spot], export: Sequence[Spot]) -> None:
        self._take, self._export = take, export
        self.found: list[int | None] = [None] * len(export)
        self._used = [False] * len(take)

    def _free(self) -> tuple[list[int], list[int]]:
        """Indices of notes without a partner, by start."""
        before = [index for index, used in enumerate(self._used) if not used]
        after = [index for index, found in enumerate(self.found) if found is None]
        before.sort(key=lambda index: self._take[index])
        after.sort(key=lambda index: self._export[index])
        return before, after

    def _accept(self, pairs: Iterable[Pair]) -> None:
        for t, e in pairs:
            if not self._used[t] and self.found[e] is None:
                self._used[t], self.found[e] = True, t

    def identical(self) -> None:
        """Notes that are equal in everything; the rest of the work is small then."""
        before, after = self._free()
        lanes: defaultdict[tuple[float, ...], deque[int]] = defaultdict(deque)
        for t in before:
            lanes[_rounded(self._take[t])].append(t)
        for e in after:
            lane = lanes.get(_rounded(self._export[e]))
            if lane:
                self._accept([(lane.popleft(), e)])

    def along_pitches(self, reach: float, allowed: _Allowed | None = None) -> None:
        """Notes of one pitch that lie within `reach` beats; the most pairs, then the closest."""
        lanes: defaultdict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        before, after = self._free()
        for t in before:
            lanes[self._take[t].pitch][0].append(t)
        for e in after:
            lanes[self._export[e].pitch][1].append(e)
        for ours, theirs in lanes.values():
            for near, back in self._neighbourhoods(ours, theirs, reach):
                self._accept(self._settled(near, back, reach, allowed))

    def _neighbourhoods(
        self, before: list[int], after: list[int], reach: float
    ) -> Iterator[tuple[list[int], list[int]]]:
        """Runs of notes with no gap over `reach` beats, where both sides have some."""
        merged = [(self._take[t].start, 0, t) for t in before] + [
            (self._export[e].start, 1, e) for e in after
        ]
        merged.sort()
        run: tuple[list[int], list[int]] = ([], [])
        last = 0.0
        for start, side, index in merged:
            if start - last > reach + _SLACK:
                if all(run):
                    yield run
                run = ([], [])
            run[side].append(index)
            last = start
        if all(run):
            yield run

    def _settled(
        self, before: list[int], after: list[int], reach: float, allowed: _Allowed | None
    ) -> Iterable[Pair]:
        def cost(t: int, e: int) -> float | None:
            ours, theirs = self._take[t], self._export[e]
            fits = allowed is None or allowed(ours, theirs)
            return _distance(ours, theirs) if fits and same_start(ours, theirs, reach) else None

        if len(before) * len(after) <= _SOLVED:
            return _in_order(before, after, cost)
        return self._nearest(before, after, cost)

    def _nearest(
        self, before: list[int], after: list[int], cost: Callable[[int, int], float | None]
    ) -> list[Pair]:
        """Pairs by rising cost; each note is compared with its neighbours in time."""
        starts = [self._take[t].start for t in before]
        rated = []
        for e in after:
            at = bisect_left(starts, self._export[e].start)
            for t in before[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS]:
                value = cost(t, e)
                if value is not None:
                    rated.append((value, t, e))
        return [(t, e) for _, t, e in sorted(rated)]

    def across_pitches(self, reach: float, semitones: int) -> None:
        """Notes within `reach` beats and some semitones; the closest first."""
        before, after = self._free()

        def cost(t: int, e: int) -> float | None:
            ours, theirs = self._take[t], self._export[e]
            interval = abs(ours.pitch - theirs.pitch)
            fits = interval <= semitones and same_start(ours, theirs, reach)
            return interval / 12 + _distance(ours, theirs) if fits else None

        self._accept(self._nearest(before, after, cost))

    def phrases(self, tolerance: float) -> None:
        """Notes that moved by the same time, most common first."""
        before, after = self._free()
        lanes: defaultdict[int, list[int]] = defaultdict(list)
        for t in before:
            lanes[self._take[t].pitch].append(t)
        moves: defaultdict[int, list[Pair]] = defaultdict(list)
        for e in after:
            for t in lanes[self._export[e].pitch][: _NEIGHBOURS * 4]:
                move = (self._export[e].start - self._take[t].start) / max(tolerance, _SLACK)
                moves[round(move)].append((t, e))
        votes = Counter({move: len(pairs) for move, pairs in moves.items() if len(pairs) >= _PHRASE})
        for move, _ in sorted(votes.items(), key=lambda vote: (-vote[1], abs(vote[0]), vote[0])):
            open_pairs = [(t, e) for t, e in moves[move] if not self._used[t] and self.found[e] is None]
            if len(open_pairs) >= _PHRASE:
                self._accept(open_pairs)


def _rounded(spot: Spot) -> tuple[float, ...]:
    return round(spot.start, 6), round(spot.duration, 6), spot.pitch, spot.velocity


def _distance(before: Spot, after: Spot) -> float:
    """In beats; small differences of length and loudness decide between equals."""
    length = min(1.0, abs(before.duration - after.duration))
    return abs(before.start - after.start) + 0.01 * length + 1e-5 * abs(before.velocity - after.velocity)


def _in_order(
    before: Sequence[int], after: Sequence[int], cost: Callable[[int, int], float | None]
) -> list[Pair]:
    """The most pairs at the least cost; on a line the best pairs never cross, so this is an alignment."""
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    gains = [[_gain(cost(t, e)) for e in after] for t in before]
    for i, row in enumerate(gains):
        for j, gain in enumerate(row):
            best[i + 1][j + 1] = max(best[i][j] + gain, best[i][j + 1], best[i + 1][j])
    pairs: list[Pair] = []
    i, j = len(before), len(after)
    while i and j:
        if best[i][j] == best[i - 1][j]:
            i -= 1
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((before[i], after[j]))
    return pairs


def _gain(cost: float | None) -> float:
    return 0.0 if cost is None else _PAIR - cost
