"""Timecode against known values (SMPTE ST 12-1, and what edit rooms compute by hand)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain.timecode import as_timecode, frame_number

NTSC, NTSC_60, FILM = Fraction(30_000, 1001), Fraction(60_000, 1001), Fraction(24_000, 1001)
RATES = [
    Fraction(24),
    Fraction(25),
    Fraction(30),
    Fraction(50),
    Fraction(60),
    FILM,
    NTSC,
    NTSC_60,
    Fraction(12),
]
DAY = 24 * 3600

KNOWN = [
    ("00:00:59;29", NTSC, 1799),
    ("00:01:00;02", NTSC, 1800),
    ("00:01:59;29", NTSC, 3597),
    ("00:02:00;02", NTSC, 3598),
    ("00:09:59;29", NTSC, 17_981),
    ("00:10:00;00", NTSC, 17_982),
    ("01:00:00;00", NTSC, 107_892),
    ("23:59:59;29", NTSC, 2_589_407),
    ("00:01:00;04", NTSC_60, 3600),
    ("00:10:00;00", NTSC_60, 35_964),
    ("01:00:00;00", NTSC_60, 215_784),
    ("01:00:00:00", NTSC, 108_000),
    ("01:00:00:00", Fraction(25), 90_000),
    ("00:00:01:24", Fraction(25), 49),
    ("01:00:00:00", Fraction(24), 86_400),
    ("00:00:02:23", FILM, 71),
    ("10:00:00:00", Fraction(50), 1_800_000),
]


@pytest.mark.parametrize(("timecode", "fps", "number"), KNOWN)
def test_known_timecodes_and_their_frames(timecode: str, fps: Fraction, number: int) -> None:
    assert frame_number(timecode, fps) == number
    start = "00:00:00;00" if ";" in timecode else "00:00:00:00"
    assert as_timecode(number / fps, fps, start) == timecode


def test_drop_frame_keeps_up_with_the_clock() -> None:
    """After an hour of 29.97 the count is right to within four milliseconds; whole frames lag by 3.6 s."""
    hour = Fraction(3600)
    assert (
        as_timecode(hour, NTSC, "00:00:00;00") == "00:59:59;29"
        or as_timecode(hour, NTSC, "00:00:00;00") == "01:00:00;00"
    )
    assert as_timecode(hour, NTSC) == "00:59:56:12"


def test_a_film_begins_where_it_is_said_to() -> None:
    assert as_timecode(Fraction(0), Fraction(25), "09:59:50:00") == "09:59:50:00"
    assert as_timecode(Fraction(10), Fraction(25), "09:59:50:00") == "10:00:00:00"
    assert as_timecode(Fraction(1), Fraction(25), "23:59:59:12") == "00:00:00:12"
    assert as_timecode(1800 / NTSC, NTSC, "01:00:00;00") == "01:01:00;02"


def test_a_time_within_a_frame_is_that_frame() -> None:
    assert as_timecode(Fraction(2, 25) - Fraction(1, 10**9), Fraction(25)) == "00:00:00:01"
    assert as_timecode(Fraction(2, 25), Fraction(25)) == "00:00:00:02"


def test_films_of_less_than_a_frame_a_second_have_timecodes_too() -> None:
    assert as_timecode(Fraction(10), Fraction(1, 5)) == "00:00:02:00"


@given(st.sampled_from(RATES), st.integers(0, DAY * 24 - 1))
def test_there_and_back_without_drops(fps: Fraction, number: int) -> None:
    timecode = as_timecode(number / fps, fps)
    assert frame_number(timecode, fps) == number % (DAY * round(fps))


@given(st.sampled_from([NTSC, NTSC_60]), st.integers(0, 2_589_407))
def test_there_and_back_with_drops(fps: Fraction, number: int) -> None:
    timecode = as_timecode(number / fps, fps, "00:00:00;00")
    assert frame_number(timecode, fps) == number
    _, minutes, seconds, frames = (int(part) for part in timecode.replace(";", ":").split(":"))
    assert minutes % 10 == 0 or seconds or frames >= round(fps) // 15
    later = as_timecode((number + 1) / fps, fps, "00:00:00;00")
    assert later > timecode or number == 2_589_407


WRONG = [
    *((text, Fraction(25)) for text in ("", "1", "01:00:00", "1:00:00:00", "01:00:00:00\n", "01-00-00-00")),
    *((text, Fraction(25)) for text in ("00:60:00:00", "00:00:60:00", "24:00:00:00", "00:00:00:25", "٠١:00:00:00")),
    *((text, Fraction(25)) for text in ("00:00:00;00", "-1:00:00:00")),
    *((text, NTSC) for text in ("00:01:00;00", "00:01:00;01", "00:59:00;01", "00:00:00;30")),
    *((text, FILM) for text in ("00:00:00;00", "00:00:00:24")),
    ("00:01:00;03", NTSC_60),
    ("00:00:00;00", Fraction(30)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fps"), WRONG)
def test_what_is_no_timecode_of_a_rate_is_refused(text: str, fps: Fraction) -> None:
    with pytest.raises(ValueError, match=r"timecode|drops frames"):
        frame_number(text, fps)
    with pytest.raises(ValueError, match=r"timecode|drops frames"):
        as_timecode(Fraction(0), fps, text)


def test_nothing_lies_before_the_film() -> None:
    with pytest.raises(ValueError, match="before the film"):
        as_timecode(Fraction(-1, 100), Fraction(25))
