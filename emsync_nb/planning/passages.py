"""What passages wish for at a time: of several around it the last that has such a wish wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

from emsync_nb.domain import Passage

Wish = TypeVar("Wish")


def passage_at(
    passages: Sequence[Passage], time_s: Fraction, wish: Callable[[Passage], Wish | None]
) -> Wish | None:
    """What the last of the passages around a time that has such a wish asks for."""
    found = [wish(passage) for passage in passages if passage.start_s <= time_s < passage.end_s]
    return next((one for one in reversed(found) if one is not None), None)


def ramp_joints(passages: Sequence[Passage]) -> frozenset[Fraction]:
    """Times where one wish for a tempo alone follows another, as in a ramp: the tempo changes there, no section."""
    paced = [
        wish
        for wish in passages
        if wish.tempo_bpm is not None and wish.key is None and wish.parts is None and wish.theme is None
    ]
    return frozenset({wish.start_s for wish in paced} & {wish.end_s for wish in paced})
