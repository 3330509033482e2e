"""The logic of the widgets, under node's own test runner."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = Path(__file__).with_name("js")


@pytest.mark.skipif(not os.environ.get("CI") and shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize("path", sorted(TESTS.glob("*.test.js")), ids=lambda path: path.name)
def test_logic_of_the_widgets(path: Path) -> None:
    done = subprocess.run(
        [shutil.which("node") or "node", "--test", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
