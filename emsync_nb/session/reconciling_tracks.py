"""Where an export lies on a take's beats, and which of its tracks is which of the take's."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import Score, Track

Floats = NDArray[np.float64]
_Place = tuple[int, int]

#: width in beats of the bins in which onset differences are counted
_BIN = 1 / 24
#: places looked at closely, by their votes
_CANDIDATES = 32
#: differences counted a pitch at most; more notes are sampled evenly
_PAIRS = 200_000
#: keys of pitch and onset stand this far apart, in beats: farther than any music is long
_APART = 1e6
#: how far in beats an onset may lie off and still speak for an offset
_NEAR = 0.25
#: share of the notes that must speak for an offset if not twice as many do as for none; and then at least
_MOST, _SOME = 0.5, 0.25
#: with fewer notes at exactly one difference the music was played by hand, and whole beats are likelier
_PLAYED = 0.3
#: offsets are fractions with at most this denominator: what ticks of common resolutions make
_FINEST = 1920

#: bins in beats within which two tracks have a note in common; neighbouring bins count
_SHARED_BIN = 1 / 12
#: share of the smaller track that makes two tracks of different names one
_SAME_MUSIC = 0.5
#: of fewer notes nothing can be told
_FEW = 4
#: share below which tracks of one name only match where no track has their music
_OTHER_MUSIC = 0.1

_NUMBERING = re.compile(r"^(track\s*)?\d+\s*[-._:)]*\s+|^\d+[-._:)]+\s*")
_CHANNEL = re.compile(r"\s*\(channel \d+\)$")


class _Rating(NamedTuple):
    """Of the notes that have one of their pitch near them at some offset."""

    #: more for notes that are nearer, most for the same onset
    points: float
    near: int
    #: notes at the same onset
    exact: int


_Rate = Callable[[Fraction], _Rating]


def find_offset(take: Score, export: Score, tolerance: float) -> Fraction:
    """How many beats later than in the take the music lies in the export; 0 where nothing speaks for more.

    Every pair of notes of one pitch votes for the difference of its onsets; the places with most votes are
    then compared note by note.

    Args:
        take: what was exported to the DAW.
        export: what came back.
        tolerance: beats within which two onsets are the same.
    """
    before, after = _onsets(take), _onsets(export)
    if not set(before) & set(after):
        return Fraction(0)
    target = _keys(before)
    notes = min(target.size, sum(map(len, after.values())))

    def rate(offset: Fraction) -> _Rating:
        return _agreement(target, _keys(after, float(offset)), tolerance)

    rated = {offset: rate(offset) for offset in {Fraction(0), *_candidates(before, after, rate)}}
    best = max(rated, key=lambda at: (round(rated[at].points, 6), at.denominator == 1, -abs(at), at))
    near, unmoved = rated[best].near, rated[Fraction(0)].near
    # a piece in another key agrees somewhere by chance; it has not moved
    return best if near >= _MOST * notes or near >= max(2 * unmoved, _SOME * notes) else Fraction(0)


def _onsets(score: Score) -> dict[int, Floats]:
    """Onsets in beats by pitch, rising."""
    found: defaultdict[int, list[float]] = defaultdict(list)
    for track in score.tracks:
        for note in track.notes:
            found[note.pitch].append(float(note.start_beat))
    return {pitch: np.sort(np.array(onsets)) for pitch, onsets in sorted(found.items())}


def _keys(onsets: dict[int, Floats], offset: float = 0.0) -> Floats:
    """One rising array for all pitches."""
    return np.concatenate([beats - offset + pitch * _APART for pitch, beats in onsets.items()])


def _candidates(before: dict[int, Floats], after: dict[int, Floats], rate: _Rate) -> Iterator[Fraction]:
    """The better of the whole beat and the most common difference, near each place with many votes."""
    differences = np.concatenate([_differences(before[p], after[p]) for p in before.keys() & after.keys()])
    bins = np.round(differences / _BIN).astype(np.int64)
    low = int(bins.min()) - 1
    counts = np.bincount(bins - low, minlength=int(bins.max()) - low + 2)
    votes = 2 * counts
    votes[1:] += counts[:-1]
    votes[:-1] += counts[1:]
    order = np.lexsort((np.abs(np.arange(votes.size) + low), -votes))[:_CANDIDATES]
    for place in (order + low) * _BIN:
        near = differences[np.abs(differences - place) <= 1.5 * _BIN]
        if near.size:
            values, often = np.unique(np.round(near, 7), return_counts=True)
            exact = Fraction(float(values[often.argmax()])).limit_denominator(_FINEST)
            whole = Fraction(round(place))
            yield whole if _is_as_likely(rate(whole), rate(exact)) else exact


def _is_as_likely(whole: _Rating, exact: _Rating) -> bool:
    """Whether music lies at the whole beat rather than at the most common difference beside it."""
    enough = 0.6 if exact.exact < _PLAYED * exact.near else 0.95
    return whole.points >= enough * exact.points


def _differences(before: Floats, after: Floats) -> Floats:
    most = max(1, _PAIRS // after.size)
    if before.size > most:
        before = before[np.linspace(0, before.size - 1, most).astype(int)]
    after = after[:: 1 + after.size // _PAIRS]
    return (after[:, None] - before[None, :]).ravel()


def _agreement(target: Floats, keys: Floats, tolerance: float) -> _Rating:
    at = np.searchsorted(target, keys)
    left = np.abs(keys - target[np.maximum(at - 1, 0)])
    right = np.abs(keys - target[np.minimum(at, target.size - 1)])
    distance = np.minimum(left, right)
    near = distance[distance <= _NEAR]
    exact = int(np.count_nonzero(near <= tolerance))
    return _Rating(float(np.sum(1 - near / _NEAR)) + exact, near.size, exact)


@dataclass(frozen=True, slots=True)
class TrackPairs:
    """Which track of an export is which of the take."""

    #: by track of the export: the take's track, or None where it is new
    origin: tuple[int | None, ...]
    #: by track of the export: whether another one, with more of the music, has the same origin
    is_part: tuple[bool, ...]


class _Shared:
    """How many notes the tracks of two scores have in common, about."""

    def __init__(self, take: Score, export: Score, offset: float) -> None:
        self.take, self.export = take, export
        self._places = [_places(track, offset) for track in export.tracks]
        homes: defaultdict[_Place, set[int]] = defaultdict(set)
        for index, track in enumerate(take.tracks):
            for pitch, at in _places(track, 0.0):
                for near in (at - 1, at, at + 1):
                    homes[pitch, near].add(index)
        self._homes = homes
        self.counts = [self._count(places) for places in self._places]

    def _count(self, places: Iterable[_Place]) -> Counter[int]:
        counts: Counter[int] = Counter()
        for place in places:
            counts.update(self._homes.get(place, ()))
        return counts

    def share(self, take: int, export: int, *, of_larger: bool = False) -> float:
        """Of the smaller (or larger) track's notes, those in common."""
        sizes = len(self.take.tracks[take].notes), len(self.export.tracks[export].notes)
        size = max(sizes) if of_larger else min(sizes)
        return min(1.0, self.counts[export][take] / size) if size else 0.0

    def around(self, export: int) -> set[_Place]:
        """The places of an export's track and those beside them."""
        return {(pitch, at + step) for pitch, at in self._places[export] for step in (-1, 0, 1)}

    def left_over(self, take: int, export: int, claimed: Set[_Place]) -> float:
        """The share of an export's track that is in the take's track and not claimed by others."""
        places = self._places[export]
        free = [place for place in places if place not in claimed and take in self._homes.get(place, ())]
        return len(free) / len(places) if places else 0.0


