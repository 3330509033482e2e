"""What of a subtitle is spoken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.analysis.words.spoken import spoken


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<i>Hello</i> <font color='red'>there</font>", "Hello there"),
        ("{\\an8}{\\pos(10,20)}Up here", "Up here"),
        ("JOHN: I love you.", "I love you."),
        ("- MRS. O'NEIL: Go!\n- No, stay.", "Go! No, stay."),
        ("Listen: I mean it.", "Listen: I mean it."),
        ("[tense music]", ""),
        ("(door slams) Who's there?", "Who's there?"),
        ("*sobs* I miss her.", "I miss her."),
        ("♪ Over the rainbow ♪", "Over the rainbow"),
        ("♪♪", ""),
        ("Fish &amp; chips&nbsp;now", "Fish & chips now"),
        ("Subtitles by somebody", ""),
        ("www.example.org", ""),
        ("...", ""),
        ("もう一度（笑い）", "もう一度"),
        ("one\x07\u202etwo", "onetwo"),
    ],
)
def test_only_words_are_left(text: str, words: str) -> None:
    assert spoken(text) == words


@given(st.text(alphabet="[](){}<>*♪:-ABCab \n", max_size=200))
def test_any_text_gives_one_line(text: str) -> None:
    words = spoken(text)
    assert words == " ".join(words.split())
