"""What is asked for is heard after a few updates: by bars that stand alone, through weights that begin at nought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from emsync_nb.domain import MusicTable
from emsync_nb.generation.conditioning import EMOTION, SHAPE, WIDTH
from emsync_nb.generation.tokens import FIRST_TEMPO, HEAD, KIND, METER, TEMPO, tempo_index
from emsync_nb.labelling import label_bars
from emsync_nb.training import Piece
from emsync_nb.training.corpus.store import Provenance, Split
from emsync_nb.training.examples import excerpt, make_example

torch = pytest.importorskip("torch")

from emsync_nb.generation import load  # noqa: E402 - after the check for torch
from emsync_nb.training import NetworkSettings, TrainingSettings, train  # noqa: E402
from emsync_nb.training.beginnings import beginnings  # noqa: E402

if TYPE_CHECKING:
    from torch import Tensor

    from emsync_nb.generation.transformer import EventTransformer

SLOW, FAST = 60.0, 180.0
#: beats a minute that only fast pieces reach, whatever is made of their tempo
BETWEEN = 104.0


def piece(name: str, bpm: float, split: Split) -> Piece:
    """Chords in quarters. Slow ones are major and fast ones minor, so that both are about as pleasant."""
    third = 64 if bpm == SLOW else 63
    rows = [(at, 12, pitch, 70, 0) for at in range(0, 40 * 48, 12) for pitch in (48, 60, third, 67)]
    table = MusicTable.build(np.array(rows), np.arange(41) * 48, np.full(40, bpm))
    return Piece(Provenance(name, "freedoom", "CC0-1.0", split=split), table, label_bars(table))


@pytest.fixture(scope="module")
def held_out() -> list[Piece]:
    return [piece(f"held {bpm}", bpm, "validation") for bpm in (SLOW, FAST)]


@pytest.fixture(scope="module")
def network(held_out: list[Piece], tmp_path_factory: pytest.TempPathFactory) -> EventTransformer:
    """A network after 120 updates; a narrower one hardly begins to learn in that time."""
    out = tmp_path_factory.mktemp("wishes") / "tiny.safetensors"
    pieces = [piece(f"{bpm} {number}", bpm, "train") for bpm in (SLOW, FAST) for number in range(2)]
    settings = TrainingSettings(
        steps=120, length=256, batch_size=2, learning_rate=1e-2, warmup_steps=4, compiled=False, half=False
    )
    torch.set_num_threads(1)
    shape = NetworkSettings(width=128, layers=1, heads=2, hidden=48)
    train([*pieces, *held_out], out, network=shape, settings=settings)
    return load(out)


def lonely_bars(held_out: Piece) -> tuple[Tensor, Tensor]:
    """(20, 2, …) lines and heads of a piece, told where they stand and how they feel, and nothing else."""
    example = make_example(held_out)
    assert example is not None
    drawn = excerpt(example, 512, np.random.default_rng(0), augment=False)
    steps, vectors = beginnings(drawn.steps[None], drawn.vectors[None], 20, np.random.default_rng(0))
    told = np.isin(np.arange(WIDTH), np.r_[EMOTION, SHAPE])
    return torch.from_numpy(steps), torch.from_numpy(vectors * told)


def share_of_fast_tempi(network: EventTransformer, steps: Tensor, vectors: Tensor) -> float:
    """Probability of a fast tempo in the head of a lonely bar."""
    fast = FIRST_TEMPO + int(tempo_index(np.array(BETWEEN)))
    with torch.inference_mode():
        state = network.states(steps[:, :1], vectors[:, :1])[:, 0]
        state = network.choose(state, KIND, torch.full((len(steps),), HEAD))
        state = network.choose(state, METER, steps[:, 1, METER])
        return float(network.field_logits(state, TEMPO).softmax(dim=-1)[:, fast:].sum(dim=-1).mean())


def test_arousal_follows_tempo_in_this_music(held_out: list[Piece]) -> None:
    slow, fast = (one.labels.mean(axis=0) for one in held_out)
    assert fast[1] - slow[1] > 0.6
    assert abs(fast[0] - slow[0]) < 0.4


def test_lonely_bars_are_foretold_from_what_is_asked(
    network: EventTransformer, held_out: list[Piece]
) -> None:
    slow, fast = (share_of_fast_tempi(network, *lonely_bars(one)) for one in held_out)
    assert slow < 0.35
    assert fast > 0.65


def test_arousal_alone_sways_the_tempo(network: EventTransformer, held_out: list[Piece]) -> None:
    calm, excited = (float(one.labels[:, 1].mean()) for one in held_out)
    for one in held_out:
        steps, vectors = lonely_bars(one)
        shares = []
        for arousal in (calm, (calm + excited) / 2, excited):
            vectors[..., EMOTION.start + 1] = arousal
            shares.append(share_of_fast_tempi(network, steps, vectors))
        assert shares == sorted(shares)
        assert shares[-1] - shares[0] > 0.3
