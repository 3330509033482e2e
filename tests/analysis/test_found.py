"""What each expert made of a moment."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.analysis import Analysis, Evidence, Opinion, joined
from emsync_nb.domain import VideoInfo

AT_S = np.arange(120) / 4
INFO = VideoInfo(Path("film.mp4"), Fraction(30), Fraction(25), 128, 72, 0, False, "raw")


@pytest.fixture
def analysis() -> Analysis:
    """One who is surer and surer and has noticed two things, one who is always half sure and silent."""
    evidence = (Evidence(1.0, "laughter 0.71"), Evidence(4.5, "applause 0.66"))
    sure, half = AT_S / 30, np.full(120, 0.5)
    rising = Opinion("events", AT_S, AT_S / 30, -AT_S / 30, sure, sure, None, evidence)
    steady = Opinion("picture", AT_S, np.full(120, 0.25), np.zeros(120), half, np.zeros(120))
    return joined(INFO, (), (), (rising, steady), None)


def test_the_surest_speaks_first(analysis: Analysis) -> None:
    assert [voice.name for voice in analysis.explain(0)] == ["picture", "events"]
    assert [voice.name for voice in analysis.explain(20)] == ["events", "picture"]


def test_values_are_those_of_the_last_point_of_the_grid(analysis: Analysis) -> None:
    for time_s in (15, 15.1, 15.2499):
        events, _ = analysis.explain(time_s)
        assert events.emotion == (0.5, -0.5)
        assert events.trust == (0.5, 0.5)
    assert analysis.explain(15.25)[0].emotion[0] == pytest.approx(61 / 120)


def test_times_outside_the_film_are_its_ends(analysis: Analysis) -> None:
    assert analysis.explain(-3) == analysis.explain(0)
    assert analysis.explain(1e9) == analysis.explain(29.75)


@pytest.mark.parametrize(
    ("time_s", "words"),
    [
        (0.9, ""),
        (1, "laughter 0.71"),
        (4.4, "laughter 0.71"),
        (4.5, "applause 0.66"),
        (14.5, "applause 0.66"),
        (14.6, ""),
    ],
)
def test_the_last_thing_noticed_explains_for_ten_seconds(
    analysis: Analysis, time_s: float, words: str
) -> None:
    found = {voice.name: voice.evidence for voice in analysis.explain(time_s)}
    assert found == {"events": words, "picture": ""}


def test_where_nobody_was_asked_nobody_explains() -> None:
    assert joined(INFO, (), (), (), None).explain(2) == ()
