"""The sixty directions, and whether what came of each is what was expected."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

from emsync_nb.directing import Change, Directions, Scene
from emsync_nb.domain import Boundary

SIXTY: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("sixty.toml").read_text("utf-8"))[
    "direction"
]
CUTS = (Fraction(12), Fraction(49, 2), Fraction(37), Fraction(51))
SCENE = Scene(
    Fraction(60), tuple(Boundary(time, "cut", k / 10) for k, time in enumerate(CUTS, start=1)), "piano-solo"
)
#: name in the table → class, where they differ
_CLASSES = {"Mode": "ModeChange", "Ending": "EndingChange"}
_TIMES = {"start": "start_s", "end": "end_s", "reached": "reached_s", "time": "time_s"}


def faults(entry: dict[str, Any], found: Directions) -> list[str]:
    """What is not as expected; empty where all is."""
    wrong = []
    left = list(found.changes)
    for expected in entry["expect"]:
        match = next((change for change in left if _matches(change, expected)), None)
        if match is None:
            wrong.append(f"missing {expected}")
        else:
            left.remove(match)
    wrong += [f"too much: {change}" for change in left]
    clauses = entry.get("not_understood", [])
    if len(clauses) != len(found.not_understood):
        wrong.append(f"not understood: {found.not_understood}")
    wrong += [f"understood: {c}" for c in clauses if not any(c in said for said in found.not_understood)]
    return wrong


def _matches(change: Change, expected: dict[str, Any]) -> bool:
    if type(change).__name__ != _CLASSES.get(expected["kind"], expected["kind"]):
        return False
    return all(_field(change, name, value) for name, value in expected.items() if name != "kind")


def _field(change: Any, name: str, value: Any) -> bool:  # noqa: ANN401 - any change, any field
    if name in _TIMES:
        return bool(abs(float(getattr(change, _TIMES[name]) or 0) - value) < 1e-6)
    if name in {"valence", "arousal"}:
        number = getattr(change, name)
        return number is None if value == "0" else number is not None and (number > 0) == (value == "+")
    if name == "slower":
        return bool((change.factor < 1) == value)
    return bool(getattr(change, "kind" if name == "ending" else name) == value)
