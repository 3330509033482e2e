"""Heads learn what there is to learn, and nothing else; torch and numpy agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from emsync_nb.analysis.attention import FEATURES  # noqa: E402
from emsync_nb.analysis.expert import Opinion  # noqa: E402
from emsync_nb.analysis.feature_fusion import FeatureFusion, HeadSpec, load_head, stacked  # noqa: E402
from emsync_nb.analysis.genre import genre_checkpoint, moments_of, read_genre  # noqa: E402
from emsync_nb.analysis.timeline import grid  # noqa: E402
from emsync_nb.errors import DataError  # noqa: E402
from emsync_nb.training.emotion.data_sets import load_data  # noqa: E402
from emsync_nb.training.emotion.feature_fit import (  # noqa: E402
    HeadReport,
    HeadSettings,
    fitted_temperature,
    fitted_threshold,
    train_head,
)
from emsync_nb.training.emotion.feature_fusion import FeatureFusionNetwork  # noqa: E402
from tests.training.emotion.brought_data import make_ekman6, make_liris, make_movienet, save  # noqa: E402

SPEC = HeadSpec("labels", ("a", "b", "c", "d"), (("clip", 9), ("beats", 5), ("asr", 3)), "chance")
QUICK = HeadSettings(epochs=12, patience=4, learning_rate=3e-3)


def _clips(count: int = 12) -> list[dict[str, np.ndarray]]:  # type: ignore[type-arg]
    rng = np.random.default_rng(3)
    clips = []
    for number in range(count):
        rows = {
            name: 3 * rng.normal(size=(1 + number % 5, width)).astype(np.float32)
            for name, width in SPEC.modalities
        }
        rows["clip"][0] = np.nan if number % 3 == 0 else rows["clip"][0]
        if number % 4 == 0:
            del rows["beats"]
        clips.append(rows)
    return [*clips, {}]


def test_torch_and_numpy_agree() -> None:
    network = FeatureFusionNetwork(SPEC, dropout=0.5, modality_dropout=0.5, seed=2)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(
                0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(5)).abs()
            )
    network.eval()
    rows, there = stacked(_clips(), SPEC.modalities)
    with torch.inference_mode():
        said = network(*({k: torch.from_numpy(v) for k, v in part.items()} for part in (rows, there))).numpy()
    fusion = FeatureFusion(network.tensors(), SPEC)
    assert np.ptp(said) > 0.01
    assert np.abs(fusion.logits(_clips()) - said).max() < 1e-5


def test_no_clip_loses_all_of_its_modalities_in_training() -> None:
    network = FeatureFusionNetwork(SPEC, modality_dropout=0.9)
    network.train()
    there = [torch.ones(200, 4, dtype=torch.bool), torch.zeros(200, 2, dtype=torch.bool)]
    kept = network._kept(there)
    assert kept.any(dim=1).all()
    both = network._kept([torch.ones(200, 4, dtype=torch.bool), torch.ones(200, 2, dtype=torch.bool)])
    assert not both.all(dim=1).all()


def _trained(name: str, folder: Path) -> HeadReport:
    return train_head(load_data(name, folder), folder / "head.safetensors", QUICK)


def test_six_classes_are_learnt(tmp_path: Path) -> None:
    report = _trained("ekman6", make_ekman6(tmp_path))
    assert report.measured_on == "test"
    assert report.clips == {"train": 180, "validation": 60, "test": 60}
    assert report.metrics["accuracy"] > 0.8 > 0.4 > report.baseline["accuracy"]
    assert report.metrics["macro_f1"] > 0.7 > report.baseline["macro_f1"]
    head = load_head(tmp_path / "head.safetensors")
    assert head.spec.provenance == "ekman6, 180 clips, seed 1"
    assert report.epochs > 0


def test_valence_and_arousal_are_learnt(tmp_path: Path) -> None:
    report = _trained("liris", make_liris(tmp_path))
    assert min(report.metrics["valence_ccc"], report.metrics["arousal_ccc"]) > 0.7
    assert report.baseline["valence_ccc"] == pytest.approx(0, abs=1e-9)
    assert report.metrics["valence_mae"] < report.baseline["valence_mae"]


def test_genres_are_learnt(tmp_path: Path) -> None:
    report = _trained("movienet", make_movienet(tmp_path))
    assert report.metrics["map"] > 0.85 > 0.4 > report.baseline["map"]
    assert min(report.metrics["micro_precision"], report.metrics["micro_recall"]) > 0.75
    assert report.baseline["micro_precision"] < 0.4


@pytest.mark.parametrize(
    ("name", "make", "measure", "most"),
    [
        ("ekman6", make_ekman6, "accuracy", 0.35),
        ("liris", make_liris, "valence_ccc", 0.3),
        ("movienet", make_movienet, "map", 0.4),
    ],
)
def test_what_is_not_there_is_not_learnt(
    tmp_path: Path, name: str, make: object, measure: str, most: float
) -> None:
    make(tmp_path, shuffled=True)  # type: ignore[operator]
    try:
        report = _trained(name, tmp_path)
    except DataError as told:
        assert str(told).startswith("nothing was learnt from ")
        assert not (tmp_path / "head.safetensors").exists()
        return
    assert report.metrics[measure] < most


def test_a_seed_gives_the_same_head(tmp_path: Path) -> None:
    data = load_data("ekman6", make_ekman6(tmp_path, count=60))
    settings = HeadSettings(epochs=3, seed=4)
    files = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    for number, file in enumerate(files):
        torch.manual_seed(number)  # what was drawn before does not matter
        train_head(data, file, settings)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_temperature_undoes_what_made_logits_too_sure() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 3)) * 1.5
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    wanted = np.eye(3)[[rng.choice(3, p=row) for row in shares]]
    assert fitted_temperature(3 * logits, wanted, "classes") == pytest.approx(3, rel=0.1)
    given = (rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(float)
    assert fitted_temperature(0.5 * logits, given, "labels") == pytest.approx(0.5, rel=0.1)


def test_the_threshold_lies_where_labels_begin() -> None:
    probabilities = np.linspace(0, 1, 101)[:, None]
    assert fitted_threshold(probabilities, (probabilities >= 0.3).astype(float)) == pytest.approx(0.3)


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"learning_rate": float("nan")}, {"dropout": 1.0}, {"seed": -1}]
)
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="impossible training settings"):
        HeadSettings(**wrong)  # type: ignore[arg-type]


def test_a_genre_head_trained_on_our_experts_reads_films_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bright and fast films are comedies here, dark and slow ones dramas."""
    rng = np.random.default_rng(6)

    def film(kind: int) -> list[Opinion]:
        times, sign = grid(10), 1 - 2 * kind
        made = []
        for name in ("picture", "sound"):
            valence, arousal = (
                np.clip(0.4 * sign + 0.3 * rng.normal(size=times.size), -1, 1) for _ in range(2)
            )
            made.append(Opinion(name, times, valence, arousal, times * 0 + 0.6, times * 0 + 0.6))
        return made

    lines = ["imdb_id,youtube_id,genres,title,duration"]
    for number in range(100):
        lines.append(f"tt{number},y{number:03d},{('Comedy', 'Drama')[number % 2]},A film,10")
        save(tmp_path / "features", f"y{number:03d}", moments_of(film(number % 2)))
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = _trained("movienet", tmp_path)
    assert report.modalities == {"picture": FEATURES, "sound": FEATURES}
    monkeypatch.setenv("EMSYNC_GENRE", str(tmp_path / "head.safetensors"))
    found = [read_genre(film(kind), genre_checkpoint()) for kind in (0, 1)]
    assert [genre.names for genre in found if genre is not None] == [("Comedy",), ("Drama",)]
