"""The training loop of the generator: on two cores or on accelerators, alone or through torchrun.

Every batch is drawn from its number and the seed, and the state is kept every few minutes, so that a run that was
broken off goes on as if nothing had happened.
"""

from __future__ import annotations

import itertools
import logging
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from emsync_nb.errors import DataError
from emsync_nb.generation.borrowing import known_runs
from emsync_nb.generation.checkpoint import save
from emsync_nb.generation.tokens import FIELDS, KIND, NOTE, SOURCE, WRITTEN
from emsync_nb.generation.transformer import EventTransformer, NetworkSettings, count_parameters
from emsync_nb.training.beginnings import beginnings
from emsync_nb.training.corpus.store import Piece
from emsync_nb.training.examples import Example, batch, excerpt, make_example
from emsync_nb.training.grooves import Groove, beats_of
from emsync_nb.training.layout import LayoutSettings
from emsync_nb.training.optimiser import optimisers, set_share
from emsync_nb.training.state import RunState, load_state, save_state, state_path
from emsync_nb.training.world import World

log = logging.getLogger(__name__)

#: steps and conditions of excerpts, and of bars that stand alone
Batch = tuple[Tensor, Tensor, Tensor, Tensor]
#: lonely bars for each excerpt of a batch, and what their loss counts for
BEGINNINGS, BEGINNING_WEIGHT = 21, 0.5
#: held-out pieces that tell how a run goes, whenever its state is kept
WATCHED = 40

#: music put in front of an excerpt, from earlier and from later, may take all but the last quarter of this
LEAST_LENGTH = 256


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How long and how fast to learn."""

    #: time to learn; counts only where `steps` is 0
    minutes: float = 75.0
    #: updates; 0: as many as fit into the minutes
    steps: int = 0
    #: steps of the network in an excerpt
    length: int = 768
    #: excerpts in an update, on each process
    batch_size: int = 6
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    weight_decay: float = 0.05
    seed: int = 1
    log_every: int = 20
    #: minutes from one kept state to the next
    keep_every: float = 5.0
    #: let the compiler fuse the network; takes a minute to begin with and a C++ compiler
    compiled: bool = True
    #: 16-bit brain floats where the machine multiplies them fast
    half: bool = True

    def __post_init__(self) -> None:
        counts = (self.batch_size, self.warmup_steps, self.log_every)
        if (
            not 0 < self.minutes < math.inf
            or self.length < LEAST_LENGTH
            or min(counts) < 1
            or min(self.steps, self.seed) < 0
        ):
            raise ValueError(f"impossible training settings: {asdict(self)}")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Held-out loss in nats."""

    #: per note, all fields together, bar lines and heads included
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
    #: steps of the network learnt from, over all processes
    events: int
    events_per_s: float
    #: arithmetic done, as a share of what one large product of matrices reaches on the same device
    share_of_peak: float
    held_out: Evaluation


def train(
    pieces: Sequence[Piece],
    out: Path,
    *,
    network: NetworkSettings,
    settings: TrainingSettings,
    resume: bool = False,
    on_progress: Callable[[float, float], None] | None = None,
) -> TrainingReport:
    """Train and write the checkpoint to `out`; the state of the run lies beside it until it is done.

    Through torchrun, each process calls this with the same arguments, and the first one writes.
    `on_progress` receives the share done and the current loss per note.

    Raises:
        DataError: too few pieces to train on and to hold out, or a state to resume that is damaged or of another run.
    """
    examples = [example for example in map(make_example, pieces) if example is not None]
    learning = [example for example in examples if example.split == "train"]
    held_out = [example for example in examples if example.split == "validation"]
    if not learning or not held_out:
        raise DataError("the corpus is too small: it needs pieces to learn from and pieces to hold out")
    with World.joined() as world:
        run = _Run(network, settings, world, learning, held_out)
        if world.is_first:
            run.model.known_runs = known_runs(example.piece.table for example in learning)
        if resume:
            run.load(state_path(out))
        run.learn(out, on_progress)
        if world.is_first:
            save(run.model, out, {})  # whatever happens in the evaluation, the run is not lost
        report = run.report(
            len(learning), evaluate(run.model, held_out, settings.length, device=world.device)
        )
        if world.is_first:
            save(run.model, out, _facts(report, pieces))
            state_path(out).unlink(missing_ok=True)
    return report


