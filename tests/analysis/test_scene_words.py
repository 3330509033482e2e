"""What is seen is told in words that fit what the photographs are of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emsync_nb.analysis.scene_words import VAGUE, most_likely

#: pictures of OASIS by their titles, each with the words for what they show
SHOWN = {
    "Lion_1.jpg": "a big cat", "Tiger_1.jpg": "a big cat", "Pigeon_1.jpg": "a bird", "Acorns_1.jpg": "a plant",
    "Coffee_1.jpg": "food", "Biking_1.jpg": "a bicycle or motorcycle", "Seal_1.jpg": "a sea animal",
    "Volcano_1.jpg": "a volcano",
}  # fmt: skip


def test_a_certain_class_is_named() -> None:
    for number, words in (
        (207, "a dog"),
        (281, "a cat"),
        (763, "a weapon"),
        (497, "a building"),
        (980, "a volcano"),
    ):
        assert most_likely(np.eye(1000, dtype=np.float32)[number]) == (words, 1.0)


def test_kinds_of_one_thing_add_up() -> None:
    classes = np.zeros(1000, np.float32)
    classes[151:269], classes[281] = 0.6 / 118, 0.4
    words, probability = most_likely(classes)
    assert words == "a dog" and probability == pytest.approx(0.6, abs=1e-5)


def test_what_says_nothing_is_not_said() -> None:
    classes = np.zeros(1000, np.float32)
    classes[999] = 1.0
    words, probability = most_likely(classes)
    assert words not in VAGUE and probability == 0.0


@pytest.mark.data
def test_photographs_are_named_for_what_they_show(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed")
    from emsync_nb.analysis.scene_eyes import MobileNetEyes
    from emsync_nb.training.emotion.rated_pictures import read_picture

    monkeypatch.setenv("EMSYNC_WEIGHTS", str(data_folder / "models"))
    folder, eyes = data_folder / "images" / "oasis_pixabay", MobileNetEyes()
    found = {}
    for name in SHOWN:
        classes = eyes.look(read_picture(folder / name)).classes
        assert classes is not None
        found[name] = most_likely(classes)[0]
    assert found == SHOWN
