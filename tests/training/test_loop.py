"""A tiny network learns tiny music, and what it learned can be loaded."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from emsync_nb.errors import DataError
from emsync_nb.training import Piece
from emsync_nb.training.examples import make_example

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors")

from emsync_nb.generation import load  # noqa: E402 - after the check for torch
from emsync_nb.generation.transformer import count_parameters  # noqa: E402
from emsync_nb.training import NetworkSettings, TrainingSettings, loop, train  # noqa: E402
from emsync_nb.training.loop import evaluate  # noqa: E402

MakePiece = Callable[..., Piece]
TINY = NetworkSettings(width=32, layers=1, heads=2, hidden=48)
QUICK = TrainingSettings(
    minutes=1, length=64, batch_size=4, learning_rate=1e-2, warmup_steps=4, seed=3, log_every=1
)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def corpus(make_piece: MakePiece) -> list[Piece]:
    """Six pieces to learn from and two to hold out."""
    splits = ["train"] * 6 + ["validation"] * 2
    return [make_piece(f"piece {seed}", seed=seed, bars=16, split=split) for seed, split in enumerate(splits)]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes the minute of training last a number of steps."""

    def last(count: int) -> None:
        clock = iter(np.arange(0, 10_000) * 60 / count)
        monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: float(next(clock))))

    return last


def test_the_loss_falls_and_the_checkpoint_loads(
    corpus: list[Piece], steps: Callable[[int], None], tmp_path: Path
) -> None:
    steps(31)
    out, losses, shares = tmp_path / "tiny.safetensors", [], []

    def progress(share: float, loss: float) -> None:
        shares.append(share)
        losses.append(loss)

    report = train(corpus, out, network=TINY, settings=QUICK, on_progress=progress)
    assert report.steps == len(losses) == 30
    assert shares == sorted(shares)
    assert 0 < shares[0] <= shares[-1] < 1
    # without knowledge each note costs log of the number of values of its fields, and more for bar lines
    blind = sum(math.log(size) for size in TINY.sizes)
    assert losses[0] > 0.9 * blind
    assert losses[-1] < 0.8 * losses[0]
    assert report.held_out.nll_per_note < 0.75 * blind
    assert (report.train_pieces, report.minutes) == (6, pytest.approx(32 / 31))
    network = load(out)
    assert network.settings == TINY
    assert report.parameters == count_parameters(network)
    held = [example for piece in corpus[6:] if (example := make_example(piece)) is not None]
    again = evaluate(network, held, QUICK.length)
    assert again.nll_per_note == pytest.approx(
        report.held_out.nll_per_note, abs=0.02
    )  # but for half precision
    with safetensors.safe_open(str(out), framework="pt") as archive:
        facts = archive.metadata()
    assert facts["sources"] == "freedoom (CC0-1.0)"
    assert (facts["pieces"], facts["steps"], facts["parameters"]) == ("6", "30", str(report.parameters))
    assert float(facts["heldout_nll_per_note"]) == pytest.approx(report.held_out.nll_per_note, abs=1e-4)


def test_the_same_seed_learns_the_same(
    corpus: list[Piece], steps: Callable[[int], None], tmp_path: Path
) -> None:
    losses = []
    for _ in range(2):
        steps(4)
        report = train(corpus, tmp_path / "tiny.safetensors", network=TINY, settings=QUICK)
        losses.append(report.held_out.nll_per_note)
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


def test_an_evaluation_is_the_same_every_time_and_adds_up(corpus: list[Piece]) -> None:
    from emsync_nb.generation.transformer import EventTransformer

    torch.manual_seed(0)
    network = EventTransformer(TINY)
    examples = [example for piece in corpus[:2] if (example := make_example(piece)) is not None]
    first, again = (evaluate(network, examples, 64) for _ in range(2))
    assert first == again
    assert sum(first.by_field.values()) == pytest.approx(first.nll_per_note)
    assert list(first.by_field) == ["position", "part", "pitch", "duration", "velocity"]
    # two excerpts of two pieces, at least half full; of ten events a bar nine are notes
    assert 4 * 31 * 0.85 < first.notes <= 4 * 63 * 0.9 + 4


@pytest.mark.parametrize("kept", [slice(0, 6), slice(6, 8), slice(0, 0)])
def test_a_corpus_too_small_to_split_is_refused(corpus: list[Piece], kept: slice, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="too small"):
        train(corpus[kept], tmp_path / "tiny.safetensors", network=TINY, settings=QUICK)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [{"minutes": 0}, {"minutes": -1}, {"length": 8}, {"batch_size": 0}])
def test_senseless_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="impossible training settings"):
        TrainingSettings(**wrong)
