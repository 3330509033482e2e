"""A theme, and what a spotting wishes for it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from emsync_nb.domain import Boundary, EmotionCurve, Key, Passage, Spotting, Theme, VideoCues, VideoInfo

MOTIF = Theme((0, 6), (6, 6), (67, 71), (80, 90), Key(7, "major"))


@pytest.fixture
def spotting() -> Spotting:
    """Twenty seconds with one cut."""
    info = VideoInfo(Path("film.mp4"), Fraction(20), Fraction(25), 640, 360, 0, False, "h264")
    return Spotting(
        VideoCues(info, (Boundary(Fraction(9), "cut", 1.0),), EmotionCurve([0.0], [0], [0])), "band"
    )


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("onsets", (0, 0), "one after the other"),
        ("onsets", (1, 2), "step 0"),
        ("onsets", (0,), "one length"),
        ("durations", (6, 0), "durations of a theme must lie in 1"),
        ("pitches", (60, 128), "pitches of a theme must lie in 0 … 127"),
        ("pitches", (-1, 60), "pitches"),
        ("velocities", (0, 60), "velocities of a theme must lie in 1 … 127"),
    ],
)
def test_no_theme_that_no_instrument_could_play(column: str, values: tuple[int, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(MOTIF, **{column: values})


def test_a_theme_is_described() -> None:
    assert MOTIF.describe() == "2 notes in G major"
    assert Theme.of([(0, 6, 60, 80)]).describe().startswith("1 note in ")


def test_a_theme_is_set_with_its_times_and_taken_away_with_its_wishes(spotting: Spotting) -> None:
    themed = spotting.with_theme(MOTIF, [Fraction(9), Fraction(2), Fraction(9)])
    assert (themed.theme, themed.theme_at_s) == (MOTIF, (2, 9))
    assert spotting.theme is None
    keyed = themed.with_passage(Passage(Fraction(0), Fraction(5), Key(0, "minor")))
    wished = keyed.theme_within(Fraction(0), Fraction(5), False).theme_within(Fraction(8), Fraction(12), True)
    assert [(p.key, p.theme) for p in wished.passages] == [(Key(0, "minor"), False), (None, True)]
    bare = wished.with_theme(None)
    assert (bare.theme, bare.theme_at_s, bare.passages) == (None, (), keyed.passages)
    again = wished.with_theme(Theme.of([(0, 6, 60, 80)]))
    assert (again.theme_at_s, again.passages) == ((), wished.passages)


def test_a_wish_takes_the_place_of_another_for_the_same_stretch(spotting: Spotting) -> None:
    wished = spotting.with_theme(MOTIF).theme_within(Fraction(1), Fraction(5), False)
    other = wished.theme_within(Fraction(1), Fraction(5), True)
    assert other.passages == (Passage(Fraction(1), Fraction(5), theme=True),)


def test_wishes_within_a_stretch_are_taken_back(spotting: Spotting) -> None:
    wished = spotting.with_theme(MOTIF).with_passage(Passage(Fraction(6), Fraction(9), parts=("piano",)))
    for start, end in ((1, 5), (6, 9), (8, 15)):
        wished = wished.theme_within(Fraction(start), Fraction(end), False)
    left = wished.theme_within(Fraction(0), Fraction(10), None)
    assert left.passages == (
        Passage(Fraction(6), Fraction(9), parts=("piano",)),
        Passage(Fraction(8), Fraction(15), theme=False),
    )
    with pytest.raises(ValueError, match=r"no wish for the theme lies within 0:00.00 to 0:10.00"):
        left.theme_within(Fraction(0), Fraction(10), None)


def test_impossible_wishes_for_a_theme_are_refused(spotting: Spotting) -> None:
    themed = spotting.with_theme(MOTIF)
    with pytest.raises(ValueError, match="there is no theme"):
        spotting.with_theme(None, [Fraction(3)])
    with pytest.raises(ValueError, match="there is no theme"):
        spotting.theme_within(Fraction(1), Fraction(2), True)
    with pytest.raises(ValueError, match="before the film"):
        spotting.with_theme(MOTIF, [Fraction(-1)])
    with pytest.raises(ValueError, match="must rise"):
        replace(themed, theme_at_s=(Fraction(3), Fraction(3)))
    with pytest.raises(ValueError, match="start < end"):
        themed.theme_within(Fraction(2), Fraction(2), True)
