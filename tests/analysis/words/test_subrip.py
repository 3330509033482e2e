"""SubRip and WebVTT, sound and damaged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.analysis.words.subrip import parse_subrip
from emsync_nb.domain.words import MAX_SUBTITLES, Subtitle

GOOD = (
    "1\n00:00:01,500 --> 00:00:03,000\n<i>Guten Tag,</i>\nwie geht's?\n\n"
    "2\n01:02:03,4 --> 01:02:04,040\n{\\an8}Ende\n"
)
#: the example of W3C's specification, with a note, a style and a cue's settings
WEB = (
    "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nNOTE no cue\n\n"
    "00:11.000 --> 00:13.000 position:10%,line-left align:left\n<v Roger Bingham>We are in New York City\n\n"
    "intro\n01:00:13.000 --> 01:00:16.000\nWe're actually at the Lucern Hotel\n"
)


def test_times_and_words_are_read() -> None:
    assert parse_subrip(GOOD) == (
        [Subtitle(1.5, 3.0, "<i>Guten Tag,</i>\nwie geht's?"), Subtitle(3723.4, 3724.04, "{\\an8}Ende")],
        0,
    )


def test_webvtt_is_read_with_or_without_hours() -> None:
    assert parse_subrip(WEB) == (
        [
            Subtitle(11, 13, "<v Roger Bingham>We are in New York City"),
            Subtitle(3613, 3616, "We're actually at the Lucern Hotel"),
        ],
        0,
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_all_line_ends_are_understood(newline: str) -> None:
    assert len(parse_subrip(GOOD.replace("\n", newline))[0]) == 2


@pytest.mark.parametrize(
    ("damage", "count"),
    [
        ("00:00:05,000 --> 00:00:04,000\nends before it starts\n\n", 1),
        ("00:00:05,000 --> \nno end\n\n", 1),
        ("00:00:05,000 --> 00:00:06,000\n\n", 1),
        ("-00:00:05,000 --> 00:00:06,000\nbefore\n\n", 1),
        ("\x00\x00\x00\n\n", 0),
        ("99999999:00:00,000 --> 99999999:00:01,000\nnever\n\n", 1),
        ("<" * 5000 + "\n\n", 0),
    ],
)
def test_a_damaged_block_costs_only_itself(damage: str, count: int) -> None:
    found, damaged = parse_subrip(damage + GOOD)
    assert ([item.start_s for item in found], damaged) == ([1.5, 3723.4], count)


def test_floods_are_bounded() -> None:
    assert len(parse_subrip("00:00:01,000 --> 00:00:02,000\nx\n\n" * (MAX_SUBTITLES + 5))[0]) == MAX_SUBTITLES


@given(st.text(alphabet="0123456789:,.-> \nWEBVTT", max_size=300))
def test_no_text_makes_it_fail(text: str) -> None:
    assert all(item.end_s > item.start_s >= 0 for item in parse_subrip(text)[0])
