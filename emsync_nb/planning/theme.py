"""How a composer's theme comes back: in which key, by whom it is played; on which hits, `theme_hits` says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from emsync_nb.domain import (
    BASS_CEILING,
    GRID,
    Ensemble,
    Key,
    Mode,
    Passage,
    Player,
    Role,
    ScorePlan,
    Section,
    Theme,
    ThemeEntry,
)
from emsync_nb.errors import PlanError
from emsync_nb.planning.theme_hits import room, theme_hits

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


def place_theme(
    plan: ScorePlan, theme: Theme, times_s: Sequence[Fraction] = (), *, passages: Sequence[Passage] = ()
) -> tuple[ThemeEntry, ...]:
    """Put a theme on hits of a plan, in order of time; which ones, `theme_hits` says. Each entry is moved to the
    key of its section (`moved`) and by octaves into the range of who plays it there: the first melody player, else who
    is next. What reaches beyond the cue's end is cut.

    Raises:
        PlanError: as `theme_hits`; or a theme that nobody can play.
    """
    return tuple(_entry(plan, theme, beat) for beat in theme_hits(plan, theme, times_s, passages))


def _entry(plan: ScorePlan, theme: Theme, beat: int) -> ThemeEntry:
    section = next(s for s in plan.sections if s.start_beat <= beat < s.end_beat)
    pitches = moved(theme, section.key)
    player, octaves = _player(plan.ensemble, section, pitches)
    start, end = beat * GRID, beat * GRID + room(plan, beat)
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
