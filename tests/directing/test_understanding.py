"""Directions by hand: manner of change, reasons, and what works without the model."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from emsync_nb import text_embedding
from emsync_nb.directing import (
    Accent,
    EndingChange,
    Feeling,
    Orchestration,
    Scene,
    Silence,
    Tempo,
    clauses,
    find_presets,
    preset_search,
    understand,
)
from emsync_nb.errors import MissingExtraError, PresetError
from tests.directing.sixty import SCENE


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if the extra `text` were not installed."""

    def missing(sentences: object) -> np.ndarray:
        raise MissingExtraError("sentence_transformers", "text")

    monkeypatch.setattr(text_embedding, "is_available", lambda: False)
    monkeypatch.setattr(text_embedding, "embed", missing)
    cached = (clauses.place_of, clauses.ensemble_like, preset_search._shelf)
    for function in cached:
        function.cache_clear()
    yield
    for function in cached:
        function.cache_clear()


@pytest.mark.usefixtures("bare")
class TestExactWords:
    """What needs no model."""

    def test_exact_words_work_and_others_are_told(self) -> None:
        found = understand("start uneasy, zestful at 0:20, just piano", SCENE)
        assert [type(change) for change in found.changes] == [Feeling, Orchestration]
        assert len(found.not_understood) == 1
        assert found.not_understood[0].startswith("zestful at 0:20 (")
        assert "extra 'text'" in found.not_understood[0]

    def test_building_up_lasts_until_it_is_there(self) -> None:
        calm, triumph = understand("start calm, build to triumphant at 0:40", SCENE).changes
        assert isinstance(calm, Feeling)
        assert isinstance(triumph, Feeling)
        assert (calm.start_s, calm.end_s, calm.gradual) == (0, 20, False)
        assert (triumph.start_s, triumph.reached_s, triumph.end_s) == (20, 40, 60)

    @pytest.mark.parametrize(
        "text", ["slowly accelerate from 0:10 to 0:40", "gradually faster from 0:10 to 0:40"]
    )
    def test_a_gradual_tempo_is_there_when_it_is_said_and_stays(self, text: str) -> None:
        (faster,) = understand(text, SCENE).changes
        assert isinstance(faster, Tempo)
        assert (faster.start_s, faster.reached_s, faster.end_s) == (10, 40, 60)
        assert faster.describe() == "0:10.0 to 1:00.0: tempo gradually × 1.20, reached at 0:40.0"

    @pytest.mark.parametrize(
        ("text", "ensemble"),
        [
            ("for piano solo", "piano-solo"),
            ("for piano alone", "piano-solo"),
            ("for strings only", "string-quartet"),
        ],
    )
    def test_who_plays_alone(self, text: str, ensemble: str) -> None:
        found = understand(text, SCENE)
        (change,) = found.changes
        assert isinstance(change, Orchestration)
        assert (change.ensemble, found.not_understood) == (ensemble, ())

    def test_a_feeling_lasts_over_hits_and_tempi_and_to_the_next_feeling(self) -> None:
        found = understand("hopeful at 0:10, a hit at 0:20, faster at 0:30, sad at 0:40", SCENE).changes
        hopeful, hit, faster, _ = found
        assert isinstance(hopeful, Feeling)
        assert isinstance(hit, Accent)
        assert isinstance(faster, Tempo)
        assert (hopeful.start_s, hopeful.end_s) == (10, 40)
        assert (faster.start_s, faster.end_s) == (30, 40)

    def test_a_shift_leaves_the_feeling_below_it(self) -> None:
        sad, darker = understand("sad, darker at 0:20", SCENE).changes
        assert isinstance(sad, Feeling)
        assert isinstance(darker, Feeling)
        assert (sad.end_s, darker.start_s, darker.relative) == (60, 20, True)

    def test_strength(self) -> None:
        texts = ("slightly tense", "tense", "very tense")
        weak, plain, strong = (understand(text, SCENE).changes[0] for text in texts)
        assert isinstance(weak, Feeling)
        assert isinstance(plain, Feeling)
        assert isinstance(strong, Feeling)
        assert 0 < (weak.arousal or 0) < (plain.arousal or 0) < (strong.arousal or 0) <= 1

    def test_and_hands_on_times_and_less(self) -> None:
        less, also = understand("less tense and agitated from 0:10 to 0:20", SCENE).changes
        for change in (less, also):
            assert isinstance(change, Feeling)
            assert change.relative
            assert (change.start_s, change.end_s) == (10, 20)
            assert (change.arousal or 0) < 0

    def test_an_ending_shares_no_time(self) -> None:
        hit, ending = understand("hit on the second cut and fade out", SCENE).changes
        assert isinstance(hit, Accent)
        assert ending == EndingChange("fade_out", "fade out")

    def test_silences(self) -> None:
        found = understand("no music before 0:10, a pause at 0:30, silence from 0:40 to 0:50", SCENE).changes
        spans = [(c.start_s, c.end_s) for c in found if isinstance(c, Silence)]
        assert spans == [(0, 10), (30, 32), (40, 50)]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("a hit", "needs a moment"), ("silence", "needs a time"), ("no hits", "what not to do"),
            ("at 10000 bpm", "20 to 300"), ("900 times as fast", "0.25 to 4"), ("at 0:20", "what to do"),
            ("fade out at 0:30", "at the end"), ("string quartet from 0:30", "whole film"),
            ("just piano, full orchestra", "one ensemble"), ("sad at 0:10 at 0:20", "two times"),
            ("sad at 1:00", "nothing of the film"), ("!?", "nothing that can be read"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_had_is_told_with_its_reason(self, text: str, reason: str) -> None:
        found = understand(text, SCENE)
        assert not found.changes
        assert all(reason in said for said in found.not_understood)
        assert found.not_understood

    def test_repeated_comparatives_are_one_gradual_shift(self) -> None:
        (darker,) = understand("darker and darker until 0:45", SCENE).changes
        assert isinstance(darker, Feeling)
        assert (darker.start_s, darker.reached_s, darker.end_s, darker.relative) == (0, 45, 60, True)
        (faster,) = understand("faster and faster from 0:20", SCENE).changes
        assert isinstance(faster, Tempo)
        assert faster.gradual

    def test_a_time_that_stands_alone_belongs_to_what_follows_or_else_to_what_went_before(self) -> None:
        for text in ("At 0:20, turn hopeful", "0:20: hopeful", "begin at 0:20 with hope", "hopeful, at 0:20"):
            (hopeful,) = understand(text, SCENE).changes
            assert isinstance(hopeful, Feeling)
            assert (hopeful.start_s, hopeful.end_s) == (20, 60), text

    def test_opening_middle_and_ending(self) -> None:
        found = understand("mysterious intro, energetic middle, calm ending", SCENE).changes
        spans = [(c.start_s, c.end_s) for c in found if isinstance(c, Feeling)]
        assert spans == [(0, 20), (20, 40), (54, 60)]

    def test_an_instrument_that_is_told_what_to_do_changes_no_ensemble(self) -> None:
        found = understand("at 0:20 the strings get louder", SCENE)
        assert [type(change) for change in found.changes] == [Feeling]
        assert found.not_understood[0].startswith("strings (one instrument")

    def test_a_big_finish_is_four_to_twelve_seconds_long_unless_its_start_is_said(self) -> None:
        for length, start in ((60, 54), (20, 16), (600, 588), (3, 0)):
            ending, loud = understand("big finish", Scene(Fraction(length))).changes
            assert ending == EndingChange("ring", "big finish")
            assert isinstance(loud, Feeling)
            assert (loud.start_s, loud.end_s, loud.valence, loud.arousal) == (start, length, None, 0.9)

    def test_part_of_a_clause(self) -> None:
        found = understand("sad with lots of kazoo", SCENE)
        assert len(found.changes) == 1
        assert found.not_understood[0].startswith("lots of kazoo (")

    @pytest.mark.parametrize("text", ["", "   ", "\n\t"])
    def test_nothing_comes_of_nothing(self, text: str) -> None:
        assert understand(text, SCENE) == understand("", SCENE)
        assert understand(text, SCENE).changes == ()

    def test_presets_cannot_be_found_by_meaning(self) -> None:
        with pytest.raises(MissingExtraError):
            find_presets("warm", "mastering")


def test_descriptions_for_a_list_of_changes() -> None:
    found = understand("tense from 0:10 to 0:20.5, then 90 bpm, just piano, hit at 0:32, fade out", SCENE)
    assert [change.describe() for change in found.changes] == [
        "0:10.0 to 0:20.5: valence to -0.50, arousal to +0.60",
        "0:20.5 to 1:00.0: tempo 90 bpm",
        "ensemble: piano-solo",
        "0:32.0: a hit",
        "the end: fades out",
    ]


@pytest.mark.skipif(not text_embedding.is_available(), reason="the extra 'text' is not installed")
class TestPresets:
    """Presets by meaning."""

    @pytest.mark.parametrize(
        ("query", "kind", "best"),
        [
            ("warm, dark, close", "mastering", "warm"), ("for listening on a phone", "mastering", "small-speaker"),
            ("aggressive trailer", "mastering", "loud-trailer"), ("guitar and drums", "ensembles", "band"),
            ("two violins, viola and cello", "ensembles", "string-quartet"),
        ],
    )  # fmt: skip
    def test_the_best_comes_first(self, query: str, kind: str, best: str) -> None:
        found = find_presets(query, kind)
        assert found[0][0] == best
        assert len(found) == 3
        assert [likeness for _, likeness in found] == sorted((x for _, x in found), reverse=True)

    def test_limits(self) -> None:
        assert find_presets(" ", "mastering") == []
        assert len(find_presets("warm", "mastering", 1)) == 1
        with pytest.raises(PresetError, match="ensembles, mastering or templates"):
            find_presets("warm", "../..")
