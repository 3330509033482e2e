"""What the experts made of a film, each in a lane of its own, below what they make together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import Boundary, EmotionCurve, VideoCues
from emsync_nb.extras import require
from emsync_nb.figures.evidence_labels import Noticed, write_evidence
from emsync_nb.figures.stills import Still, plot_stills
from emsync_nb.figures.style import (
    AROUSAL,
    FAINT,
    HAIRLINE,
    INK,
    PAPER,
    SMALL,
    TEXT,
    VALENCE,
    clock,
    dress,
    dress_time,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]


class Opinion(Protocol):
    """What one expert makes of a film, as `emsync_nb.analysis.Opinion` says it; stages do not know each other."""

    @property
    def name(self) -> str: ...
    @property
    def times_s(self) -> Array: ...
    @property
    def valence(self) -> Array: ...
    @property
    def arousal(self) -> Array: ...
    @property
    def valence_confidence(self) -> Array: ...
    @property
    def arousal_confidence(self) -> Array: ...
    @property
    def evidence(self) -> Sequence[Noticed]: ...


class Report(Protocol):
    """Whether an expert had anything to go by."""

    @property
    def name(self) -> str: ...
    @property
    def available(self) -> bool: ...
    @property
    def note(self) -> str: ...


class Joined(Protocol):
    """What all experts together make of a film."""

    @property
    def confidence(self) -> Array: ...
    @property
    def ekman(self) -> Array: ...
    @property
    def method(self) -> str: ...


class Analysed(Protocol):
    """What a film was found to hold, as `emsync_nb.analysis.Analysis` says it."""

    @property
    def cues(self) -> VideoCues: ...
    @property
    def experts(self) -> Sequence[Report]: ...
    @property
    def opinions(self) -> Sequence[Opinion]: ...
    @property
    def fusion(self) -> Joined | None: ...


#: class → colour, in the order of the columns: Tol's "muted" and the set of Okabe and Ito, apart for the colour-blind
#: and from the colours of valence and arousal
CLASSES = {
    "anger": "#882255",
    "disgust": "#999933",
    "fear": "#332288",
    "joy": "#E69F00",
    "sadness": "#56B4E9",
    "surprise": "#CC79A7",
}
#: half the width of the band where nothing is known
_UNSURE = 0.5
#: a class is named where its share, averaged over this part of the film, is largest, if it is as much as this
_PART_FOR_NAME, _SHARE_FOR_NAME = 0.1, 0.12
#: where the name of a panel ends, as a share of the panel's width
_NAMES_END = -0.025
#: inches: width, and the heights of stills, curve, classes, a lane, a line of text, head and foot
_WIDTH, _STILLS, _CURVE, _STRIP, _LANE, _LINE, _HEAD, _FOOT = 12.0, 0.9, 1.7, 0.8, 0.62, 0.17, 0.95, 0.24
_LEFT, _RIGHT, _BETWEEN, _DPI = 0.085, 0.985, 0.14, 110


def plot_fused(
    ax: Axes, curve: EmotionCurve, boundaries: Sequence[Boundary], confidence: Array | None = None
) -> Axes:
    """Valence and arousal over time in seconds, in bands that are the narrower the surer the experts are.

    Args:
        ax: where to draw.
        curve: of the film.
        boundaries: vertical lines, darker where stronger.
        confidence: (n,) in [0, 1] at the times of the curve; None: no bands.
    """
    for name, values, colour in (("valence", curve.valence, VALENCE), ("arousal", curve.arousal, AROUSAL)):
        if confidence is not None:
            half = _UNSURE * (1 - confidence)
            low, high = (np.clip(values + sign * half, -1, 1) for sign in (-1, 1))
            ax.fill_between(curve.times_s, low, high, color=colour, alpha=0.15, linewidth=0)
        ax.plot(curve.times_s, values, color=colour, linewidth=1.8, label=name)
    ax.axhline(0, color=HAIRLINE, linewidth=0.8, zorder=0)
    dress(ax, "together")
    _over_time(ax, curve, boundaries)
    ax.set(ylim=(-1.05, 1.05), yticks=(-1, 0, 1))
    _name_panel(ax)
    for words, height in (("bright, excited", 0.97), ("dark, calm", 0.05)):
        ax.text(
            1, height, words, color=FAINT, fontsize=SMALL, ha="right", va="center", transform=ax.transAxes
        )
    ax.legend(
        loc="lower left", ncols=2, frameon=False, fontsize=SMALL, labelcolor="linecolor", handlelength=1.2
    )
    return ax


def plot_classes(ax: Axes, times_s: Array, shares: Array, boundaries: Sequence[Boundary] = ()) -> Axes:
    """How likely each of Ekman's six emotions is over time, as layers that fill the panel: (n, 6), rows sum to 1."""
    ax.stackplot(times_s, shares.T, colors=list(CLASSES.values()), alpha=0.75, linewidth=0)
    window = np.ones(max(1, round(_PART_FOR_NAME * len(times_s))))
    spread = np.convolve(np.ones(len(times_s)), window, "same")
    for column, (name, colour) in enumerate(CLASSES.items()):
        usual = np.convolve(shares[:, column], window, "same") / spread
        at = int(np.argmax(usual))
        if usual[at] >= _SHARE_FOR_NAME:
            height = float(shares[at, :column].sum() + shares[at, column] / 2)
            _name_layer(ax, name, colour, times_s, at, height)
    dress(ax, "emotions")
    for boundary in boundaries:
        ax.axvline(float(boundary.time_s), color=PAPER, linewidth=0.9)
    dress_time(ax, float(times_s[-1]))
    ax.set(ylim=(0, 1), yticks=[])
    _name_panel(ax)
    return ax


