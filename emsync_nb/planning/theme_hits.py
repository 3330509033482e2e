"""The hits that a composer's theme enters on: those that are named, that passages wish for, or the usual ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from emsync_nb.domain import GRID, Passage, ScorePlan, Theme
from emsync_nb.domain.timecode import TimedPlanError
from emsync_nb.errors import PlanError
from emsync_nb.planning.cues import snapped
from emsync_nb.planning.passages import passage_at

#: a time that somebody names means the hit nearest to it, at most so many seconds away
THEME_NEAR_S = 2
#: what sounds into a passage for so many seconds only does not sound there: a hit lies up to a tick beside its beat
_TOUCH_S = Fraction(1, 20)


def theme_hits(
    plan: ScorePlan, theme: Theme, times_s: Sequence[Fraction] = (), passages: Sequence[Passage] = ()
) -> list[int]:
    """The beats of the hits that a theme enters on, rising.

    With `times_s` on the hit nearest to each. Without, with every second section that begins on a hit and leaves it
    room before the cue's end; where that is less than twice and two hits have room, on two. In either case once in
    each of `passages` that wishes for it, and nowhere where it would sound in one that it is to stay away from. An edge
    of a passage close to a hit means the hit.

    Raises:
        PlanError: no hits at all, none near one of `times_s` or in a passage that wishes for one, entries that overlap
            or lie where the theme is to stay away.
    """
    if not plan.hits:
        raise PlanError("the film has no hit that a theme could enter on; leave the theme out")
    wishes = [_at_hits(plan, wish) for wish in passages if wish.theme is not None]

    def is_free(beat: int) -> bool:
        return not _sounds_away(plan, theme, beat, wishes)

    fixed = _named_hits(plan, theme, times_s) if times_s else []
    usual = [] if times_s else _usual_hits(plan, theme, is_free)
    for beat in fixed:
        if not is_free(beat):
            raise TimedPlanError(
                "a theme that enters at {} sounds where it is to stay away; name another time, or take that wish back",
                plan.tempo_map.seconds(beat),
            )
    for wish in wishes:
        if wish.theme:
            fixed = _with_wished(plan, theme, fixed, usual, wish, wishes)
    return sorted([*fixed, *(beat for beat in usual if beat not in fixed and _is_clear(beat, fixed, theme))])


def _at_hits(plan: ScorePlan, wish: Passage) -> Passage:
    """A passage whose edges are hits where they lie close to some."""
    hits = sorted(hit.boundary.time_s for hit in plan.hits)
    start, end = snapped(wish.start_s, hits), snapped(wish.end_s, hits)
    return replace(wish, start_s=start, end_s=end) if start < end else wish


def room(plan: ScorePlan, beat: int) -> int:
    """Steps from a beat to the end of its cue."""
    cue = next(cue for cue in plan.cues if cue.start_beat <= beat < cue.end_beat)
    return plan.out_step(cue) - beat * GRID


def _sounds_away(plan: ScorePlan, theme: Theme, beat: int, wishes: Sequence[Passage]) -> bool:
    """Whether a theme that enters on a hit would sound where it is to stay away."""
    start = _time_of(plan, beat)
    length = min(theme.steps, room(plan, beat))
    end = plan.tempo_map.seconds(Fraction(beat * GRID + length, GRID)) - _TOUCH_S
    edges = (edge for wish in wishes for edge in (wish.start_s, wish.end_s))
    times = [start, *(edge for edge in edges if start < edge < end)]
    return any(_wish_at(wishes, time_s) is False for time_s in times)


def _wish_at(wishes: Sequence[Passage], time_s: Fraction) -> bool | None:
    return passage_at(wishes, time_s, lambda wish: wish.theme)


def _time_of(plan: ScorePlan, beat: int) -> Fraction:
    """When a hit is in the picture."""
    return next(hit.boundary.time_s for hit in plan.hits if hit.beat == beat)


def _with_wished(
    plan: ScorePlan,
    theme: Theme,
    fixed: list[int],
    usual: Sequence[int],
    wish: Passage,
    wishes: Sequence[Passage],
) -> list[int]:
    """The fixed entries, and one more where a passage wishes for one and has none; later wishes may overrule it."""
    inside = sorted(hit.beat for hit in plan.hits if wish.start_s <= hit.boundary.time_s < wish.end_s)
    if not inside:
        raise TimedPlanError(
            "no hit lies from {} to {}, where the theme should enter; widen the stretch, or add a boundary to it",
            wish.start_s,
            wish.end_s,
        )
    wanted = [beat for beat in inside if _wish_at(wishes, _time_of(plan, beat))]
    if not wanted or set(wanted) & set(fixed):
        return fixed
    clear = [
        beat
        for beat in wanted
        if _is_clear(beat, fixed, theme) and not _sounds_away(plan, theme, beat, wishes)
    ]
    if not clear:
        raise TimedPlanError(
            "the theme has no room from {} to {} beside its other entries, or would sound where it is to stay away; "
            "widen the stretch, or take one of these wishes back",
            wish.start_s,
            wish.end_s,
        )
    return [
        *fixed,
        min(clear, key=lambda beat: (beat not in usual, -min(room(plan, beat), theme.steps), beat)),
    ]


def _named_hits(plan: ScorePlan, theme: Theme, times_s: Iterable[Fraction]) -> list[int]:
    """The beat of the hit nearest to each time."""
    beats = sorted({_nearest(plan, time_s) for time_s in times_s})
    for earlier, later in itertools.pairwise(beats):
        if (later - earlier) * GRID < min(theme.steps, room(plan, earlier)):
            raise TimedPlanError(
                "the theme still sounds from {} when it enters again at {}; name hits that are further apart",
                plan.tempo_map.seconds(earlier),
                plan.tempo_map.seconds(later),
            )
    return beats


def _nearest(plan: ScorePlan, time_s: Fraction) -> int:
    hits = sorted(plan.hits, key=lambda hit: abs(hit.boundary.time_s - time_s))
    if abs(hits[0].boundary.time_s - time_s) > THEME_NEAR_S:
        near = sorted(hit.boundary.time_s for hit in hits[:2])
        raise TimedPlanError(
            f"no hit lies within {THEME_NEAR_S} s of {{}}, where the theme should enter; name a time near a hit: "
            f"the nearest {'are at {} and {}' if len(near) > 1 else 'is at {}'}",
            time_s,
            *near,
        )
    return hits[0].beat


def _usual_hits(plan: ScorePlan, theme: Theme, is_free: Callable[[int], bool]) -> list[int]:
    """Every second section that begins on a hit; two places at least where there is room for two."""
    beats = sorted(hit.beat for hit in plan.hits if is_free(hit.beat))
    roomy = [beat for beat in beats if room(plan, beat) >= theme.steps]
    if not roomy:
        return [max(beats, key=lambda beat: room(plan, beat))] if beats else []
    starts = {section.start_beat for section in plan.sections}
    chosen: list[int] = []
    for beat in [beat for beat in roomy if beat in starts][::2]:
        if _is_clear(beat, chosen, theme):
            chosen.append(beat)
    if not chosen:
        chosen = roomy[:1]
    if len(chosen) == 1:
        # the furthest is as clear as any
        far = max((roomy[0], roomy[-1]), key=lambda beat: abs(beat - chosen[0]))
        chosen = [*chosen, far] if _is_clear(far, chosen, theme) else chosen
    if len(chosen) == 1 and _is_clear(roomy[-1], roomy[:1], theme):
        chosen = [roomy[0], roomy[-1]]
    return sorted(chosen)


def _is_clear(beat: int, others: Iterable[int], theme: Theme) -> bool:
    """Whether the theme can enter on a beat without sounding together with its other entries."""
    return all(abs(beat - other) * GRID >= theme.steps for other in others)
