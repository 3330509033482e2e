"""Score a synthetic film of two hours with the real command; print one line of JSON with times and memory.

Run from the checkout: `python -m tests.benchmarks.long_film [--minutes 120] [--render] [--ensemble piano-solo]`.
Expect a quarter of an hour; most of it is composing.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

from tests.cases.film_factory import make_film
from tests.cases.films import FilmCase, Sound

_SAMPLED_EVERY_S = 0.2


def long_case(minutes: float, *, shot_s: tuple[float, float] = (4.5, 30.0)) -> FilmCase:
    """A tiny picture at 5 frames a second with shots of random lengths, and 8 kHz sound."""
    return FilmCase(
        "long film",
        size=(64, 36),
        fps=5,
        seconds=60 * minutes,
        cuts_s=tuple(takewhile(lambda cut: cut < 60 * minutes - 4, _cuts(*shot_s))),
        sounds=(Sound(rate=8_000, layout="mono"),),
    )


def _cuts(shortest_s: float, longest_s: float) -> Iterator[float]:
    dice, time_s = random.Random(120), 0.0
    while True:
        time_s += dice.uniform(shortest_s, longest_s)
        yield time_s


class PeakMemory:
    """The most memory that a process held, and the most that any child of it held, in MB; Linux only."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ended = threading.Event()
        self.own_mb = self.child_mb = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLED_EVERY_S):
            self.own_mb = max(self.own_mb, _peak_mb(self._pid))
            self.child_mb = max([self.child_mb, *map(_peak_mb, _children(self._pid))])


def _peak_mb(pid: int) -> float:
    """The high-water mark that the kernel keeps of a process's resident memory."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM")), 0.0)


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def scored(film: Path, out: Path, *options: str) -> tuple[dict[str, Any], PeakMemory, float]:
    """report.json of a run of the command, what memory it took, and its seconds."""
    command = [
        sys.executable,
        "-m",
        "emsync_nb",
        "score",
        str(film),
        "--out",
        str(out),
        *options,
        "--json",
        "-",
    ]
    since = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    memory = PeakMemory(process.pid)
    printed, _ = process.communicate()
    memory.stop()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return json.loads(printed), memory, time.perf_counter() - since


def summary(case: FilmCase, report: dict[str, Any], memory: PeakMemory, seconds: float) -> dict[str, Any]:
    """What the benchmark tells."""
    found = [boundary["time_s"] for boundary in report["boundaries"]]
    made = [float(time_s) for time_s in case.cut_times_s]
    errors = [hit["error_s"] for hit in report["hits"]]
    return {
        "film_s": report["video"]["duration_s"],
        "wall_s": round(seconds, 1),
        "stages_s": {name: round(value, 2) for name, value in report["timings_s"].items()},
        "peak_mb": round(memory.own_mb),
        "peak_child_mb": round(memory.child_mb),
        "notes": sum(track["notes"] for track in report["tracks"]),
        "cuts_made": len(made),
        "cuts_found": sum(any(abs(cut - time_s) < 0.01 for time_s in found) for cut in made),
        "boundaries": len(found),
        "hits": len(errors),
        "hits_missed": sum(error is None for error in errors),
        "worst_hit_error_ms": 1000 * max((abs(error) for error in errors if error is not None), default=0.0),
    }


def main() -> None:
    """Make, score, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--render", action="store_true", help="render, master and lay under the picture too")
    parser.add_argument("--ensemble", default="piano-solo")
    chosen = parser.parse_args()
    case = long_case(chosen.minutes)
    with tempfile.TemporaryDirectory() as folder:
        film = make_film(case, Path(folder))
        options = ["--ensemble", chosen.ensemble, *([] if chosen.render else ["--no-render"])]
        print(json.dumps(summary(case, *scored(film, Path(folder) / "out", *options))))


if __name__ == "__main__":
    main()
