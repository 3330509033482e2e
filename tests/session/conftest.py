"""Sessions of a film that was never shot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emsync_nb.session import Session
from tests.pipeline.tiny_film import make_checkpoint
from tests.session.tiny_session import analysed, no_film, no_network


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network."""
    return make_checkpoint(tmp_path_factory.mktemp("network") / "tiny.safetensors")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """An analysed session; takes come from the fake composer."""
    with no_network(), analysed(tmp_path) as session:
        yield session


@pytest.fixture
def composing(tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """An analysed session; takes come from the tiny network."""
    monkeypatch.setenv("EMSYNC_CHECKPOINT", str(checkpoint))
    with no_film(), analysed(tmp_path) as session:
        yield session
