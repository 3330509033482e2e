"""The fit finds out who is to be trusted, and torch and numpy agree on what it found."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from emsync_nb.analysis.attention import EXPERTS, FEATURES, Attention
from emsync_nb.training.emotion.fit import (
    FitSettings,
    as_table,
    calibration,
    compare,
    fit_attention,
    only_one,
    without,
)
from emsync_nb.training.emotion.network import FusionNetwork
from emsync_nb.training.emotion.pseudo_films import Bank, PseudoFilm, make_films


def bank(name: str, experts: dict[str, tuple[float, float]], size: int, seed: int) -> Bank:
    """Items whose experts follow the labels with given correlations."""
    draw = np.random.default_rng(seed)
    labels = np.clip(draw.normal(0, 0.4, (size, 2)), -1, 1)
    tokens = {}
    for expert, right in experts.items():
        follows = np.array(right)
        said = follows * labels + np.sqrt(1 - follows**2) * draw.normal(0, 0.4, labels.shape)
        rows = np.zeros((size, FEATURES), dtype=np.float32)
        rows[:, :2], rows[:, 2:4], rows[:, 4:6] = said * 0.6, 0.5, said * 0.3
        tokens[expert] = rows
    return Bank(name, labels, tokens)


def banks(size: int, seed: int) -> list[Bank]:
    return [
        bank("pictures", {"scene": (0.7, 0.7), "picture": (0.0, 0.0)}, size, seed),
        bank("words", {"words": (0.8, 0.2)}, size, seed + 1),
        bank("music", {"sound": (0.1, 0.8)}, size, seed + 2),
    ]


@pytest.fixture(scope="module")
def learned() -> list[PseudoFilm]:
    return make_films(banks(200, 1), 120, 10, 1)


@pytest.fixture(scope="module")
def held_out() -> list[PseudoFilm]:
    return make_films(banks(100, 50), 60, 10, 2)


@pytest.fixture(scope="module")
def network(learned: list[PseudoFilm]) -> Attention:
    return Attention(fit_attention(learned, FitSettings(steps=400, batch=256)))


def test_torch_and_numpy_agree() -> None:
    torch.manual_seed(3)
    fresh = FusionNetwork(3)
    with torch.no_grad():
        for parameter in fresh.parameters():
            parameter += 0.2 * torch.randn_like(parameter)
        fresh.of["temperature"].fill_(1.0)
    tokens = torch.rand(40, len(EXPERTS), FEATURES) * 2 - 1
    present = torch.rand(40, len(EXPERTS)) > 0.5
    present[:, 0] = True
    values, _, logits = fresh(tokens, present)
    answer = Attention(fresh.tensors())(tokens.numpy(), present.numpy())
    assert answer.values == pytest.approx(values.detach().numpy(), abs=1e-5)
    assert answer.ekman == pytest.approx(torch.softmax(logits, dim=1).detach().numpy(), abs=1e-5)


def test_films_are_the_same_for_the_same_seed() -> None:
    first, second, third = (make_films(banks(50, 1), 3, 5, seed) for seed in (7, 7, 8))
    assert all(np.array_equal(a.tokens, b.tokens) for a, b in zip(first, second, strict=True))
    assert not np.array_equal(first[0].emotion, third[0].emotion)


def test_the_shots_show_what_lies_near_their_emotion(learned: list[PseudoFilm]) -> None:
    scene = EXPERTS.index("scene")
    said = np.concatenate([film.tokens[film.speaks(scene), scene, 0] for film in learned])
    meant = np.concatenate([film.emotion[film.speaks(scene), 0] for film in learned])
    assert np.corrcoef(said, meant)[0, 1] > 0.4


def test_fused_is_nearer_to_the_truth_than_anybody_alone(
    network: Attention, learned: list[PseudoFilm], held_out: list[PseudoFilm]
) -> None:
    rows = {row.name: row for row in compare(network, held_out, learned)}
    for name in ("scene", "picture", "words", "sound"):
        assert rows[name].behind_fused[1] > 0, rows[name]


def test_alone_an_expert_is_hardly_worse_off(
    network: Attention, learned: list[PseudoFilm], held_out: list[PseudoFilm]
) -> None:
    excess = only_one(network, held_out, learned)
    assert set(excess) == set(EXPERTS) - {"events"}  # the one that has neither bank nor simulation here
    assert max(excess.values()) < 0.03


def test_who_knows_most_is_missed_most(network: Attention, held_out: list[PseudoFilm]) -> None:
    lost = without(network, held_out)
    assert max(lost, key=lambda name: lost[name]) in ("scene", "words")
    assert lost["picture"] < lost["scene"]


def test_calibration_finds_a_line() -> None:
    films = make_films([bank("words", {"words": (1.0, 1.0)}, 300, 4)], 40, 10, 3)
    slope = calibration(EXPERTS.index("words"), films)
    assert slope == pytest.approx([1.3, 1.3], abs=0.5)  # what was said was 0.6 of the labels, which scatter


def test_the_table_names_everybody(
    network: Attention, learned: list[PseudoFilm], held_out: list[PseudoFilm]
) -> None:
    table = as_table(compare(network, held_out, learned), without(network, held_out), {})
    assert table.count("\n") == 1 + 2 + len(EXPERTS) - 1
