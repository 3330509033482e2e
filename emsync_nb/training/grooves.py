"""Drum performances of the Groove MIDI Dataset as patterns to play along with other music.

Gillick, Roberts, Engel, Eck and Bamman, "Learning to Groove with Inverse Sequence Transformations" (ICML 2019),
https://magenta.tensorflow.org/datasets/groove, CC BY 4.0: drummers played to a click on a Roland TD-11.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, PARTS, MusicTable, TableTrack
from emsync_nb.errors import DataError
from emsync_nb.notation.reading.midi_table import read_midi_table
from emsync_nb.training.corpus.store import Piece

IntArray = NDArray[np.int64]

SOURCE = "groove"
LICENCE = "CC-BY-4.0"
INFO_FILE = "info.csv"
#: keys of the TD-11 that General MIDI does not know or calls something else → the key of the same drum. The pairs
#: are those of the dataset's own table ("paper mapping"); unlike there, what has a key of its own in General MIDI
#: keeps it: side stick, pedal hi-hat, ride bell, second crash, and six toms by their heads.
TO_GENERAL_MIDI = {
    22: 42,  # closed hi-hat, edge
    26: 46,  # open hi-hat, edge
    40: 38,  # snare, rim
    47: 45,  # tom 2, rim
    50: 48,  # tom 1, rim
    52: 57,  # crash 2, edge; General MIDI: Chinese cymbal
    55: 49,  # crash 1, edge; General MIDI: splash cymbal
    58: 43,  # tom 3, rim; General MIDI: vibraslap
    59: 51,  # ride, edge
}
_GENERAL_MIDI = np.array([TO_GENERAL_MIDI.get(key, key) for key in range(128)])

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


@dataclass(frozen=True, slots=True)
class Performance:
    """One row of info.csv."""

    #: path without its ending, such as drummer1/session1/1_funk_80_beat_4-4
    name: str
    #: such as funk/purdieshuffle
    style: str
    #: quarters a minute, of the click
    bpm: float
    #: "beat", or "fill" for a short break between two beats
    kind: str
    #: beats in a bar and the note value of one, such as (6, 8)
    meter: tuple[int, int]
    #: the dataset's own "train", "validation" or "test"
    split: str


def read_performances(folder: Path) -> tuple[Performance, ...]:
    """The rows of `folder`/info.csv.

    Raises:
        DataError: no such file, or one that is not the dataset's.
    """
    path = folder / INFO_FILE
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return tuple(_performance(row) for row in csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, KeyError, AttributeError, TypeError, ValueError, csv.Error) as error:
        raise DataError(f"{path} is not the list of the Groove MIDI Dataset ({error!r})") from error


def _performance(row: dict[str, str]) -> Performance:
    over, under = (int(number) for number in row["time_signature"].split("-"))
    name = row["midi_filename"].removesuffix(".mid")
    return Performance(name, row["style"], float(row["bpm"]), row["beat_type"], (over, under), row["split"])


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


def read_performance(folder: Path, performance: Performance) -> MusicTable:
    """A performance as a table: keys of General MIDI, on the beat, bars and tempo as info.csv tells; not cut.

    Raises:
        DataError: the file is missing or damaged.
    """
    path = folder / f"{performance.name}.mid"
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise DataError(f"{path} is listed in {INFO_FILE}, but is not a file of the collection")
    table = read_midi_table(path)
    steps = _steps(performance.meter)
    bars = int(table.onset[-1]) // steps + 1
    bar_start, bpm = np.arange(bars + 1) * steps, np.full(bars, performance.bpm)
    return on_the_beat(general_midi(MusicTable.build(table.rows, bar_start, bpm)))


def general_midi(table: MusicTable) -> MusicTable:
    """A performance on a TD-11 with the keys that General MIDI has for its drums; nothing happens the second time."""
    rows = table.rows
    is_drum = rows[:, 4] == DRUMS
    rows[is_drum, 2] = _GENERAL_MIDI[rows[is_drum, 2]]
    return MusicTable.build(rows, table.bar_start, table.bar_bpm, tracks=table.tracks, track=table.track)


def on_the_beat(table: MusicTable) -> MusicTable:
    """A performance moved by one step of the grid where more strokes then meet the eighths; drums alone.

    One drummer in five of the dataset is ahead of the click or behind it by more than half a step (about 25 ms),
    all through. On the grid this becomes a whole step, and would sound wrong against music that is on the beat.
    """
    place = np.bincount(table.onset % (GRID // 2), minlength=GRID // 2)
    early, late = int(place[-1]), int(place[1])
    if max(early, late) <= place[0]:
        return table
    rows = table.rows
    rows[:, 0] = np.clip(rows[:, 0] + (1 if early > late else -1), 0, table.bar_start[-1] - 1)
    return MusicTable.build(rows, table.bar_start, table.bar_bpm, tracks=table.tracks, track=table.track)


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
        if piece.provenance.source == SOURCE:
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
