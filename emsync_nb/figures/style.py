"""Colours and dress of all figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: apart for the colour-blind too: the set of Okabe and Ito (2008), then Tol's "muted" for large ensembles
TRACK_COLOURS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#332288",
    "#999933",
    "#882255",
    "#44AA99",
    "#DDCC77",
    "#AA4499",
)
VALENCE, AROUSAL = "#0072B2", "#D55E00"
INK, FAINT, HAIRLINE, PAPER = "#22262B", "#7A828C", "#D5D9DE", "#FFFFFF"
#: diverging and safe for the colour-blind: unpleasant red … pleasant blue
VALENCE_MAP = "RdYlBu"
#: sizes in points
TEXT, SMALL = 9, 7.5


def track_colour(index: int) -> str:
    """The colour of the track with this index; colours repeat after twelve."""
    return TRACK_COLOURS[index % len(TRACK_COLOURS)]


def clock(time_s: float, _position: float = 0.0) -> str:
    """A time as minutes and seconds, such as 1:05; matplotlib calls it for the labels of a time axis."""
    minutes, seconds = divmod(round(time_s), 60)
    return f"{minutes}:{seconds:02d}"


def dress(ax: Axes, label: str) -> None:
    """Plain axes: no frame but a faint floor, small grey numbers, the name of the panel at the left."""
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(HAIRLINE)
    ax.tick_params(colors=FAINT, labelsize=SMALL, length=0)
    ax.set_ylabel(label, color=INK, fontsize=TEXT)
    ax.set_axisbelow(True)


def dress_time(ax: Axes, duration_s: float) -> None:
    """A time axis in seconds from 0, labelled in minutes and seconds."""
    ax.set_xlim(0, duration_s)
    ax.xaxis.set_major_formatter(clock)
    ax.locator_params(axis="x", steps=[1, 2, 3, 6, 10], nbins=12)
