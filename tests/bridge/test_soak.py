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
    for period in ever_longer_periods(1024):
        soak = soaked(SECONDS, period)
        report = soak.report
        # whatever the machine does: no note that stays on, and no fault farther than a second from a dropped period or
        # from a starvation that the player noted itself
        assert (report.unexcused, report.stuck_notes) == (0, 0)
        # enough of the time must be left that nothing excuses
        if report.xruns + report.missed + report.starvations <= SECONDS / 10:
            break
    assert soak.events >= SECONDS * 200_000 / 600
    assert report.ports == TRACKS
