"""The labeller's fit: aligned with the ratings, blind to what it is tested on, and as good as it says."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import mido
import numpy as np
import pytest

from emsync_nb.domain import GRID, PARTS, MusicTable
from emsync_nb.errors import DataError
from emsync_nb.labelling import NAMES, Labeller, bar_features
from emsync_nb.labelling.clock import seconds
from emsync_nb.labelling.labeller import expand
from emsync_nb.training import cross_validate, fit_labeller, load_rated, write_coefficients
from emsync_nb.training.label_fit import RatedBars, barred_by, held_out, quieter, scores, transposed

PIANO, DRUMS = PARTS.index("piano"), PARTS.index("drums")

#: leaving each of 150 pieces out once takes minutes; ten folds do not
PROOF = os.environ.get("EMSYNC_PROOF") == "1"


def waltz(bars: int = 8) -> MusicTable:
    """A note on every beat of three, faster in every bar."""
    rows = [(beat * GRID, GRID, 60 + beat % 5, 80, PIANO) for beat in range(3 * bars)]
    return MusicTable.build(np.array(rows), np.arange(bars + 1) * 36, 90.0 + 10 * np.arange(bars))


def rated(features: np.ndarray, ratings: np.ndarray, bars: int) -> RatedBars:
    return RatedBars(features, ratings, np.arange(len(features)) // bars)


def test_ratings_go_by_four_quarters_whatever_the_meter() -> None:
    music = waltz()
    units = barred_by(music, 4 * GRID)
    assert units.bar_start.tolist() == [0, 48, 96, 144, 192, 240, 288]
    assert units.bar_seconds == pytest.approx(np.diff(seconds(music, units.bar_start)))
    assert units.onset.tolist() == music.onset.tolist()


def test_the_last_unit_is_filled_up_at_the_last_tempo() -> None:
    units = barred_by(waltz(bars=3), 4 * GRID)
    assert units.bars == 3
    assert units.bar_seconds[-1] == pytest.approx(60 / 110 * 4)


def write_vgmidi(folder: Path, ratings: int) -> None:
    """One piece in 3/4, as VGMIDI lists it."""
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(mido.MidiTrack([mido.MetaMessage("time_signature", numerator=3, denominator=4)]))
    for beat in range(24):
        file.tracks[0].append(mido.Message("note_on", note=60 + beat % 7, velocity=70))
        file.tracks[0].append(mido.Message("note_off", note=60 + beat % 7, time=480))
    (folder / "midi").mkdir()
    file.save(folder / "midi" / "waltz.mid")
    entry = {"midi": "midi/waltz.mid", "valence_mean": [0.1] * ratings, "arousal_mean": [-0.1] * ratings}
    (folder / "annotations.json").write_text(json.dumps([entry]), encoding="utf-8")


@pytest.mark.parametrize(("ratings", "bars"), [(6, 6), (4, 4), (9, 6)])
def test_reading_stops_where_music_or_ratings_end(tmp_path: Path, ratings: int, bars: int) -> None:
    write_vgmidi(tmp_path, ratings)
    found = load_rated(tmp_path)
    assert found.features.shape == (bars, len(NAMES))
    assert found.ratings.tolist() == [[0.1, -0.1]] * bars
    assert [len(features) for features in (*found.transposed, *found.quieter)] == [bars] * 3


def test_a_folder_without_vgmidi_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not hold VGMIDI"):
        load_rated(tmp_path)


@pytest.mark.parametrize("content", ["", "[1, 2]", '[{"midi": "midi/none.mid"}]', "[" * 100_000, '{"a": 1}'])
def test_a_listing_that_is_another_thing_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "annotations.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="not VGMIDI's"):
        load_rated(tmp_path)


def test_a_damaged_midi_file_is_told(tmp_path: Path) -> None:
    write_vgmidi(tmp_path, 6)
    (tmp_path / "midi" / "waltz.mid").write_bytes(b"MThd")
    with pytest.raises(DataError):
        load_rated(tmp_path)


def test_the_fit_finds_a_linear_truth() -> None:
    rng = np.random.default_rng(2)
    features = rng.normal(5, 2, size=(4000, 4))
    truth = np.array([[0.1, 0], [0, -0.2], [0.05, 0.05], [0, 0]])
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    bars = rated(features, np.clip(standard, -3, 3) @ truth + [0.1, -0.05], 40)
    assert fit_labeller(bars, ridge=1e-6, axes=0).weights == pytest.approx(truth, abs=1e-3)
    found = cross_validate(bars, ridge=1e-6, axes=2)
    assert found["valence_r"] > 0.999
    assert found["piece_arousal_r"] > 0.99
    assert found["arousal_mae"] < 0.01 < found["arousal_mae_of_mean"]


def test_the_fit_finds_a_product() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(size=(4000, 2)) * [1.0, 1.4]
    product = np.clip(features[:, :1] * features[:, 1:], -3, 3)
    bars = rated(features, np.concatenate([product, -product], axis=1) / 10, 40)
    assert cross_validate(bars, ridge=1e-6, axes=2)["valence_r"] > 0.9
    assert abs(cross_validate(bars, ridge=1e-6, axes=0)["valence_r"]) < 0.2


def test_every_piece_counts_the_same() -> None:
    # of ten, one piece of 900 bars says 1, nine of one bar say 0
    features = np.zeros((909, 1))
    ratings = np.concatenate([np.ones((900, 2)), np.zeros((9, 2))])
    piece = np.concatenate([np.zeros(900, dtype=np.int64), np.arange(1, 10)])
    with np.errstate(all="ignore"):
        assert fit_labeller(RatedBars(features, ratings, piece), axes=0).centre.tolist() == pytest.approx(
            [0.1, 0.1]
        )


def test_no_piece_is_judged_by_a_model_that_knows_it() -> None:
    rng = np.random.default_rng(4)
    bars = rated(rng.normal(size=(400, 30)), rng.normal(size=(400, 2)), 8)
    # noise cannot be foretold: were bars of a piece known, r would be far above zero
    assert scores(held_out(bars, np.arange(50), ridge=1e-3), bars.ratings)["valence_r"] < 0.2


def test_what_is_asked_to_stay_stays() -> None:
    rng = np.random.default_rng(6)
    features = rng.normal(size=(600, 2))
    ratings = np.repeat(features[:, :1] + features[:, 1:], 2, axis=1)
    shift = features + np.array([0.5, 0.0])
    piece = np.arange(600) // 10
    free = fit_labeller(RatedBars(features, ratings, piece), axes=0)
    same_key = fit_labeller(RatedBars(features, ratings, piece, (shift,) * 40), axes=0)
    same_mood = fit_labeller(RatedBars(features, ratings, piece, (), (shift,) * 40), axes=0)
    assert (np.abs(same_key.weights[0]) < 0.5 * free.weights[0]).all()
    assert abs(same_mood.weights[0, 0]) < 0.5 * free.weights[0, 0]
    assert same_mood.weights[0, 1] == pytest.approx(free.weights[0, 1])


def test_transposed_and_quieter_leave_the_rest() -> None:
    music = MusicTable.build(
        np.array([(0, 12, 60, 100, PIANO), (0, 12, 126, 1, PIANO), (12, 3, 38, 90, DRUMS)]), [0, 48], [120]
    )
    assert transposed(music, 4).pitch.tolist() == [64, 127, 38]
    assert quieter(music, 0.7).velocity.tolist() == [70, 1, 63]


def test_coefficients_are_written_whole(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    model = fit_labeller(rated(rng.normal(size=(300, len(NAMES))), rng.normal(size=(300, 2)), 10))
    write_coefficients(model, {"valence_r": 0.123456}, tmp_path / "coefficients.json")
    content = json.loads((tmp_path / "coefficients.json").read_text(encoding="utf-8"))
    assert content["cross_validation_by_piece"] == {"valence_r": 0.1235}
    again = Labeller(**{field.name: np.array(content[field.name]) for field in fields(Labeller)})
    assert again.raw(model.mean[None]) == pytest.approx(model.raw(model.mean[None]), abs=1e-4)


@pytest.mark.data
def test_the_shipped_coefficients_are_as_good_as_they_say(data_folder: Path) -> None:
    bars = load_rated(data_folder / "music" / "vgmidi")
    assert len(np.unique(bars.piece)) == 150
    text = files("emsync_nb.labelling").joinpath("coefficients.json").read_text(encoding="utf-8")
    content = json.loads(text)
    stated = content["cross_validation_by_piece"]
    if PROOF:
        assert cross_validate(bars) == pytest.approx(stated, abs=2e-3)
    assert stated["valence_r"] >= 0.62
    assert stated["arousal_r"] >= 0.84
    for axis in ("valence", "arousal", "piece_valence", "piece_arousal"):
        assert stated[f"{axis}_mae"] < 0.6 * stated[f"{axis}_mae_of_mean"]
    shipped = Labeller(**{field.name: np.array(content[field.name]) for field in fields(Labeller)})
    assert shipped.raw(bars.features) == pytest.approx(fit_labeller(bars).raw(bars.features), abs=2e-3)
    # other splits say the same, within a hundredth or two
    fold = np.random.default_rng(0).permutation(150) % 10
    split = scores(held_out(bars, fold), bars.ratings)
    assert split["valence_r"] == pytest.approx(stated["valence_r"], abs=0.015)
    assert split["arousal_r"] == pytest.approx(stated["arousal_r"], abs=0.015)
    assert expand(np.zeros((1, len(NAMES))), shipped.axes, shipped.reach).shape[1] == len(shipped.weights)
    assert bar_features(waltz()).shape == (8, len(NAMES))
