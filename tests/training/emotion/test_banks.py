"""What pseudo-films are made of, before the real experts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emsync_nb.analysis.attention import EXPERTS, FEATURES
from emsync_nb.domain import AudioClip
from emsync_nb.training.emotion.attention_run import MARGIN, Outcome
from emsync_nb.training.emotion.banks import music_bank, picture_bank, sentence_bank
from emsync_nb.training.emotion.fit import Comparison
from emsync_nb.training.emotion.music_bank import HEARD_S, RATE, music_of_known_emotion

TABLE = (
    "I love this so much!\t18\ta\nThis is disgusting and wrong.\t11\tb\nThe train leaves at five.\t27\tc\n"
)


def test_sentences_stand_alone_and_neutral_ones_are_left_out(tmp_path: Path) -> None:
    table = tmp_path / "test.tsv"
    table.write_text(TABLE, encoding="utf-8")
    bank = sentence_bank(table, 10, seed=1)
    assert bank.labels.shape == (2, 2)
    said = bank.tokens["words"]
    assert said.shape == (2, FEATURES)
    # people and the layer agree on which of the two is pleasant
    assert np.sign(said[:, 0]).tolist() == np.sign(bank.labels[:, 0]).tolist()
    assert sorted(np.sign(bank.labels[:, 0])) == [-1, 1]


def test_sound_comes_before_both_who_listen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path))  # nobody hears events without their file
    draw = np.random.default_rng(0)
    loud = AudioClip(draw.normal(0, 0.3, (1, RATE * 3)).astype(np.float32), RATE)
    soft = AudioClip(loud.samples * np.float32(0.01), RATE)
    counted: list[int] = []
    bank = music_bank([(loud, np.array([0.1, 0.9])), (soft, np.array([0.1, -0.9]))], counted.append)
    assert counted == [1, 2]
    assert bank.tokens["sound"][0, 1] > bank.tokens["sound"][1, 1]
    assert not bank.tokens["events"].any()


@pytest.mark.data
def test_photographs_come_before_all_who_look(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(data_folder / "models"))
    folder = data_folder / "images" / "oasis_pixabay"
    paths = sorted(folder.glob("Baby*"))[:2] + sorted(folder.glob("Acorns*"))[:1]
    scene = np.tile([0.5, -0.2, 0.6, 0.7], (len(paths), 1))
    bank = picture_bank(paths, np.zeros((len(paths), 2)), scene, lambda share: None)
    assert bank.tokens["scene"][0, :6].tolist() == pytest.approx([0.5, -0.2, 0.6, 0.7, 0.3, -0.14])
    assert bank.tokens["picture"][:, 2].min() > 0
    assert bank.tokens["faces"][-1].sum() == 0  # acorns have none


def test_music_is_composed_labelled_and_heard() -> None:
    (clip, label), (_, other) = music_of_known_emotion(2, seed=5)
    assert 1 < clip.duration_s <= HEARD_S and np.abs(clip.samples).max() > 0.001
    assert label.shape == (2,) and np.all(np.abs(label) <= 1)
    assert not np.array_equal(label, other)


def an_outcome(behind: float, excess: float) -> Outcome:
    rows = [Comparison("fused", 0.3, (0.5, 0.5), (0.0, 0.0, 0.0))]
    rows += [Comparison(name, 0.4, (0.2, 0.2), (behind + 0.01, behind, behind + 0.02)) for name in EXPERTS]
    return Outcome({}, tuple(rows), {}, dict.fromkeys(EXPERTS, excess))


@pytest.mark.parametrize(
    ("behind", "excess", "is_worth_it"),
    [(0.01, 0.0, True), (-0.001, 0.0, False), (0.01, 2 * MARGIN, False)],
)
def test_layers_are_worth_it_only_where_nobody_alone_is_better(
    behind: float, excess: float, is_worth_it: bool
) -> None:
    outcome = an_outcome(behind, excess)
    assert outcome.is_worth_it is is_worth_it
    assert outcome.facts()["is_worth_it"] is is_worth_it