def _places(track: Track, offset: float) -> list[_Place]:
    return [(note.pitch, round((float(note.start_beat) - offset) / _SHARED_BIN)) for note in track.notes]


def pair_tracks(take: Score, export: Score, offset: Fraction) -> TrackPairs:
    """By name, then by notes in common; what is left may be a part that was split off."""
    shared = _Shared(take, export, float(offset))
    origin: list[int | None] = [None] * len(export.tracks)
    claimed: dict[int, set[_Place]] = {}
    for _, t, e in sorted(_rated_pairs(shared), key=lambda pair: (-pair[0], abs(pair[1] - pair[2]), *pair)):
        if t not in claimed and origin[e] is None:
            origin[e] = t
            claimed[t] = shared.around(e)
    is_part = [False] * len(origin)
    for e in [index for index, found in enumerate(origin) if found is None]:
        origin[e] = whole = _whole_of(e, shared, claimed)
        if whole is not None:
            is_part[e] = True
            claimed[whole] |= shared.around(e)
    return TrackPairs(tuple(origin), tuple(is_part))


def part_joined(take: Score, export: Score, offset: Fraction) -> Score:
    """An export whose tracks are parted again where one holds several of the take's.

    Programs joined them, to write drums or one instrument on one channel of a file of format 0.
    """
    pairs = pair_tracks(take, export, offset)
    missing = [index for index in range(len(take.tracks)) if index not in pairs.origin]
    tracks = list(export.tracks)
    for index in missing:
        lost = take.tracks[index]
        theirs = _around(lost)
        for at, origin in enumerate(pairs.origin):
            own = set() if origin is None else _around(take.tracks[origin])
            places = _places(tracks[at], float(offset))
            chosen = [place in theirs and place not in own for place in places]
            if lost.notes and sum(chosen) >= max(_FEW, _SAME_MUSIC * len(lost.notes)):
                found = tuple(compress(tracks[at].notes, chosen))
                rest = tuple(compress(tracks[at].notes, (not one for one in chosen)))
                tracks[at] = replace(tracks[at], notes=rest)
                tracks.append(Track(lost.name, lost.program, lost.is_drum, found))
                break
    return replace(export, tracks=tuple(tracks))