class _Run:
    """A model on its way."""

    def __init__(
        self,
        network: NetworkSettings,
        settings: TrainingSettings,
        world: World,
        learning: Sequence[Example],
        held_out: Sequence[Example],
    ) -> None:
        self._half = settings.half and world.is_half_fast()
        self._watched = held_out[:: max(1, len(held_out) // WATCHED)]
        torch.manual_seed(settings.seed)
        self.model = EventTransformer(network).to(world.device)
        self._settings, self._world, self._learning = settings, world, learning
        self._optimisers = optimisers(self.model, settings.learning_rate, settings.weight_decay)
        self._state = RunState(0, 0.0)
        self._learner = world.shared(self.model)
        self._losses: Any = self._learner
        self._is_new = True

    def load(self, path: Path) -> None:
        """Go on from a kept state."""
        self._state = load_state(path, self.model, self._optimisers, self._fingerprint())

    def _fingerprint(self) -> dict[str, Any]:
        """What has to be the same for a run to go on."""
        same = ("length", "batch_size", "learning_rate", "warmup_steps", "weight_decay", "seed", "steps")
        chosen = {name: getattr(self._settings, name) for name in same}
        return (
            chosen
            | asdict(self.model.settings)
            | {"pieces": len(self._learning), "processes": self._world.size}
        )

    def learn(self, out: Path, on_progress: Callable[[float, float], None] | None) -> None:
        """Update the model until all is done, keeping the state every few minutes."""
        start = time.monotonic() - self._state.seconds
        running, kept = math.nan, time.monotonic()
        self.model.train()
        for batch_ in self._batches():
            done = self._world.agreed(self._done(time.monotonic() - start))
            if done >= 1:
                break
            set_share(self._optimisers, _schedule(self._state.step, done, self._settings.warmup_steps))
            if self.model.settings.dropout:
                torch.manual_seed(_number_of(self._settings.seed, self._world.rank, self._state.step))
            loss = self._update(_on(batch_, self._world.device))
            running = loss if math.isnan(running) else 0.97 * running + 0.03 * loss
            self._state = RunState(self._state.step + 1, time.monotonic() - start)
            if self._world.is_first and self._state.step % self._settings.log_every == 0:
                log.info("step %d, %.1f %%, loss %.3f nats a note", self._state.step, 100 * done, running)
                if on_progress is not None:
                    on_progress(done, running)
            if self._world.is_first and time.monotonic() - kept > 60 * self._settings.keep_every:
                self._keep(out)
                self._watch()
                kept = time.monotonic()
        if self._world.is_first:
            self._keep(out)

    def _keep(self, out: Path) -> None:
        save_state(state_path(out), self._state, self.model, self._optimisers, self._fingerprint())

    def _watch(self) -> None:
        """Say how the network does on music that it has not seen."""
        found = evaluate(self.model, self._watched, self._settings.length, device=self._world.device)
        self.model.train()
        log.info("step %d kept, held-out loss %.3f nats a note", self._state.step, found.nll_per_note)

    def _done(self, seconds: float) -> float:
        if self._settings.steps:
            return self._state.step / self._settings.steps
        return seconds / 60 / self._settings.minutes

    def _batches(self) -> Iterator[Batch]:
        """Batches from the run's step on, drawn by other processes while the network learns."""
        drawn = _Batches(self._learning, self._settings, self._world.rank, self._state.step)
        hungry = self._world.device.type == "cuda"  # it learns faster than one processor draws
        workers = max(1, (os.cpu_count() or 1) // self._world.size - 1) if hungry else 1
        yield from DataLoader(
            drawn, batch_size=None, num_workers=workers, prefetch_factor=4, pin_memory=hungry
        )

    def _update(self, batch_: Batch) -> float:
        """One update; the loss in nats a note."""
        compiles = self._is_new and self._settings.compiled
        loss = self._compile(batch_) if compiles else self._differentiate(batch_)
        self._is_new = False
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self._optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        return loss

    def _compile(self, batch_: Batch) -> float:
        """Let the compiler fuse the network, or go on without where it cannot; then `_differentiate`.

        It works when it is first needed only. What is no fault of the compiler's comes back without it.
        """
        try:
            self._losses = torch.compile(self._learner)
            return self._differentiate(batch_)
        except RuntimeError as error:
            reason = " ".join(str(error).split("Set TORCH")[0].split())[:160]
        log.warning(
            "no compiler for the network (%s), so training is slower; install g++, or another in CXX", reason
        )
        self._losses = self._learner
        self.model.zero_grad(set_to_none=True)
        return self._differentiate(batch_)

    def _differentiate(self, batch_: Batch) -> float:
        """The loss in nats a note; leaves its gradients in the model, those of beginnings included."""
        notes = max(1, int(_written_notes(batch_[0]).sum()))
        with _half(self._half, self._world.device):
            losses, first = self._losses(*batch_)
        loss = losses.sum() / notes
        (loss + BEGINNING_WEIGHT * first.sum() / len(batch_[2])).backward()
        return float(loss.detach())

    def report(self, pieces: int, held_out: Evaluation) -> TrainingReport:
        """What came of it."""
        events = self._state.step * self._settings.batch_size * self._settings.length * self._world.size
        rate = events / max(self._state.seconds, 1e-9)
        work = 6 * count_parameters(self.model) * rate / self._world.size
        share = work / self._world.peak(half=self._half)
        minutes, parameters = self._state.seconds / 60, count_parameters(self.model)
        return TrainingReport(self._state.step, minutes, parameters, pieces, events, rate, share, held_out)


class _Batches(IterableDataset[Batch]):
    """Batch after batch; number k is the same whenever it is drawn."""

    def __init__(
        self, learning: Sequence[Example], settings: TrainingSettings, rank: int, first: int
    ) -> None:
        super().__init__()
        self._learning, self._settings, self._rank, self._first = learning, settings, rank, first
        self._grooves: tuple[Groove, ...] = beats_of([example.piece for example in learning])

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        worker = get_worker_info()
        number, of = (worker.id, worker.num_workers) if worker else (0, 1)
        for step in itertools.count(self._first + number, of):
            rng = np.random.default_rng([self._settings.seed, self._rank, step])
            steps, vectors = batch(
                self._learning,
                self._settings.batch_size,
                self._settings.length,
                rng,
                grooves=self._grooves,
                layout=LayoutSettings(),
            )
            first = beginnings(steps, vectors, BEGINNINGS * self._settings.batch_size, rng)
            yield tuple(torch.from_numpy(array) for array in (steps, vectors, *first))  # type: ignore[misc]


def _number_of(*numbers: int) -> int:
    """One number of 32 bits for several."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def _half(wanted: bool, device: torch.device) -> AbstractContextManager[object]:
    return torch.autocast(device.type, torch.bfloat16) if wanted else nullcontext()


def _on(batch_: Batch, device: torch.device) -> Batch:
    steps, vectors, first_steps, first_vectors = (part.to(device, non_blocking=True) for part in batch_)
    return steps, vectors, first_steps, first_vectors


def _written_notes(steps: Tensor) -> Tensor:
    """(batch, time − 1) which events after the first are notes that the network has to write."""
    return (steps[:, 1:, KIND] >= NOTE) & (steps[:, 1:, SOURCE] == WRITTEN)


def _schedule(step: int, done: float, warmup: int) -> float:
    """Share of the full rate: a linear rise, then a straight line down to a hundredth."""
    return min(1.0, (step + 1) / warmup) * max(0.01, 1 - min(1.0, done))


@torch.inference_mode()
def evaluate(
    model: EventTransformer,
    examples: Sequence[Example],
    length: int,
    *,
    excerpts: int = 1,
    conditions: bool = True,
    device: torch.device | None = None,
) -> Evaluation:
    """Loss on excerpts of each held-out piece, always the same ones, with all conditions or without any."""
    model.eval()
    total, notes = torch.zeros(len(FIELDS)), 0
    for index, example in enumerate(examples):
        rng = np.random.default_rng(index)
        for _ in range(excerpts):
            drawn = excerpt(example, length, rng, augment=False)
            steps, vectors = torch.from_numpy(drawn.steps)[None], torch.from_numpy(drawn.vectors)[None]
            losses = model.losses(steps.to(device), (vectors if conditions else 0 * vectors).to(device))
            total += losses.sum(dim=(1, 2)).cpu()
            notes += int(_written_notes(steps).sum())
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
        "events": str(report.events),
        "events_per_s": f"{report.events_per_s:.0f}",
        "share_of_peak": f"{report.share_of_peak:.3f}",
        "heldout_nll_per_note": f"{report.held_out.nll_per_note:.4f}",
    }
