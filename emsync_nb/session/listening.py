"""What of a session is to be heard. It is read beside whoever holds the session: what is written there stays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emsync_nb.errors import OutputError
from emsync_nb.session.store import Store


@dataclass(frozen=True, slots=True)
class AcceptedMusic:
    """The accepted take, and who is heard in it."""

    #: name of the take
    take: str
    file: Path
    #: names of tracks
    muted: frozenset[str] = frozenset()
    soloed: frozenset[str] = frozenset()

    def is_heard(self, track: str) -> bool:
        """Whether a track is: where any are soloed, these alone, else all that are not muted."""
        return track in self.soloed if self.soloed else track not in self.muted


def accepted_music(folder: Path) -> AcceptedMusic:
    """The accepted take of a session, as it was last saved.

    Raises:
        OutputError: no take is accepted, or something is missing, damaged or of a newer version.
    """
    store = Store(folder)
    head = store.read_head()
    state = store.state(head.entries[head.at].state, head.film.place(folder))
    if state.accepted is None:
        remedy = (
            f"accept one: emsync session accept {folder} {state.takes[-1].name}"
            if state.takes
            else f"make one: emsync session generate {folder}"
        )
        raise OutputError(f"no take of {folder} is accepted; {remedy}")
    take = state.take(state.accepted)
    return AcceptedMusic(take.name, store.music(take.file, take.sha256), state.muted, state.soloed)
