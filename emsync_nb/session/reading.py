"""A session as it was last saved. It is read beside whoever holds it: what is written there stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emsync_nb.domain import EmotionCurve, Score
from emsync_nb.session.film import FilmReference
from emsync_nb.session.keeping import Step
from emsync_nb.session.state import State, Take
from emsync_nb.session.store import Head, Store

#: what the history calls a state that holds what the analysis said
ANALYSED = "analysed the film"


@dataclass(frozen=True, slots=True, eq=False)
class SavedWork:
    """What counts, and the way to it."""

    folder: Path
    film: FilmReference
    state: State
    #: all changes, oldest first
    steps: tuple[Step, ...]


def saved_work(folder: Path) -> SavedWork:
    """The state in force.

    Raises:
        OutputError: no session there, or something of it is missing, damaged or of a newer version.
    """
    store = Store(folder)
    head = store.read_head()
    state = store.state(head.entries[head.at].state, head.film.place(folder))
    return SavedWork(folder, head.film, state, _steps(head))


def analysed_curve(folder: Path) -> EmotionCurve | None:
    """The emotion as the analysis said it last, before hands changed it; None before there was one.

    A film that was scored in one go has no step of its own for that: there it is what it was first scored by.

    Raises:
        OutputError: as `saved_work`.
    """
    store = Store(folder)
    head = store.read_head()
    done = head.entries[: head.at + 1]
    analysed = [entry for entry in reversed(done) if entry.what == ANALYSED]
    for entry in analysed or done:
        spotting = store.state(entry.state, head.film.place(folder)).spotting
        if spotting is not None:
            return spotting.film.curve
    return None


def saved_music(folder: Path, take: Take) -> Score:
    """The score of a take.

    Raises:
        OutputError: its file is missing or was edited.
    """
    from emsync_nb.notation import read_midi

    return read_midi(Store(folder).music(take.file, take.sha256))


def take_file(folder: Path, take: Take) -> Path:
    """The MIDI file of a take, which is as it was written.

    Raises:
        OutputError: it is missing or was edited.
    """
    return Store(folder).music(take.file, take.sha256)


def _steps(head: Head) -> tuple[Step, ...]:
    return tuple(
        Step(number, entry.what, entry.made, number == head.at) for number, entry in enumerate(head.entries)
    )
