"""What others may ask of a session's theme: setting it, where it enters, and what the plan says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from emsync_nb.domain import GRID, ScorePlan, Spotting
from emsync_nb.domain.timecode import FilmClock

#: how the plan is changed, in words and in deed
Edit = tuple[str, Callable[[Spotting], Spotting]]
Facts = dict[str, Any]


def theme_edit(request: Mapping[str, Any], times_s: Sequence[Fraction], told: FilmClock) -> Edit:
    """Another theme out of the request's `file`; the one that is there without a `file`; none where that is null.

    Raises:
        MidiError: a file that cannot be read as a theme.
    """
    from emsync_nb.notation import read_theme

    at = _at(times_s, told)
    if "file" not in request:
        what = (
            f"had the theme enter{at.removeprefix(',')}" if at else "left the theme's entries to the planner"
        )
        return what, lambda plan: _with_theme(plan).with_theme(plan.theme, times_s)
    if request["file"] is None:
        return "took the theme away", lambda plan: _with_theme(plan).with_theme(None, times_s)
    theme = read_theme(Path(str(request["file"])))
    return f"set a theme, {theme.describe()}{at}", lambda plan: plan.with_theme(theme, times_s)


def theme_wish(start_s: Fraction, end_s: Fraction, enters: object, told: FilmClock) -> Edit:
    """The theme entering in a stretch (True), staying away from it (False), or as the planner finds (None)."""
    if enters is not None and not isinstance(enters, bool):
        raise TypeError(f"enters is true, false or null, not {enters!r:.60}")
    where = told.span(start_s, end_s)
    wish = {True: "had the theme enter within", False: "kept the theme away from"}
    what = (
        f"{wish[enters]} {where}" if enters is not None else f"left the theme to the planner within {where}"
    )
    return what, lambda plan: _with_theme(plan).theme_within(start_s, end_s, enters)


def theme_line(spotting: Spotting | None, told: FilmClock) -> str | None:
    """Such as "6 notes in C major, at 12.5 s"; None where there is no theme."""
    if spotting is None or spotting.theme is None:
        return None
    return spotting.theme.describe() + _at(spotting.theme_at_s, told)


def theme_facts(
    plan: ScorePlan, spotting: Spotting, code: Callable[[Fraction], str], told: FilmClock
) -> Facts | None:
    """The theme, where it enters, and what was wished for; None where there is none.

    `code` tells timecodes, `told` what was wished for as the history does.
    """
    if spotting.theme is None:
        return None
    names = {player.part: player.name for player in plan.ensemble.players}
    return {
        "key": spotting.theme.key.name,
        "notes": len(spotting.theme.onsets),
        "beats": spotting.theme.steps / GRID,
        "at_s": [float(time_s) for time_s in spotting.theme_at_s],
        "entries": [
            {
                "timecode": code(plan.tempo_map.seconds(entry.beat)),
                "time_s": float(plan.tempo_map.seconds(entry.beat)),
                "bar": plan.grid.at(entry.beat).number,
                "beat": entry.beat,
                "section": entry.section,
                "key": entry.key.name,
                "track": names[entry.part],
            }
            for entry in plan.theme
        ],
        "wishes": [
            {"start_s": float(wish.start_s), "end_s": float(wish.end_s), "enters": wish.theme}
            for wish in spotting.passages
            if wish.theme is not None
        ],
        "told": {
            "at": _at(spotting.theme_at_s, told).removeprefix(", at "),
            "wishes": [
                f"{'enters within' if wish.theme else 'stays away from'} {told.span(wish.start_s, wish.end_s)}"
                for wish in spotting.passages
                if wish.theme is not None
            ],
        },
    }


def _at(times_s: Sequence[Fraction], told: FilmClock) -> str:
    if not times_s:
        return ""
    if told.has_code:
        return f", at {' and '.join(map(told.tell, times_s))}"
    return f", at {' and '.join(f'{float(time_s):g}' for time_s in times_s)} s"


def _with_theme(plan: Spotting) -> Spotting:
    """A plan that has a theme.

    Raises:
        ValueError: it has none.
    """
    if plan.theme is None:
        raise ValueError("there is no theme yet; set one first, from a MIDI or MusicXML file")
    return plan
