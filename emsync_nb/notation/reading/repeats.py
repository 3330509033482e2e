"""The order in which the bars of a score are played.

Repeats with their endings come first; D.C. and D.S. are taken once, when the repeats before them are done, and
what is played after them is played without repeats, up to Fine or by To Coda to the coda. A file with several
movements is played movement by movement, so that a menuet's da capo does not begin the whole quartet again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from emsync_nb.notation.reading.written import BarSigns, JumpKind

#: no music is played in more bars
MAX_PLAYED_BARS = 200_000
#: a D.C. in the last bars of a movement, of which there are so many, is meant for the end
LATE_BARS = 2
_BACKWARD: frozenset[JumpKind] = frozenset({"dacapo", "dalsegno"})


def merged_signs(parts: Sequence[Sequence[BarSigns]]) -> list[BarSigns]:
    """The signs of all parts together, by bar; endings from the first part that writes any."""
    merged = [BarSigns() for _ in range(max((len(part) for part in parts), default=0))]
    for part in parts:
        for index, signs in enumerate(part):
            into = merged[index]
            into.forward = into.forward or signs.forward
            into.backward = max(into.backward, signs.backward)
            into.jumps |= signs.jumps
            into.movement = into.movement or signs.movement
            into.trio = into.trio or signs.trio
    with_endings = next((part for part in parts if any(signs.passes for signs in part)), ())
    for index, signs in enumerate(with_endings):
        merged[index].passes, merged[index].ending_starts = signs.passes, signs.ending_starts
    return merged


def playing_order(signs: Sequence[BarSigns]) -> list[int]:
    """Indices of bars in the order they are played.

    Raises:
        ValueError: the repeats make the piece longer than any music.
    """
    starts = [0, *(index for index, sign in enumerate(signs) if sign.movement and index), len(signs)]
    order: list[int] = []
    for first, last in pairwise(starts):
        player = _Player(signs[first:last], room=MAX_PLAYED_BARS - len(order))
        order += [first + index for index in player.play()]
    return order


@dataclass(frozen=True, slots=True)
class _Endings:
    """Brackets that follow each other: bars `first` … `end` − 1."""

    first: int
    end: int
    #: the bars of each pass, in order
    bars: dict[int, list[int]]
    #: the last time that they are for
    last: int


@dataclass(slots=True)
class _Player:
    """Plays one movement bar by bar."""

    signs: Sequence[BarSigns]
    #: how many bars may still be played
    room: int
    _order: list[int] = field(default_factory=list)
    #: where the section that is being played begins, and which time it is
    _section: int = 0
    _round: int = 1
    #: a D.C. or D.S. is being followed: no repeats, and an end at Fine
    _jumped: bool = False
    #: where music that was not yet played goes on after Fine, if there is any
    _resume: int = 0
    #: bars whose D.C. or D.S. has been taken
    _taken: set[int] = field(default_factory=set)
    #: by bar: the endings that it belongs to
    _groups: list[_Endings | None] = field(default_factory=list)
    _fines: set[int] = field(default_factory=set)
    #: by the first bar of endings: the pass in which Fine stands
    _fine_passes: dict[int, int] = field(default_factory=dict)
    _segnos: list[int] = field(default_factory=list)
    _to_codas: set[int] = field(default_factory=set)
    _coda: int | None = None
    _jumps: dict[int, frozenset[JumpKind]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._groups = _ending_groups(self.signs)
        self._jumps = _backward_jumps(self.signs)
        self._coda, self._to_codas = _coda_signs(self.signs)
        self._fines = {index for index, sign in enumerate(self.signs) if "fine" in sign.jumps}
        if not self._fines:  # a menuet whose Fine nobody wrote ends before its trio
            self._fines = {index - 1 for index, sign in enumerate(self.signs) if sign.trio and index}
        for index in sorted(self._fines):
            group = self._groups[index]
            if group is not None:
                self._fine_passes.setdefault(group.first, min(self.signs[index].passes))
        self._segnos = [index for index, sign in enumerate(self.signs) if "segno" in sign.jumps]

    def play(self) -> list[int]:
        """Every bar in order."""
        index = 0
        while index < len(self.signs):
            index = self._skip(index)
            if index >= len(self.signs):
                break
            self._enter(index)
            self._order.append(index)
            if len(self._order) > self.room:
                raise ValueError(f"with its repeats it is longer than {MAX_PLAYED_BARS} bars")
            index = self._after(index)
        return self._order

    def _enter(self, index: int) -> None:
        group = self._groups[index]
        before = self._groups[index - 1] if index else None
        if before is not None and group is not before and self._order and self._order[-1] == index - 1:
            self._begin_section(index)
        if self.signs[index].forward and index != self._section:
            self._begin_section(index)

    def _begin_section(self, index: int) -> None:
        self._section, self._round = index, 1

    def _skip(self, index: int) -> int:
        """The next bar that is for this time round, from here on."""
        while index < len(self.signs):
            group = self._groups[index]
            if group is None:
                break
            bars = group.bars.get(self._wanted(group), [])
            at = bisect_left(bars, index)
            if at < len(bars):
                return bars[at]
            index = group.end
            self._begin_section(index)
        return index

    def _wanted(self, group: _Endings) -> int:
        """The number of the ending to play; one that no bracket has where the music goes on after the brackets."""
        wanted = self._round
        if self._jumped:  # the last ending, unless Fine stands in another
            wanted = self._fine_passes.get(group.first, group.last)
        if wanted in group.bars or wanted == group.last:
            return wanted
        return max((number for number in group.bars if number < wanted), default=min(group.bars))

    def _after(self, index: int) -> int:
        """The bar that follows; the number of bars where the movement ends."""
        sign = self.signs[index]
        if self._jumped:
            if index in self._fines:
                self._jumped = False
                self._begin_section(self._resume)
                return self._resume
            if index in self._to_codas and self._coda is not None:
                self._jumped = False
                self._begin_section(self._coda)
                return self._coda
        elif sign.backward:
            if self._round < self._times(index):
                self._round += 1
                return self._section
            if self._groups[index] is None:
                self._begin_section(index + 1)
        return self._jump(index)

    def _times(self, index: int) -> int:
        """How often the section that ends at this bar is played."""
        group = self._groups[index]
        if group is None:
            return self.signs[index].backward
        if group.last in self.signs[index].passes:  # the last ending repeats nothing
            return group.last
        return max(group.last, self.signs[index].backward)

    def _jump(self, index: int) -> int:
        jumps = self._jumps.get(index, frozenset())
        if index in self._taken or self._jumped or not jumps:
            return index + 1
        goal: int | None = 0
        if "dalsegno" in jumps:
            before = bisect_right(self._segnos, index)
            goal = self._segnos[before - 1] if before else None
        if goal is None:
            return index + 1
        self._taken.add(index)
        self._jumped, self._resume = True, index + 1
        self._begin_section(goal)
        return goal


def _last_pass(signs: Sequence[BarSigns], first: int, end: int) -> int:
    """The last time that the endings in `first` … `end` − 1 are for.

    One more where the last of them repeats and the music goes on after it: that time has no bracket.
    """
    group = signs[first:end]
    last = max(number for sign in group for number in sign.passes)
    alone = len({sign.passes for sign in group}) == 1
    goes_on = alone or (end < len(signs) and not signs[end].forward)
    return last + 1 if group[-1].backward and goes_on else last


def _ending_groups(signs: Sequence[BarSigns]) -> list[_Endings | None]:
    """For every bar the endings that it belongs to."""
    groups: list[_Endings | None] = [None] * len(signs)
    index = 0
    while index < len(signs):
        if not signs[index].passes:
            index += 1
            continue
        end = index + 1
        while end < len(signs) and signs[end].passes and not signs[end].forward:
            end += 1
        bars: dict[int, list[int]] = {}
        for bar in range(index, end):
            for number in signs[bar].passes:
                bars.setdefault(number, []).append(bar)
        groups[index:end] = [_Endings(index, end, bars, _last_pass(signs, index, end))] * (end - index)
        index = end
    return groups


def _backward_jumps(signs: Sequence[BarSigns]) -> dict[int, frozenset[JumpKind]]:
    """D.C. and D.S. by the bar after which they are taken: close before the end, they are meant for the end."""
    jumps: dict[int, frozenset[JumpKind]] = {}
    for index, sign in enumerate(signs):
        found = frozenset(sign.jumps & _BACKWARD)
        late = len(signs) - index <= LATE_BARS and not any(
            "coda" in later.jumps for later in signs[index + 1 :]
        )
        if found:
            jumps[len(signs) - 1 if late else index] = found
    return jumps


def _coda_signs(signs: Sequence[BarSigns]) -> tuple[int | None, set[int]]:
    """(bar where the coda begins, bars after which it is jumped to); of two bare signs the first sends there."""
    to_codas = {index for index, sign in enumerate(signs) if "tocoda" in sign.jumps}
    codas = [index for index, sign in enumerate(signs) if "coda" in sign.jumps]
    if not codas:
        return None, set()
    if not to_codas and len(codas) > 1:
        to_codas = {codas[0]}
    later = [index for index in codas if index not in to_codas and index > min(to_codas, default=-1)]
    return (later[-1], to_codas) if later else (None, set())
