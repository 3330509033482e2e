"""Any order of changes: all of it can be undone and redone, and the session opens again at any point as it was."""

from __future__ import annotations

import contextlib
import random
import tempfile
from collections.abc import Callable, Collection
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from emsync_nb.domain import PARTS, Key, Note, Passage, Score, Spotting, Theme
from emsync_nb.errors import PlanError
from emsync_nb.notation import read_midi
from emsync_nb.session import Session
from emsync_nb.session.locking import locked_notes
from emsync_nb.session.state import Lock
from tests.session.test_session import document
from tests.session.tiny_session import FPS, LENGTH_S, analysed, edited_export, no_network

frames = st.integers(0, int(LENGTH_S * FPS)).map(lambda frame: frame / FPS)
seconds = st.floats(0, float(LENGTH_S))
levels = st.floats(-1, 1)
spans = st.tuples(frames, frames).map(sorted)
numbers = st.integers(1, 6)
tempi = st.tuples(st.floats(30, 240), st.floats(30, 240)).map(lambda pair: tuple(sorted(pair)))
keys = st.builds(Key, st.integers(0, 11), st.sampled_from(["major", "minor"]))
parts = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map(tuple)
themes = st.lists(st.tuples(st.integers(1, 30), st.integers(55, 90)), min_size=1, max_size=5).map(
    lambda notes: Theme.of([(30 * n, length, pitch, 90) for n, (length, pitch) in enumerate(notes)])
)
Edit = Callable[[Spotting], Spotting]

edits: st.SearchStrategy[Edit] = st.one_of(
    st.tuples(numbers, frames).map(lambda a: lambda p: p.moved(*a)),
    st.tuples(frames, st.floats(0, 1)).map(lambda a: lambda p: p.added(*a)),
    numbers.map(lambda number: lambda p: p.removed(number)),
    st.tuples(numbers, st.floats(0, 1)).map(lambda a: lambda p: p.weighted(*a)),
    st.tuples(numbers, st.booleans()).map(lambda a: lambda p: p.locked(*a)),
    spans.map(lambda span: lambda p: p.silent(*span)),
    st.just(lambda p: p.with_cues(())),
    st.tuples(st.lists(seconds, min_size=1, max_size=3, unique=True).map(sorted), levels).map(
        lambda a: lambda p: p.drawn(a[0], [a[1]] * len(a[0]), None)
    ),
    st.tuples(spans, levels, levels).map(
        lambda a: lambda p: p.shifted(float(a[0][0]), float(a[0][1]), valence=a[1], arousal=a[2])
    ),
    st.tuples(spans, st.none() | keys, st.none() | parts, st.none() | tempi).map(
        lambda a: lambda p: p.with_passage(Passage(*a[0], *a[1:]))
    ),
    st.tuples(st.none() | tempi, st.integers(0, 9)).map(
        lambda a: lambda p: replace(p, seed=a[1], tempo_bpm=a[0])
    ),
    st.tuples(st.none() | themes, st.lists(frames, max_size=2)).map(lambda a: lambda p: p.with_theme(*a)),
    st.tuples(spans, st.none() | st.booleans()).map(lambda a: lambda p: p.theme_within(*a[0], a[1])),
)


DIRECTIONS = ("calmer from 0:04", "start uneasy, turn hopeful at 0:08", "big finish", "only strings, faster")


def _pitches(score: Score) -> dict[str, list[int]]:
    """Of each track that has notes, lowest first."""
    return {track.name: sorted(n.pitch for n in track.notes) for track in score.tracks if track.notes}


