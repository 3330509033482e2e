"""The emotion of a film as a widget of its own: valence and arousal to be dragged, drawn, raised and smoothed."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import EmotionCurve, TempoMap
from emsync_nb.extras import require
from emsync_nb.widgets.bundling import bundle, styles
from emsync_nb.widgets.lane_widget import LaneWidget

if TYPE_CHECKING:
    from matplotlib.axes import Axes

traits = require("traitlets")

Document = dict[str, Any]
#: (3, n): times in seconds, valence, arousal
State = NDArray[np.float64]
_NAMES = ("times_s", "valence", "arousal")
#: states that can be gone back to at most, and the numbers that all of them hold at most
_LIMIT, _MOST_NUMBERS = 200, 5_000_000
#: any tempo at all: without sections a curve needs none
_NO_TEMPO = TempoMap.constant(120)


class EmotionCurveEditor(LaneWidget):
    """Valence and arousal over time, with the plane of both and with undo. Traits can be linked to other widgets'.

    ::

        editor = EmotionCurveEditor(film.curve, film.video.duration_s)
        editor  # shown in a cell; drag points, draw freehand, raise, flatten and smooth stretches
        editor.curve  # the EmotionCurve on display

    Traits:
        times_s, valence, arousal: the curve, as lists of one length; set `curve`, or one list of the same length.
        analysed: {"times_s", "valence", "arousal"} that stretches can be brought back to, or {}.
        duration_s: length of the film.
        position_s: where the playhead is.
        selection: [start, end] of a selected stretch in seconds, or [].
    """

    _esm = bundle("emotion_curve_editor.js")
    _css = styles("emotion_curve_editor.css")

    times_s = traits.List().tag(sync=True)
    valence = traits.List().tag(sync=True)
    arousal = traits.List().tag(sync=True)
    analysed = traits.Dict().tag(sync=True)
    duration_s = traits.Float(1.0).tag(sync=True)

    def __init__(
        self,
        curve: EmotionCurve | None = None,
        duration_s: float | Fraction | None = None,
        *,
        analysed: EmotionCurve | None = None,
    ) -> None:
        """Show a curve of a film of this length.

        Args:
            curve: None: neither pleasant nor unpleasant, neither calm nor excited, throughout.
            duration_s: None: as far as the curve goes.
            analysed: what stretches can be brought back to; None: the curve as it is now, where there is one.

        Raises:
            TraitError: neither a curve nor a length, or a length of nothing.
            MissingExtraError: the extra `notebook` is not installed.
        """
        if duration_s is None and curve is None:
            raise traits.TraitError("an emotion curve editor needs a curve or duration_s; give one of them")
        end_s = (
            float(curve.times_s[-1]) if duration_s is None and curve is not None else float(duration_s or 0)
        )
        _check_length(end_s)
        shown = EmotionCurve([0.0, end_s], [0.0, 0.0], [0.0, 0.0]) if curve is None else curve  # type: ignore[arg-type] # it takes lists
        back = analysed if analysed is not None else curve
        self._past: list[State] = []
        self._future: list[State] = []
        self._now: State = _state(shown)
        super().__init__(**_lists(shown), duration_s=end_s, analysed={} if back is None else _lists(back))
        self.observe(self._changed, names=list(_NAMES))

    @property
    def curve(self) -> EmotionCurve:
        """The curve on display.

        Raises:
            ValueError, when it is set: it is no curve (see `EmotionCurve`).
        """
        return EmotionCurve(*(np.asarray(getattr(self, name), dtype=np.float64) for name in _NAMES))

    @curve.setter
    def curve(self, curve: EmotionCurve) -> None:
        self._show(_state(curve))

    def undo(self) -> None:
        """Take the last change back, whoever made it.

        Raises:
            TraitError: there is none.
        """
        self._step("undo", self._past)

    def redo(self) -> None:
        """Make the change again that was taken back.

        Raises:
            TraitError: there is none.
        """
        self._step("redo", self._future)

    def _step(self, way: str, states: list[State]) -> None:
        if not states:
            raise traits.TraitError(f"there is nothing to {way}")
        self._show(states[-1])

    def _show(self, state: State) -> None:
        with self.hold_sync(), self.hold_trait_notifications():
            for name, row in zip(_NAMES, state, strict=True):
                setattr(self, name, row.tolist())

    def _changed(self, _change: Document) -> None:
        """Remember what was; a state that equals the one before, or the one taken back, is an undo or a redo.

        The browser keeps the same history by the same rule, so that either can undo what the other did.
        """
        state = np.array([getattr(self, name) for name in _NAMES], dtype=np.float64)
        if np.array_equal(state, self._now):
            return
        if self._past and np.array_equal(state, self._past[-1]):
            self._past.pop()
            self._future.append(self._now)
        else:
            is_redo = bool(self._future) and np.array_equal(state, self._future[-1])
            self._future = self._future[:-1] if is_redo else []
            self._past.append(self._now)
        self._now = state
        while len(self._past) > _LIMIT or (
            len(self._past) > 1 and sum(old.size for old in self._past) > _MOST_NUMBERS
        ):
            del self._past[0]

    # — what traits may hold —

    @traits.validate(*_NAMES)  # type: ignore[untyped-decorator]
    def _check_values(self, proposal: Document) -> list[float]:
        name, values = proposal["trait"].name, proposal["value"]
        numbers = _numbers(name, values)
        # while several are set at once, the last of these checks sees all of them
        for other in _NAMES:
            length = len(getattr(self, other))
            if other != name and length and length != len(numbers):
                raise traits.TraitError(
                    f"{name} has {len(numbers)} numbers and {other} {length}; set all at once: editor.curve = …"
                )
        return numbers

    @traits.validate("analysed")  # type: ignore[untyped-decorator]
    def _check_analysed(self, proposal: Document) -> Document:
        value: Document = proposal["value"]
        if not value:
            return {}
        if set(value) != set(_NAMES):
            raise traits.TraitError(f"analysed needs {', '.join(_NAMES)}; got {', '.join(map(str, value))}")
        rows = {name: _numbers(f"{name} of analysed", value[name]) for name in _NAMES}
        if len({len(row) for row in rows.values()}) > 1:
            raise traits.TraitError("times_s, valence and arousal of analysed must have one length")
        return rows

    @traits.validate("duration_s")  # type: ignore[untyped-decorator]
    def _check_duration(self, proposal: Document) -> float:
        duration_s: float = proposal["value"]
        return _check_length(duration_s)

    # — without a kernel —

    def in_words(self) -> str:
        """Length and means in a line."""
        valence, arousal = self.curve.mean(0.0, self.duration_s)
        return (
            f"Emotion of {self.duration_s:.1f} s of film: valence {valence:+.2f} and arousal {arousal:+.2f} "
            "on average."
        )

    def _draw(self, axes: Axes) -> bool:
        from emsync_nb.figures import plot_emotion

        plot_emotion(axes, self.curve, (), (), _NO_TEMPO).set_xlim(0, self.duration_s)
        return True


def _state(curve: EmotionCurve) -> State:
    return np.array([curve.times_s, curve.valence, curve.arousal])


def _lists(curve: EmotionCurve) -> dict[str, list[float]]:
    return dict(zip(_NAMES, _state(curve).tolist(), strict=True))


def _check_length(duration_s: float) -> float:
    if not 0 < duration_s < math.inf:
        raise traits.TraitError(f"a film lasts more than 0 s, got {duration_s:g}")
    return duration_s


def _numbers(name: str, values: list[Any]) -> list[float]:
    """The numbers of a trait.

    Raises:
        TraitError: none, values that are no numbers, times that do not rise, or values outside [-1, 1].
    """
    if not values:
        raise traits.TraitError(f"{name} is empty; an emotion curve needs at least one point")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise traits.TraitError(f"{name} must hold finite numbers only, got {value!r:.60}")
    numbers = np.array(values, dtype=np.float64)
    if name.startswith("times_s"):
        if numbers[0] < 0 or np.any(np.diff(numbers) <= 0):
            raise traits.TraitError(f"{name} must rise from 0 or later; put the points in order of time")
    elif np.any(np.abs(numbers) > 1):
        worst = numbers[np.abs(numbers).argmax()]
        raise traits.TraitError(f"{name} must lie in -1 … 1, got {worst:g}")
    return [float(number) for number in numbers]
