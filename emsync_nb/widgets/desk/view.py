"""What a desk shows of a session: pure functions from its values to the traits that the browser reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emsync_nb.domain import Cue, EmotionCurve, Score, ScorePlan, Spotting
from emsync_nb.session.keeping import Step
from emsync_nb.session.locking import described
from emsync_nb.session.state import Lock, State, Take
from emsync_nb.widgets.desk.heard import Heard, MovedBars
from emsync_nb.widgets.note_columns import click_columns, note_bytes, track_rows
from emsync_nb.widgets.packing import packed

if TYPE_CHECKING:
    from emsync_nb.analysis import ExpertReport, Opinion

Document = dict[str, Any]
#: experts whose one word says little
_LABELS = {"events": "sound events", "screen": "text on screen", "words": "subtitles"}


@dataclass(frozen=True, slots=True, eq=False)
class DeskView:
    """All that a desk shows at one moment."""

    #: name of the film's file
    film_name: str
    #: timecode of its first frame
    start_timecode: str
    state: State
    #: all changes, oldest first
    steps: tuple[Step, ...] = ()
    #: None before the analysis, and where nothing can be planned
    plan: ScorePlan | None = None
    #: of the accepted take; None where there is none
    score: Score | None = None
    #: emotion as the analysis said it; None before it
    analysed: EmotionCurve | None = None
    #: digest of what is asked for, as takes keep it; None before the analysis
    digest: str | None = None
    #: how the score lies in the plan; None where there are not both
    heard: Heard | None = None

    @property
    def spotting(self) -> Spotting | None:
        """What is asked of the music; None before the analysis."""
        return self.state.spotting


def documents(
    view: DeskView, volumes_db: Mapping[str, float], note_counts: Mapping[str, int]
) -> dict[str, Any]:
    """Trait → value for all that hangs on the session.

    Args:
        view: what there is.
        volumes_db: by track; those that are missing are at 0 dB.
        note_counts: by the SHA-256 of a take's file, as far as they are known.
    """
    spotting = view.spotting
    return {
        **plan_documents(spotting, view.plan, view.heard),
        "curve": b"" if spotting is None else curve_bytes(spotting.film.curve),
        "analysed": b"" if view.analysed is None else curve_bytes(view.analysed),
        "tracks": track_documents(view.score, view.state, volumes_db),
        "notes": b"" if view.score is None else note_bytes(view.score, view.state.locks),
        "locks": [_lock_document(lock) for lock in view.state.locks],
        "takes": take_documents(view, note_counts),
        "accepted": view.state.accepted,
        "history": history_document(view.steps),
    }


def plan_documents(
    spotting: Spotting | None, plan: ScorePlan | None, heard: Heard | None = None
) -> dict[str, Any]:
    """What a preview shows too: boundaries, the click, sections and cues."""
    return {
        "boundaries": [] if spotting is None else boundary_documents(spotting, plan, heard),
        "clicks": b"" if plan is None else click_columns(plan.tempo_map, plan.grid),
        "sections": [] if plan is None else section_documents(plan),
        "cues": [] if spotting is None else cue_documents(spotting),
    }


def boundary_documents(
    spotting: Spotting, plan: ScorePlan | None, heard: Heard | None = None
) -> list[Document]:
    """Every boundary, with beat and bar where it is planned as a hit, and whether the accepted take meets it."""
    met = {} if plan is None else {hit.boundary.time_s: hit.beat for hit in plan.hits}
    found = []
    for number, boundary in enumerate(spotting.film.boundaries, start=1):
        beat = met.get(boundary.time_s)
        found.append(
            {
                "number": number,
                "time_s": float(boundary.time_s),
                "kind": boundary.kind,
                "strength": float(boundary.strength),
                "locked": boundary.locked,
                "beat": beat,
                "bar": None if beat is None or plan is None else plan.grid.at(beat).number,
                "heard": None if heard is None else heard.meets(boundary.time_s),
                "off_s": None if heard is None else heard.off_s.get(boundary.time_s),
            }
        )
    return found


def section_documents(plan: ScorePlan) -> list[Document]:
    """Sections in order of time."""
    return [
        {
            "name": section.name,
            "start_s": float(plan.tempo_map.seconds(section.start_beat)),
            "end_s": float(plan.tempo_map.seconds(section.end_beat)),
            "key": section.key.name,
            "bpm": plan.tempo_map.bpm_at(section.start_beat),
        }
        for section in plan.sections
    ]


def cue_documents(spotting: Spotting) -> list[Document]:
    """Stretches of music; one over the whole film where none was asked for."""
    whole = (Cue(spotting.film.video.duration_s * 0, spotting.film.video.duration_s),)
    return [
        {"in_s": float(cue.in_s), "out_s": float(cue.out_s), "entry": cue.entry, "ending": cue.ending}
        for cue in spotting.cues or whole
    ]


def curve_bytes(curve: EmotionCurve) -> bytes:
    """Times, valence, arousal."""
    return packed(curve.times_s, curve.valence, curve.arousal)


def track_documents(score: Score | None, state: State, volumes_db: Mapping[str, float]) -> list[Document]:
    """The tracks of a score, in its order."""
    if score is None:
        return []
    return track_rows(score, state.locks, muted=state.muted, soloed=state.soloed, volumes_db=volumes_db)


def _lock_document(lock: Lock) -> Document:
    return {
        "track": lock.track,
        "bars": None if lock.bars is None else list(lock.bars),
        "notes": len(lock.notes),
        "text": described(lock),
    }


def take_documents(view: DeskView, note_counts: Mapping[str, int]) -> list[Document]:
    """Takes in the order in which they were made; `notes` is None until they were counted.

    `is_older`: the plan has changed since. `moved`, `anew`: of the accepted one, which of its bars lie elsewhere
    by now, and which are to be regenerated therefore.
    """
    return [_take_document(take, view, note_counts.get(take.sha256)) for take in view.state.takes]


def _take_document(take: Take, view: DeskView, notes: int | None) -> Document:
    accepted = take.name == view.state.accepted
    heard = view.heard if accepted else None
    return {
        "name": take.name,
        "kind": take.kind,
        "seed": take.seed,
        "accepted": accepted,
        "notes": notes,
        "is_older": view.digest is not None and take.plan != view.digest,
        "moved": [] if heard is None else [_moved_document(run) for run in heard.moved],
        "anew": None if heard is None or heard.anew is None else list(heard.anew),
    }


def _moved_document(run: MovedBars) -> Document:
    """A run of bars, and where it lies in the take or in the plan."""
    return {"bars": [run.first, run.last], "start_s": run.start_s, "end_s": run.end_s}


def history_document(steps: Sequence[Step]) -> Document:
    """What would be undone and redone next; None where nothing would."""
    at = next((number for number, step in enumerate(steps) if step.here), 0)
    return {
        "undo": steps[at].what if at > 0 else None,
        "redo": steps[at + 1].what if at + 1 < len(steps) else None,
    }


def expert_documents(
    reports: Sequence[ExpertReport], opinions: Sequence[Opinion]
) -> tuple[list[Document], bytes]:
    """Who was asked, and a block of columns for each who said something: times, valence, arousal, trust in either."""
    said = {opinion.name: opinion for opinion in opinions}
    rows, blocks = [], []
    for report in reports:
        opinion = said.get(report.name) if report.available else None
        label = _LABELS.get(report.name, report.name)
        rows.append(
            {
                "name": report.name,
                "label": label[:1].upper() + label[1:],
                "available": opinion is not None,
                "reason": report.note,
                "rows": 0 if opinion is None else len(opinion.times_s),
            }
        )
        if opinion is not None:
            trust = (opinion.valence_confidence, opinion.arousal_confidence)
            blocks.append(packed(opinion.times_s, opinion.valence, opinion.arousal, *trust))
    return rows, b"".join(blocks)
