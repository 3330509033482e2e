"""Where a composer's theme comes back: on which hits, in which key, by whom it is played."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction

from emsync_nb.domain import (
    BASS_CEILING,
    GRID,
    Ensemble,
    Key,
    Mode,
    Player,
    Role,
    ScorePlan,
    Section,
    Theme,
    ThemeEntry,
)
from emsync_nb.errors import PlanError

#: a time that somebody names means the hit nearest to it, at most so many seconds away
THEME_NEAR_S = 2
#: who plays a theme, first choice first
_ROLES: tuple[Role, ...] = ("melody", "harmony", "bass")
#: semitones from the tonic to each degree
_DEGREES: dict[Mode, tuple[int, ...]] = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
_SEVENTH = 6
#: semitones from the tonic up to the note that leads to it
_LEADING = 11


def check_playable(theme: Theme, ensemble: Ensemble) -> None:
    """Whether anybody of an ensemble has room for a theme.

    Raises:
        PlanError: it spans more than each of the players can play.
    """
    span = max(theme.pitches) - min(theme.pitches)
    if not any(player.high - player.low >= span for player in _candidates(ensemble.players)):
        raise _too_wide(span, ensemble)


def _too_wide(span: int, ensemble: Ensemble) -> PlanError:
    return PlanError(
        f"the theme spans {span} semitones, more than any player of {ensemble.name!r} has room for; "
        "choose another ensemble or a narrower theme"
    )


def place_theme(plan: ScorePlan, theme: Theme, times_s: Sequence[Fraction] = ()) -> tuple[ThemeEntry, ...]:
    """Put a theme on hits of a plan, in order of time.

    Without `times_s` it enters with every second section that begins on a hit and leaves it room before the cue's
    end; where that is less than twice and two hits have room, on two. Each entry is moved to the key of its
    section (`moved`) and by octaves into the range of who plays it there: the first melody player, else who is next.
    What reaches beyond the cue's end is cut.

    Raises:
        PlanError: no hit near one of `times_s`, entries that overlap, no hits at all, or a theme that nobody can play.
    """
    if not plan.hits:
        raise PlanError("the film has no hit that a theme could enter on; leave --theme out")
    beats = _named_hits(plan, theme, times_s) if times_s else _usual_hits(plan, theme)
    return tuple(_entry(plan, theme, beat) for beat in beats)


def _named_hits(plan: ScorePlan, theme: Theme, times_s: Iterable[Fraction]) -> list[int]:
    """The beat of the hit nearest to each time."""
    beats = sorted({_nearest(plan, time_s) for time_s in times_s})
    for earlier, later in itertools.pairwise(beats):
        if (later - earlier) * GRID < min(theme.steps, _room(plan, earlier)):
            raise PlanError(
                f"the theme still sounds from {_clock(plan.tempo_map.seconds(earlier))} when it enters again at "
                f"{_clock(plan.tempo_map.seconds(later))}; name hits that are further apart"
            )
    return beats


def _nearest(plan: ScorePlan, time_s: Fraction) -> int:
    hits = sorted(plan.hits, key=lambda hit: abs(hit.boundary.time_s - time_s))
    if abs(hits[0].boundary.time_s - time_s) > THEME_NEAR_S:
        near = " and ".join(_clock(time) for time in sorted(hit.boundary.time_s for hit in hits[:2]))
        raise PlanError(
            f"no hit lies within {THEME_NEAR_S} s of {_clock(time_s)}, where the theme should enter; "
            f"name a time near a hit: the nearest {'are' if len(hits) > 1 else 'is'} at {near}"
        )
    return hits[0].beat


def _clock(time_s: Fraction) -> str:
    """Such as "1:15.50"."""
    minutes, hundredths = divmod(round(time_s * 100), 6000)
    return f"{minutes}:{hundredths / 100:05.2f}"


def _usual_hits(plan: ScorePlan, theme: Theme) -> list[int]:
    """Every second section that begins on a hit; two places at least where there is room for two."""
    beats = sorted(hit.beat for hit in plan.hits)
    roomy = [beat for beat in beats if _room(plan, beat) >= theme.steps]
    if not roomy:
        return [max(beats, key=lambda beat: _room(plan, beat))]
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


def _room(plan: ScorePlan, beat: int) -> int:
    """Steps from a beat to the end of its cue."""
    cue = next(cue for cue in plan.cues if cue.start_beat <= beat < cue.end_beat)
    return plan.out_step(cue) - beat * GRID


def _entry(plan: ScorePlan, theme: Theme, beat: int) -> ThemeEntry:
    section = next(s for s in plan.sections if s.start_beat <= beat < s.end_beat)
    pitches = moved(theme, section.key)
    player, octaves = _player(plan.ensemble, section, pitches)
    start, end = beat * GRID, beat * GRID + _room(plan, beat)
    notes = tuple(
        (start + onset, min(length, end - start - onset), pitch + 12 * octaves, velocity)
        for onset, length, pitch, velocity in zip(
            theme.onsets, theme.durations, pitches, theme.velocities, strict=True
        )
        if start + onset < end
    )
    return ThemeEntry(beat, section.name, section.key, player.part, notes)


def _candidates(players: Iterable[Player]) -> list[Player]:
    """Who may play a theme, the first choice first."""
    pitched = [player for player in players if not player.is_drum and player.role in _ROLES]
    return sorted(pitched, key=lambda player: _ROLES.index(player.role))


def _player(ensemble: Ensemble, section: Section, pitches: Sequence[int]) -> tuple[Player, int]:
    """Who plays in a section, and by how many octaves these pitches are moved for them.

    Above the bass if they can be: at a hit the chord has the lowest note. Else as near to where they were as possible.
    """
    low, high = min(pitches), max(pitches)
    for player in _candidates(p for p in ensemble.players if p.part in section.parts):
        octaves = [
            octave
            for octave in range(-11, 12)
            if player.low <= low + 12 * octave and high + 12 * octave <= player.high
        ]
        if octaves:
            return player, min(octaves, key=lambda o: (low + 12 * o <= BASS_CEILING, abs(o), o))
    raise _too_wide(high - low, ensemble)


def moved(theme: Theme, key: Key) -> tuple[int, ...]:
    """The pitches of a theme in another key, on the same degrees of its scale; the nearest tonic is taken.

    So a theme in major becomes minor in a minor key. Notes between two degrees keep their distance to the lower one.
    The seventh of minor is raised where it leads up to the tonic, as composers write it.
    """
    own, shift = theme.key, (key.tonic - theme.key.tonic + 6) % 12 - 6
    found = []
    for pitch, following in zip(theme.pitches, (*theme.pitches[1:], None), strict=True):
        octave, above = divmod(pitch - own.tonic, 12)
        step = _step(above, own.mode, key.mode, leads=following == pitch + 1)
        found.append(own.tonic + shift + 12 * octave + step)
    return tuple(found)


def _step(above: int, own: Mode, wanted: Mode, *, leads: bool) -> int:
    """Semitones above the new tonic of a note that stood so many above the old one."""
    if above == _LEADING:
        return _LEADING if own == "minor" or wanted == "major" or leads else _DEGREES[wanted][_SEVENTH]
    degree = max(index for index, step in enumerate(_DEGREES[own]) if step <= above)
    return _DEGREES[wanted][degree] + above - _DEGREES[own][degree]
