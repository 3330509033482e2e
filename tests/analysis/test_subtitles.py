"""What is said. One model load serves the whole file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emsync_nb import text_embedding
from emsync_nb.analysis.circumplex import EKMAN
from emsync_nb.analysis.expert import Opinion, Unavailable
from emsync_nb.analysis.subtitles import SubtitleExpert, class_probabilities, decidedness
from emsync_nb.analysis.timeline import grid

needs_text = pytest.mark.skipif(not text_embedding.is_available(), reason="the extra 'text' is not installed")


def judge(folder: Path, text: str) -> Opinion:
    path = folder / "film.srt"
    path.write_text(text, encoding="utf-8")
    return SubtitleExpert(path).judge(grid(30), ())


@needs_text
def test_embeddings_are_unit_vectors_and_near_in_meaning() -> None:
    vectors = text_embedding.embed(["A cat sleeps.", "A kitten is napping.", "The stock market fell."])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3


def test_no_sentences_need_no_model() -> None:
    assert text_embedding.embed([]).shape == (0, 384)


@needs_text
@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("I am so glad to see you, what a beautiful day!", "joy"),
        ("Watch out, it's coming for us, I'm terrified!", "fear"),
        ("He died last night. I can't stop crying.", "sadness"),
        ("You betrayed me, I will make you pay for this!", "anger"),
        ("The meeting is in the room upstairs.", "neutral"),
    ],
)
def test_plain_sentences_are_classed_as_people_would(sentence: str, name: str) -> None:
    chances = class_probabilities([sentence])[0]
    assert chances.sum() == pytest.approx(1)
    assert (*EKMAN, "neutral")[int(chances.argmax())] == name


@needs_text
def test_joy_lies_above_sadness_and_silence_has_no_weight(tmp_path: Path) -> None:
    opinion = judge(
        tmp_path,
        "00:00:02,000 --> 00:00:04,000\nI love you, this is wonderful!\n\n"
        "00:00:14,000 --> 00:00:16,000\nShe is dead. I miss her so much.\n",
    )
    assert opinion.valence[12] > opinion.valence[60] + 0.4
    assert opinion.valence_confidence[12] > 0
    assert opinion.valence_confidence[100:].max() == 0


def test_undecided_classes_carry_no_weight_and_a_certain_one_all() -> None:
    assert decidedness(np.array([[1 / 6] * 6, [0, 0, 1, 0, 0, 0]])) == pytest.approx([0, 1], abs=1e-9)


@pytest.mark.parametrize("text", ["", "no timing at all", "09:00:00,000 --> 09:00:01,000\nafter the film\n"])
def test_nothing_readable_is_no_opinion(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unavailable):
        judge(tmp_path, text)


@pytest.mark.parametrize("path", [None, Path("missing.srt"), Path(__file__).parent])
def test_without_a_file_it_says_why(path: Path | None) -> None:
    with pytest.raises(Unavailable, match=r"\w"):
        SubtitleExpert(path).judge(grid(30), ())


def test_without_the_extra_it_says_how_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_embedding, "is_available", lambda: False)
    with pytest.raises(Unavailable, match="pip install"):
        SubtitleExpert(Path("film.srt")).judge(grid(30), ())
