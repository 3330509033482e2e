"""Trains a head on a data set that a user brought, and says how it does against knowing nothing of the clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from emsync_nb.analysis.feature_fusion import FeatureFusion, HeadSpec, Task, save_head, stacked
from emsync_nb.errors import DataError
from emsync_nb.training.emotion.clips import Clip, EmotionData
from emsync_nb.training.emotion.feature_fusion import FeatureFusionNetwork
from emsync_nb.training.emotion.metrics import measured

FloatArray = NDArray[np.float64]
#: clips answered at once
_AT_ONCE = 256
#: thresholds that are tried for labels
_THRESHOLDS = np.linspace(0.05, 0.95, 19)
#: temperatures are looked for from a tenth to ten
_COLDEST, _HOTTEST = -1.0, 1.0
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """How to learn."""

    #: times that all clips are seen, at most
    epochs: int = 60
    #: epochs without a better validation loss after which it ends
    patience: int = 8
    batch_size: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    #: of numbers in tokens
    dropout: float = 0.2
    #: of whole modalities of a clip
    modality_dropout: float = 0.2
    seed: int = 1

    def __post_init__(self) -> None:
        counts, shares = (self.epochs, self.patience, self.batch_size), (self.dropout, self.modality_dropout)
        rates_fit = self.learning_rate > 0 and self.weight_decay >= 0 and self.seed >= 0
        if min(counts) < 1 or not rates_fit or not all(0 <= share < 1 for share in shares):
            raise ValueError(f"impossible training settings: {asdict(self)}")


@dataclass(frozen=True, slots=True)
class HeadReport:
    """What came of a run."""

    data: str
    task: Task
    answers: tuple[str, ...]
    #: name → numbers in a row
    modalities: dict[str, int]
    parameters: int
    #: until the best validation loss
    epochs: int
    temperature: float
    #: split → clips
    clips: dict[str, int]
    #: the split that the measures are of: "test", or "validation" where there is no other
    measured_on: str
    metrics: dict[str, float]
    #: the same of an answer that is always what is usual among the clips learnt from
    baseline: dict[str, float]
    #: what was left out and why
    skipped: tuple[str, ...]


def train_head(
    data: EmotionData,
    out: Path,
    settings: HeadSettings | None = None,
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> HeadReport:
    """Train on a data set, keep what was best on its validation split, and write the checkpoint to `out`.

    Raises:
        DataError: nothing could be learnt; no file is written then.
        OutputError: `out` cannot be written.
        MissingExtraError: safetensors is not installed.
    """
    settings = settings or HeadSettings()
    learning, held_out = data.split("train"), data.split("validation")
    provenance = f"{data.name}, {len(learning)} clips, seed {settings.seed}"
    network = FeatureFusionNetwork(
        HeadSpec(data.task, data.answers, data.modalities, provenance),
        dropout=settings.dropout,
        modality_dropout=settings.modality_dropout,
        seed=settings.seed,
    )
    network.standardise(_scales(data, learning))
    network.begin_with(_usual_logits(data.task, _wanted(learning).mean(axis=0)))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        epochs = _learn(network, learning, held_out, settings, on_progress)
    if not epochs:  # what learnt nothing has random weights, and they answer nothing
        raise DataError(
            f"nothing was learnt from {data.name}: on {len(held_out)} held-out clips it is no better than what is "
            "usual. Bring more clips, or features that tell more; no checkpoint was written"
        )
    temperature = _calibrate(network, held_out)
    save_head(network.tensors(), network.spec, out)
    return _report(data, network, epochs, temperature)


def _usual_logits(task: Task, usual: FloatArray) -> FloatArray:
    """(answers,) logits that say what is usual, so that any better loss is learnt from the clips."""
    if task == "plane":
        return np.asarray(np.arctanh(np.clip(usual, -0.99, 0.99)))
    share = np.clip(usual, 1e-3, 1 - 1e-3)
    return np.log(share) if task == "classes" else np.log(share / (1 - share))


def _scales(
    data: EmotionData, learning: Sequence[Clip]
) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """(width,) mean and deviation of each number by modality, over what is known of the clips."""
    scales = {}
    for name, width in data.modalities:
        count, total, squares = 0, np.zeros(width), np.zeros(width)
        for rows in (clip.features[name] for clip in learning if name in clip.features):
            known = rows[~np.isnan(rows).any(axis=1)].astype(np.float64)
            count, total, squares = (
                count + len(known),
                total + known.sum(axis=0),
                squares + (known**2).sum(axis=0),
            )
        mean = total / max(1, count)
        deviation = np.sqrt(np.maximum(squares / max(1, count) - mean**2, 0))
        scales[name] = mean.astype(np.float32), np.where(deviation > 1e-6, deviation, 1).astype(np.float32)
    return scales


def _learn(
    network: FeatureFusionNetwork,
    learning: Sequence[Clip],
    held_out: Sequence[Clip],
    settings: HeadSettings,
    on_progress: Callable[[float], None],
) -> int:
    """Update until the validation loss no longer falls; the epoch of the best one, whose weights stay."""
    learnt = [one for one in network.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(learnt, settings.learning_rate, weight_decay=settings.weight_decay)
    rng = np.random.default_rng(settings.seed)
    best, best_epoch, kept = _validation_loss(network, held_out), 0, network.state_dict()
    kept = {name: value.clone() for name, value in kept.items()}
    for epoch in range(1, settings.epochs + 1):
        network.train()
        for batch in _batches(
            [learning[index] for index in rng.permutation(len(learning))], settings.batch_size
        ):
            loss = _loss(network, batch)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learnt, 1.0)
            optimiser.step()
        found = _validation_loss(network, held_out)
        if found < best - 1e-4:
            best, best_epoch = found, epoch
            kept = {name: value.clone() for name, value in network.state_dict().items()}
        on_progress(epoch / settings.epochs)
        if epoch - best_epoch >= settings.patience:
            break
    network.load_state_dict(kept)
    network.eval()
    on_progress(1.0)
    return best_epoch


def _batches(clips: Sequence[Clip], size: int) -> Iterator[Sequence[Clip]]:
    """Stretches of the clips; a last one of a single clip is left for the next epoch."""
    for start in range(0, len(clips), size):
        batch = clips[start : start + size]
        if len(batch) > 1 or len(clips) == 1:
            yield batch


def _loss(network: FeatureFusionNetwork, clips: Sequence[Clip]) -> Tensor:
    rows, there = stacked([clip.features for clip in clips], network.spec.modalities)
    logits = network(
        {name: torch.from_numpy(array) for name, array in rows.items()},
        {name: torch.from_numpy(array) for name, array in there.items()},
    )
    wanted = torch.from_numpy(_wanted(clips)).float()
    if network.spec.task == "classes":
        return functional.cross_entropy(logits, wanted)
    if network.spec.task == "labels":
        return functional.binary_cross_entropy_with_logits(logits, wanted)
    said = torch.tanh(logits)
    return functional.mse_loss(said, wanted) + _discordance(said, wanted)


def _discordance(said: Tensor, wanted: Tensor) -> Tensor:
    """1 less the concordance (Lin 1989), mean of the axes: error alone would have it say the mean of all clips."""
    means = said.mean(dim=0), wanted.mean(dim=0)
    together = ((said - means[0]) * (wanted - means[1])).mean(dim=0)
    apart = said.var(dim=0, correction=0) + wanted.var(dim=0, correction=0) + (means[0] - means[1]) ** 2
    return (1 - 2 * together / (apart + 1e-6)).mean()


def _wanted(clips: Sequence[Clip]) -> FloatArray:
    return np.stack([clip.wanted for clip in clips])


@torch.inference_mode()
def _validation_loss(network: FeatureFusionNetwork, clips: Sequence[Clip]) -> float:
    network.eval()
    batches = list(_batches(clips, _AT_ONCE))
    losses = [float(_loss(network, batch)) for batch in batches]
    return float(np.average(losses, weights=[len(batch) for batch in batches]))


def _calibrate(network: FeatureFusionNetwork, held_out: Sequence[Clip]) -> float:
    """Fit temperature and threshold on held-out clips; the temperature."""
    if network.spec.task == "plane":
        return 1.0
    logits, wanted = _logits(network, held_out), _wanted(held_out)
    temperature = fitted_temperature(logits, wanted, network.spec.task)
    threshold = 0.5
    if network.spec.task == "labels":
        threshold = fitted_threshold(1 / (1 + np.exp(-np.clip(logits / temperature, -60, 60))), wanted)
    network.calibrate(temperature, threshold)
    return temperature


def fitted_temperature(logits: FloatArray, wanted: FloatArray, task: Task) -> float:
    """The temperature, 0.1 … 10, at which (n, answers) logits are likeliest to mean what is `wanted` (Guo et al. 2017).

    The likelihood has one peak over 1 / T, so that a golden section finds it.
    """

    def misfit(exponent: float) -> float:
        scaled = torch.from_numpy(logits / 10**exponent)
        truth = torch.from_numpy(wanted)
        if task == "classes":
            return float(functional.cross_entropy(scaled, truth))
        return float(functional.binary_cross_entropy_with_logits(scaled, truth))

    low, high = _COLDEST, _HOTTEST
    for _ in range(40):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, right) if misfit(left) < misfit(right) else (left, high)
    return float(10 ** ((low + high) / 2))


def fitted_threshold(probabilities: FloatArray, wanted: FloatArray) -> float:
    """The threshold with the best micro-F1 of (n, labels)."""
    scores = []
    for threshold in _THRESHOLDS:
        given = probabilities >= threshold
        scores.append(2 * (given * wanted).sum() / max(1.0, given.sum() + wanted.sum()))
    return float(_THRESHOLDS[int(np.argmax(scores))])


def _logits(network: FeatureFusionNetwork, clips: Sequence[Clip]) -> FloatArray:
    fusion = FeatureFusion(network.tensors(), network.spec)
    parts = [clips[start : start + _AT_ONCE] for start in range(0, len(clips), _AT_ONCE)]
    return np.concatenate([fusion.logits([clip.features for clip in part]) for part in parts])


def answered(network: FeatureFusion, clips: Sequence[Clip]) -> FloatArray:
    """(n, answers) what a network says of clips."""
    parts = [clips[start : start + _AT_ONCE] for start in range(0, len(clips), _AT_ONCE)]
    return np.concatenate([network([clip.features for clip in part]) for part in parts])


def _report(data: EmotionData, network: FeatureFusionNetwork, epochs: int, temperature: float) -> HeadReport:
    measured_on = "test" if data.split("test") else "validation"
    fusion = FeatureFusion(network.tensors(), network.spec)
    clips = data.split("test") or data.split("validation")
    wanted, usual = _wanted(clips), _wanted(data.split("train")).mean(axis=0)
    held_out = _wanted(data.split("validation"))
    bar = fitted_threshold(np.tile(usual, (len(held_out), 1)), held_out) if data.task == "labels" else 0.5
    return HeadReport(
        data=data.name,
        task=data.task,
        answers=data.answers,
        modalities=dict(data.modalities),
        parameters=network.parameters_learnt(),
        epochs=epochs,
        temperature=temperature,
        clips=data.counts(),
        measured_on=measured_on,
        metrics=measured(data.task, answered(fusion, clips), wanted, fusion.threshold),
        baseline=measured(data.task, np.tile(usual, (len(clips), 1)), wanted, bar),
        skipped=data.skipped,
    )
