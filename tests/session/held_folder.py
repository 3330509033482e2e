"""What tests of holders share: an answer, patience, and where a holder listens."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.session.holder import ADDRESS
from emsync_nb.session.holder_asker import Asker


def echo(request: dict[str, Any], _: Asker) -> dict[str, Any]:
    """An answer that says what was asked."""
    return {"asked": request}


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that other threads bring about."""
    for _ in range(1000):
        if is_so():
            return
        time.sleep(0.01)
    pytest.fail("it never came about")


def address(folder: Path) -> dict[str, Any]:
    """What the holder has written."""
    found: dict[str, Any] = json.loads((folder / ADDRESS).read_text())
    return found