def _name_layer(ax: Axes, name: str, colour: str, times_s: Array, at: int, height: float) -> None:
    """The name of a class in its layer, kept off the borders."""
    margin = 0.04 * float(times_s[-1] - times_s[0])
    time_s = float(np.clip(times_s[at], times_s[0] + margin, times_s[-1] - margin))
    is_dark = sum(require("matplotlib.colors").to_rgb(colour)) < 1.2
    ink = PAPER if is_dark else INK
    ax.text(time_s, height, name, color=ink, fontsize=SMALL, ha="center", va="center")


def plot_opinion(ax: Axes, opinion: Opinion, boundaries: Sequence[Boundary] = ()) -> Axes:
    """One expert: valence and arousal as lines, the fainter the less it trusts itself; above, what it noticed."""
    collections = require("matplotlib.collections")
    times_s = opinion.times_s
    ax.axhline(0, color=HAIRLINE, linewidth=0.6, zorder=0)
    for values, trust, colour in (
        (opinion.valence, opinion.valence_confidence, VALENCE),
        (opinion.arousal, opinion.arousal_confidence, AROUSAL),
    ):
        points = np.stack([times_s, values], axis=1)
        rgba = np.tile(require("matplotlib.colors").to_rgba(colour), (len(times_s) - 1, 1))
        rgba[:, 3] = _opacity(np.minimum(trust[:-1], trust[1:]))
        lines = collections.LineCollection(np.stack([points[:-1], points[1:]], axis=1), colors=rgba)
        lines.set(linewidth=1.5, capstyle="butt")
        ax.add_collection(lines)
    dress(ax, opinion.name)
    _name_panel(ax)
    for boundary in boundaries:
        ax.axvline(float(boundary.time_s), color=HAIRLINE, linewidth=0.7, zorder=-1)
    dress_time(ax, float(times_s[-1]))
    ax.set(ylim=(-1.1, 2.05), yticks=[])
    write_evidence(ax, opinion.evidence, float(times_s[-1]))
    return ax


def _name_panel(ax: Axes) -> None:
    """The name of the panel upright at its left, all names ending at one place."""
    ax.yaxis.label.set(rotation=0, ha="right", va="center")
    ax.yaxis.set_label_coords(_NAMES_END, 0.5)


def _opacity(trust: Array) -> Array:
    """Nothing where an expert knows nothing, else visible, and full from a trust of 0.6 on."""
    return np.where(trust > 0, np.clip(0.12 + 1.5 * trust, 0, 1), 0.0)


