"""Reads SubStation Alpha (.ssa, .ass). The file is hostile until checked; a damaged line costs that line.

The layout is that of the "Advanced SubStation Alpha" specification: in the section [Events] a line "Format:" names the
fields, each "Dialogue:" fills them, and the last field, the text, may hold commas.
"""

from __future__ import annotations

import re

from emsync_nb.domain.words import MAX_SUBTITLES, Subtitle, dialogue, sane

_SECTION = re.compile(r"^\s*\[([^\]]{1,40})\]\s*$")
_STAMP = re.compile(r"^\s*(\d{1,3}):(\d{1,2}):(\d{1,2})[.:,](\d{1,3})\s*$", re.ASCII)
#: the fields where no line names them
_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
#: an override that begins a drawing: what follows are coordinates
_DRAWING = re.compile(r"\{[^{}]{0,200}\\p[1-9]")
_MAX_FIELDS = 40


def parse_substation(text: str) -> tuple[list[Subtitle], int]:
    """The readable subtitles in the order of the file, and how many could not be read."""
    found: list[Subtitle] = []
    fields: tuple[str, ...] = _FIELDS
    damaged, is_inside = 0, False
    for line in text.replace("\x00", "").splitlines():
        if section := _SECTION.match(line):
            is_inside = section[1].strip().lower() == "events"
        key, _, rest = line.partition(":")
        if not is_inside or key.strip().lower() not in ("format", "dialogue"):
            continue
        if key.strip().lower() == "format":
            fields = tuple(name.strip().lower() for name in rest.split(",", _MAX_FIELDS))
        elif not _DRAWING.search(rest):
            subtitle = _subtitle(fields, rest)
            damaged += subtitle is None
            found += [subtitle] if subtitle is not None else []
        if len(found) == MAX_SUBTITLES:
            break
    return found, damaged


def _subtitle(fields: tuple[str, ...], rest: str) -> Subtitle | None:
    values = dict(zip(fields, rest.split(",", len(fields) - 1), strict=False))
    start, end = (_STAMP.match(values.get(name, "")) for name in ("start", "end"))
    if start is None or end is None:
        return None
    return sane(_seconds(start), _seconds(end), dialogue(values.get("text", "")))


def _seconds(stamp: re.Match[str]) -> float:
    hours, minutes, seconds, fraction = stamp.groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000
