"""What others may ask of whoever holds a session, as JSON: {"do": name, …}. The command line asks in the same words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from emsync_nb.errors import PlanError
from emsync_nb.pipeline import Progress, Proposal
from emsync_nb.session.edit_requests import edit_of
from emsync_nb.session.locking import described
from emsync_nb.session.request_values import bars, notes, notes_at_s, whole
from emsync_nb.session.state import State, Take
from emsync_nb.session.stopping import as_plan_errors
from emsync_nb.session.theme_requests import theme_facts, theme_line

if TYPE_CHECKING:
    from emsync_nb.session.marking import MarkedWork

Answer = dict[str, Any]
Handler = Callable[["MarkedWork", Mapping[str, Any]], Answer]


class Watchers(NamedTuple):
    """Who hears how far long work is, and who stops it."""

    progress: Progress | None
    cancel: threading.Event | None


#: of work that takes long
LongHandler = Callable[["MarkedWork", Mapping[str, Any], Watchers], Answer]


def is_reading(request: Mapping[str, Any]) -> bool:
    """Whether a request changes nothing."""
    do = str(request.get("do"))
    return do in ("show", "plan", "history", "compare") or (do == "direct" and not request.get("apply"))


def takes_long(request: Mapping[str, Any]) -> bool:
    """Whether a request may take minutes, while others go on."""
    return str(request.get("do")) in _LONG


def answer(
    session: MarkedWork,
    request: Mapping[str, Any],
    *,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> Answer:
    """Do what is asked for; `progress` hears how far it is, `cancel` stops what takes long.

    Raises:
        PlanError: an unknown request, or one with impossible values.
        StoppedError: `cancel` was set.
        UserError: what the request comes to.
    """
    do = str(request.get("do"))
    if do not in _HANDLERS and do not in _LONG:
        known = ", ".join((*_HANDLERS, *_LONG))
        raise PlanError(f"nothing that can be asked for: {request.get('do')!r:.60}; there are {known}")
    try:
        if do in _LONG:
            return _LONG[do](session, request, Watchers(progress, cancel))
        return _HANDLERS[do](session, request)
    except (LookupError, TypeError, AttributeError, ArithmeticError, ValueError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise PlanError(
            f"{request.get('do')!r:.60} cannot be done with these values ({reason}); give others"
        ) from error


def _show(session: MarkedWork, _: Mapping[str, Any]) -> Answer:
    state, film, last = session.state, session.film, session.history()[-1]
    return {
        "folder": str(session.folder),
        "film": film.path,
        "start_timecode": film.start_timecode,
        "analysed": state.spotting is not None,
        "ensemble": None if state.spotting is None else state.spotting.ensemble,
        "theme": theme_line(state.spotting, session.clock),
        "takes": [_take_facts(state, take) for take in state.takes],
        "accepted": state.accepted,
        "locks": [described(lock) for lock in state.locks],
        "muted": sorted(state.muted),
        "soloed": sorted(state.soloed),
        "last_change": last.what if last.here else "something was undone",
    }


def _take_facts(state: State, take: Take) -> Answer:
    return {
        "name": take.name,
        "kind": take.kind,
        "seed": take.seed,
        "parent": take.parent,
        "bars": None if take.bars is None else list(take.bars),
        "tracks": list(take.tracks),
        "accepted": take.name == state.accepted,
        "file": take.file,
    }


def _plan(session: MarkedWork, _: Mapping[str, Any]) -> Answer:
    plan, spotting = session.score_plan, session.plan
    met = {hit.boundary.time_s: hit.beat for hit in plan.hits}

    def code(time_s: Fraction) -> str:
        try:
            return session.clock.code(time_s)
        except ValueError as error:
            raise PlanError(f"{error}; relink the film and say where it begins") from error

    return {
        "duration_s": float(plan.duration_s),
        "boundaries": [
            {
                "number": number,
                "timecode": code(boundary.time_s),
                "time_s": float(boundary.time_s),
                "kind": boundary.kind,
                "strength": boundary.strength,
                "locked": boundary.locked,
                "beat": met.get(boundary.time_s),
            }
            for number, boundary in enumerate(spotting.film.boundaries, start=1)
        ],
        "sections": [
            {
                "name": section.name,
                "timecode": code(plan.tempo_map.seconds(section.start_beat)),
                "bar": plan.grid.at(section.start_beat).number,
                "key": section.key.name,
                "bpm": round(plan.tempo_map.bpm_at(section.start_beat), 2),
                "valence": round(section.valence, 3),
                "arousal": round(section.arousal, 3),
                "parts": list(section.parts),
            }
            for section in plan.sections
        ],
        "cues": [[float(cue.cue.in_s), float(cue.cue.out_s)] for cue in plan.cues],
        "theme": theme_facts(plan, spotting, code, session.clock),
    }


def _analyze(session: MarkedWork, request: Mapping[str, Any], watchers: Watchers) -> Answer:
    ensemble, seed = request.get("ensemble"), request.get("seed")
    spotting = session.analyze(
        ensemble=None if ensemble is None else str(ensemble),
        seed=None if seed is None else whole(seed),
        **watchers._asdict(),
    )
    return {"boundaries": len(spotting.film.boundaries)}


def _edit(session: MarkedWork, request: Mapping[str, Any]) -> Answer:
    with as_plan_errors(session.clock):
        what, edit = edit_of(request, session.clock)
    session.change(what, edit)
    return _plan(session, request)


def _direct(session: MarkedWork, request: Mapping[str, Any]) -> Answer:
    proposal: Proposal = session.direct(str(request["text"]))
    applied = bool(request.get("apply")) and bool(proposal.changes)
    if applied:
        session.apply(proposal)
    return {
        "changes": proposal.described(),
        "not_understood": list(proposal.not_understood),
        "applied": applied,
    }


def _generate(session: MarkedWork, request: Mapping[str, Any], watchers: Watchers) -> Answer:
    takes, seed = whole(request.get("takes", 1)), whole(request.get("seed", 0))
    made = session.generate(takes, seed, **watchers._asdict())
    return {"takes": [_take_facts(session.state, take) for take in made]}


def _regenerate(session: MarkedWork, request: Mapping[str, Any], watchers: Watchers) -> Answer:
    takes = session.regenerate(
        bars(request.get("bars")),
        [str(name) for name in request.get("tracks") or ()],
        whole(request.get("takes", 1)),
        whole(request.get("seed", 0)),
        **watchers._asdict(),
    )
    return {"takes": [_take_facts(session.state, take) for take in takes]}


def _accept(session: MarkedWork, request: Mapping[str, Any]) -> Answer:
    return {"accepted": session.accept(str(request["take"])).name}


def _lock(session: MarkedWork, request: Mapping[str, Any]) -> Answer:
    return {"locked": described(session.lock(*_marked(session, request)))}


def _unlock(session: MarkedWork, request: Mapping[str, Any]) -> Answer:
    session.unlock(*_marked(session, request))
    return {"locks": [described(lock) for lock in session.state.locks]}


def _marked(
    session: MarkedWork, request: Mapping[str, Any]
) -> tuple[str | None, tuple[int, int] | None, list[tuple[Fraction, int]]]:
    """Track, bars and notes: `notes` are [beat, pitch]; `notes_at_s` [second, pitch], as a piano roll shows them."""
    track = None if request.get("track") is None else str(request["track"])
    seen = notes_at_s(request.get("notes_at_s"))
    found = session.notes_at(track, seen) if seen else []
    return track, bars(request.get("bars")), [*notes(request.get("notes")), *found]


def _mute(session: MarkedWork, request: Mapping[str, Any]) -> Answer:
    session.mute(str(request["track"]), bool(request.get("on", True)))
    return {"muted": sorted(session.state.muted)}


def _solo(session: MarkedWork, request: Mapping[str, Any]) -> Answer:
    session.solo(str(request["track"]), bool(request.get("on", True)))
    return {"soloed": sorted(session.state.soloed)}


def _undo(session: MarkedWork, _: Mapping[str, Any]) -> Answer:
    return {"undone": session.undo()}


def _redo(session: MarkedWork, _: Mapping[str, Any]) -> Answer:
    return {"redone": session.redo()}


def _history(session: MarkedWork, _: Mapping[str, Any]) -> Answer:
    return {
        "history": [
            {"number": step.number, "what": step.what, "made": step.made, "here": step.here}
            for step in session.history()
        ]
    }


def _compare(session: MarkedWork, request: Mapping[str, Any]) -> Answer:
    found = session.compare(str(request["first"]), str(request["second"]))
    return {"differences": [one.describe() for one in found]}


def _import(session: MarkedWork, request: Mapping[str, Any]) -> Answer:
    merged = session.import_music(Path(str(request["file"])), lock_edits=bool(request.get("lock", True)))
    return {
        "take": session.state.accepted,
        "kept": merged.kept,
        "edited": merged.edited,
        "added": merged.added,
        "removed": merged.removed,
        "lines": merged.lines(),
    }


def _relink(session: MarkedWork, request: Mapping[str, Any]) -> Answer:
    start = request.get("start_timecode")
    session.relink(Path(str(request["film"])), start_timecode=None if start is None else str(start))
    return {"film": session.film.path}


_HANDLERS: dict[str, Handler] = {
    "show": _show,
    "plan": _plan,
    "edit": _edit,
    "direct": _direct,
    "accept": _accept,
    "lock": _lock,
    "unlock": _unlock,
    "mute": _mute,
    "solo": _solo,
    "undo": _undo,
    "redo": _redo,
    "history": _history,
    "compare": _compare,
    "import": _import,
    "relink": _relink,
}
_LONG: dict[str, LongHandler] = {"analyze": _analyze, "generate": _generate, "regenerate": _regenerate}
