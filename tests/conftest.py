"""What all test rooms share: the data folder, and hypothesis without deadlines on a busy machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.written_scores import write_score

__all__ = ["data_folder", "write_score"]

settings.register_profile("emsync", deadline=None)
settings.load_profile("emsync")

#: the folder of training and test data; beside the checkout unless the environment says otherwise
DATA = Path(os.environ.get("EMSYNC_DATA", Path(__file__).parents[2] / "shared" / "data"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--notebooks` runs the notebooks, which take minutes."""
    parser.addoption("--notebooks", action="store_true", help="run every notebook from top to bottom")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The data folder; tests that need it are skipped where it is absent, except in CI."""
    if not DATA.is_dir():
        message = f"no data folder at {DATA}; set EMSYNC_DATA to it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return DATA
