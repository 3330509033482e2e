"""What is heard too often: one note, or one bar, and what then may not be played."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS
from emsync_nb.generation.boredom import LOOPS, Boredom
from emsync_nb.generation.tokens import BAR_EVENT, NOTE


def bar(*notes: tuple[int, int, int], velocity: int = 9) -> NDArray[np.int64]:
    """Notes at (position, part, pitch), all of one length."""
    return np.array([BAR_EVENT, *((NOTE + at, part, pitch, 9, velocity, 23) for at, part, pitch in notes)])


def after(*bars: NDArray[np.int64]) -> dict[int, int]:
    boredom = Boredom()
    for one in bars:
        boredom.hear(one)
    return boredom.tired()


def varied(number: int) -> NDArray[np.int64]:
    return bar((0, 3, 40 + number), (12, 3, 60 + number))


def test_nothing_bores_at_first() -> None:
    assert after() == {}
    assert after(bar((0, 3, 60))) == {}


@pytest.mark.parametrize("period", LOOPS)
def test_a_loop_goes_on_for_so_long_and_no_longer(period: int) -> None:
    """Velocities do not make it another; the note that is heard most rests."""
    loop = [bar((0, 3, 60 + n), (6, 3, 70), (12, 3, 70), velocity=n) for n in range(period)]
    bars = list(itertools.islice(itertools.cycle(loop), period + LOOPS[period]))
    assert 70 in [pitch for pitch in range(128) if after(*bars).get(3, 0) >> pitch & 1]
    changed = [*bars[:-1], bar((0, 3, 1), (6, 3, 2), (12, 3, 3))]
    assert after(*changed).get(3, 0) >> 1 & 1 == 0


def test_a_loop_of_drums_bores_too() -> None:
    bars = [bar((0, DRUMS, 36), (12, DRUMS, 38), (24, DRUMS, 36))] * 5
    assert after(*bars) == {DRUMS: 1 << 36}


def test_bars_that_hold_nothing_are_no_loop() -> None:
    assert after(*[bar()] * 20) == {}


def test_a_note_that_is_most_of_the_music_rests() -> None:
    """Eight of sixteen notes are too many, seven of sixteen are not; drums do not count."""
    stuck = [bar((0, 3, 60), (6, 3, 40 + n), *((at, DRUMS, 36) for at in (0, 12, 24))) for n in range(8)]
    assert after(*stuck) == {3: 1 << 60}
    assert after(*stuck[:-1], varied(9)) == {}


def test_what_was_long_ago_is_forgiven() -> None:
    stuck = [bar((0, 3, 60), (6, 3, 40 + n)) for n in range(8)]
    assert after(*stuck, *(varied(20 + n) for n in range(8))) == {}
