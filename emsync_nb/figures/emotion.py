"""The emotion of a film: over time, and on the circumplex plane (Russell 1980)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from emsync_nb.domain import Boundary, EmotionCurve, Section, TempoMap
from emsync_nb.extras import require
from emsync_nb.figures.style import (
    AROUSAL,
    FAINT,
    HAIRLINE,
    INK,
    SMALL,
    VALENCE,
    VALENCE_MAP,
    dress,
    dress_time,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: words at the corners of the plane, by the signs of valence and arousal
_CORNERS = {(1, 1): "excited", (-1, 1): "tense", (-1, -1): "sad", (1, -1): "calm"}
#: an interval of the time axis narrower than this share of it leaves no room for words
_ROOM_FOR_WORDS = 0.06
#: points along the path on the plane
_PATH_POINTS = 400


def plot_emotion(
    ax: Axes,
    curve: EmotionCurve,
    boundaries: Sequence[Boundary],
    sections: Sequence[Section],
    tempo_map: TempoMap,
) -> Axes:
    """Valence and arousal over time in seconds.

    Boundaries are vertical lines, darker where stronger; sections stand along the top with their keys, in the
    colour of their valence.
    """
    last_s = max(
        float(curve.times_s[-1]), *(float(tempo_map.seconds(part.end_beat)) for part in sections), 0.0
    )
    for name, values, colour in (("valence", curve.valence, VALENCE), ("arousal", curve.arousal, AROUSAL)):
        ax.fill_between(curve.times_s, values, color=colour, alpha=0.10, linewidth=0)
        ax.plot(curve.times_s, values, color=colour, linewidth=1.8, label=name)
    ax.axhline(0, color=HAIRLINE, linewidth=0.8, zorder=0)
    for boundary in boundaries:
        ax.axvline(float(boundary.time_s), color=FAINT, linewidth=0.7, alpha=0.3 + 0.5 * boundary.strength)
    for section in sections:
        _name_section(ax, section, tempo_map, last_s)
    dress(ax, "emotion")
    dress_time(ax, last_s)
    ax.set_ylim(-1.05, 1.05)
    ax.set_yticks([-1, 0, 1])
    ax.legend(
        loc="lower left", ncols=2, frameon=False, fontsize=SMALL, labelcolor="linecolor", handlelength=1.2
    )
    return ax


def _name_section(ax: Axes, section: Section, tempo_map: TempoMap, last_s: float) -> None:
    """A ribbon above the panel in the colour of the section's valence, with name and key."""
    start_s, end_s = (float(tempo_map.seconds(beat)) for beat in (section.start_beat, section.end_beat))
    colour = require("matplotlib").colormaps[VALENCE_MAP]((section.valence + 1) / 2)
    ribbon = ax.get_xaxis_transform()  # x in seconds, y in shares of the panel's height
    ax.broken_barh(
        [(start_s, end_s - start_s)],
        (1.03, 0.17),
        transform=ribbon,
        clip_on=False,
        facecolor=(*colour[:3], 0.55),
        edgecolor="white",
        linewidth=1.5,
    )
    if end_s - start_s < _ROOM_FOR_WORDS * last_s:
        return
    middle_s = (start_s + end_s) / 2
    name = ax.text(middle_s, 1.115, section.name, color=INK, fontweight="bold")
    key = ax.text(middle_s, 1.26, section.key.name, color=FAINT)
    for words in (name, key):
        words.set(transform=ribbon, ha="center", va="center", fontsize=SMALL)


def plot_circumplex(ax: Axes, curve: EmotionCurve) -> Axes:
    """The film's path over the plane of valence and arousal, from light (start) to dark (end)."""
    times_s = np.linspace(curve.times_s[0], curve.times_s[-1], _PATH_POINTS)
    valence = np.interp(times_s, curve.times_s, curve.valence)
    arousal = np.interp(times_s, curve.times_s, curve.arousal)
    angles = np.linspace(0, 2 * np.pi, 181)
    ax.plot(np.cos(angles), np.sin(angles), color=HAIRLINE, linewidth=0.8)
    ax.axhline(0, color=HAIRLINE, linewidth=0.8)
    ax.axvline(0, color=HAIRLINE, linewidth=0.8)
    ax.scatter(valence, arousal, c=times_s, cmap="cividis_r", s=7, linewidths=0, zorder=3)
    ax.plot(valence[-1], arousal[-1], "o", color=INK, markersize=5, zorder=4)
    for (right, up), word in _CORNERS.items():
        ax.text(1.0 * right, 1.0 * up, word, color=FAINT, fontsize=SMALL, ha="center", va="center")
    ax.set_xlabel("valence", color=VALENCE, fontsize=SMALL)
    dress(ax, "arousal")
    ax.yaxis.label.set(color=AROUSAL, fontsize=SMALL)
    ax.spines["bottom"].set_visible(False)
    ax.set(xlim=(-1.3, 1.3), ylim=(-1.15, 1.15), xticks=[], yticks=[], aspect="equal")
    return ax