def _over_time(ax: Axes, curve: EmotionCurve, boundaries: Sequence[Boundary]) -> None:
    for boundary in boundaries:
        ax.axvline(float(boundary.time_s), color=FAINT, linewidth=0.7, alpha=0.3 + 0.5 * boundary.strength)
    dress_time(ax, float(curve.times_s[-1]))


def experts_picture(
    analysis: Analysed, stills: Sequence[Still] = (), *, title: str = "What the experts saw and heard"
) -> Figure:
    """One sheet: the film, its emotion, the six emotions, and each expert that spoke, the most trusted on top.

    Args:
        analysis: of a film; a curve that was edited since has neither band nor emotions.
        stills: of the same film, as `emsync_nb.pipeline.stills_of` gives them; none: no strip of pictures.
        title: in the corner.
    """
    voices = sorted(filter(_mean_trust, analysis.opinions), key=lambda one: -_mean_trust(one))
    heard = {voice.name for voice in voices}
    silent = [report for report in analysis.experts if report.name not in heard]
    absent = [f"nothing from {report.name}: {report.note}" for report in silent]
    heights = [_STILLS] * bool(stills) + [_CURVE] + [_STRIP] * (analysis.fusion is not None)
    heights += [_LANE] * len(voices)
    tall = sum(heights) + _BETWEEN * len(heights) + _HEAD + _FOOT + _LINE * len(absent)
    figure: Figure = require("matplotlib.figure").Figure(figsize=(_WIDTH, tall), dpi=_DPI, facecolor=PAPER)
    panels = _panels(figure, heights, tall)
    _fill(panels, analysis, voices, stills)
    _head(figure, analysis, len(voices), title, tall)
    for number, line in enumerate(reversed(absent)):
        y = (0.12 + _LINE * number) / tall
        figure.text(_LEFT, y, line, color=FAINT, fontsize=SMALL, va="center", parse_math=False)
    return figure


def _mean_trust(opinion: Opinion) -> float:
    return float(opinion.valence_confidence.mean() + opinion.arousal_confidence.mean())


def _panels(figure: Figure, heights: Sequence[float], tall: float) -> list[Axes]:
    """Axes one below the other, of these heights in inches."""
    top = tall - _HEAD
    panels = []
    for height in heights:
        panels.append(figure.add_axes((_LEFT, (top - height) / tall, _RIGHT - _LEFT, height / tall)))
        top -= height + _BETWEEN
    return panels


def _fill(
    panels: Sequence[Axes], analysis: Analysed, voices: Sequence[Opinion], stills: Sequence[Still]
) -> None:
    curve, boundaries, fusion = analysis.cues.curve, analysis.cues.boundaries, analysis.fusion
    free = iter(panels)
    end_s = float(analysis.cues.video.duration_s)
    if stills:
        plot_stills(next(free), stills, end_s)
    plot_fused(next(free), curve, boundaries, None if fusion is None else fusion.confidence)
    if fusion is not None:
        plot_classes(next(free), curve.times_s, fusion.ekman, boundaries)
    for voice in voices:
        plot_opinion(next(free), voice, boundaries)
    for panel in panels:
        panel.set_xlim(0, end_s)
        panel.tick_params(labelbottom=panel is panels[-1])


def _head(figure: Figure, analysis: Analysed, speaking: int, title: str, tall: float) -> None:
    cues = analysis.cues
    facts = [clock(float(cues.video.duration_s)), f"{len(cues.boundaries)} boundaries"]
    facts += [f"{speaking} of {len(analysis.experts)} experts speak"]
    if analysis.fusion is not None:
        facts.append(f"joined: {analysis.fusion.method}")
    figure.text(
        _LEFT, 1 - 0.3 / tall, title, fontsize=15, fontweight="bold", color=INK, va="center", parse_math=False
    )
    figure.text(
        _LEFT,
        1 - 0.57 / tall,
        "   ·   ".join(facts),
        fontsize=TEXT,
        color=FAINT,
        va="center",
        parse_math=False,
    )
    how = ["lines of an expert: faint where it trusts itself little"]
    if analysis.fusion is not None and np.any(analysis.fusion.confidence < 1):
        how.insert(0, "bands: narrow where the experts together are sure")
    figure.text(_LEFT, 1 - 0.77 / tall, "   ·   ".join(how), fontsize=SMALL, color=FAINT, va="center")
