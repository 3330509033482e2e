"""The boundaries of a film as a widget of its own: cuts, fades and dissolves to be moved, added, weighted, locked."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, get_args

from emsync_nb.domain import Boundary, BoundaryKind, VideoCues
from emsync_nb.extras import require
from emsync_nb.widgets.bundling import bundle, styles
from emsync_nb.widgets.lane_widget import LaneWidget

if TYPE_CHECKING:
    from matplotlib.axes import Axes

traits = require("traitlets")

Document = dict[str, Any]
#: of a cut that says no more than where it is
_PLAIN: Document = {"time_s": 0.0, "kind": "cut", "strength": 1.0, "locked": False}
#: what boundaries of a desk say besides; left out here, where there is no music that could meet them
_OF_THE_DESK = ("number", "beat", "bar", "heard", "off_s")


class BoundaryEditor(LaneWidget):
    """Boundaries on a time axis, with undo. Traits can be linked to those of other widgets.

    ::

        editor = BoundaryEditor.from_film(film)
        editor  # shown in a cell; drag, double-click, arrows, delete, shift-L
        editor.domain_boundaries  # tuple of Boundary, on frames of the film

    Traits:
        boundaries: [{"time_s", "kind", "strength", "locked"}], in order of time.
        duration_s: length of the film.
        fps: [frames, in so many seconds], such as [30000, 1001].
        position_s: where the playhead is.
        selection: [start, end] of a selected stretch in seconds, or [].
    """

    _esm = bundle("boundary_editor.js")
    _css = styles("boundary_editor.css")

    duration_s = traits.Float(1.0).tag(sync=True)
    fps = traits.List(traits.Int(), [25, 1], minlen=2, maxlen=2).tag(sync=True)
    boundaries = traits.List().tag(sync=True)

    def __init__(
        self,
        boundaries: Iterable[Boundary | Mapping[str, Any]] = (),
        duration_s: float | Fraction = 60.0,
        fps: Fraction | int = Fraction(25),
    ) -> None:
        """Show boundaries of a film of this length and frame rate.

        Raises:
            TraitError: boundaries out of order or outside the film, or values that cannot be.
            MissingExtraError: the extra `notebook` is not installed.
        """
        #: times as they were given, by how the browser knows them: what nobody moves stays as exact as it was
        self._exact: dict[float, Fraction] = {}
        rate = Fraction(fps)
        super().__init__(duration_s=float(duration_s), fps=[rate.numerator, rate.denominator])
        self.boundaries = self._documents(boundaries)

    @classmethod
    def from_film(cls, film: VideoCues) -> BoundaryEditor:
        """An editor of the boundaries of an analysed film."""
        return cls(film.boundaries, film.video.duration_s, film.video.fps)

    @property
    def domain_boundaries(self) -> tuple[Boundary, ...]:
        """In order of time; those that were moved or added lie on frames of the film, the others where they were."""
        return tuple(
            Boundary(self._time(row["time_s"]), row["kind"], row["strength"], row["locked"])
            for row in self.boundaries
        )

    @domain_boundaries.setter
    def domain_boundaries(self, boundaries: Iterable[Boundary]) -> None:
        self.boundaries = self._documents(boundaries)

    def _documents(self, boundaries: Iterable[Boundary | Mapping[str, Any]]) -> list[Any]:
        """Boundaries as the trait holds them, their exact times remembered."""
        rows: list[Any] = []
        for one in boundaries:
            if not isinstance(one, Boundary):
                rows.append(one)
                continue
            time_s = float(one.time_s)
            self._exact[time_s] = one.time_s
            rows.append({"time_s": time_s, "kind": one.kind, "strength": one.strength, "locked": one.locked})
        return rows

    def _time(self, time_s: float) -> Fraction:
        """A time as it was given, or that of the nearest frame."""
        rate = Fraction(*self.fps)
        known = self._exact.get(time_s)
        last = math.floor(Fraction(self.duration_s) * rate)
        return min(round(Fraction(time_s) * rate), last) / rate if known is None else known

    # — what traits may hold —

    @traits.validate("duration_s")  # type: ignore[untyped-decorator]
    def _check_duration(self, proposal: Document) -> float:
        duration_s = float(proposal["value"])
        if not 0 < duration_s < math.inf:
            raise traits.TraitError(f"a film lasts more than 0 s, got {duration_s:g}")
        last_s = max((row["time_s"] for row in self.boundaries), default=0.0)
        if last_s > duration_s:
            raise traits.TraitError(
                f"a boundary lies at {last_s:.3f} s, behind {duration_s:g} s; move it first"
            )
        return duration_s

    @traits.validate("fps")  # type: ignore[untyped-decorator]
    def _check_fps(self, proposal: Document) -> list[int]:
        fps: list[int] = list(proposal["value"])
        if min(fps) < 1:
            raise traits.TraitError(
                f"a frame rate is two whole numbers above 0, such as [30000, 1001]; got {fps}"
            )
        return fps

    @traits.validate("boundaries")  # type: ignore[untyped-decorator]
    def _check_boundaries(self, proposal: Document) -> list[Document]:
        rows = [_checked(row, number, self.duration_s) for number, row in enumerate(proposal["value"], 1)]
        times = [self._time(row["time_s"]) for row in rows]
        for number, (earlier, later) in enumerate(itertools.pairwise(times), 1):
            if later <= earlier:
                raise traits.TraitError(
                    f"boundary {number + 1} at {float(later):.3f} s does not lie behind boundary {number}; "
                    "put them in order, one to a frame"
                )
        return rows

    # — without a kernel —

    def in_words(self) -> str:
        """Length and boundaries in a line."""
        kinds = [row["kind"] for row in self.boundaries]
        counts = [
            f"{kinds.count(kind)} {kind}{'' if kinds.count(kind) == 1 else 's'}"
            for kind in get_args(BoundaryKind)
            if kind in kinds
        ]
        return f"Boundaries of {self.duration_s:.1f} s of film: {', '.join(counts) or 'none'}."

    def _draw(self, axes: Axes) -> bool:
        from emsync_nb.figures import plot_boundaries

        plot_boundaries(axes, self.domain_boundaries, (), self.duration_s)
        return True


def _checked(row: object, number: int, duration_s: float) -> Document:
    """One boundary of a trait, with all its fields.

    Raises:
        TraitError: what is wrong with it.
    """
    if not isinstance(row, Mapping) or "time_s" not in row or not set(row) <= {*_PLAIN, *_OF_THE_DESK}:
        raise traits.TraitError(
            f"boundary {number} needs time_s, and may have {', '.join(list(_PLAIN)[1:])}; got {row!r:.60}"
        )
    found = {**_PLAIN, **{field: value for field, value in row.items() if field in _PLAIN}}
    for field, high in (("time_s", duration_s), ("strength", 1.0)):
        value = found[field]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= high:
            raise traits.TraitError(
                f"{field} of boundary {number} must lie in 0 … {high:g}, got {value!r:.60}"
            )
        found[field] = float(value)
    if found["kind"] not in get_args(BoundaryKind):
        known = ", ".join(get_args(BoundaryKind))
        raise traits.TraitError(f"boundary {number} is no {found['kind']!r:.60}; there are {known}")
    if not isinstance(found["locked"], bool):
        raise traits.TraitError(f"boundary {number} is locked or not, got {found['locked']!r:.60}")
    return found
