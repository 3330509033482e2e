"""What one known word or phrase asks for, before it has a time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, cast

from emsync_nb.directing.anchors import Place
from emsync_nb.directing.changes import (
    Accent,
    Change,
    EndingChange,
    Feeling,
    ModeChange,
    Orchestration,
    Silence,
    Tempo,
)
from emsync_nb.directing.items import BPM, FACTOR, Bpm, Exactly, Item
from emsync_nb.domain import Ending, Mode

_ZERO = Fraction(0)
#: "more hopeful" goes this share of the way of "hopeful" from the middle of the plane, "not sad" the other way
_MORE = 0.45
#: shifts below this are none: who says "darker" says nothing of excitement
_LEAST_SHIFT = 0.06
#: how excited a big finish is
_BIG = 0.9

NOT_TO_DO = "says what not to do; say what to do instead"

DraftKind = Literal["state", "silence", "pause", "entry", "accent", "ending", "big", "ensemble"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A change whose times are still 0, and how its times are to be found."""

    kind: DraftKind
    change: Change


@dataclass(frozen=True, slots=True)
class Modifiers:
    """What stands before a word: "not", "less", "much more"."""

    negative: bool = False
    more: bool = False
    #: 1 is plain, above is "very"
    scale: float = 1.0

    def after(self, item: Item) -> Modifiers:
        """With one more word taken in; words that modify nothing change nothing."""
        if item.kind in {"not", "less"}:
            return Modifiers(True, self.more, self.scale)
        if item.kind == "more":
            return Modifiers(self.negative, True, self.scale)
        if item.kind == "scale" and isinstance(item.value, float):
            return Modifiers(self.negative, self.more, self.scale * item.value)
        return self

    @property
    def is_relative(self) -> bool:
        """Whether they make a place a shift."""
        return self.negative or self.more


def feeling(place: Place, modifiers: Modifiers, *, is_comparative: bool = False) -> Draft:
    """A place on the plane, or a shift towards or away from it."""
    relative = is_comparative or modifiers.is_relative
    factor = modifiers.scale * (_MORE if relative else 1.0) * (-1 if modifiers.negative else 1)
    values = [None if axis is None else max(-1.0, min(1.0, axis * factor)) for axis in place]
    if relative:
        values = [None if value is None or abs(value) < _LEAST_SHIFT else value for value in values]
    return Draft("state", Feeling(_ZERO, _ZERO, values[0], values[1], relative, ""))


def draft_of(item: Item, modifiers: Modifiers) -> Draft | str | None:
    """What an item asks for; a string says why it cannot be had; None where it asks for nothing."""
    if item.kind == "feeling":
        return feeling(cast(Place, item.value), modifiers, is_comparative=item.is_comparative)
    plain = _tempo(item, modifiers) if item.kind == "tempo" else _plain(item)
    if plain is not None and modifiers.negative:
        return NOT_TO_DO
    return plain


def _plain(item: Item) -> Draft | None:
    value = str(item.value)
    if item.kind == "mode":
        return Draft("state", ModeChange(_ZERO, _ZERO, cast(Mode, value), ""))
    if item.kind == "ensemble":
        return Draft("ensemble", Orchestration(value, ""))
    if item.kind == "accent":
        return Draft("accent", Accent(_ZERO, ""))
    if item.kind in {"silence", "pause", "entry"}:
        return Draft(cast(DraftKind, item.kind), Silence(_ZERO, _ZERO, ""))
    if item.kind == "ending":
        kind: Ending = "fade_out" if value == "fade_out" else "ring"
        return Draft("big" if value == "big" else "ending", EndingChange(kind, ""))
    return None


def _tempo(item: Item, modifiers: Modifiers) -> Draft | str:
    if isinstance(item.value, Bpm):
        if not BPM[0] <= item.value.value <= BPM[1]:
            return "a tempo lies within 20 to 300 bpm"
        return Draft("state", Tempo(_ZERO, _ZERO, None, float(item.value.value), ""))
    if isinstance(item.value, Exactly):
        if not FACTOR[0] <= item.value.value <= FACTOR[1]:
            return "a tempo changes by a factor within 0.25 to 4"
        return Draft("state", Tempo(_ZERO, _ZERO, float(item.value.value), None, ""))
    factor = cast(float, item.value) ** modifiers.scale
    return Draft("state", Tempo(_ZERO, _ZERO, max(0.25, min(4.0, factor)), None, ""))


def big_finish(start_s: Fraction, end_s: Fraction, words: str) -> Feeling:
    """The excitement of a big finish, over the last stretch."""
    return Feeling(start_s, end_s, None, _BIG, False, words)
