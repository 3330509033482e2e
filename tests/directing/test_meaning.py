"""Which unknown words are feelings, on phrases that the threshold was not calibrated on."""

from __future__ import annotations

import pytest

from emsync_nb import text_embedding
from emsync_nb.directing.anchors import ANCHORS
from emsync_nb.directing.meaning import place_of

pytestmark = pytest.mark.skipif(not text_embedding.is_available(), reason="the extra 'text' is not installed")

#: phrase → sign of valence, sign of arousal; 0 where it says little
FEELINGS = {
    "dejected": (-1, 0), "livid": (-1, 1), "contented": (1, -1), "petrified": (-1, 1), "radiant": (1, 0),
    "sullen": (-1, 0), "zestful": (1, 1), "tragedy": (-1, 0), "apprehensive": (-1, 1), "mellow and hazy": (0, -1),
    "crushed by loss": (-1, 0), "sleepwalking": (0, -1), "party mood": (1, 1), "bloodcurdling": (-1, 1),
    "hypnotic": (0, 0), "dignified": (0, 0), "adoring": (1, 0), "turmoil": (-1, 1), "explosive": (0, 1),
    "bitter": (-1, 0), "reassuring": (1, 0), "on the edge of tears": (-1, 0), "pure delight": (1, 0),
    "like drifting on a lake": (0, -1),
}  # fmt: skip
NONE = (
    "fridge", "refactor the module", "zibble", "the third floor", "potato salad", "seven pm", "screenshot",
    "credits roll", "a bus", "wifi password", "bass clef", "left speaker", "pdf", "copy and paste", "lamp", "qqq",
    "mountain bike", "he says hello", "volume knob", "paragraph", "ten dollars", "flurb gnash", "camera pans left",
    "subtitle font",
)  # fmt: skip


def test_seven_in_ten_feelings_are_found_and_none_of_them_on_the_wrong_side() -> None:
    found = {words: place for words in FEELINGS if (place := place_of(words)) is not None}
    assert len(found) >= 0.7 * len(FEELINGS)
    for words, place in found.items():
        for value, sign in zip(place, FEELINGS[words], strict=True):
            assert sign * (value or 0) >= 0, words


def test_what_is_no_feeling_is_almost_never_taken_for_one() -> None:
    assert sum(place_of(words) is not None for words in NONE) <= 0.05 * len(NONE)


def test_every_place_of_the_table_lies_on_the_plane() -> None:
    assert all(axis is None or -1 <= axis <= 1 for place in ANCHORS.values() for axis in place)
