"""Drawing events: only what is allowed, the same for the same seed, on and on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from emsync_nb.generation.conditioning import EMOTION, WIDTH
from emsync_nb.generation.tokens import BAR_EVENT, SIZES

torch = pytest.importorskip("torch")

from emsync_nb.generation.sampling import Sampler, SamplingSettings  # noqa: E402 - after the check for torch

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

#: so little that only the most likely value is left
GREEDY = 1e-9
Mask = NDArray[np.bool_]


def condition(seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=WIDTH).astype(np.float32)


def anything(field: int, chosen: Sequence[int]) -> Mask:
    """Every note, and bar lines."""
    mask = np.ones(SIZES[field], dtype=bool)
    mask[-1] = field == 0
    return mask


def notes_only(field: int, chosen: Sequence[int]) -> Mask:
    """Every note."""
    return anything(field, chosen) & (np.arange(SIZES[field]) >= (field == 0))


def play(
    network: EventTransformer, sampling: SamplingSettings, seed: int, events: int
) -> list[tuple[int, ...]]:
    sampler = Sampler(network, sampling, np.random.default_rng(seed))
    sampler.push(BAR_EVENT, condition())
    drawn = []
    for step in range(events):
        event = sampler.draw(anything)
        drawn.append(event)
        sampler.push(event if event[0] else BAR_EVENT, condition(step))
    return drawn


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.tuples(*(st.sets(st.integers(0, size - 1), min_size=1, max_size=6) for size in SIZES)),
    st.integers(0, 1000),
    st.sampled_from([0.02, 1.0, 30.0]),
    st.sampled_from([GREEDY, 0.5, 1.0]),
    st.sampled_from([0.0, 1.0, 4.0]),
)
def test_nothing_is_drawn_that_is_not_allowed(
    network: EventTransformer,
    values: tuple[set[int], ...],
    seed: int,
    temperature: float,
    nucleus: float,
    guidance: float,
) -> None:
    def allowed(field: int, chosen: Sequence[int]) -> Mask:
        assert len(chosen) == field
        return np.isin(np.arange(SIZES[field]), list(values[field]))

    sampling = SamplingSettings((temperature,) * 5, nucleus, guidance, context=64)
    sampler = Sampler(network, sampling, np.random.default_rng(seed))
    sampler.push(BAR_EVENT, condition(seed))
    event = sampler.draw(allowed)
    assert all(value in values[field] for field, value in enumerate(event))
    assert len(event) == (1 if event[0] == 0 else 5)


def test_the_seed_decides(network: EventTransformer) -> None:
    sampling = SamplingSettings(context=64)
    first, again, other = (play(network, sampling, seed, 20) for seed in (5, 5, 6))
    assert first == again
    assert first != other


@pytest.mark.parametrize(("guidance", "rows"), [(1.0, 1), (1.5, 2), (0.0, 2)])
def test_guidance_of_one_asks_the_network_once(
    network: EventTransformer, monkeypatch: pytest.MonkeyPatch, guidance: float, rows: int
) -> None:
    asked = []
    states = type(network).states

    def spy(self: EventTransformer, events: torch.Tensor, *rest: object) -> torch.Tensor:
        asked.append(events.shape[0])
        return states(self, events, *rest)

    monkeypatch.setattr(type(network), "states", spy)
    play(network, SamplingSettings(guidance=guidance), 0, 3)
    assert asked == [rows] * 4


@torch.inference_mode()
def position_logits(network: EventTransformer, wish: NDArray[np.float32]) -> NDArray[np.float64]:
    state = network.states(torch.tensor([[BAR_EVENT]]), torch.from_numpy(wish)[None, None])
    return network.field_logits(state[0, -1], 0).numpy().astype(np.float64)


@pytest.mark.parametrize("guidance", [0.0, 1.0, 3.0])
def test_guidance_weighs_the_told_against_the_untold(network: EventTransformer, guidance: float) -> None:
    for seed in range(8):
        told = condition(seed)
        untold = told.copy()
        untold[EMOTION] = 0
        base = position_logits(network, untold)
        best = int((base + guidance * (position_logits(network, told) - base))[1:].argmax()) + 1
        sampling = SamplingSettings(nucleus=GREEDY, guidance=guidance)
        sampler = Sampler(network, sampling, np.random.default_rng(0))
        sampler.push(BAR_EVENT, told)
        assert sampler.draw(notes_only)[0] == best


def test_the_nucleus_holds_half_of_the_mass(network: EventTransformer) -> None:
    wish = condition(3)
    sampling = SamplingSettings((1.0,) * 5, nucleus=0.5, guidance=1.0)
    logits = position_logits(network, wish)
    likely = np.sort(np.exp(logits) / np.exp(logits).sum())[::-1]
    kept = int((np.cumsum(likely) < 0.5).sum()) + 1
    nucleus = set(np.argsort(-logits)[:kept].tolist())
    drawn = set()
    for seed in range(150):
        sampler = Sampler(network, sampling, np.random.default_rng(seed))
        sampler.push(BAR_EVENT, wish)
        drawn.add(sampler.draw(anything)[0])
    assert drawn <= nucleus
    assert len(drawn) >= min(2, kept)


@torch.inference_mode()
def test_a_full_memory_forgets_its_older_half(network: EventTransformer) -> None:
    sampling = SamplingSettings(nucleus=GREEDY, guidance=1.0, context=64)
    sampler = Sampler(network, sampling, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    events = [(int(rng.integers(1, 90)), 3, int(rng.integers(30, 90)), 9, 8) for _ in range(90)]
    for step, event in enumerate(events):
        sampler.push(event, condition(step))
    # full after 64 and forgets 32 of them; no second time until 96
    kept = torch.tensor([events[32:]])
    wishes = torch.from_numpy(np.stack([condition(step) for step in range(32, 90)]))
    state = network.states(kept, wishes[None])[0, -1]
    assert sampler.draw(anything)[0] == int(network.field_logits(state, 0).argmax())
    assert len(play(network, sampling, 0, 200)) == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperatures": (1.0, 1.0)},
        {"temperatures": (1.0, 1.0, 0.0, 1.0, 1.0)},
        {"nucleus": 0.0},
        {"nucleus": 1.1},
        {"guidance": -0.1},
        {"guidance": 6.0},
        {"context": 63},
    ],
)
def test_senseless_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SamplingSettings(**wrong)  # type: ignore[arg-type]
