"""Times in words, by hand."""

from __future__ import annotations

import pytest

from emsync_nb.directing import Scene
from emsync_nb.directing.times import TimeReader, When
from emsync_nb.directing.tokens import cleaned, tokens
from tests.directing.sixty import SCENE


def read(text: str, scene: Scene = SCENE) -> When:
    """The one expression that a text is."""
    words = tokens(cleaned(text))
    found = TimeReader(words, scene).read(0)
    assert found is not None, text
    assert found[1] == len(words), f"{text}: read up to word {found[1]}"
    return found[0]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("at 0:20", 20), ("at 20 s", 20), ("at 20s", 20), ("at 20", 20), ("at half a minute", 30),
        ("from 0:12.5", 12.5),
        ("at 0:00:20", 20),
        ("at the second cut", 24.5), ("after the third cut", 37), ("at the last cut", 51),
        ("on the 2nd cut", 24.5), ("at cut 2", 24.5), ("the penultimate cut", 37), ("the second last cut", 37),
        ("halfway", 30), ("halfway through the film", 30), ("in the middle", 30), ("at two thirds", 40),
        ("at 50 %", 30), ("a quarter of the way through the film", 15), ("at the beginning", 0),
        ("10 seconds before the end", 50), ("5 s after the first cut", 17), ("at the 20-second mark", 20),
        ("twenty seconds in", 20), ("from 0:30 on", 30), ("at the third scene change", 37),
    ],
)  # fmt: skip
def test_where_it_starts(text: str, start: float) -> None:
    assert (read(text).start_s, read(text).end_s, read(text).problem) == (start, None, "")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("from 0:40 to 0:50", 40, 50), ("0:40-0:50", 40, 50), ("0:40–0:50", 40, 50),
        ("between 10 and 20 seconds", 10, 20),
        ("10 to 20 s", 10, 20), ("from 10 s until the second cut", 10, 24.5), ("from the last cut to the end", 51, 60),
        ("between the first and the second cut", 12, 24.5), ("between the first cut and 0:30", 12, 30),
        ("the last ten seconds", 50, 60), ("in the first 10 seconds of the film", 0, 10), ("the first half", 0, 30),
        ("in the second half", 30, 60), ("for the middle third", 20, 40), ("the last quarter", 45, 60),
        ("throughout", 0, 60), ("over the whole film", 0, 60), ("at the end", 54, 60),
        ("in the second scene", 12, 24.5),
        ("from start to finish", 0, 60),
    ],
)  # fmt: skip
def test_spans(text: str, start: float, end: float) -> None:
    assert (read(text).start_s, read(text).end_s, read(text).problem) == (start, end, "")


@pytest.mark.parametrize("text", ["until 0:30", "before 0:30", "up to 30 seconds", "until halfway"])
def test_until(text: str) -> None:
    assert (read(text).start_s, read(text).end_s) == (None, 30)


def test_by_and_for_and_several_cuts() -> None:
    assert read("by 0:30").by_s == 30
    assert read("for five seconds").length_s == 5
    assert read("for a minute and a half").length_s == 90
    assert read("on the first and third cuts").points_s == (12, 37)
    assert read("every cut").points_s == tuple(boundary.time_s for boundary in SCENE.boundaries)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("at 0:90", "0:90"), ("at 2:30", "beyond the film"), ("at the ninth cut", "no such cut"),
        ("at cut 0", "no such cut"),
        ("from 0:50 to 0:40", "ends before it begins"), ("70 seconds before the end", "before the film"),
        ("the last 90 seconds", "longer than the film"), ("at 1:2:3:4", "no time"),
        ("at " + "9" * 900 + " s", "beyond"),
    ],
)  # fmt: skip
def test_times_that_are_none_of_this_film(text: str, reason: str) -> None:
    assert reason in read(text).problem


@pytest.mark.parametrize(
    "text", ["at 90 bpm", "half tempo", "second", "a", "from", "the", "10 seconds", "between us", "for"]
)
def test_what_is_no_time(text: str) -> None:
    assert TimeReader(tokens(text), SCENE).read(0) is None


def test_a_film_without_cuts() -> None:
    scene = Scene(SCENE.duration_s)
    assert read("at the first cut", scene).problem
    assert read("every cut", scene).problem
