"""Fits the layer that reads emotion from sentences, on GoEmotions' train table; what is tuned is tuned on dev.

One hidden layer hears MiniLM's numbers and VADER's scores, and every telling word or pair has a weight for each label
(wide and deep, Cheng et al. 2016). Ekman's seven are learnt by softmax, rare ones weighing more by the square root of
how rare they are; where people gave several labels, each is wanted in equal parts. The 28 are learnt one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.words.features import Features, Hashes, hashes, terms_of, tone
from emsync_nb.analysis.words.head import WordsHead
from emsync_nb.analysis.words.labels import FINE, SEVEN
from emsync_nb.errors import DataError
from emsync_nb.extras import require
from emsync_nb.training.words.goemotions import Sentences, read_sentences
from emsync_nb.training.words.scores import best_thresholds
from emsync_nb.training.words.settings import WordsSettings
from emsync_nb.training.words.vectors import embedded

if TYPE_CHECKING:
    from torch import Tensor

#: words and pairs kept: those that tell most of a label, of those in so many sentences at least
TERMS, _LEAST_SENTENCES = 4000, 4
#: temperatures tried
_TEMPERATURES = np.geomspace(0.4, 3.0, 60)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table of GoEmotions with both kinds of labels."""

    texts: tuple[str, ...]
    #: (n, 7) and (n, 28)
    seven: NDArray[np.bool_]
    fine: NDArray[np.bool_]
    told: Features


def load_table(
    folder: Path, name: str, cache: Path, *, on_progress: Callable[[float], None] | None = None
) -> Table:
    """`name`.tsv in GoEmotions' folders `ekman` and `original`, its sentences embedded once and kept in `cache`.

    Raises:
        DataError: one is missing, damaged, or holds other sentences than the other.
        MissingExtraError: the extra `text` is not installed.
    """
    seven, fine = (read_sentences(folder / kind / f"{name}.tsv") for kind in ("ekman", "original"))
    if (seven.names, fine.names) != (SEVEN, FINE) or seven.texts != fine.texts:
        raise DataError(
            f"{folder}: {name}.tsv in ekman and in original do not belong together; fetch them again"
        )
    vectors = embedded(seven.texts, cache, on_progress=on_progress)
    told = Features(vectors, tone(seven.texts), hashes(seven.texts))
    return Table(seven.texts, seven.labels, fine.labels, told)


def fit_head(
    train: Table,
    dev: Table,
    settings: WordsSettings | None = None,
    *,
    on_progress: Callable[[float], None] | None = None,
) -> WordsHead:
    """The layer, learnt on `train`, its temperatures and thresholds tuned on `dev`.

    Raises:
        MissingExtraError: the extra `training` is not installed.
    """
    settings = settings or WordsSettings()
    terms = telling_terms(Sentences(train.texts, train.fine, FINE))
    head = _learnt(train, terms, settings, on_progress)
    seven, fine = head(dev.told)
    warmth = np.array([_best_temperature(seven, dev.seven), _best_temperature_of_each(fine, dev.fine)])
    head = replace(head, temperature=warmth.astype(np.float32))
    return replace(head, thresholds=best_thresholds(dev.fine, head(dev.told)[1]))


def telling_terms(train: Sentences, most: int = TERMS) -> Hashes:
    """(terms,) CRC-32, rising, of words and pairs whose χ² with any one label is highest.

    Raises:
        DataError: too few sentences share a word.
    """
    sentences = [set(terms_of(text)) for text in train.texts]
    counts = Counter(term for terms in sentences for term in terms)
    known = {
        term: at for at, term in enumerate(sorted(t for t, c in counts.items() if c >= _LEAST_SENTENCES))
    }
    if not known:
        raise DataError("The train table is too small to learn from; give all of GoEmotions")
    together = np.zeros((len(known), len(train.names)))
    for terms, labels in zip(sentences, train.labels, strict=True):
        together[[known[term] for term in terms if term in known]] += labels
    often = np.array([counts[term] for term in known], dtype=np.float64)[:, None]
    share = train.labels.mean(axis=0)
    expected = np.maximum(often * share, 1e-9)
    # of both sides of a label, given and not given
    chi2 = (together - expected) ** 2 * (1 / expected + 1 / np.maximum(often * (1 - share), 1e-9))
    order = np.argsort(-chi2.max(axis=1), kind="stable")[:most]
    names = list(known)
    return np.unique(np.array([crc32(names[at].encode()) for at in order], dtype=np.uint32))


def _learnt(
    train: Table, terms: Hashes, settings: WordsSettings, on_progress: Callable[[float], None] | None
) -> WordsHead:
    """The layers after the last epoch, with temperatures of 1."""
    torch = require("torch")
    from emsync_nb.training.words.network import WordsNetwork

    torch.manual_seed(settings.seed)
    network = WordsNetwork(settings, len(terms))
    deep, words = network.known(train.told, terms)
    wanted = torch.from_numpy(train.seven / train.seven.sum(axis=1, keepdims=True)).float()
    fine = torch.from_numpy(train.fine).float()
    counts = train.seven.sum(axis=0)
    rarity = torch.from_numpy((counts.mean() / np.maximum(counts, 1)) ** settings.balance).float()
    steps = settings.epochs * -(-len(train.texts) // settings.batch)
    optimiser, schedule = network.optimiser(steps)
    done = 0
    for _ in range(settings.epochs):
        for batch in torch.randperm(len(train.texts)).split(settings.batch):
            loss = _loss(network(deep[batch], words[batch]), wanted[batch] * rarity, fine[batch], settings)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call] # torch leaves it so
            optimiser.step()
            schedule.step()
            done += 1
        if on_progress is not None:
            on_progress(done / steps)
    return network.head(terms)


def _loss(logits: Tensor, wanted: Tensor, fine: Tensor, settings: WordsSettings) -> Tensor:
    """Cross-entropy of the seven, a mean by weight, and of each of the 28."""
    functional = require("torch.nn.functional")
    seven, each = logits[:, : len(SEVEN)], logits[:, len(SEVEN) :]
    entropy = -(wanted * functional.log_softmax(seven, dim=1)).sum() / wanted.sum()
    loss: Tensor = entropy + settings.fine_weight * functional.binary_cross_entropy_with_logits(each, fine)
    return loss


def _best_temperature(chances: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """What the logits of a softmax are divided by so that single labels are likeliest (Guo et al. 2017, ICML)."""
    alone = labels.sum(axis=1) == 1
    logits, wanted = np.log(np.maximum(chances[alone], 1e-12)), labels[alone]
    losses = []
    for temperature in _TEMPERATURES:
        warm = logits / temperature
        losses.append(-(warm[wanted] - np.logaddexp.reduce(warm, axis=1)).mean())
    return float(_TEMPERATURES[int(np.argmin(losses))])


def _best_temperature_of_each(chances: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """The same for labels that are each for themselves."""
    chances = np.clip(chances, 1e-9, 1 - 1e-9)
    logits, sign = np.log(chances / (1 - chances)), np.where(labels, 1.0, -1.0)
    losses = [np.logaddexp(0, -sign * logits / temperature).mean() for temperature in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])
