"""Fits the attention over experts on pseudo-films, and measures it against each expert alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emsync_nb.analysis.attention import EXPERTS, LINES, Attention
from emsync_nb.analysis.circumplex import classes_at
from emsync_nb.domain.curve import FloatArray
from emsync_nb.training.emotion.metrics import concordance
from emsync_nb.training.emotion.network import FusionNetwork
from emsync_nb.training.emotion.pseudo_films import PseudoFilm


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How the fit goes."""

    steps: int = 1500
    batch: int = 512
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    #: how often an expert is taken away, so that none is relied upon
    dropout: float = 0.35
    #: deviation of the noise on tokens: a few hundred items are met again and again, and shall not be learnt by heart
    noise: float = 0.15
    #: how often just one expert is left
    alone: float = 0.35
    #: weight of the wish that an expert who is alone be read by the line that fits it best, and by nothing cleverer
    anchor: float = 3.0
    #: weight of the classes beside valence and arousal
    classes: float = 0.2
    seed: int = 1


def fit_attention(
    films: Sequence[PseudoFilm],
    settings: FitSettings | None = None,
    on_step: Callable[[int, float], None] = lambda step, loss: None,
) -> dict[str, NDArray[np.float32]]:
    """The tensors of a trained network.

    The loss is the Gaussian likelihood of valence and arousal (Nix & Weigend 1994: the network tells its own variance),
    plus the cross-entropy of the classes that the emotion's place on the plane makes likely.

    Args:
        films: to learn from.
        settings: how.
        on_step: told the step and the loss now and then.
    """
    settings = settings or FitSettings()
    tokens, present, emotion = _moments(films)
    classes = torch.from_numpy(classes_at(emotion[:, 0].numpy(), emotion[:, 1].numpy())).float()
    lines = torch.tensor(np.array([calibration(place, films) for place in range(len(EXPERTS))])).float()
    network = FusionNetwork(settings.seed)
    optimiser = torch.optim.AdamW(
        network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.steps)
    draw = torch.Generator().manual_seed(settings.seed)
    for step in range(settings.steps):
        rows = torch.randint(len(tokens), (settings.batch,), generator=draw)
        there = _some_dropped(present[rows], settings, draw)
        noise = settings.noise * torch.randn(tokens[rows].shape, generator=draw)
        values, log_variance, logits = network((tokens[rows] + noise) * there[..., None], there)
        loss = _likelihood(values, log_variance, emotion[rows])
        loss = loss + settings.anchor * _away_from_lines(values, tokens[rows], there, lines)
        loss = loss + settings.classes * torch.nn.functional.cross_entropy(logits, classes[rows])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            on_step(step, float(loss.detach()))
    tensors = dict(network.tensors())
    tensors["temperature"] = _temperature(network, tokens, present, classes)
    return {**tensors, LINES: _lines_that_are_better(Attention(tensors), films)}


def _moments(films: Sequence[PseudoFilm]) -> tuple[Tensor, Tensor, Tensor]:
    """All shots of all films in which somebody says something."""
    tokens = np.concatenate([film.tokens for film in films])
    present = np.concatenate([film.present for film in films])
    emotion = np.concatenate([film.emotion for film in films])
    somebody = present.any(axis=1)
    return (
        torch.from_numpy(tokens[somebody]),
        torch.from_numpy(present[somebody]),
        torch.from_numpy(emotion[somebody]).float(),
    )


def _some_dropped(present: Tensor, settings: FitSettings, draw: torch.Generator) -> Tensor:
    """(n, experts) who is left when each may be missing; one at least of those who were there."""
    chances = torch.rand(present.shape, generator=draw)
    kept = present & (chances > settings.dropout)
    last = torch.where(present, chances, -1).argmax(dim=1)
    kept[torch.arange(len(kept)), last] = True
    alone = torch.rand(len(kept), generator=draw) < settings.alone
    only = torch.zeros_like(kept)
    only[torch.arange(len(kept)), last] = True
    return torch.where(alone[:, None], only, kept)


