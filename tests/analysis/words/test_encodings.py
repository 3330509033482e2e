"""Bytes as text; guesses are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.analysis.words.encodings import decode

WORDS = "Größe, déjà vu: „so“ it goes on for a while"
JAPANESE = "こんにちは、元気ですか"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_sound_unicode_has_no_fault(encoding: str) -> None:
    assert decode(WORDS.encode(encoding)) == (WORDS, None)


@pytest.mark.parametrize(
    ("raw", "text", "told"),
    [
        (WORDS.encode("cp1252"), WORDS, "Windows-1252, a guess"),
        ("caf\x81é".encode("latin-1"), "caf\x81é", "Latin-1, a guess"),
        (JAPANESE.encode("shift_jis"), JAPANESE, "Shift-JIS, a guess"),
        (WORDS.encode("utf-16-le"), WORDS, "UTF-16 without"),
        (WORDS.encode("utf-16-be"), WORDS, "UTF-16 without"),
        (WORDS.encode() * 3 + b"\xff", WORDS * 3 + "\ufffd", "1 of its characters are damaged"),
        (b"\xff\xfe" + "ab".encode("utf-16-le") + b"\x00", "ab\ufffd", "1 of its characters are damaged"),
    ],
)
def test_guesses_and_damage_are_told(raw: bytes, text: str, told: str) -> None:
    found, fault = decode(raw)
    assert found == text
    assert fault is not None and told in fault


def test_a_character_cut_by_the_limit_is_no_damage() -> None:
    assert decode("Größ".encode()[:-1]) == ("Grö", None)


@given(st.binary(max_size=300))
def test_any_bytes_are_read(raw: bytes) -> None:
    text, fault = decode(raw)
    assert isinstance(text, str)
    assert fault is None or "\n" not in fault
