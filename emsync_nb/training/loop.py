"""The training loop of the generator: a budget of minutes, a cosine, and a checkpoint at the end."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from emsync_nb.errors import DataError
from emsync_nb.generation.checkpoint import save
from emsync_nb.generation.tokens import BAR, FIELDS
from emsync_nb.generation.transformer import EventTransformer, NetworkSettings, count_parameters
from emsync_nb.training.corpus.store import Piece
from emsync_nb.training.examples import Example, batch, excerpt, make_example
from emsync_nb.training.grooves import Groove, beats_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How long and how fast to learn."""

    minutes: float = 30.0
    #: events in an excerpt
    length: int = 384
    batch_size: int = 8
    learning_rate: float = 1.5e-3
    warmup_steps: int = 100
    weight_decay: float = 0.05
    seed: int = 1
    log_every: int = 20

    def __post_init__(self) -> None:
        if self.minutes <= 0 or self.length < 16 or self.batch_size < 1:
            raise ValueError(f"impossible training settings: {asdict(self)}")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Held-out loss in nats."""

    #: per note, all five fields together, bar lines included in the position field
    nll_per_note: float
    #: per field and note
    by_field: dict[str, float]
    notes: int


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What came of a run."""

    steps: int
    minutes: float
    parameters: int
    train_pieces: int
    held_out: Evaluation


def train(
    pieces: Sequence[Piece],
    out: Path,
    *,
    network: NetworkSettings,
    settings: TrainingSettings,
    on_progress: Callable[[float, float], None] | None = None,
) -> TrainingReport:
    """Train from scratch and write the checkpoint to `out`.

    `on_progress` receives the share done and the current loss per note.

    Raises:
        DataError: too few pieces to train on and to hold out.
    """
    examples = [example for example in map(make_example, pieces) if example is not None]
    learning = [example for example in examples if example.split == "train"]
    held_out = [example for example in examples if example.split == "validation"]
    if not learning or not held_out:
        raise DataError("the corpus is too small: it needs pieces to learn from and pieces to hold out")
    torch.manual_seed(settings.seed)
    model = EventTransformer(network)
    grooves = beats_of([example.piece for example in learning])
    steps, minutes = _run(model, learning, grooves, settings, on_progress)
    save(model, out, {})  # whatever happens in the evaluation, the run is not lost
    evaluation = evaluate(model, held_out, settings.length)
    report = TrainingReport(steps, minutes, count_parameters(model), len(learning), evaluation)
    save(model, out, _facts(report, pieces))
    return report


def _run(
    model: EventTransformer,
    examples: Sequence[Example],
    grooves: Sequence[Groove],
    settings: TrainingSettings,
    on_progress: Callable[[float, float], None] | None,
) -> tuple[int, float]:
    """Learn until the minutes are over; (steps, minutes)."""
    optimiser = _optimiser(model, settings)
    rng = np.random.default_rng(settings.seed)
    start, step, running = time.monotonic(), 0, math.nan
    model.train()
    while (done := (time.monotonic() - start) / 60 / settings.minutes) < 1:
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * _schedule(step, done, settings.warmup_steps)
        loss = _step(
            model, optimiser, batch(examples, settings.batch_size, settings.length, rng, grooves=grooves)
        )
        running = loss if math.isnan(running) else 0.95 * running + 0.05 * loss
        step += 1
        if step % settings.log_every == 0:
            log.info("step %d, %.0f %%, loss %.3f nats a note", step, 100 * done, running)
            if on_progress is not None:
                on_progress(done, running)
    return step, (time.monotonic() - start) / 60


def _schedule(step: int, done: float, warmup: int) -> float:
    """Share of the full learning rate: a linear rise, then half a cosine down to a fiftieth."""
    return min(1.0, (step + 1) / warmup) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def _optimiser(model: EventTransformer, settings: TrainingSettings) -> torch.optim.AdamW:
    decayed = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    groups = [
        {"params": decayed, "weight_decay": settings.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.97))


def _step(
    model: EventTransformer,
    optimiser: torch.optim.AdamW,
    drawn: tuple[NDArray[np.int64], NDArray[np.float32]],
) -> float:
    """One update; the loss in nats a note."""
    events, conditions = drawn
    notes = max(1, int((events[:, 1:, 0] > BAR).sum()))
    loss = model.loss(torch.from_numpy(events), torch.from_numpy(conditions)).sum() / notes
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves Tensor.backward untyped
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach())


@torch.inference_mode()
def evaluate(
    model: EventTransformer, examples: Sequence[Example], length: int, excerpts: int = 2
) -> Evaluation:
    """Loss on the first excerpts drawn from each held-out piece, all conditions given, always the same ones."""
    model.eval()
    total, notes = torch.zeros(len(FIELDS)), 0
    for index, example in enumerate(examples):
        rng = np.random.default_rng(index)
        for _ in range(excerpts):
            drawn = excerpt(example, length, rng, augment=False)
            total += model.loss(torch.from_numpy(drawn.events)[None], torch.from_numpy(drawn.vectors)[None])
            notes += int((drawn.events[1:, 0] > BAR).sum())
    by_field = {name: float(value) / notes for name, value in zip(FIELDS, total, strict=True)}
    return Evaluation(float(total.sum()) / notes, by_field, notes)


def _facts(report: TrainingReport, pieces: Sequence[Piece]) -> dict[str, str]:
    """What the checkpoint's header tells about its making."""
    licences = sorted({f"{p.provenance.source} ({p.provenance.licence})" for p in pieces})
    return {
        "sources": ", ".join(licences),
        "pieces": str(report.train_pieces),
        "steps": str(report.steps),
        "minutes": f"{report.minutes:.1f}",
        "parameters": str(report.parameters),
        "heldout_nll_per_note": f"{report.held_out.nll_per_note:.4f}",
    }
