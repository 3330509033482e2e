"""A composer's theme on its way through the stages: read, placed, played, and found again in the file."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emsync_nb.domain import GRID, PARTS, Ensemble, ScorePlan, Spotting, Theme, ThemeEntry
from emsync_nb.errors import PlanError
from emsync_nb.pipeline.settings import ScoreSettings
from emsync_nb.planning import check_playable

if TYPE_CHECKING:
    from emsync_nb.generation import Given


def open_theme(settings: ScoreSettings, spotting: Spotting | None, ensemble: Ensemble) -> Theme | None:
    """The theme that the settings name, else the spotting's, checked before the long work begins; None for none.

    Raises:
        MidiError: a file that cannot be read as a theme.
        PlanError: nobody of the ensemble has room for it.
    """
    if settings.theme is None:
        theme = None if spotting is None else spotting.theme
    else:
        from emsync_nb.notation import read_theme

        theme = read_theme(settings.theme)
    if theme is not None:
        check_playable(theme, ensemble)
    return theme


def with_theme(spotting: Spotting, theme: Theme | None, times_s: Sequence[Fraction]) -> Spotting:
    """What is asked for with another theme, that enters near some times in seconds.

    Raises:
        PlanError: a time before the film.
    """
    try:
        return spotting.with_theme(theme, times_s)
    except ValueError as error:
        raise PlanError(str(error)) from error


def given_notes(plan: ScorePlan, entries: Sequence[ThemeEntry]) -> Given | None:
    """The entries as the composer takes them; None where there are none."""
    if not entries:
        return None
    from emsync_nb.generation import Given

    rows = [(*note, PARTS.index(entry.part)) for entry in entries for note in entry.notes]
    return Given.beside(plan, np.array(rows, dtype=np.int64).reshape(-1, 5))


def theme_facts(plan: ScorePlan, theme: Theme, midi: Path, settings: ScoreSettings) -> dict[str, Any]:
    """How often the theme was to return, and where the written file holds it, in time, pitch and length.

    `time_s` is where the file has it; None where it is not found.
    """
    from emsync_nb.notation import find_entries

    entries = plan.theme
    names = {player.part: player.name for player in plan.ensemble.players}
    times = find_entries(midi, [(names[entry.part], entry.notes) for entry in entries])
    return {
        "file": None if settings.theme is None else str(settings.theme),
        "key": theme.key.name,
        "notes": len(theme.pitches),
        "beats": theme.steps / GRID,
        "planned": len(entries),
        "found": sum(time is not None for time in times),
        "occurrences": [
            {
                "beat": entry.beat,
                "time_s": None if time is None else float(time),
                "section": entry.section,
                "key": entry.key.name,
                "track": names[entry.part],
                "notes": len(entry.notes),
                "found": time is not None,
            }
            for entry, time in zip(entries, times, strict=True)
        ],
    }
