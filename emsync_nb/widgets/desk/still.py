"""A desk without a kernel: a picture of what it showed last, and a few words."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sized
from dataclasses import replace
from typing import TYPE_CHECKING

from emsync_nb.domain import TempoChange, TempoMap
from emsync_nb.extras import require
from emsync_nb.figures import plot_boundaries, plot_circumplex, plot_emotion, score_picture
from emsync_nb.figures.style import FAINT, INK, PAPER, TEXT, clock
from emsync_nb.widgets.desk.view import DeskView

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from emsync_nb.domain import Hit, ScorePlan, Spotting

#: dots an inch: legible in a notebook's column, and small enough to be kept in every cell
_DPI = 80
#: inches, of the picture before there is music
_SIZE, _SIZE_OF_NOTHING = (13.0, 4.9), (13.0, 1.2)
_ALIVE = "This is a picture of the scoring desk. Run this cell again for the desk itself."
#: any tempo at all: without sections a curve needs none
_NO_TEMPO = TempoMap((TempoChange(0, 500_000),))


def still(view: DeskView) -> bytes:
    """A PNG of what a desk shows.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    figure = _figure(view)
    figure.text(0.06, 0.008, _ALIVE, fontsize=TEXT, color=FAINT, va="bottom")
    drawn = io.BytesIO()
    with warnings.catch_warnings():
        # a film's name may hold letters that the font lacks; a box stands in their place
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(drawn, format="png", dpi=_DPI, facecolor=PAPER)
    return drawn.getvalue()


def in_words(view: DeskView) -> str:
    """Film, length, boundaries, hits, tracks and notes in a line, then how to get the desk."""
    return f"{', '.join([f'Scoring desk: {view.film_name}', *_facts(view)])}. {_ALIVE}"


def _facts(view: DeskView) -> list[str]:
    spotting = view.spotting
    if spotting is None:
        return ["not analysed yet"]
    facts = [
        clock(float(spotting.film.video.duration_s)),
        _counted(spotting.film.boundaries, "boundary", "boundaries"),
    ]
    if view.plan is not None:
        facts.append(_counted(view.plan.hits, "hit", "hits"))
    if view.score is None:
        return [*facts, "no take yet"]
    notes = f"{view.score.note_count:,} note{'' if view.score.note_count == 1 else 's'}"
    take = f"take {view.state.accepted}" if view.state.accepted else "a take"
    return [*facts, take + _missed(view), _counted(view.score.tracks, "track", "tracks"), notes]


def _missed(view: DeskView) -> str:
    """How many of the planned hits the take does not meet."""
    count = 0 if view.plan is None else len(view.plan.hits) - len(_met(view, view.plan))
    return f" misses {count} of them" if count else ""


def _met(view: DeskView, plan: ScorePlan) -> tuple[Hit, ...]:
    """The hits that are heard, as far as one knows."""
    heard = view.heard
    return tuple(hit for hit in plan.hits if heard is None or heard.meets(hit.boundary.time_s))


def _counted(things: Sized, one: str, many: str) -> str:
    return f"{len(things)} {one if len(things) == 1 else many}"


def _figure(view: DeskView) -> Figure:
    if view.spotting is None:
        return _nothing_yet(view)
    if view.plan is None or view.score is None:
        return _before_music(view, view.spotting)
    # only what is heard is drawn as a hit: the notes beneath would belie the rest
    plan = replace(view.plan, hits=_met(view, view.plan))
    figure = score_picture(plan, view.score, title=view.film_name)
    missed = _missed(view)
    if missed:
        told = f"{len(view.plan.hits)} hits are planned; the accepted take{missed}."
        figure.text(0.975, 0.008, told, fontsize=TEXT, color=INK, va="bottom", ha="right")
    return figure


def _before_music(view: DeskView, spotting: Spotting) -> Figure:
    """Emotion and boundaries on one time axis, and the plane beside them."""
    figure = _sheet(view, _SIZE)
    places = figure.add_gridspec(
        2,
        2,
        height_ratios=(2.1, 1),
        width_ratios=(5, 1),
        left=0.06,
        right=0.975,
        top=0.72,
        bottom=0.13,
        hspace=0.3,
        wspace=0.09,
    )
    duration_s = float(spotting.film.video.duration_s)
    sections = () if view.plan is None else view.plan.sections
    tempo_map = _NO_TEMPO if view.plan is None else view.plan.tempo_map
    emotion, cuts = (figure.add_subplot(places[row, 0]) for row in range(2))
    plot_emotion(emotion, spotting.film.curve, (), sections, tempo_map)
    plot_boundaries(cuts, spotting.film.boundaries, () if view.plan is None else view.plan.hits, duration_s)
    for panel in (emotion, cuts):
        panel.set_xlim(0, duration_s)
    emotion.tick_params(labelbottom=False)
    plot_circumplex(figure.add_subplot(places[0, 1]), spotting.film.curve)
    return figure


def _nothing_yet(view: DeskView) -> Figure:
    return _sheet(view, _SIZE_OF_NOTHING)


def _sheet(view: DeskView, size: tuple[float, float]) -> Figure:
    """An empty sheet with the film's name and the facts on top."""
    figure: Figure = require("matplotlib.figure").Figure(figsize=size, facecolor=PAPER)
    head = 1 - 0.3 / size[1]
    # a dollar in a name begins no formula
    figure.text(
        0.06,
        head,
        view.film_name,
        fontsize=17,
        fontweight="bold",
        color=INK,
        va="center",
        parse_math=False,
    )
    figure.text(
        0.06,
        head - 0.32 / size[1],
        "   ·   ".join(_facts(view)),
        fontsize=TEXT + 0.5,
        color=FAINT,
        va="center",
    )
    return figure
