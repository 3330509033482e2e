"""What the trained layer is held against: less of itself, a bag of words, and no training at all.

None of these is used elsewhere. The zero-shot prototypes read subtitles until the layer took their place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emsync_nb import text_embedding
from emsync_nb.analysis.words.labels import FINE, SEVEN
from emsync_nb.extras import require
from emsync_nb.training.words.fit import Table, fit_head
from emsync_nb.training.words.scores import best_thresholds, single_scores, tuned_scores

Numbers = NDArray[np.float64]
#: class → sentences that typify it, as film characters say them (zero-shot classification: Yin, Hay & Roth 2019)
PROTOTYPES: dict[str, tuple[str, ...]] = {
    "anger": (
        "I am furious with you!",
        "How dare you!",
        "I hate you, get out!",
        "This makes me so angry.",
        "Shut up, you idiot!",
    ),
    "disgust": (
        "That is disgusting.",
        "Ugh, that makes me sick.",
        "How revolting, take it away.",
        "That is gross.",
        "You are a vile, repulsive person.",
    ),
    "fear": (
        "I am so scared.",
        "Help! Run!",
        "Something terrible is going to happen.",
        "I am afraid of him.",
        "Please don't hurt me!",
    ),
    "joy": (
        "I am so happy!",
        "This is wonderful, I love it!",
        "Thank you so much, that's great!",
        "I love you.",
        "We did it! Hooray!",
        "Haha, that's funny.",
    ),
    "sadness": (
        "I am so sad.",
        "I am sorry, he is dead.",
        "I miss her so much.",
        "I feel lonely and hopeless.",
        "It breaks my heart.",
    ),
    "surprise": (
        "What? I can't believe it!",
        "Wow, I didn't expect that.",
        "Oh my god, really?",
        "That is a surprise.",
        "How is that possible?",
    ),
    "neutral": (
        "The train leaves at five.",
        "Put it on the table.",
        "He works in the office.",
        "I will see you tomorrow.",
        "It is on the second floor.",
        "Okay, let me check.",
    ),
}


def comparisons(
    train: Table, dev: Table, test: Table, *, on_progress: Callable[[float], None] | None = None
) -> Iterator[tuple[str, dict[str, float | int]]]:
    """Names and scores on `test`: accuracy and macro-F1 of the seven, `fine_macro_f1` of the 28 where it is known.

    Raises:
        MissingExtraError: scikit-learn is missing (it comes with the extra `analysis`), or another extra.
    """
    told = on_progress or (lambda _: None)
    yield "zero-shot prototypes", single_scores(test.seven, prototype_scores(test))
    told(0.1)
    for at, weight in enumerate((None, "balanced")):
        name = f"TF-IDF and logistic regression{', balanced' if weight else ''}"
        yield name, _bag_of_words(train, dev, test, weight)
        told(0.1 + 0.3 * (at + 1))
    for at, (name, left_out) in enumerate(_LESS.items()):
        tables = [_without(table, left_out) for table in (train, dev, test)]
        head = fit_head(tables[0], tables[1])
        seven, fine = head(tables[2].told)
        yield name, _joined(test, seven, fine, head.thresholds)
        told(0.7 + 0.1 * (at + 1))


_LESS = {
    "MiniLM alone": ("tone", "terms"),
    "MiniLM and words, without VADER": ("tone",),
    "MiniLM and VADER, without words": ("terms",),
}


def _without(table: Table, names: tuple[str, ...]) -> Table:
    return replace(
        table, told=replace(table.told, **{name: np.zeros_like(getattr(table.told, name)) for name in names})
    )


def _joined(
    test: Table, seven: Numbers, fine: Numbers, thresholds: NDArray[np.float32]
) -> dict[str, float | int]:
    scores = tuned_scores(test.fine, fine, thresholds)
    return single_scores(test.seven, seven) | {"fine_macro_f1": scores["macro_f1"]}


def prototype_scores(table: Table) -> Numbers:
    """(n, 7) mean cosine similarity to the prototypes of each class."""
    centres = [text_embedding.embed(PROTOTYPES[name]).mean(axis=0) for name in SEVEN]
    return np.asarray(table.told.vectors.astype(np.float64) @ np.stack(centres).T)


def _bag_of_words(train: Table, dev: Table, test: Table, weight: str | None) -> dict[str, float | int]:
    """Words and pairs that two sentences have, weighted, and one logistic regression for the seven and each label."""
    vectorizer = require("sklearn.feature_extraction.text").TfidfVectorizer(
        ngram_range=(1, 2), min_df=2, sublinear_tf=True
    )
    known = vectorizer.fit_transform(train.texts)
    asked = {"dev": vectorizer.transform(dev.texts), "test": vectorizer.transform(test.texts)}
    regression = require("sklearn.linear_model").LogisticRegression
    alone = train.seven.sum(axis=1) == 1
    seven = regression(C=3.0, max_iter=300, class_weight=weight).fit(
        known[alone], train.seven[alone].argmax(axis=1)
    )
    scores = single_scores(test.seven, seven.predict_proba(asked["test"]))
    fine = {name: np.zeros((rows.shape[0], len(FINE))) for name, rows in asked.items()}
    for label in range(len(FINE)):
        one = regression(C=3.0, max_iter=100, class_weight=weight).fit(known, train.fine[:, label])
        for name, rows in asked.items():
            fine[name][:, label] = one.predict_proba(rows)[:, 1]
    found = tuned_scores(test.fine, fine["test"], best_thresholds(dev.fine, fine["dev"]))
    return scores | {"fine_macro_f1": found["macro_f1"]}
