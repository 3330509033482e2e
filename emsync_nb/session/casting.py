"""Who of the ensemble plays which track of a take: a composer may rename tracks in the DAW."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from emsync_nb.domain import Score, ScorePlan
from emsync_nb.errors import PlanError
from emsync_nb.session.state import Lock, PlayedBy, State, Take

if TYPE_CHECKING:
    from emsync_nb.session.reconciling import Reconciled

#: stands before the name of a track that is called like a player and is another's; no file has it in a name
_STRANGER = "\0"


class Casting:
    """Names of a take's tracks, and of the players of the ensemble whose tracks these are.

    Composing knows players only: music and locks go there under their names, and come back under the take's.
    """

    def __init__(self, played_by: PlayedBy) -> None:
        self._player_of = dict(played_by)
        for player in [player for _, player in played_by]:
            self._player_of.setdefault(player, _STRANGER + player)
        self._track_of = {player: track for track, player in self._player_of.items()}

    def player(self, track: str) -> str:
        """The player of a track; its own name where it was not renamed."""
        return self._player_of.get(track, track)

    def track(self, player: str) -> str:
        """The name that a player's track has in the take."""
        return self._track_of.get(player, player.removeprefix(_STRANGER))

    def to_players(self, score: Score) -> Score:
        """The score with its tracks named after their players."""
        return _named(score, {track.name: self.player(track.name) for track in score.tracks})

    def to_tracks(self, score: Score) -> Score:
        """The score with its tracks named as in the take."""
        return _named(score, {track.name: self.track(track.name) for track in score.tracks})

    def locks_of_players(self, locks: Collection[Lock]) -> tuple[Lock, ...]:
        """The locks with tracks named after their players."""
        return tuple(_on(lock, self.player) for lock in locks)

    def asked(self, names: Sequence[str], plan: ScorePlan) -> list[str]:
        """The players that are meant by names of tracks or players, in any case.

        Raises:
            PlanError: there is no such track of a player.
        """
        players = [player.name for player in plan.ensemble.players]
        known = {player.casefold(): player for player in players}
        known |= {track.casefold(): player for track, player in self._player_of.items() if player in players}
        unknown = next((name for name in names if name.casefold() not in known), None)
        if unknown is not None:
            there = ", ".join(self._told(player) for player in players)
            raise PlanError(f"no track named {unknown!r:.60}; there are {there}")
        return list(dict.fromkeys(known[name.casefold()] for name in names))

    def _told(self, player: str) -> str:
        track = self.track(player)
        return track if track == player else f"{track} (was {player})"


def _named(score: Score, names: Mapping[str, str]) -> Score:
    return replace(
        score, tracks=tuple(replace(track, name=names.get(track.name, track.name)) for track in score.tracks)
    )


def with_accepted(state: State, take: Take) -> State:
    """The state that goes on with a take: what is locked, muted and soloed follows each player to its track there."""
    if state.accepted is None:
        return replace(state, accepted=take.name)
    before, after = Casting(state.take(state.accepted).played_by), Casting(take.played_by)
    return _renamed(replace(state, accepted=take.name), lambda name: after.track(before.player(name)))


def imported(
    state: State, parent: Take, take: Take, was: Score, merged: Reconciled, plan: ScorePlan
) -> State:
    """The state with what came back from a DAW as the accepted take, which knows whose its tracks are."""
    names: dict[str, str] = {}
    for track, origin in zip(merged.score.tracks, merged.track_origin, strict=True):
        if origin is not None:  # parts that were split off stand behind the track that they came from
            names.setdefault(was.tracks[origin].name, track.name)
    take = replace(take, played_by=_played_by(names, merged.score, parent, plan))
    state = replace(state, takes=(*state.takes, take), accepted=take.name)
    return _renamed(state, lambda name: names.get(name, name))


def _played_by(names: Mapping[str, str], score: Score, parent: Take, plan: ScorePlan) -> PlayedBy:
    """By track with another name than its player; names that several tracks have tell nothing."""
    casting, often = Casting(parent.played_by), Counter(track.name for track in score.tracks)
    players = {player.name for player in plan.ensemble.players}
    return tuple(
        (track, casting.player(before))
        for before, track in names.items()
        if casting.player(before) in players and casting.player(before) != track and often[track] == 1
    )


def _renamed(state: State, name: Callable[[str], str]) -> State:
    return replace(
        state,
        locks=tuple(dict.fromkeys(_on(lock, name) for lock in state.locks)),
        muted=frozenset(map(name, state.muted)),
        soloed=frozenset(map(name, state.soloed)),
    )


def _on(lock: Lock, name: Callable[[str], str]) -> Lock:
    return lock if lock.track is None else replace(lock, track=name(lock.track))
