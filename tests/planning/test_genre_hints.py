"""What a genre suggests, and that no wish is overruled."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from emsync_nb import preset_library
from emsync_nb.analysis.genre import GENRES
from emsync_nb.domain import Passage, Spotting, VideoCues
from emsync_nb.planning import plan_spotting
from emsync_nb.planning.genre_hints import HINTS, GenreHints, genre_hints, with_genre
from emsync_nb.planning.sections import tempo_for
from emsync_nb.preset_library import load_ensemble
from tests.planning.conftest import MakeFilm


@pytest.fixture
def film(make_film: MakeFilm) -> VideoCues:
    """A minute of middling mood."""
    return make_film(60, [(20, 0.8), (41, 0.6)], valence=0.1, arousal=0.0)


def test_every_genre_has_a_hint_that_can_be_followed() -> None:
    assert tuple(HINTS) == GENRES
    ensembles = preset_library.names("ensembles")
    for hint in HINTS.values():
        assert hint.ensemble is None or hint.ensemble in ensembles
        if hint.tempo_bpm is not None:
            low, high = hint.tempo_bpm
            assert low < tempo_for(0.0) < high  # a film without a mood is not pushed anywhere


def test_no_genre_suggests_nothing() -> None:
    assert genre_hints(()) == GenreHints()
    assert genre_hints(("Unheard-of",)) == GenreHints()


def test_two_genres_suggest_what_both_know_and_the_first_says_who_plays() -> None:
    assert genre_hints(("Drama", "Action")) == GenreHints((80, 108), "piano-and-strings")
    assert genre_hints(("Action", "Drama", "Romance")) == GenreHints((80, 108), "full-orchestra")
    assert genre_hints(("Unheard-of", "War")) == HINTS["War"]
    assert genre_hints(("Music", "War")) == GenreHints((60, 126), "band")


def test_where_hardly_a_tempo_is_common_the_first_decides() -> None:
    assert genre_hints(("Sport", "Romance")).tempo_bpm == HINTS["Sport"].tempo_bpm


def test_only_what_is_open_is_filled(film: VideoCues) -> None:
    spotting = Spotting(film, "piano-solo")
    free = with_genre(spotting, ("War",), ensemble_is_open=True)
    assert (free.tempo_bpm, free.ensemble) == ((60, 126), "full-orchestra")
    wished = with_genre(replace(spotting, tempo_bpm=(90, 100)), ("War",), ensemble_is_open=False)
    assert (wished.tempo_bpm, wished.ensemble) == ((90, 100), "piano-solo")
    assert with_genre(spotting, (), ensemble_is_open=True) is spotting


def test_a_passage_keeps_its_own_tempo_and_the_rest_follows_the_genre(film: VideoCues) -> None:
    whole = Passage(Fraction(0), film.video.duration_s, tempo_bpm=(140, 141))
    spotting = with_genre(
        Spotting(film, "piano-solo", passages=(whole,)), ("Romance",), ensemble_is_open=False
    )
    plan = plan_spotting(spotting, load_ensemble(spotting.ensemble))
    assert plan.tempo_map.bpm_at(0) > 120


@pytest.mark.parametrize(("genre", "least", "most"), [("Romance", 50, 112), ("Sport", 78, 150)])
def test_the_click_follows(film: VideoCues, genre: str, least: float, most: float) -> None:
    spotting = with_genre(Spotting(film, "piano-solo"), (genre,), ensemble_is_open=False)
    plan = plan_spotting(spotting, load_ensemble(spotting.ensemble))
    assert least <= plan.tempo_map.bpm_at(0) <= most
