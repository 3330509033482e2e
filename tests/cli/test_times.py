"""Times and cues as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.cli.times import parse_cues, parse_time
from emsync_nb.domain import Cue
from emsync_nb.errors import PlanError

TIMES = {
    "0": Fraction(0),
    "75": Fraction(75),
    "75.5": Fraction(151, 2),
    "1:15": Fraction(75),
    "01:15.25": Fraction(301, 4),
    "0:01:15.5": Fraction(151, 2),
    "1:00:00": Fraction(3600),
    "90:00": Fraction(5400),
    " 0:05 ": Fraction(5),
    "0.001": Fraction(1, 1000),
}


@pytest.mark.parametrize("text", TIMES)
def test_times_are_exact(text: str) -> None:
    assert parse_time(text) == TIMES[text]


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_hours_minutes_seconds_and_thousandths(hours: int, minutes: int, seconds: int, ms: int) -> None:
    wanted = Fraction(((hours * 60 + minutes) * 60 + seconds) * 1000 + ms, 1000)
    assert parse_time(f"{hours}:{minutes:02d}:{seconds:02d}.{ms:03d}") == wanted
    assert parse_time(f"{hours * 3600 + minutes * 60 + seconds}.{ms:03d}") == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "x",
        "-1",
        "1:",
        ":5",
        "1::2",
        "1:2:3:4",
        "5.",
        ".5",
        "1e3",
        "nan",
        "inf",
        "1:60",
        "1:99:00",
        "1,5",
        "9" * 40,
    ],
)
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(PlanError, match="is not a time"):
        parse_time(text)


@given(st.text(max_size=12))
def test_any_text_is_a_time_or_a_plan_error(text: str) -> None:
    try:
        assert 0 <= parse_time(text) < 4_000_000
    except PlanError as error:
        assert repr(text) in str(error)


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 5000)), max_size=5))
def test_cues_are_read_in_their_order(spans: list[tuple[int, int]]) -> None:
    texts = [f"{start // 60}:{start % 60:02d}-{start + length}" for start, length in spans]
    assert parse_cues(texts) == tuple(Cue(Fraction(s), Fraction(s + length)) for s, length in spans)


@pytest.mark.parametrize("text", ["0:05–0:20", "5 - 20", "0:00:05-0:00:20.0"])
def test_dashes_and_blanks_as_people_type_them(text: str) -> None:
    assert parse_cues([text]) == (Cue(Fraction(5), Fraction(20)),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0:05", "needs an in and an out"),
        ("", "needs an in and an out"),
        ("-5", "is not a time"),
        ("5-", "is not a time"),
        ("1-2-3", "is not a time"),
        ("8-5", "ends before it begins"),
        ("5-5", "ends before it begins"),
    ],
)
def test_what_is_no_cue_is_said(text: str, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        parse_cues(["0-1", text])
