"""How well the network foretells music it has not seen, against a Markov model and against itself untold."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from emsync_nb.domain import MusicTable
from emsync_nb.evaluation.generator.pieces import composer, spread
from emsync_nb.evaluation.markov import MarkovModel
from emsync_nb.generation.tokens import (
    BAR,
    BAR_EVENT,
    EMPTY,
    FIELDS,
    FIRSTS,
    HEAD,
    KIND,
    METER,
    METER_STEP,
    NOTE,
    SIZES,
    SOURCE,
    TEMPO,
    WRITTEN,
    Heads,
    decode,
    encode,
    tempo_of,
)
from emsync_nb.generation.transformer import counted_fields
from emsync_nb.training.corpus.store import Piece, load_corpus
from emsync_nb.training.examples import Example, excerpt, make_example
from emsync_nb.training.layout import LayoutSettings
from emsync_nb.training.measured import keys

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

#: steps of an excerpt, as in training
LENGTH = 768
_FIRSTS = np.concatenate(([0], np.cumsum(SIZES)))
VOCABULARY = int(_FIRSTS[-1])
#: laid out so that what follows is always given
_AFTER = LayoutSettings(beside=0.0, after=1.0, recalled=0.0)
#: bars of music that the Markov model writes
MARKOV_BARS = 32
#: after so many notes it gets a bar line
_MOST_NOTES = 200


@cache
def corpus(cache_folder: str) -> tuple[Piece, ...]:
    """The prepared corpus, once in each process."""
    return load_corpus(Path(cache_folder))


def examples_of(pieces: Sequence[Piece], split: str) -> list[Example]:
    """Pieces of a split that can be written."""
    return [e for e in map(make_example, pieces) if e is not None and e.split == split]


def flat_tokens(steps: IntArray) -> IntArray:
    """The fields that a model has to foretell, in order, as tokens of one vocabulary."""
    counted = counted_fields(torch.from_numpy(steps)).numpy()
    return np.asarray((steps[:, : len(FIELDS)] + _FIRSTS[:-1])[counted], dtype=np.int64)


def held_out(job: tuple[str, int]) -> dict[str, float]:
    """Nats a note on test pieces: with all conditions, without any, at the joints of infilled gaps."""
    folder, count = job
    chosen = spread(examples_of(corpus(folder), "test"), count)
    told, untold, notes, joints, joint_notes = 0.0, 0.0, 0, 0.0, 0
    for index, example in enumerate(chosen):
        drawn = excerpt(example, LENGTH, np.random.default_rng(index), augment=False)
        told += float(_losses(drawn.steps, drawn.vectors).sum())
        untold += float(_losses(drawn.steps, 0 * drawn.vectors).sum())
        notes += int((drawn.steps[1:, KIND] >= NOTE).sum())
        nats, found = _at_joints(example, index)
        joints, joint_notes = joints + nats, joint_notes + found
    return {
        "heldout_nll_per_note": told / notes,
        "unconditional_nll_per_note": untold / notes,
        "joint_nll_per_note": joints / max(1, joint_notes),
        "heldout_notes": notes,
    }


@torch.inference_mode()
def _losses(steps: IntArray, vectors: NDArray[np.float32]) -> FloatArray:
    """(time − 1,) nats of each step after the first."""
    found = composer().losses(torch.from_numpy(steps)[None], torch.from_numpy(vectors)[None])
    return np.asarray(found[:, 0].sum(dim=0).numpy(), dtype=np.float64)


def _at_joints(example: Example, seed: int) -> tuple[float, int]:
    """Nats and notes of the last two bars before music that is given, the bars before them heard."""
    drawn = excerpt(example, LENGTH, np.random.default_rng(seed), augment=False, layout=_AFTER)
    steps = drawn.steps
    written = steps[:, SOURCE] == WRITTEN
    lines = np.flatnonzero((steps[:, KIND] == BAR) & written)
    if not (steps[:, SOURCE] > WRITTEN).any() or len(lines) < 6:
        return 0.0, 0
    end = len(steps) if not (steps[:, KIND] < 0).any() else int(np.argmax(steps[:, KIND] < 0))
    joint = slice(int(lines[-2]), end)
    losses = np.append(0.0, _losses(steps, drawn.vectors))[joint]
    return float(losses.sum()), int((steps[joint, KIND] >= NOTE).sum())


def markov(job: tuple[str, int, int, int]) -> dict[str, Any]:
    """Nats a note of an order-3 Markov model of the same tokens, fitted on the same pieces; and music it writes.

    Three tokens are three fields, not three notes: it knows little of the note before.
    """
    folder, count, pieces, seed = job
    learning = examples_of(corpus(folder), "train")
    model = MarkovModel.fit([_piece_tokens(e.piece.table) for e in learning], VOCABULARY)
    nats, notes = 0.0, 0
    for index, example in enumerate(spread(examples_of(corpus(folder), "test"), count)):
        steps = excerpt(example, LENGTH, np.random.default_rng(index), augment=False).steps
        first = len(flat_tokens(steps[:1]))
        nats += float(model.token_nll(flat_tokens(steps))[first:].sum())
        notes += int((steps[1:, KIND] >= NOTE).sum())
    tables = [_written_by(model, np.random.default_rng([seed, 17, i])) for i in range(pieces)]
    return {"markov_nll_per_note": nats / notes, "tables": tables}


def _piece_tokens(table: MusicTable) -> NDArray[np.int16]:
    whole = table.by_part()
    events = encode(whole, Heads.measure(whole, keys(whole)))
    steps = np.concatenate([events, np.zeros((len(events), 1), dtype=np.int64)], axis=1)
    return flat_tokens(steps).astype(np.int16)


def _written_by(model: MarkovModel, rng: np.random.Generator) -> MusicTable:
    """MARKOV_BARS of music; each field is drawn among those that can stand there."""
    events, context, notes = [list(BAR_EVENT)], [BAR], 0
    while sum(event[KIND] == BAR for event in events) <= MARKOV_BARS:
        head = events[-1][KIND] == BAR
        event = [HEAD] if head else []
        for field in _fields(head):
            token = model.sample(rng, np.array(context[-3:]), _allowed(field, head))
            context.append(token)
            event.append(token - int(_FIRSTS[field]))
            if event == [BAR]:
                break
        notes = 0 if head else notes + 1
        if event == [BAR] or notes > _MOST_NOTES:
            event = list(BAR_EVENT)
        events.append([*event, *BAR_EVENT[len(event) :]])
    return _table(np.array(events[:-1]))


def _fields(head: bool) -> range:
    return range(1, len(FIELDS)) if head else range(len(FIELDS) - 1)


@cache
def _allowed(field: int, head: bool) -> NDArray[np.bool_]:
    """(VOCABULARY,) tokens of a field, of a head or of what follows one."""
    mask = np.zeros(VOCABULARY, dtype=bool)
    if field == KIND:
        low, high = 0, SIZES[0]
    elif head:
        low, high = int(FIRSTS[field]), EMPTY[field]
    else:
        low, high = 0, int(FIRSTS[field]) or EMPTY[field]
    mask[_FIRSTS[field] + low : _FIRSTS[field] + high] = True
    if field == KIND:
        mask[_FIRSTS[0] + HEAD] = False
    return mask


def _table(events: IntArray) -> MusicTable:
    """The music of some events; meters and tempi as their heads say."""
    heads = events[events[:, KIND] == HEAD]
    lengths = np.maximum(1, (heads[:, METER] - FIRSTS[METER])) * METER_STEP
    starts = np.append(0, np.cumsum(lengths))
    rows = decode(events, starts[:-1])
    rows = rows[rows[:, 0] < starts[-1]]
    bpm = np.array([tempo_of(int(index - FIRSTS[TEMPO])) for index in heads[:, TEMPO]])
    return MusicTable.build(rows, starts, bpm)
