"""Marks of loudness as MIDI velocities, about as notation programs play them."""

from __future__ import annotations

import re

#: velocity of each lasting mark
LEVELS = {
    "n": 10.0, "pppppp": 14.0, "ppppp": 16.0, "pppp": 20.0, "ppp": 26.0, "pp": 36.0, "p": 48.0, "mp": 60.0,
    "mf": 72.0, "f": 88.0, "ff": 104.0, "fff": 116.0, "ffff": 122.0, "fffff": 124.0, "ffffff": 126.0,
}  # fmt: skip
#: what marks that colour one note and do not last add to its velocity
ACCENT_LEVELS = {"sf": 20.0, "sfz": 20.0, "fz": 20.0, "rf": 20.0, "rfz": 20.0, "sffz": 26.0}
#: marks that are loud and leave another level behind: velocity of the attack, and after it
ATTACKS = {
    "fp": (88.0, 48.0), "sfp": (92.0, 48.0), "sfpp": (92.0, 36.0), "sfzp": (92.0, 48.0), "pf": (48.0, 88.0),
}  # fmt: skip
#: before the first mark
DEFAULT_LEVEL = 66.0
#: how far an open hairpin goes when no mark tells
HAIRPIN_STEP = 16.0
#: hairpins without a goal stay between these
LOWEST_LEVEL, HIGHEST_LEVEL = 18.0, 124.0
_TOKEN = re.compile(r"(?<![a-z])(p{1,6}|mp|mf|f{1,6})(?![a-z])")


def level_in_text(text: str) -> float | None:
    """Velocity of the last mark in words such as "più f" or "p dolce"; None without one."""
    found = _TOKEN.findall(text.lower()[:80])
    return LEVELS[found[-1]] if found else None
