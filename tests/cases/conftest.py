"""The tiny network, and a place for films; shared by the cases that succeed and those that are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.tiny_film import make_checkpoint


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny network."""
    return make_checkpoint(tmp_path_factory.mktemp("network") / "tiny.safetensors")


@pytest.fixture(scope="session", autouse=True)
def surroundings(tiny_checkpoint: Path) -> Iterator[None]:
    """The tiny network composes, and the bundled SoundFont sounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMSYNC_CHECKPOINT", str(tiny_checkpoint))
        patch.delenv("EMSYNC_SOUNDFONT", raising=False)
        yield
