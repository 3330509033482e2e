"""SubStation Alpha, sound and damaged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.analysis.words.spoken import spoken
from emsync_nb.analysis.words.substation import parse_substation
from emsync_nb.domain.words import Subtitle

HEAD = (
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n"
    "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)
LINE = "Dialogue: 0,0:00:01.50,0:00:03.00,Default,,0,0,0,,{\\i1}Well,{\\i0} I am\\Nso happy\n"


def test_times_and_words_are_read() -> None:
    found, damaged = parse_substation(
        HEAD + LINE + "Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,not this\n"
    )
    assert (found, damaged) == ([Subtitle(1.5, 3.0, "{\\i1}Well,{\\i0} I am\nso happy")], 0)
    assert spoken(found[0].text) == "Well, I am so happy"


def test_fields_stand_in_the_order_that_is_named() -> None:
    text = "[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,one, two\n"
    assert parse_substation(text) == ([Subtitle(1, 2, "one, two")], 0)


def test_drawings_are_no_words() -> None:
    drawing = "Dialogue: 0,0:00:01.50,0:00:03.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0 100 100{\\p0}\n"
    assert parse_substation(HEAD + drawing) == ([], 0)


@pytest.mark.parametrize(
    "damage",
    [
        "Dialogue: 0,0:00:05.00,0:00:04.00,Default,,0,0,0,,backwards\n",
        "Dialogue: 0,soon,later,Default,,0,0,0,,no times\n",
        "Dialogue:\n",
        "Dialogue: 0,0:00:01.50\n",
    ],
)
def test_a_damaged_line_costs_only_itself(damage: str) -> None:
    found, damaged = parse_substation(HEAD + damage + LINE)
    assert ([line.start_s for line in found], damaged) == ([1.5], 1)


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    parse_substation(HEAD + "Format: " + text + "\nDialogue: " + text)
