"""What a take remembers while it is written, and that none of it counts where there are no rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emsync_nb.domain import PARTS
from emsync_nb.generation.borrowing import BYTES, RUN
from emsync_nb.generation.brief import Brief, free_brief
from emsync_nb.generation.sampling import Choice
from emsync_nb.generation.tokens import KIND, NOTE, PART, PITCH
from emsync_nb.generation.writer import TakeWriter
from emsync_nb.preset_library import load_ensemble

#: a filter that takes every run for known
ALL_KNOWN = np.full(BYTES, 255, dtype=np.uint8)


def brief(*, ruled: bool, bars: int = 3) -> Brief:
    return replace(free_brief(load_ensemble("string-quartet"), np.zeros((bars, 2))), ruled=ruled)


def pitch_options(writer: TakeWriter, seed: int = 0) -> list[tuple[int, int]]:
    """(part, how many pitches it could choose from) of every note of a take drawn by dice."""
    rng, found, chosen = np.random.default_rng(seed), list[tuple[int, int]](), dict[int, int]()
    take = writer.take()
    wish = next(take, None)
    while wish is not None:
        answer = None
        if isinstance(wish, Choice):
            answer = int(rng.choice(np.flatnonzero(wish.allowed)))
            chosen[wish.field] = answer
            if wish.field == PITCH and chosen[KIND] >= NOTE:
                found.append((chosen[PART], int(wish.allowed.sum())))
        try:
            wish = take.send(answer)
        except StopIteration:
            return found
    return found


@pytest.mark.parametrize("ruled", [True, False])
def test_known_runs_count_where_there_are_rules(monkeypatch: pytest.MonkeyPatch, ruled: bool) -> None:
    """With half of all continuations known, a part that has a run behind it may choose from half as many."""
    low = (1 << 60) - 1
    asked: list[int] = []

    def borrowed(self: object, part: int, step: int) -> int:
        asked.append(part)
        return low if self._bits is not None else 0  # type: ignore[attr-defined]

    monkeypatch.setattr("emsync_nb.generation.borrowing.Memory.borrowed", borrowed)
    violin = PARTS.index("violin-1")
    free = [n for part, n in pitch_options(TakeWriter(brief(ruled=ruled))) if part == violin]
    held = [n for part, n in pitch_options(TakeWriter(brief(ruled=ruled), runs=ALL_KNOWN)) if part == violin]
    assert asked
    assert (max(held) < max(free)) == ruled


def test_a_take_in_which_everything_is_known_is_written_all_the_same() -> None:
    """There is always another note, or the known one."""
    writer = TakeWriter(brief(ruled=True, bars=12), runs=ALL_KNOWN)
    assert len(pitch_options(writer, 3)) > RUN
    assert len(writer.written.heads) == 12


def test_who_is_silent_is_lifted_and_others_are_not() -> None:
    """The lift of a part grows with the bars that it was silent for, and ends with its next note."""
    writer, rng = TakeWriter(brief(ruled=True, bars=8)), np.random.default_rng(1)
    cello, lifts = PARTS.index("cello"), list[float]()
    take = writer.take()
    wish = next(take)
    while True:
        answer = None
        if isinstance(wish, Choice):
            allowed = wish.allowed.copy()
            if wish.lift is not None:  # parts of notes, not heads
                lifts.append(float(wish.lift[cello]))
                others = allowed & (np.arange(len(allowed)) != cello)
                allowed = others if others.any() else allowed
            answer = int(rng.choice(np.flatnonzero(allowed)))
        try:
            wish = take.send(answer)
        except StopIteration:
            break
    assert lifts[0] == 0
    assert max(lifts) > 1
