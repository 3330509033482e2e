"""What tests of the bridge need of the machine, and how they meet one that is too slow."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from emsync_nb.errors import PortError

#: periods of the JACK server to try, the longer the easier for a slow machine
PERIODS = (256, 1024, 2048, 4096)


def needs(find: Callable[[], str]) -> None:
    """Skip where a program is missing; in CI nothing may be missing."""
    try:
        find()
    except PortError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


def ever_longer_periods(first: int = PERIODS[0]) -> Iterator[int]:
    """Periods to try until none is dropped: what a dropped one takes along proves nothing about the bridge.

    Long music begins with longer ones: beside other tests, half a minute seldom passes without a dropped short one.
    """
    yield from (period for period in PERIODS if period >= first)
    pytest.fail(f"this machine drops periods even of {PERIODS[-1]} frames; try again when it is quieter")
