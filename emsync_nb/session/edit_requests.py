"""How others may ask for a changed plan: {"do": "edit", "edit": kind, …}, in words and in deed.

::

    add      time_s, strength              draw     times_s, valence and/or arousal (lists, or null)
    move     boundary, time_s              shift    start_s, end_s, valence, arousal (by how much)
    remove   boundary                      flatten  start_s, end_s, valence and/or arousal (or null)
    weight   boundary, strength            smooth   start_s, end_s, seconds, valence, arousal (whether)
    lock     boundary, on                  cues     cues: [{in_s, out_s, entry, ending}], none: the whole film
    theme, theme_within: `theme_requests`  silence  start_s, end_s
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, get_args

from emsync_nb.domain import Cue, Ending, Entry, Spotting
from emsync_nb.domain.timecode import FilmClock, TimedPlanError
from emsync_nb.errors import PlanError
from emsync_nb.session.request_values import fraction, number, numbers, switch, whole
from emsync_nb.session.theme_requests import Edit, theme_edit, theme_wish

Request = Mapping[str, Any]
#: stretches of music that one request may bring
MAX_CUES = 1000
#: a time that lies behind the film's end by so little is the end: it may have been rounded on its way here
_ROUNDED_S = Fraction(1, 100)


def edit_of(request: Request, told: FilmClock | None = None) -> Edit:
    """What an edit is called in the history, its times told by the film's clock, and what it makes of a spotting.

    Raises:
        PlanError: no such edit, or numbers that are none.
        LookupError, TypeError, ValueError: values that are missing or of another kind.
    """
    kind = request["edit"]
    if not isinstance(kind, str) or kind not in _EDITS:
        raise PlanError(f"no way to change a plan: {kind!r:.60}; there are {', '.join(_EDITS)}")
    return _EDITS[kind](request, told or FilmClock())


def _add(request: Request, told: FilmClock) -> Edit:
    time_s, strength = fraction(request["time_s"]), float(request.get("strength", 1.0))
    return f"added a boundary at {told.tell(time_s)}", lambda plan: plan.added(time_s, strength)


def _move(request: Request, told: FilmClock) -> Edit:
    boundary, time_s = whole(request["boundary"]), fraction(request["time_s"])
    return f"moved boundary {boundary} to {told.tell(time_s)}", lambda plan: plan.moved(boundary, time_s)


def _remove(request: Request, _: FilmClock) -> Edit:
    boundary = whole(request["boundary"])
    return f"removed boundary {boundary}", lambda plan: plan.removed(boundary)


def _weight(request: Request, _: FilmClock) -> Edit:
    boundary, strength = whole(request["boundary"]), float(request["strength"])
    return f"weighted boundary {boundary} {strength:g}", lambda plan: plan.weighted(boundary, strength)


def _lock(request: Request, _: FilmClock) -> Edit:
    boundary, on = whole(request["boundary"]), bool(request.get("on", True))
    return f"{'locked' if on else 'unlocked'} boundary {boundary}", lambda plan: plan.locked(boundary, on)


def _draw(request: Request, told: FilmClock) -> Edit:
    times_s = numbers(request["times_s"], "times_s")
    drawn = {name: numbers(request[name], name) for name in _sides(request)}
    for name, values in drawn.items():
        if len(values) != len(times_s):
            raise PlanError(
                f"{name} has {len(values)} points and times_s {len(times_s)}; give as many of both"
            )
        if abs(values).max() > 1:
            raise PlanError(f"{name} must lie in -1 … 1, got {values[abs(values).argmax()]:g}")

    if times_s[0] < 0:
        raise TimedPlanError("a curve cannot begin before the film, got {}", times_s[0])

    def draw(plan: Spotting) -> Spotting:
        end_s = float(_within(plan, Fraction(times_s[-1])))
        return plan.drawn([*times_s[:-1], end_s], drawn.get("valence"), drawn.get("arousal"))

    return f"drew {_and(drawn)} from {told.span(times_s[0], times_s[-1])}", draw


def _shift(request: Request, told: FilmClock) -> Edit:
    start_s, end_s = _stretch(request)
    by = {name: number(request[name], name, -2, 2) for name in _sides(request)}
    words = " and ".join(f"{name} by {step:+g}" for name, step in by.items())
    what = f"shifted {words} from {told.span(start_s, end_s)}"
    return what, lambda plan: plan.shifted(*_floats(plan, start_s, end_s), **by)


def _flatten(request: Request, told: FilmClock) -> Edit:
    start_s, end_s = _stretch(request)
    level = {name: number(request[name], name, -1, 1) for name in _sides(request)}
    words = " and ".join(f"{name} at {value:g}" for name, value in level.items())
    what = f"set {words} from {told.span(start_s, end_s)}"
    return what, lambda plan: plan.flattened(*_floats(plan, start_s, end_s), **level)


def _smooth(request: Request, told: FilmClock) -> Edit:
    start_s, end_s = _stretch(request)
    seconds = number(request["seconds"], "seconds", 0.01, 3600)
    sides = {name: switch(request.get(name, True), name) for name in ("valence", "arousal")}
    meant = [name for name, is_meant in sides.items() if is_meant]
    if not meant:
        raise PlanError("neither valence nor arousal is to be smoothed; name one of them")
    what = f"smoothed {_and(meant)} from {told.span(start_s, end_s)}"
    return what, lambda plan: plan.smoothed(*_floats(plan, start_s, end_s), seconds, **sides)


def _cues(request: Request, _: FilmClock) -> Edit:
    rows = request["cues"]
    if not isinstance(rows, list | tuple) or len(rows) > MAX_CUES:
        raise PlanError(f"cues must be a list of {MAX_CUES} at most, got {rows!r:.60}")
    cues = [_cue(row) for row in rows]
    what = f"set {len(cues)} cue{'' if len(cues) == 1 else 's'}" if cues else "set music to the whole film"

    def spot(plan: Spotting) -> Spotting:
        return plan.with_cues([_ending_within(plan, cue) for cue in cues])

    return what, spot


def _cue(row: object) -> Cue:
    if not isinstance(row, Mapping):
        raise PlanError(f"a cue has in_s, out_s, entry and ending, got {row!r:.60}")
    entry, ending = row.get("entry", "attack"), row.get("ending", "fade_out")
    if entry not in get_args(Entry):
        raise PlanError(f"a cue enters with one of {', '.join(get_args(Entry))}; got {entry!r:.60}")
    if ending not in get_args(Ending):
        raise PlanError(f"a cue ends with one of {', '.join(get_args(Ending))}; got {ending!r:.60}")
    return Cue(fraction(row["in_s"]), fraction(row["out_s"]), entry, ending)


def _ending_within(plan: Spotting, cue: Cue) -> Cue:
    """The cue, its fade as long as one that began there had."""
    fades_s = [old.fade_out_s for old in plan.cues if old.in_s == cue.in_s]
    faded = Cue(cue.in_s, _within(plan, cue.out_s), cue.entry, cue.ending)
    return Cue(faded.in_s, faded.out_s, faded.entry, faded.ending, fades_s[0]) if fades_s else faded


def _silence(request: Request, told: FilmClock) -> Edit:
    start_s, end_s = _stretch(request)

    def hush(plan: Spotting) -> Spotting:
        return plan.silent(start_s, _within(plan, end_s))

    return f"silenced {told.span(start_s, end_s)}", hush


def _theme(request: Request, told: FilmClock) -> Edit:
    return theme_edit(request, [fraction(time_s) for time_s in request.get("at_s") or ()], told)


def _theme_within(request: Request, told: FilmClock) -> Edit:
    return theme_wish(fraction(request["start_s"]), fraction(request["end_s"]), request["enters"], told)


def _sides(request: Request) -> list[str]:
    """Which of valence and arousal a request has values for.

    Raises:
        PlanError: neither.
    """
    found = [name for name in ("valence", "arousal") if request.get(name) is not None]
    if not found:
        raise PlanError("neither valence nor arousal is given; give one of them")
    return found


def _stretch(request: Request) -> tuple[Fraction, Fraction]:
    """From when to when.

    Raises:
        TimedPlanError: it ends before it begins.
    """
    start_s, end_s = fraction(request["start_s"]), fraction(request["end_s"])
    if not 0 <= start_s < end_s:
        raise TimedPlanError("a stretch needs 0 ≤ start < end, got {} to {}", start_s, end_s)
    return start_s, end_s


def _within(plan: Spotting, time_s: Fraction) -> Fraction:
    """A time of the film; its end where that was rounded upwards.

    Raises:
        TimedPlanError: it lies behind the film.
    """
    duration_s = plan.film.video.duration_s
    if time_s > duration_s + _ROUNDED_S:
        raise TimedPlanError("{} lies behind the film, which ends at {}", time_s, duration_s)
    return min(time_s, duration_s)


def _floats(plan: Spotting, start_s: Fraction, end_s: Fraction) -> tuple[float, float]:
    return float(start_s), float(_within(plan, end_s))


def _and(names: Mapping[str, object] | list[str]) -> str:
    return " and ".join(names)


_EDITS: dict[str, Callable[[Request, FilmClock], Edit]] = {
    "add": _add,
    "move": _move,
    "remove": _remove,
    "weight": _weight,
    "lock": _lock,
    "draw": _draw,
    "shift": _shift,
    "flatten": _flatten,
    "smooth": _smooth,
    "cues": _cues,
    "silence": _silence,
    "theme": _theme,
    "theme_within": _theme_within,
}
