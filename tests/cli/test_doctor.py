"""`emsync doctor`: what it says of Python is what the package asks for."""

from __future__ import annotations

import sys
import tomllib
from collections import namedtuple
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from emsync_nb.cli.doctor import _python

ROOT = Path(__file__).parents[2]
Version = namedtuple("Version", "major minor micro releaselevel serial")
ASKED = SpecifierSet(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"])


@pytest.mark.parametrize("minor", range(8, 20))
def test_it_asks_for_the_pythons_that_the_package_allows(minor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", Version(3, minor, 1, "final", 0))
    (finding,) = _python()
    assert finding.is_well == (f"3.{minor}.1" in ASKED)
    assert bool(finding.remedy) != finding.is_well
    for other in range(8, 20):
        named = f"3.{other}" in finding.remedy.replace(",", "").split()
        assert named == (not finding.is_well and f"3.{other}.1" in ASKED)
