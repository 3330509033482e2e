"""Features without MiniLM, for what does not depend on meaning."""

from __future__ import annotations

import numpy as np
import pytest

from emsync_nb.analysis.words import features
from emsync_nb.analysis.words.features import TONES

needs_text = pytest.mark.skipif(not features.is_available(), reason="the extra 'text' is not installed")


@pytest.fixture
def without_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sentence means the same; its words alone are heard. Loading MiniLM takes seconds."""
    monkeypatch.setattr(features, "is_available", lambda: True)
    monkeypatch.setattr(
        features.text_embedding,
        "embed",
        lambda texts: np.full((len(texts), 384), 384**-0.5, dtype=np.float32),
    )
    monkeypatch.setattr(features, "tone", lambda texts: np.zeros((len(texts), len(TONES)), dtype=np.float32))
