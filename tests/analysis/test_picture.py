"""Colour and light, against the signs of Valdez & Mehrabian (1994)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from emsync_nb.analysis.picture import PictureExpert, colours

if TYPE_CHECKING:
    from tests.analysis.conftest import Studio


def impression(studio: Studio, colour: tuple[int, int, int]) -> tuple[float, float]:
    expert = PictureExpert()
    for glance in studio.glances(studio.film([studio.flat(colour)] * 10)):
        expert.see(glance)
    opinion = expert.judge(np.array([0.0, 0.25]), ())
    return float(opinion.valence[0]), float(opinion.arousal[0])


def test_light_pleases_and_dark_does_not(studio: Studio) -> None:
    assert impression(studio, (220, 220, 220))[0] > 0.3 > -0.3 > impression(studio, (15, 15, 15))[0]


def test_saturated_colour_excites_more_than_grey_of_equal_lightness(studio: Studio) -> None:
    # CIELAB lightness of pure red is 53, as of this grey
    assert impression(studio, (255, 0, 0))[1] > impression(studio, (127, 127, 127))[1] + 0.4


def test_warm_pleases_more_than_cold_of_equal_lightness_and_chroma(studio: Studio) -> None:
    # both have a lightness of 60 and a chroma of 40 in CIELAB, at hues 60° and 240°
    assert impression(studio, (201, 126, 82))[0] > impression(studio, (24, 158, 205))[0]


def test_a_grey_picture_is_mild(studio: Studio) -> None:
    assert max(map(abs, impression(studio, (110, 110, 110)))) < 0.45


@pytest.mark.parametrize(
    ("colour", "lightness"), [((255, 255, 255), 1.0), ((0, 0, 0), 0.0), ((119,) * 3, 0.5)]
)
def test_lightness_is_that_of_cielab(studio: Studio, colour: tuple[int, int, int], lightness: float) -> None:
    (glance,) = studio.glances(studio.film([studio.flat(colour)]))
    measured = colours(glance)
    assert measured[0] == pytest.approx(lightness, abs=0.01)
    assert measured[1:] == pytest.approx((0, 0, 0), abs=0.01)


def test_evidence_says_what_stands_out_in_words_and_numbers(studio: Studio) -> None:
    expert = PictureExpert()
    for glance in studio.glances(
        studio.film([studio.flat((0, 10, 60))] * 100 + [studio.flat((255, 190, 60))] * 100)
    ):
        expert.see(glance)
    first, *_, last = expert.judge(np.arange(32) / 4, ()).evidence
    assert first.time_s == 0
    assert first.words.startswith("dark 0.0")
    assert "cold −0.2" in first.words
    assert last.time_s == 4
    assert last.words.startswith("bright 0.8")
    assert "rich colours" in last.words
    assert "warm" in last.words
