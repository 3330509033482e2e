"""What the shipped fusion is worth against single experts, with intervals, on pseudo-films; prints Markdown tables.

Run from the checkout: `EMSYNC_WEIGHTS=../shared/data/models python -m tests.benchmarks.experts_fusion [--json FILE]`.
Takes about twelve minutes of one core, most of it to compose and render the music. The films are those that the shipped
layers were examined by: the same material and seeds as `emsync train attention`. Ends with 1 where fused is not better
than each expert alone with its interval, or where an expert who is alone surely loses by the fusion.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from emsync_nb.analysis.attention import EXPERTS, Attention, load_attention
from emsync_nb.analysis.scene_eyes import MobileNetEyes
from emsync_nb.domain.curve import FloatArray
from emsync_nb.training.emotion.attention_run import EXAMINING, FILMS, SHOTS, material
from emsync_nb.training.emotion.fit import Comparison, as_table, calibration, compare, only_one, without
from emsync_nb.training.emotion.music_bank import music_of_known_emotion
from emsync_nb.training.emotion.pseudo_films import Bank, PseudoFilm, make_films
from emsync_nb.weights import FUSION
from tests.conftest import DATA

#: as `emsync train attention` composes
_PIECES, _SEED = 320, 1
_RESAMPLES = 5000
#: differences below this are those of 32-bit floats
_ROUNDED = 1e-6
#: the gain that widens the curve, tried on what people said of photographs
_GAIN = 1.35


@dataclass(frozen=True, slots=True)
class Alone:
    """An expert through the fusion, with nobody beside it, against its own best line."""

    name: str
    #: root mean square error by the line, and of the fusion minus that: the mean over films and its 95 % interval
    line_rmse: float
    excess: tuple[float, float, float]


def alone(network: Attention, films: Sequence[PseudoFilm], learned: Sequence[PseudoFilm]) -> list[Alone]:
    """Each expert that says something, compared on the shots in which it does."""
    rows = []
    for place, name in enumerate(EXPERTS):
        slope, mask = calibration(place, learned), np.arange(len(EXPERTS)) == place
        lines, fused = [], []
        for film in films:
            where = film.speaks(place)
            if where.any():
                answer = network(film.tokens * mask[:, None], film.present & mask).values
                own = np.clip(film.tokens[:, place, :2] * slope, -1, 1)
                lines.append(_rmse(own[where], film.emotion[where]))
                fused.append(_rmse(answer[where], film.emotion[where]))
        if lines:
            differences = np.array(fused) - np.array(lines)
            rows.append(Alone(name, float(np.mean(lines)), _interval(differences)))
    return rows


def _rmse(said: FloatArray, truth: FloatArray) -> float:
    return float(np.sqrt(((said - truth) ** 2).mean()))


def _interval(differences: FloatArray) -> tuple[float, float, float]:
    """Mean, and the 2.5th and 97.5th percentile of means of films drawn anew."""
    draw = np.random.default_rng(0)
    drawn = differences[draw.integers(len(differences), size=(_RESAMPLES, len(differences)))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(differences.mean()), float(low), float(high)


def spreads(network: Attention, films: Sequence[PseudoFilm]) -> dict[str, list[float]]:
    """5th and 95th percentile of valence and arousal: the truth, what fusion says, and that widened."""
    truth = np.concatenate([film.emotion for film in films])
    said = np.concatenate([network(film.tokens, film.present).values for film in films])
    found = {"truth": truth, "as the experts say it": said, "widened": np.tanh(_GAIN * said)}
    return {
        name: np.percentile(values, [5, 95], axis=0).T.ravel().round(3).tolist()
        for name, values in found.items()
    }


def failures(rows: Sequence[Comparison], lonely: Sequence[Alone]) -> list[str]:
    """What does not hold of what the card claims, a line each."""
    beaten = [
        f"fused is not surely better than {row.name}" for row in rows[1:] if not row.behind_fused[1] > 0
    ]
    worse = [
        f"{row.name} alone is surely worse through the fusion"
        for row in lonely
        if not row.excess[1] <= _ROUNDED
    ]
    return beaten + worse


def table(lonely: Sequence[Alone]) -> str:
    """The experts alone, in Markdown."""
    lines = ["| alone | RMSE by its line | through the fusion (95 %) |", "|---|--:|--:|"]
    for row in lonely:
        mean, low, high = row.excess
        lines.append(f"| {row.name} | {row.line_rmse:.4f} | {mean:+.4f} ({low:+.4f} … {high:+.4f}) |")
    return "\n".join(lines)


def examined(learn: list[Bank], examine: list[Bank]) -> tuple[list[PseudoFilm], list[PseudoFilm]]:
    """The films that were learnt from, and those that examine."""
    return make_films(learn, FILMS, SHOTS, seed=1), make_films(examine, EXAMINING, SHOTS, seed=2)


def report(learn: list[Bank], examine: list[Bank], target: Path | None) -> int:
    """Measure and print; 1 where a claim does not hold."""
    network = load_attention(FUSION.path)
    learned, unseen = examined(learn, examine)
    rows, lonely = compare(network, unseen, learned), alone(network, unseen, learned)
    spread = spreads(network, unseen)
    sys.stdout.write(
        as_table(rows, without(network, unseen), only_one(network, unseen, learned)) + "\n\n" + table(lonely)
    )
    sys.stdout.write(f"\n\n5th and 95th percentile of valence, then of arousal: {spread}\n")
    if target is not None:
        facts = {"compared": [asdict(row) for row in rows], "alone": [asdict(row) for row in lonely]}
        target.write_text(json.dumps(facts | {"spread": spread}, indent=1) + "\n", encoding="utf-8")
    lines = failures(rows, lonely)
    for line in lines:
        sys.stderr.write(f"missed: {line}\n")
    return 1 if lines else 0


def main() -> int:
    """Gather the material, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write all figures there too")
    target = parser.parse_args().json
    pictures = DATA / "images" / "oasis_pixabay"
    learn, examine = material(
        pictures.with_suffix(".csv"),
        pictures,
        DATA / "text" / "goemotions" / "original" / "test.tsv",
        music_of_known_emotion(_PIECES, _SEED),
        MobileNetEyes(),
        lambda what, share: None,
    )
    return report(learn, examine, target)


if __name__ == "__main__":
    sys.exit(main())
