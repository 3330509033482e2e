"""How far the words expert agrees with people on sentences that these have labelled (GoEmotions' tables)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.words.features import features_of
from emsync_nb.analysis.words.head import shipped_head
from emsync_nb.analysis.words.judging import Verdict, verdict
from emsync_nb.analysis.words.labels import FINE, PLEASANT, UNPLEASANT
from emsync_nb.training.words import Sentences, read_sentences, single_scores, tuned_scores

#: sentences read at once, so that progress can be told
_BATCH = 256


def agreement_with(table: Path, *, on_progress: Callable[[float], None] | None = None) -> dict[str, Any]:
    """The measures of a table of sentences.

    With the seven labels, only sentences with one label count, and the likeliest class is held against it: `accuracy`
    and `macro_f1`, `n` of them. With the 28, `macro_f1` is of all sentences and labels at the thresholds that ship,
    and `accuracy` that of the likeliest label where people gave one only. `pleasant_auc` is how often a sentence that
    people found pleasant is given a higher valence than one that they found unpleasant.

    Args:
        table: GoEmotions' text, label ids and id, with tabs between; labels.txt beside it names the labels.
        on_progress: called with rising fractions.

    Raises:
        DataError: it cannot be read, or is no such table.
        MissingExtraError: the extra `text` is not installed.
    """
    sentences = read_sentences(table)
    found = _judged(sentences.texts, on_progress)
    facts: dict[str, Any] = {"labels": len(sentences.names), "sentences": len(sentences.texts)}
    if sentences.names == FINE:
        facts |= tuned_scores(sentences.labels, found.fine, shipped_head().thresholds)
        facts |= {"pleasant_auc": pleasant_auc(sentences, found.valence)}
        return facts
    seven = np.column_stack([found.six * found.emotional[:, None], 1 - found.emotional])
    return facts | single_scores(sentences.labels, seven)


def _judged(texts: tuple[str, ...], on_progress: Callable[[float], None] | None) -> Verdict:
    parts: list[Verdict] = []
    for start in range(0, len(texts), _BATCH):
        parts.append(verdict(features_of(texts[start : start + _BATCH])))
        if on_progress is not None:
            on_progress(min(1.0, (start + _BATCH) / len(texts)))
    return Verdict(*_columns(parts))


def _columns(parts: list[Verdict]) -> Iterator[NDArray[np.float64]]:
    for name in Verdict.__dataclass_fields__:
        yield np.concatenate([getattr(part, name) for part in parts])


def pleasant_auc(sentences: Sentences, valence: NDArray[np.float64]) -> float | None:
    """The area under the curve of valence, pleasant against unpleasant sentences; None where one kind is missing."""
    pleasant, unpleasant = (
        sentences.labels[:, [FINE.index(name) for name in names]].any(axis=1)
        for names in (PLEASANT, UNPLEASANT)
    )
    high, low = valence[pleasant & ~unpleasant], np.sort(valence[unpleasant & ~pleasant])
    if not high.size or not low.size:
        return None
    below = np.searchsorted(low, high, side="left") + np.searchsorted(low, high, side="right")
    return float(below.mean() / 2 / low.size)
