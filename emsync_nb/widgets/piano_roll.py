"""The notes of a score as a widget of its own: a row for each track, with mute, solo, volume and locks."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from emsync_nb.domain import Score
from emsync_nb.errors import EmsyncError, PlanError
from emsync_nb.extras import require
from emsync_nb.session.locking import refuse_missing
from emsync_nb.session.note_requests import notes_at
from emsync_nb.session.request_values import bars as bars_of
from emsync_nb.session.request_values import notes as notes_of
from emsync_nb.session.request_values import notes_at_s
from emsync_nb.session.state import Lock
from emsync_nb.session.unlocking import Whole, unlocked
from emsync_nb.widgets.bundling import bundle, styles
from emsync_nb.widgets.lane_widget import LaneWidget
from emsync_nb.widgets.note_columns import click_columns, note_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

traits = require("traitlets")

Document = dict[str, Any]
#: loudest and softest volume of a track
LOWEST_DB, HIGHEST_DB = -60.0, 6.0
#: of a roll without a score, in seconds
_EMPTY_S = 60.0
#: of the rows of tracks, what has a trait of its own here
_SWITCHES = ("muted", "soloed", "volume_db")


class PianoRoll(LaneWidget):
    """The notes of a score over time. Traits can be linked to those of other widgets.

    ::

        roll = PianoRoll(score)
        roll  # shown in a cell; wheel and drag scroll, ctrl-wheel zooms, M, S act on the selected track
        # shift-L locks selected notes (click, shift-click, ctrl-drag), else selected bars, else the track
        roll.score = another
        roll.locks  # what was locked in it, as a session has it

    Traits:
        muted, soloed: names of tracks.
        volumes_db: {name: −60 … 6}; those that are missing are at 0 dB.
        position_s: where the playhead is.
        selection: [start, end] of a selected stretch in seconds, or [].
        view: {"start_s", "end_s"} of what is in sight, or {} for all.
        duration_s: length of the time axis; where the score ends, or longer.
        tracks, notes, clicks: made from the score, for the browser; nobody else can set them.
    """

    _esm = bundle("piano_roll.js")
    _css = styles("piano_roll.css")

    duration_s = traits.Float(_EMPTY_S).tag(sync=True)
    tracks = traits.List().tag(sync=True)
    notes = traits.Bytes(b"").tag(sync=True)
    clicks = traits.Bytes(b"").tag(sync=True)
    muted = traits.List(traits.Unicode()).tag(sync=True)
    soloed = traits.List(traits.Unicode()).tag(sync=True)
    volumes_db = traits.Dict().tag(sync=True)
    view = traits.Dict().tag(sync=True)

    def __init__(
        self,
        score: Score | None = None,
        duration_s: float | Fraction | None = None,
        *,
        locks: Collection[Lock] = (),
    ) -> None:
        """Show a score.

        Args:
            score: None for no music yet.
            duration_s: of the film; None: as far as the score goes.
            locks: what is not to change, as a session's state has it.

        Raises:
            TraitError: a film of no length, or locks on tracks and bars that are not there.
            MissingExtraError: the extra `notebook` is not installed.
        """
        self._score: Score | None = None
        self._locks: tuple[Lock, ...] = ()
        #: what the score and the locks come to; all else is refused
        self._made: Document = {"tracks": [], "notes": b"", "clicks": b""}
        self._film_s = None if duration_s is None else _length(float(duration_s))
        super().__init__()
        self._show(score, tuple(locks))
        self.on_msg(self._heard)

    # — the music —

    @property
    def score(self) -> Score | None:
        """What is on display; a new one keeps locks, mutes, solos and volumes of tracks that it has too."""
        return self._score

    @score.setter
    def score(self, score: Score | None) -> None:
        self._show(score, tuple(lock for lock in self._locks if _fault(lock, score) is None))

    @property
    def locks(self) -> tuple[Lock, ...]:
        """What is not to change."""
        return self._locks

    @locks.setter
    def locks(self, locks: Collection[Lock]) -> None:
        self._show(self._score, tuple(locks))

    def lock(
        self,
        track: str | None = None,
        bars: tuple[int, int] | None = None,
        notes: Sequence[tuple[Fraction, int]] = (),
    ) -> None:
        """Lock bars, first and last from 1, of a track, None: all; or single notes of it, (start in beats, pitch).

        Raises:
            TraitError: a track, bars or notes that are not there.
        """
        self.locks = tuple(dict.fromkeys((*self._locks, _lock(track, bars, notes))))

    def unlock(
        self,
        track: str | None = None,
        bars: tuple[int, int] | None = None,
        notes: Sequence[tuple[Fraction, int]] = (),
    ) -> None:
        """Take what locks hold of these bars or notes of a track out of them.

        Raises:
            TraitError: a track, bars or notes that are not there.
        """
        wanted, score = _lock(track, bars, notes), self._score
        self._check((wanted,), score)
        if score is not None:
            whole = Whole(tuple(one.name for one in score.tracks), len(score.grid.bars))
            self.locks = unlocked(self._locks, wanted, score, whole)

    def _show(self, score: Score | None, locks: tuple[Lock, ...]) -> None:
        self._check(locks, score)
        self._score, self._locks = score, locks
        if score is None:
            tracks, notes, clicks, end_s = [], b"", b"", 0.0
        else:
            rows, notes = note_columns(score, locks)
            tracks = [{key: row[key] for key in row if key not in _SWITCHES} for row in rows]
            clicks = click_columns(score.tempo_map, score.grid)
            end_s = float(score.tempo_map.seconds(max(score.end_beat, Fraction(score.grid.end_beat))))
        self._made = {"tracks": tracks, "notes": notes, "clicks": clicks}
        names = {row["name"] for row in tracks}
        with self.hold_sync(), self.hold_trait_notifications():
            self.duration_s = self._film_s or end_s or _EMPTY_S
            self.tracks, self.notes, self.clicks = tracks, notes, clicks
            self.muted = [name for name in self.muted if name in names]
            self.soloed = [name for name in self.soloed if name in names]
            self.volumes_db = {name: value for name, value in self.volumes_db.items() if name in names}

    def _check(self, locks: Collection[Lock], score: Score | None) -> None:
        for lock in locks:
            if (fault := _fault(lock, score)) is not None:
                raise traits.TraitError(fault)

    # — what the browser asks for —

    def _heard(self, _: object, content: object, __: object) -> None:
        if not isinstance(content, Mapping) or content.get("type") != "edit":
            return
        answer: Document = {"type": "done", "id": content.get("id")}
        try:
            self._edit(content.get("request"))
        except (EmsyncError, traits.TraitError) as error:
            answer |= {"type": "refused", "text": str(error)}
        self.send(answer)

    def _edit(self, request: object) -> None:
        deeds = {"lock": self.lock, "unlock": self.unlock}
        do = request.get("do") if isinstance(request, Mapping) else request
        if not isinstance(request, Mapping) or str(do) not in deeds:
            raise PlanError(f"a piano roll can {' and '.join(deeds)}, got {do!r:.60}")
        track = None if request.get("track") is None else str(request["track"])
        notes, seen = notes_of(request.get("notes")), notes_at_s(request.get("notes_at_s"))
        if seen and self._score is None:
            raise PlanError("there is no music yet, so no note to lock")
        if seen and self._score is not None:
            notes += notes_at(self._score, track, seen)
        deeds[str(do)](track, bars_of(request.get("bars")), notes)

    # — what traits may hold —

    @traits.validate("tracks", "notes", "clicks")  # type: ignore[untyped-decorator]
    def _check_made(self, proposal: Document) -> object:
        name, value = proposal["trait"].name, proposal["value"]
        if value != self._made[name]:
            raise traits.TraitError(f"{name} come from the score and the locks of a piano roll; set these")
        return value

    @traits.validate("duration_s")  # type: ignore[untyped-decorator]
    def _check_duration(self, proposal: Document) -> float:
        return _length(float(proposal["value"]))

    @traits.validate("muted", "soloed")  # type: ignore[untyped-decorator]
    def _check_names(self, proposal: Document) -> list[str]:
        names: list[str] = list(dict.fromkeys(proposal["value"]))
        self._check_known(names)
        return names

    @traits.validate("volumes_db")  # type: ignore[untyped-decorator]
    def _check_volumes(self, proposal: Document) -> dict[str, float]:
        volumes_db: Document = dict(proposal["value"])
        self._check_known(volumes_db)
        for name, value in volumes_db.items():
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not LOWEST_DB <= value <= HIGHEST_DB:
                raise traits.TraitError(
                    f"the volume of {name} must lie in {LOWEST_DB:g} … {HIGHEST_DB:g} dB, got {value!r:.60}"
                )
        return {name: float(value) for name, value in volumes_db.items()}

    def _check_known(self, names: Collection[str]) -> None:
        known = [row["name"] for row in self.tracks]
        for name in names:
            if name not in known:
                raise traits.TraitError(f"no track {name!r:.60}; there are {', '.join(known) or 'none'}")

    @traits.validate("view")  # type: ignore[untyped-decorator]
    def _check_view(self, proposal: Document) -> Document:
        view: Document = dict(proposal["value"])
        if not view:
            return view
        times = [view.get("start_s"), view.get("end_s")]
        is_numbers = len(view) == 2 and all(type(time_s) in (int, float) for time_s in times)
        if not is_numbers or not 0 <= times[0] < times[1] < math.inf:  # type: ignore[operator] # numbers by now
            raise traits.TraitError(
                f"a view is start_s and end_s with 0 ≤ start_s < end_s, or {{}}; got {view!r:.80}"
            )
        return {"start_s": float(view["start_s"]), "end_s": float(view["end_s"])}

    # — without a kernel —

    def in_words(self) -> str:
        """Tracks and notes in a line."""
        tracks, notes = len(self.tracks), sum(row["notes"] for row in self.tracks)
        if not tracks:
            return "Piano roll: no music yet."
        counts = f"{tracks} track{'' if tracks == 1 else 's'}, {notes:,} note{'' if notes == 1 else 's'}"
        return f"Piano roll of {self.duration_s:.1f} s: {counts}."

    def _draw(self, axes: Axes) -> bool:
        from emsync_nb.figures import plot_piano_roll

        if self._score is None:
            return False
        plot_piano_roll(axes, self._score)
        return True


def _length(duration_s: float) -> float:
    """A length of film.

    Raises:
        TraitError: it is none.
    """
    if not 0 < duration_s < math.inf:
        raise traits.TraitError(f"a film lasts more than 0 s, got {duration_s:g}")
    return duration_s


def _lock(
    track: str | None, bars: tuple[int, int] | None, notes: Sequence[tuple[Fraction, int]] = ()
) -> Lock:
    """A lock.

    Raises:
        TraitError: bars that cannot be, or notes of no track.
    """
    try:
        return Lock(track, bars, tuple((Fraction(beat), int(pitch)) for beat, pitch in notes))
    except ValueError as error:
        raise traits.TraitError(str(error)) from error


def _fault(lock: Lock, score: Score | None) -> str | None:
    """What is wrong with a lock on a score."""
    names = set() if score is None else {track.name for track in score.tracks}
    last_bar = 0 if score is None else len(score.grid.bars)
    if lock.track is not None and lock.track not in names:
        return f"no track {lock.track!r:.60} to lock; there are {', '.join(sorted(names)) or 'none'}"
    if lock.bars is not None and lock.bars[1] > last_bar:
        return f"no bar {lock.bars[1]} to lock; there are {last_bar}"
    if lock.notes and score is not None:
        try:
            refuse_missing(lock, score)
        except PlanError as error:
            return str(error)
    return None
