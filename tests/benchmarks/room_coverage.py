"""Which share of each room's statements and branches the tests run, written to docs/coverage.md.

Run from the checkout: `python -m tests.benchmarks.room_coverage`; `make measure` does. Takes as long as the suite,
and half as long again. What runs in child processes (decord's child, JACK's listener, `emsync` as a process of
its own) is not counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_HEAD = """# Coverage

Written by `python -m tests.benchmarks.room_coverage`: the share of each room's statements and branches that
the tests run. What runs in child processes is not counted. Correctness is what the tests assert, not this.

| room | statements | run | branches | taken | least covered file |
|---|--:|--:|--:|--:|---|
"""


@dataclass(slots=True)
class Room:
    """Counts of one room."""

    statements: int = 0
    run: int = 0
    branches: int = 0
    taken: int = 0
    #: (share of statements run, file)
    least: tuple[float, str] = (2.0, "")

    def add(self, path: str, counts: dict[str, Any]) -> None:
        """Count one file in."""
        self.statements += counts["num_statements"]
        self.run += counts["covered_lines"]
        self.branches += counts["num_branches"]
        self.taken += counts["covered_branches"]
        if counts["num_statements"]:
            self.least = min(self.least, (counts["covered_lines"] / counts["num_statements"], path))


def measured(folder: Path) -> dict[str, Any]:
    """coverage's own report of one run of the whole suite."""
    report = folder / "coverage.json"
    tests = ["-n", "2", "--dist", "loadfile"]
    cover = ["--cov=emsync_nb", "--cov=bridge", "--cov-branch", "--cov-report", f"json:{report}"]
    subprocess.run([sys.executable, "-m", "pytest", *tests, *cover], cwd=ROOT, check=True)
    content: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return content


def rooms_of(files: dict[str, Any]) -> dict[str, Room]:
    """Room → its counts; modules that stand alone are rooms too."""
    rooms: dict[str, Room] = defaultdict(Room)
    for name, facts in files.items():
        path = Path(name)
        room = path.parts[0] if path.parts[0] == "bridge" else ".".join(path.with_suffix("").parts[:2])
        rooms[room].add(name, facts["summary"])
    return dict(sorted(rooms.items()))


def table(rooms: dict[str, Room]) -> str:
    """The page."""
    return _HEAD + "".join(f"| {_row(name, room)} |\n" for name, room in rooms.items())


def _row(name: str, room: Room) -> str:
    share, path = room.least
    least = f"{Path(path).name} {share:.0%}" if share < 1 else "all whole"
    cells = [f"`{name}`", room.statements, _share(room.run, room.statements)]
    return " | ".join(map(str, [*cells, room.branches, _share(room.taken, room.branches), least]))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "coverage.md")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        files = measured(Path(folder))["files"]
    out.write_text(table(rooms_of(files)), encoding="utf-8")


if __name__ == "__main__":
    main()