def _around(track: Track) -> set[_Place]:
    """The places of a track's notes and those beside them."""
    return {(pitch, at + step) for pitch, at in _places(track, 0.0) for step in (-1, 0, 1)}


def _rated_pairs(shared: _Shared) -> Iterator[tuple[float, int, int]]:
    """How much speaks for each pair: 2 and more for a name, up to 1 for music."""
    homes: defaultdict[str, set[int]] = defaultdict(set)
    for t, was in enumerate(shared.take.tracks):
        homes[folded_name(was.name)].add(t)
    for e, track in enumerate(shared.export.tracks):
        known = homes.get(folded_name(track.name), set())
        for t in known | shared.counts[e].keys():
            music = shared.share(t, e, of_larger=True)
            alike = 0.1 * (shared.take.tracks[t].program == track.program)
            overlap = shared.share(t, e)
            few = min(len(shared.take.tracks[t].notes), len(track.notes)) < _FEW
            if t in known and (few or overlap >= _OTHER_MUSIC):
                yield 2 + music + alike + (track.name == shared.take.tracks[t].name), t, e
            elif overlap >= _SAME_MUSIC:
                yield 0.5 + music + alike, t, e
            elif t in known:
                yield 0.3 + music, t, e


def _whole_of(part: int, shared: _Shared, claimed: dict[int, set[_Place]]) -> int | None:
    """The take's track that an export's track was split off, or None."""
    wholes = [t for t in shared.counts[part] if t in claimed]
    rated = [(-shared.left_over(t, part, claimed[t]), t) for t in wholes]
    share, whole = min(rated, default=(0.0, 0))
    return whole if -share >= _SAME_MUSIC else None


def folded_name(name: str) -> str:
    """A track's name without case, diacritics and numbering such as "01 " or "Track 3: "."""
    bare = unicodedata.normalize("NFKD", name)
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    bare = " ".join(_CHANNEL.sub("", bare.casefold()).split())
    return _NUMBERING.sub("", bare) or bare
