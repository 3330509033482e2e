"""Whatever is written: no crash, and what comes of it lies within the film."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emsync_nb.directing import (
    Accent,
    Change,
    EndingChange,
    Feeling,
    Orchestration,
    Scene,
    clauses,
    drawn,
    understand,
)
from emsync_nb.directing.anchors import Place
from emsync_nb.directing.vocabulary import PHRASES
from emsync_nb.domain import Boundary, EmotionCurve
from emsync_nb.errors import PlanError

TIMES = (
    "at 0:20", "from 0:10 to 0:30", "between 3 and 9 seconds", "by 0:40", "until 1:10", "for 5 seconds", "at the end",
    "the last cut", "the second half", "halfway", "0:90", "at 99999999 minutes", "before the end", "every cut",
    "at 20 %",
    "10 s before the first cut", "throughout", "afterwards", "90 bpm", "2 times as fast",
)  # fmt: skip
WORDS = (
    *TIMES,
    "sad",
    "calmer",
    "hopeful",
    "xyzzy",
    ",",
    ";",
    ".",
    "but",
    *(" ".join(words) for words in PHRASES),
)
scenes = st.builds(
    lambda length, shares: Scene(
        length, tuple(Boundary(length * share / 100, "cut", k / 10) for k, share in enumerate(sorted(shares)))
    ),
    st.fractions(Fraction(1, 10), 10_000, max_denominator=1000),
    st.sets(st.integers(1, 99), max_size=5),
)
texts = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))


def stand_in(words: str) -> Place | None:
    """In place of the model: half of all words are a feeling."""
    return (0.5, -0.5) if len(words) % 2 else None


def check(change: Change, scene: Scene) -> None:
    """A change lies within the film and can be told in one line."""
    assert change.describe().isprintable()
    if isinstance(change, Accent):
        assert 0 <= change.time_s <= scene.duration_s
    elif not isinstance(change, EndingChange | Orchestration):
        assert 0 <= change.start_s < change.end_s <= scene.duration_s
    if isinstance(change, Feeling):
        assert all(axis is None or -1 <= axis <= 1 for axis in (change.valence, change.arousal))
        assert change.reached_s is None or change.start_s < change.reached_s <= change.end_s


@settings(max_examples=300)
@given(texts, scenes)
def test_changes_lie_within_the_film_and_the_curve_on_the_plane(text: str, scene: Scene) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clauses, "place_of", stand_in)
        patch.setattr(clauses, "ensemble_like", lambda words: None)
        found = understand(text, scene)
    for change in found.changes:
        check(change, scene)
    assert all(said.isprintable() for said in found.not_understood)
    assert found.changes or found.not_understood or not text.strip() or not text.isprintable()
    times = np.linspace(0, float(scene.duration_s), 7)
    curve = EmotionCurve(times, np.sin(times), np.cos(times))
    after = drawn(curve, found.changes, scene.duration_s)  # EmotionCurve itself refuses values off the plane
    assert set(times) <= set(after.times_s)
    assert after.times_s[-1] == times[-1]


@pytest.mark.parametrize(
    "text",
    [
        "5 s after " * 200, "at " * 600, "sad " * 500, "0:" * 900, "9" * 2000, "- " * 1000, "of the " * 285,
        "the first and " * 99, "((((" * 500, "\x00\x1b[31m" * 200, "\U0001f600" * 2000,
        "a minute and " * 99, "'" * 2000,
    ],
)  # fmt: skip
def test_hostile_texts_come_to_an_end(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clauses, "place_of", stand_in)
    monkeypatch.setattr(clauses, "ensemble_like", lambda words: None)
    found = understand(text[:2000], Scene(Fraction(60)))
    assert all(said.isprintable() for said in found.not_understood)


@pytest.mark.parametrize("text", ["a" * 2001, "sad, " * 101])
def test_too_much_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(PlanError, match=r"shorten|at most"):
        understand(text, Scene(Fraction(60)))
