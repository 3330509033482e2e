"""Drum performances of the Groove MIDI Dataset as patterns to play along with other music.

Gillick, Roberts, Engel, Eck and Bamman, "Learning to Groove with Inverse Sequence Transformations" (ICML 2019),
https://magenta.tensorflow.org/datasets/groove, CC BY 4.0: drummers played to a click on a Roland TD-11.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable, TableTrack
from emsync_nb.training.corpus.catalogue import GROOVE
from emsync_nb.training.corpus.drummers import general_midi, on_the_beat
from emsync_nb.training.corpus.store import Piece

IntArray = NDArray[np.int64]

#: a bar belongs to the loop if it holds this share of the notes of a middling bar, and three at least
FULL_BAR = 0.5
#: how far the tempo of the music may be from that of the performance, as a share, either way
TEMPO_TOLERANCE = 0.15
#: the fastest bar of the music may be this many times as fast as the slowest
STEADY = 1.1
#: drums are played softer or louder to go with the music, within these factors of velocity
LEVELS = (0.6, 1.4)
_NAME = re.compile(r"\d+_(?P<style>.+)_(?P<bpm>\d+)_(?P<kind>beat|fill)_(?P<over>\d+)-(?P<under>\d+)$")
_FOUR_BEATS = 4 * GRID
_THREE_BEATS = 3 * GRID


@dataclass(frozen=True, slots=True, eq=False)
class Groove:
    """A performance that can be looped: whole bars of drums, with keys of General MIDI."""

    name: str
    #: such as funk/purdieshuffle; empty if unknown
    style: str
    #: quarters a minute
    bpm: float
    #: "beat" or "fill"
    kind: str
    #: beats in a bar and the note value of one
    meter: tuple[int, int]
    #: drums and nothing else, all bars of one length
    table: MusicTable
    split: str
    licence: str

    @property
    def bar_steps(self) -> int:
        """Length of a bar on the grid."""
        return _steps(self.meter)

    @classmethod
    def from_piece(cls, piece: Piece) -> Groove:
        """A performance from the prepared corpus; style, kind and meter stand in its name, else in its bars.

        Raises:
            ValueError: the piece holds other instruments or bars of several lengths, or too few drums for a bar.
        """
        table, facts = piece.table, _NAME.search(piece.provenance.name)
        lengths = np.unique(np.diff(table.bar_start)).tolist()
        if len(lengths) != 1 or (table.part != DRUMS).any():
            raise ValueError(f"{piece.provenance.name} is not drums alone in bars of one length")
        meter = (int(facts["over"]), int(facts["under"])) if facts else _plain_meter(lengths[0])
        if _steps(meter) != lengths[0]:
            raise ValueError(f"{piece.provenance.name} has no bars of {meter[0]}/{meter[1]}")
        return cls(
            _full_name(piece),
            facts["style"].replace("-", "/", 1) if facts else "",
            float(np.exp(np.log(table.bar_bpm).mean())),
            facts["kind"] if facts else "beat",
            meter,
            loop_of(on_the_beat(general_midi(table))),
            piece.provenance.split,
            piece.provenance.licence,
        )


def _full_name(piece: Piece) -> str:
    """Session and performance, for many sessions have a first performance."""
    name, session = piece.provenance.name, piece.provenance.work
    return name if not session or name.startswith(session) else f"{session}/{name}"


def _plain_meter(steps: int) -> tuple[int, int]:
    """The meter that a bar of this length has if nothing else is known: in quarters, or else in eighths."""
    return (steps // GRID, 4) if steps % GRID == 0 else (2 * steps // GRID, 8)


def _steps(meter: tuple[int, int]) -> int:
    return 4 * GRID * meter[0] // meter[1]


def loop_of(table: MusicTable) -> MusicTable:
    """The performance from its first full bar to its last: without silence, pick-ups and the last stroke.

    Raises:
        ValueError: no bar is full.
    """
    notes = np.bincount(table.bar_of(), minlength=table.bars)
    middling = float(np.median(notes[notes > 0])) if notes.any() else 0.0
    full = np.flatnonzero(notes >= max(3.0, FULL_BAR * middling))
    if not len(full):
        raise ValueError("the performance has no full bar of drums")
    return table.cut(int(full[0]), int(full[-1]) + 1)


def beats_of(pieces: Sequence[Piece]) -> tuple[Groove, ...]:
    """The beats among the pieces that come from the dataset; fills alone are no accompaniment."""
    grooves = []
    for piece in pieces:
        if piece.provenance.source == GROOVE:
            try:
                grooves.append(Groove.from_piece(piece))
            except ValueError:
                continue  # a few strokes, which still are a piece to learn from
    return tuple(groove for groove in grooves if groove.kind == "beat")


def takes_drums(table: MusicTable) -> bool:
    """Whether drums may be laid over this music.

    Its bars are of one length and its tempo is steady; it has pitched notes but no drums yet; and it is no song
    for voices with a single accompanist, who follows their rubato.
    """
    if not len(table.onset) or (table.part == DRUMS).any() or len(np.unique(np.diff(table.bar_start))) != 1:
        return False
    parts = set(np.unique(table.part).tolist())
    is_song = PARTS.index("choir") in parts and len(parts) <= 2
    return not is_song and float(table.bar_bpm.max()) <= STEADY * float(table.bar_bpm.min())


def matching(table: MusicTable, grooves: Sequence[Groove], split: str) -> list[tuple[Groove, int]]:
    """The beats that go with music that `takes_drums`, each with the number of bars that one of its bars fills.

    Meters are the same, bars of three quarters and of six eighths told apart. The tempo is within TEMPO_TOLERANCE
    of the performance's in every bar; or twice that in bars of four beats, where each bar of drums then fills two
    (half-time feel: the backbeat falls on three). Drums at double time would not fit onto the grid. Only beats of
    the given split of the dataset are taken, so that none is in training and in validation.
    """
    if not takes_drums(table):
        return []
    steps, compound = int(table.bar_start[1] - table.bar_start[0]), _sways_in_two(table)
    slowest, fastest = float(table.bar_bpm.min()), float(table.bar_bpm.max())
    return [
        (groove, stretch)
        for groove in grooves
        if groove.split == split and groove.bar_steps == steps and _is_compound(groove) == compound
        for stretch in ((1, 2) if steps == _FOUR_BEATS else (1,))
        if fastest <= groove.bpm * stretch * (1 + TEMPO_TOLERANCE)
        and slowest >= groove.bpm * stretch * (1 - TEMPO_TOLERANCE)
    ]


def _is_compound(groove: Groove) -> bool:
    return groove.bar_steps == _THREE_BEATS and groove.meter[1] == 8


def _sways_in_two(table: MusicTable) -> bool:
    """Whether bars of three quarters are really six eighths: more begins at the half than at either third."""
    if int(table.bar_start[1] - table.bar_start[0]) != _THREE_BEATS:
        return False
    place = np.bincount(table.onset % _THREE_BEATS, weights=table.duration, minlength=_THREE_BEATS)
    return bool(place[_THREE_BEATS // 2] > max(place[GRID], place[2 * GRID]))


def lay_groove(table: MusicTable, groove: Groove, first_bar: int, stretch: int = 1) -> MusicTable:
    """The music with drums from bar `first_bar` of the groove on, bar by bar and from its beginning again.

    One bar of drums fills `stretch` bars. Strokes keep the drummer's timing and accents; their level follows
    that of the music within LEVELS.

    Raises:
        ValueError: the bars of the music are not those of the groove.
    """
    if (np.diff(table.bar_start) != groove.bar_steps).any():
        raise ValueError(f"{groove.name} has bars of {groove.bar_steps} steps, the music has others")
    drums = _looped(groove, first_bar, stretch, table.bars)
    drums[:, 0] += int(table.bar_start[0])
    if len(table.velocity):
        factor = float(table.velocity.mean() / groove.table.velocity.mean())
        drums[:, 3] = np.clip(np.rint(drums[:, 3] * np.clip(factor, *LEVELS)), 1, 127)
    track, tracks = DRUMS, table.tracks
    if tracks:
        track, tracks = len(tracks), (*tracks, _drum_track(groove, drums))
    return MusicTable.build(
        np.concatenate([table.rows, drums]),
        table.bar_start,
        table.bar_bpm,
        tracks=tracks,
        track=np.concatenate([table.track, np.full(len(drums), track)]),
    )


def _drum_track(groove: Groove, drums: IntArray) -> TableTrack:
    level = float(drums[:, 3].mean()) if len(drums) else 0.0
    return TableTrack(groove.name, 0, DRUMS, np.zeros(1, dtype=np.int64), np.array([level]))


def _looped(groove: Groove, first_bar: int, stretch: int, bars: int) -> IntArray:
    """(n, 5) rows of `bars` bars of drums, from step 0."""
    rows, source = groove.table.rows, groove.table
    bounds = np.searchsorted(source.onset, source.bar_start)
    blocks = [np.empty((0, 5), dtype=np.int64)]
    for index in range(-(-bars // stretch)):
        bar = (first_bar + index) % source.bars
        block = rows[bounds[bar] : bounds[bar + 1]].copy()
        block[:, 0] += index * groove.bar_steps - int(source.bar_start[bar])
        blocks.append(block)
    drums = np.concatenate(blocks)
    drums[:, :2] *= stretch
    return drums[drums[:, 0] < bars * groove.bar_steps]