def _likelihood(values: Tensor, log_variance: Tensor, truth: Tensor) -> Tensor:
    return (((values - truth) ** 2) * torch.exp(-log_variance) + log_variance).mean() / 2


def _away_from_lines(values: Tensor, tokens: Tensor, there: Tensor, lines: Tensor) -> Tensor:
    """Mean square of what is said more or less than the best line, of moments with one expert."""
    alone = there.sum(dim=1) == 1
    place = there[alone].float().argmax(dim=1)
    said = tokens[alone, place][:, :2]
    fitted = (said * lines[place]).clamp(-1, 1)
    return ((values[alone] - fitted) ** 2).sum() / max(1, len(values))


def _temperature(
    network: FusionNetwork, tokens: Tensor, present: Tensor, classes: Tensor
) -> NDArray[np.float32]:
    """(1,) by which logits are divided so that probabilities are honest (Guo et al. 2017)."""
    with torch.no_grad():
        _, _, logits = network(tokens, present)
    tried = np.exp(np.linspace(math.log(0.3), math.log(3), 41))
    losses = [float(torch.nn.functional.cross_entropy(logits / float(each), classes)) for each in tried]
    return np.array([tried[int(np.argmin(losses))]], dtype=np.float32)


def _lines_that_are_better(network: Attention, films: Sequence[PseudoFilm]) -> NDArray[np.float32]:
    """(experts, 2) the slopes of those who are nearer to the truth by their own line when they are alone; else 0."""
    excess = only_one(network, films, films)
    slopes = [calibration(place, films) * (excess.get(name, 0.0) > 0) for place, name in enumerate(EXPERTS)]
    return np.array(slopes, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far one way of listening is from the truth on held-out films."""

    name: str
    #: root mean square error over both axes, mean over films
    rmse: float
    #: concordance (Lin 1989) of valence and arousal, over all shots of all films
    ccc: tuple[float, float]
    #: this minus the fused error, per film, mean and 95 % interval by bootstrap over films; above 0: fused is better
    behind_fused: tuple[float, float, float]


def compare(
    network: Attention, films: Sequence[PseudoFilm], learned: Sequence[PseudoFilm], seed: int = 0
) -> list[Comparison]:
    """Fused, then the calibrated average, then each expert alone where it is present, calibrated on `learned`.

    An expert alone is compared on the shots in which it says something; so is the fusion it is held against.
    """
    said = {name: _alone(place, films, learned) for place, name in enumerate(EXPERTS)}
    fused = [network(film.tokens, film.present).values for film in films]
    everywhere = [film.is_spoken for film in films]
    rows = [_compared("fused", fused, fused, films, everywhere, seed)]
    average = _averages(films, learned)
    rows.append(_compared("calibrated average", average, fused, films, everywhere, seed))
    for place, name in enumerate(EXPERTS):
        where = [film.speaks(place) for film in films]
        if any(mask.any() for mask in where):
            rows.append(_compared(name, said[name], fused, films, where, seed))
    return rows


def only_one(
    network: Attention, films: Sequence[PseudoFilm], learned: Sequence[PseudoFilm]
) -> dict[str, float]:
    """Expert → error of the network that has it alone, minus its own calibrated error; at most 0 is as good."""
    excess = {}
    for place, name in enumerate(EXPERTS):
        where = [film.speaks(place) for film in films]
        if not any(mask.any() for mask in where):
            continue
        mask = np.arange(len(EXPERTS)) == place
        answers = [network(film.tokens * mask[:, None], film.present & mask).values for film in films]
        own = _alone(place, films, learned)
        excess[name] = _rmse(answers, films, where) - _rmse(own, films, where)
    return excess


def without(network: Attention, films: Sequence[PseudoFilm]) -> dict[str, float]:
    """Expert → by how much the error grows when it is taken away."""
    everywhere = [film.is_spoken for film in films]
    whole = _rmse([network(film.tokens, film.present).values for film in films], films, everywhere)
    loss = {}
    for place, name in enumerate(EXPERTS):
        mask = np.arange(len(EXPERTS)) != place
        answers = [network(film.tokens * mask[:, None], film.present & mask).values for film in films]
        loss[name] = _rmse(answers, films, everywhere) - whole
    return loss


def calibration(place: int, films: Sequence[PseudoFilm]) -> FloatArray:
    """(2,) slopes of valence and of arousal by which an expert comes nearest to the truth; 0 stays 0."""
    slopes = []
    for axis in range(2):
        said = np.concatenate([film.tokens[film.speaks(place), place, axis] for film in films])
        truth = np.concatenate([film.emotion[film.speaks(place), axis] for film in films])
        power = float((said**2).sum())
        slopes.append(float((said * truth).sum()) / power if power > 1e-9 else 0.0)
    return np.array(slopes)


def _alone(place: int, films: Sequence[PseudoFilm], learned: Sequence[PseudoFilm]) -> list[FloatArray]:
    slope = calibration(place, learned)
    return [np.clip(film.tokens[:, place, :2] * slope, -1, 1) for film in films]


def _averages(films: Sequence[PseudoFilm], learned: Sequence[PseudoFilm]) -> list[FloatArray]:
    """The experts' calibrated values, weighted by 1 / their squared error on what was learned from."""
    each = [_alone(place, films, learned) for place in range(len(EXPERTS))]
    weights = np.zeros((len(EXPERTS), 2))
    for place in range(len(EXPERTS)):
        own = _alone(place, learned, learned)
        errors = [(o - f.emotion)[f.present[:, place]] for o, f in zip(own, learned, strict=True)]
        together = np.concatenate(errors)
        weights[place] = 1 / (together**2).mean(axis=0) if len(together) else 0
    averages = []
    for number, film in enumerate(films):
        there = film.present[..., None] * weights
        total = sum(each[place][number] * there[:, place] for place in range(len(EXPERTS)))
        averages.append(total / np.maximum(there.sum(axis=1), 1e-9))
    return averages


def _compared(
    name: str,
    said: Sequence[FloatArray],
    fused: Sequence[FloatArray],
    films: Sequence[PseudoFilm],
    where: Sequence[NDArray[np.bool_]],
    seed: int,
) -> Comparison:
    used = [number for number, mask in enumerate(where) if mask.any()]
    errors, rivals = (
        np.array([_film_error(answers[n], films[n], where[n]) for n in used]) for answers in (said, fused)
    )
    draw = np.random.default_rng(seed)
    behind = errors - rivals
    means = behind[draw.integers(len(behind), size=(2000, len(behind)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    truth = np.concatenate([films[n].emotion[where[n]] for n in used])
    answers = np.concatenate([said[n][where[n]] for n in used])
    ccc = tuple(concordance(answers[:, axis], truth[:, axis]) for axis in range(2))
    return Comparison(
        name, float(errors.mean()), (ccc[0], ccc[1]), (float(behind.mean()), float(low), float(high))
    )


def _film_error(said: FloatArray, film: PseudoFilm, where: NDArray[np.bool_]) -> float:
    return float(np.sqrt(((said - film.emotion)[where] ** 2).mean()))


def _rmse(
    said: Sequence[FloatArray], films: Sequence[PseudoFilm], where: Sequence[NDArray[np.bool_]]
) -> float:
    errors = [_film_error(s, f, w) for s, f, w in zip(said, films, where, strict=True) if w.any()]
    return float(np.mean(errors))


def as_table(rows: Sequence[Comparison], lost: Mapping[str, float], excess: Mapping[str, float]) -> str:
    """Markdown: each way of listening, what the fusion loses without it, what it loses with nothing else."""
    lines = [
        "| who | RMSE | CCC valence | CCC arousal | behind fused (95 %) | fused without it | fused with it alone |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        mean, low, high = row.behind_fused
        behind = "" if row.name == "fused" else f"{mean:+.3f} ({low:+.3f} … {high:+.3f})"
        more = [f"{part[row.name]:+.3f}" if row.name in part else "" for part in (lost, excess)]
        lines.append(
            f"| {row.name} | {row.rmse:.3f} | {row.ccc[0]:.2f} | {row.ccc[1]:.2f} | {behind} | {' | '.join(more)} |"
        )
    return "\n".join(lines)
