"""A whole score at a glance: emotion, cuts, tempo and notes on one time axis."""

from __future__ import annotations

import io
import secrets
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from emsync_nb.domain import Score, ScorePlan
from emsync_nb.errors import OutputError
from emsync_nb.extras import require
from emsync_nb.figures.boundaries import plot_boundaries
from emsync_nb.figures.emotion import plot_circumplex, plot_emotion
from emsync_nb.figures.music import name_tracks, plot_piano_roll, plot_tempo
from emsync_nb.figures.style import FAINT, HAIRLINE, INK, PAPER, SMALL, TEXT, clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: inches
_SIZE = (13.0, 8.2)
_DPI = 150
#: heights of the panels from above: emotion, cuts, tempo, notes
_HEIGHTS = (2.1, 0.75, 0.85, 4.2)


def score_picture(plan: ScorePlan, score: Score, *, title: str = "Score at a glance") -> Figure:
    """One sheet: the emotion asked for, the cuts and which are hits, the tempo, and the notes.

    Vertical lines through all panels are hits. The right column shows the film's path over the plane of
    valence and arousal, and the tracks with their numbers of notes.
    """
    figure: Figure = require("matplotlib.figure").Figure(figsize=_SIZE, dpi=_DPI, facecolor=PAPER)
    places = figure.add_gridspec(
        4,
        2,
        height_ratios=_HEIGHTS,
        width_ratios=(6.2, 1),
        left=0.06,
        right=0.975,
        top=0.835,
        bottom=0.055,
        hspace=0.17,
        wspace=0.07,
    )
    panels = [figure.add_subplot(places[row, 0]) for row in range(4)]
    duration_s = float(plan.duration_s)
    plot_emotion(panels[0], plan.curve, (), plan.sections, plan.tempo_map)
    plot_boundaries(panels[1], plan.boundaries, plan.hits, duration_s)
    plot_tempo(panels[2], plan.tempo_map, duration_s)
    plot_piano_roll(panels[3], score, plan.hits)
    _share_time(panels, plan)
    plot_circumplex(figure.add_subplot(places[0, 1]), plan.curve)
    name_tracks(figure.add_subplot(places[3, 1]), score)
    _head(figure, plan, score, title)
    return figure


def _share_time(panels: list[Axes], plan: ScorePlan) -> None:
    """One time axis, numbers below the last panel only, hits as lines and sections as bands through all."""
    for panel in panels:
        panel.set_xlim(0, float(plan.duration_s))
        panel.tick_params(labelbottom=panel is panels[-1])
        panel.yaxis.set_label_coords(-0.035, 0.5)
        for hit in plan.hits:
            panel.axvline(
                float(hit.boundary.time_s), color=FAINT, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1
            )
        for section in plan.sections[1::2]:
            start, end = (float(plan.tempo_map.seconds(b)) for b in (section.start_beat, section.end_beat))
            panel.axvspan(start, end, color=HAIRLINE, alpha=0.22, linewidth=0, zorder=-1)
    panels[2].set_ylabel("bpm")


def _head(figure: Figure, plan: ScorePlan, score: Score, title: str) -> None:
    tempi = [round(change.bpm) for change in plan.tempo_map.changes]
    span = f"{min(tempi)}" if min(tempi) == max(tempi) else f"{min(tempi)}–{max(tempi)}"
    facts = (
        clock(float(plan.duration_s)),
        f"{len(plan.sections)} sections",
        f"{len(plan.hits)} of {len(plan.boundaries)} boundaries are hits",
        f"{span} bpm",
        f"{len(score.tracks)} tracks",
        f"{score.note_count:,} notes",
    )
    # a dollar in a name begins no formula
    figure.text(0.06, 0.955, title, fontsize=17, fontweight="bold", color=INK, va="center", parse_math=False)
    figure.text(0.06, 0.918, "   ·   ".join(facts), fontsize=TEXT + 0.5, color=FAINT, va="center")
    name = plan.ensemble.name
    figure.text(
        0.975, 0.955, name, fontsize=SMALL + 1, color=FAINT, va="center", ha="right", parse_math=False
    )


def save_png(figure: Figure, path: Path) -> None:
    """Write a figure as a PNG.

    Raises:
        OutputError: `path` cannot be written.
    """
    try:
        with warnings.catch_warnings():
            # a film's title may hold letters that the font lacks; a box stands in their place
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            drawn = io.BytesIO()
            figure.savefig(drawn, format="png", facecolor=figure.get_facecolor())
        _replace(path, drawn.getvalue())
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"cannot write {path}: {reason}. Choose a folder that exists and is yours"
        ) from error


def _replace(path: Path, content: bytes) -> None:
    """Write in one step: a full disk leaves the picture that was there."""
    if path.exists() and not path.is_file():  # a device, such as /dev/stdout
        path.write_bytes(content)
        return
    path = path.resolve()  # a link stays, and the file behind it is replaced
    beside = path.with_name(f".emsync-{secrets.token_hex(8)}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
