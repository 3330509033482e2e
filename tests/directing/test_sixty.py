"""How many of sixty directions, written before the room was tuned, come out as expected."""

from __future__ import annotations

import pytest

from emsync_nb import text_embedding
from emsync_nb.directing import understand
from emsync_nb.directing.anchors import ANCHORS
from tests.directing.sixty import SCENE, SIXTY, faults

pytestmark = pytest.mark.skipif(not text_embedding.is_available(), reason="the extra 'text' is not installed")


@pytest.mark.parametrize("held_out", [False, True])
def test_nine_in_ten_come_out_as_expected(held_out: bool) -> None:
    entries = [entry for entry in SIXTY if entry.get("held_out", False) == held_out]
    found = {entry["text"]: faults(entry, understand(entry["text"], SCENE)) for entry in entries}
    wrong = {text: fault for text, fault in found.items() if fault}
    assert len(wrong) <= len(entries) / 10, wrong


def test_the_sixty_are_sixty_and_twelve_use_words_that_are_in_no_table() -> None:
    assert (len(SIXTY), sum(entry.get("held_out", False) for entry in SIXTY)) == (60, 20)
    unknown = (
        "giddy", "ominous", "blissful", "panicky", "terrible", "mournful", "cheery", "sinister", "ecstatic", "drowsy",
        "exuberant", "jittery", "grief-stricken", "summer afternoon", "heartbroken",
    )  # fmt: skip
    texts = " ".join(entry["text"] for entry in SIXTY)
    assert all(word in texts and word not in ANCHORS for word in unknown)
