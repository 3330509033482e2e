"""The opinion of the words: where they come from, when they count, and how far."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.analysis.circumplex import decidedness
from emsync_nb.analysis.expert import Opinion, Unavailable
from emsync_nb.analysis.timeline import grid
from emsync_nb.analysis.words import WordsExpert, features
from emsync_nb.analysis.words.judging import englishness
from emsync_nb.domain.words import Subtitle, Subtitles
from tests.analysis.words.conftest import needs_text

LOVE_AND_DEATH = (
    "00:00:02,000 --> 00:00:04,000\nI love you, this is wonderful!\n\n"
    "00:00:14,000 --> 00:00:16,000\nMARY: She is dead. I miss her so much.\n\n"
    "00:00:18,000 --> 00:00:19,000\n[sad music]\n"
)


def judge(folder: Path, text: str) -> Opinion:
    path = folder / "film.srt"
    path.write_text(text, encoding="utf-8")
    return WordsExpert(path).judge(grid(30), ())


@needs_text
def test_joy_lies_above_sadness_and_silence_has_no_weight(tmp_path: Path) -> None:
    opinion = judge(tmp_path, LOVE_AND_DEATH)
    assert opinion.valence[12] > opinion.valence[60] + 0.4
    assert opinion.arousal[12] > opinion.arousal[60]
    assert opinion.valence_confidence[12] > 0
    assert opinion.valence_confidence[100:].max() == 0
    assert opinion.ekman is not None
    assert opinion.ekman[12].argmax() == 3 and opinion.ekman[60].argmax() == 4
    assert opinion.ekman[110] == pytest.approx([1 / 6] * 6)


@needs_text
def test_evidence_quotes_the_words_with_label_and_probability(tmp_path: Path) -> None:
    first, second = judge(tmp_path, LOVE_AND_DEATH).evidence
    assert (first.time_s, second.time_s) == (2, 14)
    assert first.words.startswith("“I love you, this is wonderful!” love 0.")
    assert second.words.startswith("“She is dead. I miss her so much.” ")


def test_words_from_inside_the_film_are_named_in_the_note(without_meaning: None) -> None:
    inside = Subtitles(
        "subtitle stream 2 (mov_text, eng) of film.mp4", (Subtitle(1, 2, "<i>I love you!</i>"),)
    )
    expert = WordsExpert(inside)
    opinion = expert.judge(grid(10), ())
    assert expert.note == "1 lines of subtitle stream 2 (mov_text, eng) of film.mp4"
    assert opinion.name == "words"
    assert "<i>" not in "".join(item.words for item in opinion.evidence)


def test_an_echo_dies_away(without_meaning: None) -> None:
    confidence = (
        WordsExpert(Subtitles("x", (Subtitle(2, 4, "Thanks, I love it!"),)))
        .judge(grid(20), ())
        .valence_confidence
    )
    assert confidence[8] == confidence[16] > confidence[20] > confidence[30] > 0
    assert confidence[:7].max() == 0 and confidence[40:].max() == 0


def test_other_languages_count_for_nothing_and_that_is_said(without_meaning: None) -> None:
    german = "Ich weiß nicht, was soll es bedeuten, dass ich so traurig bin; ein Märchen aus alten Zeiten"
    expert = WordsExpert(Subtitles("film.de.srt", tuple(Subtitle(n, n + 1, german) for n in range(3))))
    opinion = expert.judge(grid(10), ())
    assert opinion.valence_confidence.max() == 0
    assert opinion.evidence == ()
    assert "not English" in expert.note


def test_english_is_known_by_its_common_words() -> None:
    english = (
        "I do not know what you want, but it is not in the house and they have no time for this, so go " * 2
    )
    assert englishness([english]) == 1
    assert englishness(["Bonjour"]) == 1  # too short to tell


def test_undecided_classes_carry_no_weight_and_a_certain_one_all() -> None:
    assert decidedness(np.array([[1 / 6] * 6, [0, 0, 1, 0, 0, 0]])) == pytest.approx([0, 1], abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no timing at all",
        "09:00:00,000 --> 09:00:01,000\nafter the film\n",
        "00:00:01,000 --> 00:00:02,000\n[music]\n",
    ],
)
def test_nothing_readable_is_no_opinion(tmp_path: Path, text: str, without_meaning: None) -> None:
    with pytest.raises(Unavailable, match="no readable subtitle"):
        judge(tmp_path, text)


def test_pictures_of_text_are_told(without_meaning: None, caplog: pytest.LogCaptureFixture) -> None:
    found = Subtitles("subtitle stream 2 of film.mkv", (), ("its subtitles are pictures",))
    with caplog.at_level(logging.WARNING), pytest.raises(Unavailable, match="pictures"):
        WordsExpert(found).judge(grid(10), ())
    assert "subtitle stream 2 of film.mkv" in caplog.text


@pytest.mark.parametrize("path", [None, Path("missing.srt"), Path(__file__).parent])
def test_without_a_file_it_says_why(path: Path | None) -> None:
    with pytest.raises(Unavailable, match=r"\w"):
        WordsExpert(path).judge(grid(30), ())


def test_without_the_extra_it_says_how_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "is_available", lambda: False)
    with pytest.raises(Unavailable, match="pip install"):
        WordsExpert(Path("film.srt")).judge(grid(30), ())
