"""What of words a film may hold."""

from __future__ import annotations

import math

import pytest

from emsync_nb.domain.words import MAX_A_SECOND, MAX_CHARACTERS, MAX_SHOWN_S, collected, readable, sane


@pytest.mark.parametrize(
    ("start_s", "end_s", "text"),
    [
        (1, 1, "x"),
        (2, 1, "x"),
        (-1, 1, "x"),
        (0, 1, " \n"),
        (1e9, 1e9 + 1, "x"),
        (math.nan, 1, "x"),
        (0, math.nan, "x"),
    ],
)
def test_what_cannot_be_shown_is_none(start_s: float, end_s: float, text: str) -> None:
    assert sane(start_s, end_s, text) is None


def test_ends_and_texts_are_cut() -> None:
    line = sane(1, 1e12, "x" * 10_000)
    assert line is not None
    assert (line.end_s, len(line.text)) == (1 + MAX_SHOWN_S, MAX_CHARACTERS)


def test_no_more_than_can_be_read_is_kept_in_order() -> None:
    lines = [line for n in range(9, -1, -1) if (line := sane(n / 10, 2, str(n))) is not None]
    assert [line.text for line in readable(lines)] == [str(n) for n in range(MAX_A_SECOND)]
    found = collected("film.srt", lines, 2, ["it is odd"])
    assert found.faults == (
        "it is odd",
        "2 of its subtitles cannot be read",
        "more than 4 of its subtitles begin within one second",
    )
