"""Sixteen tracks on a busy machine, half a minute of the ten that `make proof` takes."""

from __future__ import annotations

import os

import pytest

from bridge.selftest.jack_server import find_jackd
from tests.benchmarks.soak import TRACKS, soaked
from tests.bridge.selftest_needs import ever_longer_periods, needs

SECONDS = float(os.environ.get("EMSYNC_SOAK_S", "30"))


@pytest.mark.jack
def test_nothing_is_lost_doubled_or_late_on_a_busy_machine() -> None:
    needs(find_jackd)
    for period in ever_longer_periods():
        soak = soaked(SECONDS, period)
        report = soak.report
        # whatever the machine does: no fault without a dropped period near it, and no note that stays on
        assert (report.unexcused, report.stuck_notes) == (0, 0)
        if report.xruns <= SECONDS / 10:  # enough of the time is left that nothing excuses
            break
    assert soak.events >= SECONDS * 200_000 / 600
    assert report.ports == TRACKS
