"""Sixteen tracks for a long time on a busy machine: is a note lost, doubled, late, or left hanging?

Run from the checkout: `python -m tests.benchmarks.soak --seconds 600`. Needs jackd. One core is kept busy by a Python
process, and a thread of the process that feeds the bridge wants Python for itself.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bridge.selftest.made_piece import made_piece
from bridge.selftest.performance import PERIOD, performed
from bridge.selftest.run import SelftestReport, reported
from tests.benchmarks.busy_machine import busy_core, busy_thread

TRACKS = 16
#: 200,000 in ten minutes, of which every note is two
EVENTS_A_SECOND = 200_000 / 600


@dataclass(frozen=True)
class Soak:
    """What a soak came to."""

    #: messages that the music holds: beginnings and ends of notes, settings
    events: int
    report: SelftestReport

    @property
    def is_sound(self) -> bool:
        """Every note once, in its place; only a cause that was noted excuses a fault, nothing a note that stays on.

        Such a cause is a dropped period, a cycle without the player, or a starvation: see `SelftestReport.unexcused`.
        """
        return self.report.unexcused == 0 and self.report.stuck_notes == 0


def soaked(seconds: float, period: int = PERIOD, progress: Callable[[str], None] = lambda line: None) -> Soak:
    """Play for so many seconds on a busy machine.

    Raises:
        PortError: JACK is not installed, or does not begin.
    """
    piece = made_piece(seconds, ports=TRACKS, notes_a_second=EVENTS_A_SECOND / 2)
    with busy_core(), busy_thread():
        performance = performed(piece, with_ardour=False, period=period, progress=progress)
    return Soak(2 * len(piece.notes) + len(piece.settings), reported(performance, piece, "jack"))


def main() -> int:
    """Soak, and print what came of it; 1 where a fault has no excuse, or a note stays on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    soak = soaked(given.seconds, progress=lambda line: print(line, file=sys.stderr, flush=True))
    text = json.dumps({"events": soak.events, **asdict(soak.report)}, indent=1)
    print(text)
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(text + "\n", encoding="utf-8")
    return 0 if soak.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
