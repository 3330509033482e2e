"""Presets found by what is said of them: "warm, dark, close"."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from emsync_nb import preset_library, text_embedding
from emsync_nb.errors import PresetError

#: cosine from which words in a direction name an ensemble
_NAMES_AN_ENSEMBLE = 0.5
_MAX_QUERY = 500
#: what an instrument means that is named alone
_ALONE = {"piano": "piano-solo", "strings": "string-quartet"}


def find_presets(query: str, kind: str, limit: int = 3) -> list[tuple[str, float]]:
    """The presets whose name and description are nearest in meaning.

    Args:
        query: a few words; beyond 500 characters they are cut off.
        kind: "ensembles", "mastering" or "templates".
        limit: how many to return, at least 1.

    Returns:
        (name, cosine similarity −1 … 1), best first; none where the query is empty.

    Raises:
        MissingExtraError: the extra `text` is not installed.
        PresetError: there are no presets of this kind.
    """
    names, vectors = _shelf(kind)
    if not query.strip() or limit < 1:
        return []
    likeness = vectors @ text_embedding.embed([query[:_MAX_QUERY]])[0]
    best = np.argsort(-likeness, kind="stable")[:limit]
    return [(names[k], float(likeness[k])) for k in best]


@lru_cache(maxsize=256)
def ensemble_like(words: str) -> str | None:
    """The ensemble that words describe; None where they describe none, or the extra `text` is missing."""
    if words in _ALONE or not text_embedding.is_available():
        return _ALONE.get(words)
    ((name, likeness),) = find_presets(words, preset_library.ENSEMBLES, 1)
    return name if likeness >= _NAMES_AN_ENSEMBLE else None


@cache
def _shelf(kind: str) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    names = preset_library.names(kind)
    if not names:
        raise PresetError(
            f"There are no presets of the kind {kind[:60]!r}. Ask for ensembles, mastering or templates"
        )
    tables = [preset_library.load(kind, name) for name in names]
    said = [f"{table.text('name')}: {table.text('description')}" for table in tables]
    return names, text_embedding.embed(said)
