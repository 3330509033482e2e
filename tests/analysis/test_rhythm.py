"""Cutting rhythm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emsync_nb.analysis.rhythm import RhythmExpert
from emsync_nb.analysis.timeline import grid

if TYPE_CHECKING:
    from tests.analysis.conftest import Studio


def test_quick_cutting_excites_and_long_shots_calm(studio: Studio) -> None:
    cuts = [20.0, *(20 + 0.5 * i for i in range(1, 20)), 30.0]
    opinion = RhythmExpert().judge(grid(50), studio.cuts_at(*cuts))
    slow, quick = opinion.times_s < 20, (opinion.times_s > 20) & (opinion.times_s < 30)
    assert opinion.arousal[slow].max() < 0 < 0.5 < opinion.arousal[quick].min()


def test_two_hundred_cuts_a_minute_stay_on_the_plane(studio: Studio) -> None:
    opinion = RhythmExpert().judge(grid(60), studio.cuts_at(*(0.3 * i for i in range(1, 20))))
    assert np.abs(opinion.arousal).max() <= 1


def test_a_short_film_without_cuts_is_judged_with_little_trust() -> None:
    short = RhythmExpert().judge(grid(1), ())
    long = RhythmExpert().judge(grid(60), ())
    assert short.arousal_confidence[0] < long.arousal_confidence[0] / 3


def test_evidence_counts_cuts_a_minute(studio: Studio) -> None:
    opinion = RhythmExpert().judge(grid(120), studio.cuts_at(*(60 + 2.0 * i for i in range(30))))
    words = {item.time_s: item.words for item in opinion.evidence}
    assert words[0] == "0 cuts a minute, a shot of 60.0 s"
    # half a minute holds 15 or 16 cuts that are 2 s apart
    assert {text for time_s, text in words.items() if 80 < time_s < 100} <= {
        f"{count} cuts a minute, a shot of 2.0 s" for count in (30, 32)
    }