class Composer(RuleBasedStateMachine):
    """Does whatever a composer may do."""

    def __init__(self) -> None:
        super().__init__()
        self._places = contextlib.ExitStack()
        self.trail: list[dict[str, Any]] = []
        self.at = 0

    @initialize()
    def begin(self) -> None:
        """A session that was analysed."""
        folder = self._places.enter_context(tempfile.TemporaryDirectory())
        self._places.enter_context(no_network())
        self.session = analysed(Path(folder))
        self.trail, self.at = [document(self.session)], 0

    def did(self) -> None:
        """A change more; what had been undone is gone."""
        self.trail[self.at + 1 :] = [document(self.session)]
        self.at += 1

    def accepted(self) -> str | None:
        """Name of the accepted take."""
        return self.session.state.accepted

    @rule(edit=edits)
    def edit(self, edit: Edit) -> None:
        """A change of the plan, or a line that says why not."""
        try:
            self.session.change("edited", edit)
        except PlanError as error:
            assert "\n" not in str(error)
            return
        self.did()

    @rule(takes=st.integers(1, 2), seed=st.integers(0, 99))
    def generate(self, takes: int, seed: int) -> None:
        """New takes; where there are locks, they hold."""
        self._made(lambda: self.session.generate(takes, seed))

    @precondition(lambda self: self.trail and self.accepted())
    @rule(data=st.data(), seed=st.integers(0, 99))
    def regenerate(self, data: st.DataObject, seed: int) -> None:
        """Some bars of some tracks written anew."""
        last = len(self.session.score_plan.grid.bars)
        first, second = sorted(data.draw(st.tuples(st.integers(1, last), st.integers(1, last))))
        tracks = data.draw(st.lists(st.sampled_from(["Cello", "viola", "Violin I"]), unique=True))
        self._made(lambda: self.session.regenerate((first, second), tracks, 1, seed))

    def _made(self, make: Callable[[], list[Any]]) -> None:
        name, locks = self.accepted(), self.session.state.locks
        names = {take.name for take in self.session.state.takes}
        try:
            takes = make()
        except PlanError:
            return
        self.did()
        assert not names & {take.name for take in takes}
        for take in takes:
            music = self.session.music(take)
            if name is not None and locks:
                self._holds(self.session.music(name), music, locks)

    def _holds(self, before: Score, after: Score, locks: Collection[Lock]) -> None:
        """Locked notes are there, and no others where a whole track or bar is locked."""
        notes = {(track.name, note) for track in after.tracks for note in track.notes}
        assert set(locked_notes(before, locks)) <= notes
        for lock in locks:
            if not lock.notes:
                assert sorted(locked_notes(after, [lock]), key=repr) == sorted(
                    locked_notes(before, [lock]), key=repr
                )

    @rule(text=st.sampled_from(DIRECTIONS))
    def direct(self, text: str) -> None:
        """Words, shown and then applied."""
        try:
            proposal = self.session.direct(text)
            assert document(self.session) == self.trail[self.at]
            self.session.apply(proposal)
        except PlanError as error:
            assert "\n" not in str(error)
            return
        self.did()

    @precondition(lambda self: self.trail and self.accepted())
    @rule(seed=st.integers(0, 99), lock=st.booleans())
    def bring_back(self, seed: int, lock: bool) -> None:
        """What a DAW made of the accepted take; its notes are those of the file, and edits become locks."""
        path = self.session.folder.parent / "from-the-daw.mid"
        exported = read_midi(edited_export(self.session, path, random.Random(seed)))
        merged = self.session.import_music(path, lock_edits=lock)
        self.did()
        music = self.session.music(self.accepted() or "")
        assert _pitches(music) == _pitches(exported)
        if lock:
            assert set(merged.edited_notes) <= set(locked_notes(music, self.session.state.locks))

    @precondition(lambda self: self.trail)
    @rule(
        name=st.sampled_from(["film.mp4", "moved.mp4"]), start=st.sampled_from(["00:00:00:00", "01:00:00:00"])
    )
    def relink(self, name: str, start: str) -> None:
        """The film somewhere else: no change of the work, and nothing that undo takes back."""
        folder = self.session.folder.parent
        film = next(folder.glob("*.mp4")).rename(folder / name)
        self.session.relink(film, start_timecode=start)
        assert self.session.plan.film.video.path == film
        assert self.session.film.start_timecode == start

    @precondition(lambda self: self.trail and self.session.state.takes)
    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        """One take is gone on with."""
        self.session.accept(data.draw(st.sampled_from(self.session.state.takes)))
        self.did()

    @precondition(lambda self: self.trail and self.accepted())
    @rule(data=st.data(), track=st.none() | st.sampled_from(["cello", "Viola"]), first=st.integers(1, 3))
    def lock(self, data: st.DataObject, track: str | None, first: int) -> None:
        """A track, bars, or single notes locked."""
        notes: list[Note] = []
        if track is not None and data.draw(st.booleans()):
            own = next(t for t in self.session.music(self.accepted() or "").tracks if t.name == track.title())
            notes = data.draw(st.lists(st.sampled_from(own.notes), max_size=3, unique=True))
        bars = None if notes else data.draw(st.none() | st.just((first, first + 1)))
        try:
            self.session.lock(track, bars, [(note.start_beat, note.pitch) for note in notes])
        except PlanError:
            return
        self.did()

    @precondition(lambda self: self.trail and self.session.state.locks)
    @rule()
    def unlock(self) -> None:
        """The first lock let go."""
        self.session.unlock(self.session.state.locks[0])
        self.did()

    @precondition(lambda self: self.trail and self.accepted())
    @rule(on=st.booleans(), solo=st.booleans())
    def mix(self, on: bool, solo: bool) -> None:
        """A track muted or soloed, or no longer."""
        (self.session.solo if solo else self.session.mute)("Cello", on)
        self.did()

    @precondition(lambda self: self.at > 0)
    @rule()
    def undo(self) -> None:
        """One change back."""
        self.session.undo()
        self.at -= 1

    @precondition(lambda self: self.at + 1 < len(self.trail))
    @rule()
    def redo(self) -> None:
        """And forth."""
        self.session.redo()
        self.at += 1

    @rule()
    def reopen(self) -> None:
        """Closed, and opened as another day."""
        self.session.close()
        self.session = Session.open(self.session.folder)

    @invariant()
    def is_as_it_was(self) -> None:
        """Whatever was undone, redone or opened again."""
        if self.trail:
            assert document(self.session) == self.trail[self.at]
            assert len(self.session.history()) == len(self.trail) + 1

    @invariant()
    def meets_the_picture(self) -> None:
        """Every hit is a beat within a frame of its boundary; a locked one alone in reach is a hit."""
        if not self.trail:
            return
        plan = self.session.score_plan
        for hit in plan.hits:
            assert abs(plan.tempo_map.seconds(hit.beat) - hit.boundary.time_s) < 1 / FPS
            assert type(hit.beat) is int
            assert any(bar.start_beat <= hit.beat < bar.end_beat for bar in plan.grid.bars)
        assert {entry.beat for entry in plan.theme} <= {hit.beat for hit in plan.hits}
        met = {hit.boundary.time_s for hit in plan.hits}
        locked = [b.time_s for b in plan.boundaries if b.locked]
        for time in locked:
            alone = all(abs(time - other) > Fraction(1, 2) for other in locked if other != time)
            inside = any(cue.cue.in_s <= time < cue.cue.out_s for cue in plan.cues)
            assert time in met or not alone or not inside

    def teardown(self) -> None:
        """All the way back, and forth again."""
        with self._places:
            if not self.trail:
                return
            while self.at:
                self.undo()
            assert document(self.session) == self.trail[0]
            self.reopen()
            while self.at + 1 < len(self.trail):
                self.redo()
            assert document(self.session) == self.trail[-1]
            self.session.close()


Composer.TestCase.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestComposer = Composer.TestCase
