"""What a composer asks of the music of a film: the spotting. An immutable value; every edit makes a new one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emsync_nb.domain.cues import Boundary, BoundaryKind, Cue, VideoCues
from emsync_nb.domain.curve import EmotionCurve
from emsync_nb.domain.curve_edits import STEP_S, smoothed
from emsync_nb.domain.ensemble import PARTS
from emsync_nb.domain.score import Key
from emsync_nb.domain.theme import Theme
from emsync_nb.domain.timecode import TimedValueError

FloatArray = NDArray[np.float64]

#: lowest and highest tempo that may be asked for, in beats a minute
TEMPI_BPM = (30.0, 240.0)
#: a strength of an added boundary is moved by this until it is no other's
_NUDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Passage:
    """Wishes for a stretch of a film; None leaves one to the planner."""

    start_s: Fraction
    end_s: Fraction
    key: Key | None = None
    #: who plays, as names out of PARTS
    parts: tuple[str, ...] | None = None
    #: slowest and fastest tempo in beats a minute
    tempo_bpm: tuple[float, float] | None = None
    #: True: the theme enters on a hit of the stretch; False: it stays away from it
    theme: bool | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start_s < self.end_s:
            raise TimedValueError("a passage needs 0 ≤ start < end, got {} to {}", self.start_s, self.end_s)
        if self.parts is not None and (not self.parts or not set(self.parts) <= set(PARTS)):
            raise ValueError(f"parts of a passage must be some of {', '.join(PARTS)}; got {self.parts}")
        check_tempi(self.tempo_bpm)

    @property
    def is_for_theme_only(self) -> bool:
        """Whether it wishes for nothing besides the theme."""
        others = (self.key, self.parts, self.tempo_bpm)
        return self.theme is not None and all(wish is None for wish in others)


def check_tempi(tempo_bpm: tuple[float, float] | None) -> None:
    """Refuse a range of tempi that cannot be.

    Raises:
        ValueError: it is upside down or outside TEMPI_BPM.
    """
    if tempo_bpm is not None and not TEMPI_BPM[0] <= tempo_bpm[0] <= tempo_bpm[1] <= TEMPI_BPM[1]:
        low, high = TEMPI_BPM
        raise ValueError(
            f"tempi must rise within {low:g} … {high:g}, got {tempo_bpm[0]:g} to {tempo_bpm[1]:g}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Spotting:
    """Boundaries, emotion, cues and wishes for one film. Boundaries are counted from 1, in order of time."""

    film: VideoCues
    #: name of a preset, or path of a .toml file
    ensemble: str
    seed: int = 0
    #: stretches of music; empty: the whole film
    cues: tuple[Cue, ...] = ()
    #: slowest and fastest tempo in beats a minute; None: what the emotion asks for
    tempo_bpm: tuple[float, float] | None = None
    #: later ones win over earlier ones
    passages: tuple[Passage, ...] = ()
    #: a melody that comes back at hits
    theme: Theme | None = None
    #: times in seconds, rising: it enters on the hit nearest to each; empty: where the planner finds it
    theme_at_s: tuple[Fraction, ...] = ()

    def __post_init__(self) -> None:
        check_tempi(self.tempo_bpm)
        self._check_theme()
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed must lie in 0 … 2^63 − 1, got {self.seed}")
        times = [boundary.time_s for boundary in self.film.boundaries]
        if any(later <= earlier for earlier, later in itertools.pairwise(times)):
            raise ValueError("two boundaries lie at one time, or out of order; move one of them")
        if times and times[-1] > self.film.video.duration_s:
            raise TimedValueError("a boundary lies behind the film's end, at {}", times[-1])

    def _check_theme(self) -> None:
        is_wished = self.theme_at_s or any(passage.theme is not None for passage in self.passages)
        if self.theme is None and is_wished:
            raise ValueError("there is no theme whose entries could be wished for; set one first")
        if any(later <= earlier for earlier, later in itertools.pairwise(self.theme_at_s)):
            raise ValueError("times at which a theme enters must rise; put them in order")
        if self.theme_at_s and self.theme_at_s[0] < 0:
            raise TimedValueError("a theme cannot enter before the film, at {}", self.theme_at_s[0])

    def boundary(self, number: int) -> Boundary:
        """Boundary `number`, from 1.

        Raises:
            ValueError: there is none of this number.
        """
        count = len(self.film.boundaries)
        if not 1 <= number <= count:
            raise ValueError(f"there is no boundary {number}; they are counted from 1 to {count}")
        return self.film.boundaries[number - 1]

    def moved(self, number: int, time_s: Fraction) -> Spotting:
        """Boundary `number` at another time; it may pass others."""
        return self._with(number, replace(self.boundary(number), time_s=Fraction(time_s)))

    def weighted(self, number: int, strength: float) -> Spotting:
        """Boundary `number` as marked as is said, 0 … 1: of two close ones the stronger is met by the music."""
        others = self._without(number)
        return self._with(number, replace(self.boundary(number), strength=_apart(strength, others)))

    def locked(self, number: int, locked: bool = True) -> Spotting:
        """Boundary `number` always met by the music, whatever stronger ones are near; or no longer."""
        return self._with(number, replace(self.boundary(number), locked=locked))

    def removed(self, number: int) -> Spotting:
        """All boundaries but one."""
        self.boundary(number)
        return self._bounded(self._without(number))

    def added(self, time_s: Fraction, strength: float = 1.0, kind: BoundaryKind = "cut") -> Spotting:
        """One boundary more."""
        strength = _apart(strength, self.film.boundaries)
        return self._bounded((*self.film.boundaries, Boundary(Fraction(time_s), kind, strength)))

    def with_cues(self, cues: Iterable[Cue]) -> Spotting:
        """Other stretches of music, in order of time; none: the whole film."""
        return replace(self, cues=tuple(sorted(cues, key=lambda cue: cue.in_s)))

    def silent(self, start_s: Fraction, end_s: Fraction) -> Spotting:
        """No music between two times: cues end before them, or begin behind them."""
        if not start_s < end_s:
            raise TimedValueError("a silence needs start < end, got {} to {}", start_s, end_s)
        cues = self.cues or (Cue(Fraction(0), self.film.video.duration_s),)
        kept = [part for cue in cues for part in _cut(cue, Fraction(start_s), Fraction(end_s))]
        if not kept:
            raise TimedValueError(
                "silence from {} to {} leaves no music; leave some, or ask for none", start_s, end_s
            )
        return self.with_cues(kept)

    def with_curve(self, curve: EmotionCurve) -> Spotting:
        """Another emotion, drawn by hand."""
        return replace(self, film=replace(self.film, curve=curve))

    def drawn(self, times_s: ArrayLike, valence: ArrayLike | None, arousal: ArrayLike | None) -> Spotting:
        """Valence, arousal or both through points of rising times, straight between them; the rest stays.

        Raises:
            ValueError: no points, times that do not rise, or values outside [-1, 1].
        """
        times = np.asarray(times_s, dtype=np.float64)
        if not times.size or not np.all(np.isfinite(times)) or np.any(np.diff(times) <= 0):
            raise ValueError("points of a curve need times that rise; give at least one")
        old = self.film.curve
        edges = np.array([times[0] - STEP_S, times[-1] + STEP_S])
        clock = np.unique(np.concatenate([old.times_s, times, edges[edges >= 0]]))
        return self.with_curve(
            EmotionCurve(
                clock,
                _through(clock, np.interp(clock, old.times_s, old.valence), times, valence),
                _through(clock, np.interp(clock, old.times_s, old.arousal), times, arousal),
            )
        )

    def shifted(
        self, start_s: float, end_s: float, *, valence: float = 0.0, arousal: float = 0.0
    ) -> Spotting:
        """The emotion of a stretch raised or lowered, and kept within [-1, 1].

        Raises:
            ValueError: the stretch ends before it begins.
        """
        if not 0 <= start_s < end_s < math.inf:
            raise ValueError(f"a stretch needs 0 ≤ start < end, got {start_s:g} to {end_s:g} s")
        if not (math.isfinite(valence) and math.isfinite(arousal)):
            raise ValueError(f"a shift needs numbers, got {valence:g} and {arousal:g}")
        old = self.film.curve
        edges = [t for t in (start_s - STEP_S, start_s, end_s, end_s + STEP_S) if t >= 0]
        clock = np.unique(np.concatenate([old.times_s, edges]))
        ramp = np.interp(clock, [start_s - STEP_S, start_s, end_s, end_s + STEP_S], [0.0, 1.0, 1.0, 0.0])
        return self.with_curve(
            EmotionCurve.clipped(
                clock,
                np.interp(clock, old.times_s, old.valence) + valence * ramp,
                np.interp(clock, old.times_s, old.arousal) + arousal * ramp,
            )
        )

    def flattened(
        self, start_s: float, end_s: float, *, valence: float | None = None, arousal: float | None = None
    ) -> Spotting:
        """One valence, one arousal or both over a stretch; None lets what is there stay.

        Raises:
            ValueError: the stretch ends before it begins, or values outside [-1, 1].
        """
        if not 0 <= start_s < end_s < math.inf:
            raise ValueError(f"a stretch needs 0 ≤ start < end, got {start_s:g} to {end_s:g} s")
        flat = (None if level is None else [level, level] for level in (valence, arousal))
        return self.drawn([start_s, end_s], *flat)

    def smoothed(
        self, start_s: float, end_s: float, seconds: float, *, valence: bool = True, arousal: bool = True
    ) -> Spotting:
        """A stretch of the emotion as its mean over windows of some seconds.

        Raises:
            ValueError: the stretch ends before it begins, or a window of no time.
        """
        curve = smoothed(self.film.curve, start_s, end_s, seconds, valence=valence, arousal=arousal)
        return self.with_curve(curve)

    def with_passage(self, passage: Passage) -> Spotting:
        """One wish more for a stretch; it takes the place of one for the same stretch."""
        span = (passage.start_s, passage.end_s)
        others = [old for old in self.passages if (old.start_s, old.end_s) != span]
        return replace(self, passages=(*others, passage))

    def with_theme(self, theme: Theme | None, times_s: Iterable[Fraction] = ()) -> Spotting:
        """A theme that enters on the hits nearest to some times, in seconds; none: where the planner finds it.

        Without a theme, wishes for it go too.

        Raises:
            ValueError: times without a theme, or before the film.
        """
        passages = self.passages
        if theme is None:
            passages = tuple(replace(old, theme=None) for old in passages if not old.is_for_theme_only)
        times = tuple(sorted({Fraction(time_s) for time_s in times_s}))
        return replace(self, passages=passages, theme=theme, theme_at_s=times)

    def theme_within(self, start_s: Fraction, end_s: Fraction, enters: bool | None) -> Spotting:
        """The theme entering on a hit of a stretch, or staying away from it; None takes such wishes within it back.

        Raises:
            ValueError: there is no theme, the stretch ends before it begins, or no wish lies in it to be taken back.
        """
        wish = Passage(Fraction(start_s), Fraction(end_s), theme=enters)
        if enters is None:
            return self._theme_left_to_the_planner(wish)
        for old in self.passages:
            if (old.start_s, old.end_s) == (wish.start_s, wish.end_s):
                wish = replace(old, theme=enters)
        return self.with_passage(wish)

    def _theme_left_to_the_planner(self, stretch: Passage) -> Spotting:
        inside = [
            old
            for old in self.passages
            if old.theme is not None and stretch.start_s <= old.start_s and old.end_s <= stretch.end_s
        ]
        if not inside:
            raise TimedValueError(
                "no wish for the theme lies within {} to {}", stretch.start_s, stretch.end_s
            )
        kept = (old for old in self.passages if not (old in inside and old.is_for_theme_only))
        return replace(
            self, passages=tuple(replace(old, theme=None) if old in inside else old for old in kept)
        )

    def _without(self, number: int) -> tuple[Boundary, ...]:
        boundaries = self.film.boundaries
        return boundaries[: number - 1] + boundaries[number:]

    def _with(self, number: int, boundary: Boundary) -> Spotting:
        return self._bounded((*self._without(number), boundary))

    def _bounded(self, boundaries: Iterable[Boundary]) -> Spotting:
        ordered = tuple(sorted(boundaries, key=lambda boundary: boundary.time_s))
        return replace(self, film=replace(self.film, boundaries=ordered))


def _through(clock: FloatArray, old: FloatArray, times: FloatArray, points: ArrayLike | None) -> FloatArray:
    """(n,) old values at the times of a clock, but through the points from the first of them to the last."""
    if points is None:
        return old
    inside = (clock >= times[0]) & (clock <= times[-1])
    return np.where(inside, np.interp(clock, times, np.asarray(points, dtype=np.float64)), old)


def _apart(strength: float, others: Iterable[Boundary]) -> float:
    """A strength that is no other boundary's, as near as can be."""
    taken = {other.strength for other in others}
    down = strength > 0.5
    while strength in taken:
        strength += -_NUDGE if down else _NUDGE
    return strength


def _cut(cue: Cue, start_s: Fraction, end_s: Fraction) -> list[Cue]:
    """What a silence leaves of a cue."""
    if end_s <= cue.in_s or start_s >= cue.out_s:
        return [cue]
    left = [replace(cue, out_s=start_s)] if cue.in_s < start_s else []
    return left + ([replace(cue, in_s=end_s)] if end_s < cue.out_s else [])
