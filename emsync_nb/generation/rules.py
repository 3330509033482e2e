"""What may be written next: the order of notes, the players' ranges, and a held chord at every hit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BASS_CEILING, CHORD_PITCHES, DRUMS, GRID, PARTS, Key, Player
from emsync_nb.generation.tokens import (
    BAR,
    DURATION,
    DURATIONS,
    FIRST_LEVEL,
    FIRST_TEMPO,
    KIND,
    NOTE,
    PART,
    PITCH,
    SIZES,
    VELOCITY,
    VELOCITY_BIN,
)

BoolArray = NDArray[np.bool_]

_PITCHES = FIRST_TEMPO
#: pitches that a part may begin together; one where nothing is said, as wind players have one mouth
VOICES = {
    "piano": 8, "keys": 6, "organ": 6, "mallets": 4, "harp": 5, "acoustic-guitar": 5, "electric-guitar": 4,
    "violin-1": 2, "violin-2": 2, "viola": 2, "cello": 2, "strings": 5, "choir": 4, "pad": 5, "drums": 4,
}  # fmt: skip
#: sets of pitches are whole numbers, a bit for each pitch: the network is asked hundreds of times a second
_ALL = (1 << _PITCHES) - 1
#: semitones to leave for each further tone of a triad
_TRIAD_STEP = 5
#: a bar line is forced after so many times the notes that the bar's head foretold
_OVERFLOW = 1.6
#: before its last beat, a bar does not end with less than this share of the notes foretold
_LEAST = 0.5
#: how far a velocity may be from the loudness that the bar's head foretold
VELOCITY_REACH = 28


@dataclass(frozen=True, slots=True)
class Beside:
    """Given notes around a hit, to whose chord they may belong."""

    #: pitches that begin on it and are held for a beat
    pitches: frozenset[int] = frozenset()
    #: pitches that sound there and that nobody may begin
    taken: frozenset[int] = frozenset()
    #: the chord's bass lies at or below this pitch: lower than what is given and too short
    ceiling: int = BASS_CEILING

    @property
    def closed(self) -> int:
        """Pitches that add nothing to the chord, or may not."""
        return sum(1 << pitch for pitch in self.pitches | self.taken)

    def has_bass(self, written: Iterable[int] = ()) -> bool:
        """Whether the chord has its bass when these pitches are written."""
        return min((*self.pitches, *written), default=_PITCHES) <= self.ceiling

    def lacking(self, written: Iterable[int] = ()) -> int:
        """How many pitches the chord lacks when these are written."""
        written = frozenset(written)
        return max(CHORD_PITCHES - len(self.pitches | written), 0 if self.has_bass(written) else 1)


#: nothing is given
ALONE = Beside()


def can_strike(players: Iterable[Player], beside: Beside = ALONE) -> bool:
    """Whether these players can begin a chord of CHORD_PITCHES pitches over a bass together, with what is given."""
    pitched = {PARTS.index(player.part): player for player in players if not player.is_drum}
    lacking, closed = beside.lacking(), beside.closed
    if beside.has_bass():
        return _highest_below(_free_voices(pitched, {}), lacking, closed) >= 0
    return any(
        _between(player.low, min(player.high, beside.ceiling, _highest_below(voices, lacking - 1, closed)))
        & ~closed
        for part, player in pitched.items()
        for voices in (_free_voices(pitched, {part: 1}),)
    )


def _free_voices(players: Mapping[int, Player], used: Mapping[int, int]) -> list[Player]:
    """One entry for every further note that the pitched players can begin on one position."""
    return [
        player
        for part, player in players.items()
        if part != DRUMS
        for _ in range(VOICES.get(PARTS[part], 1) - used.get(part, 0))
    ]


def _highest_below(voices: Sequence[Player], others: int, closed: int = 0) -> int:
    """The highest pitch that leaves `others` different higher ones to the voices, none closed; −1 where none does."""
    ceiling, left = _PITCHES, list(voices)
    # from the top down each pitch goes to the voice that reaches highest, of several to the one with least below
    for _ in range(others):
        tops = [(_between(v.low, min(v.high, ceiling - 1)) & ~closed).bit_length() for v in left]
        best = max(range(len(left)), key=lambda i: (tops[i], left[i].low), default=-1)
        if best < 0 or not tops[best]:
            return -1
        ceiling = tops[best] - 1
        del left[best]
    return ceiling - 1


def _from(pitch: int) -> int:
    """All pitches from one on."""
    return _ALL & (_ALL << max(0, pitch))


def _between(low: int, high: int) -> int:
    """All pitches from `low` to `high`; none where `high` is lower."""
    return _from(low) & ((1 << max(0, high + 1)) - 1)


@cache
def _of_classes(classes: frozenset[int]) -> int:
    """All pitches of some pitch classes."""
    return sum(1 << pitch for pitch in range(_PITCHES) if pitch % 12 in classes)


def _nothing(_part: int, _position: int) -> int:
    return 0


@dataclass(slots=True)
class BarRules:
    """The rules of one bar, and what has been written in it so far."""

    #: length in steps
    steps: int
    #: who may play, by index into PARTS
    players: dict[int, Player]
    #: steps after the bar line where a chord must begin
    hits: tuple[int, ...]
    #: notes a beat foretold
    density: float
    #: the key that the notes keep to; None for any note
    key: Key | None = None
    #: mean MIDI velocity foretold; None for any
    velocity: int | None = 72
    #: (part, pitch) → steps relative to this bar until which a hit's chord is held, or a given note
    held: dict[tuple[int, int], int] = field(default_factory=dict)
    #: hit → what is given there
    beside: Mapping[int, Beside] = field(default_factory=dict)
    #: whether a bar without a note may stand
    may_rest: bool = False
    #: steps relative to this bar until which something sounds, and for how many more nothing may; None: for ever
    sounds: int = 0
    rest: int | None = None
    #: (onset, end) in steps relative to this bar of what is given in it, onsets rising
    given: Sequence[tuple[int, int]] = ()
    #: part → pitches, a bit for each, that have been heard too often of late: only where there is no other
    tired: Mapping[int, int] = field(default_factory=dict)
    #: part, position → pitches, a bit for each, that would be copied from elsewhere: only where there is no other
    borrowed: Callable[[int, int], int] = _nothing
    _notes: int = 0
    _position: int = 0
    _last: tuple[int, int] = (-1, -1)
    _voices: dict[int, int] = field(default_factory=dict)
    _chord: set[int] = field(default_factory=set)
    _struck: list[int] = field(default_factory=list)
    #: what `_open_parts` found since the last note
    _open: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # what is given may be a chord already; who joins it holds their notes too
        self._struck = [hit for hit in self.hits if not self._beside(hit).lacking()]

    @property
    def notes(self) -> int:
        """Notes written in this bar."""
        return self._notes

    def note(self, fields: Sequence[int]) -> None:
        """Take in a note that was written."""
        position, part, pitch = fields[KIND] - NOTE, fields[PART], fields[PITCH]
        self._open.clear()
        if position != self._position or not self._notes:
            self._position, self._last = position, (-1, -1)
            self._voices, self._chord = {}, set()
        self._notes += 1
        self.sounds = max(self.sounds, position + int(DURATIONS[fields[DURATION]]))
        self._last = (pitch, part) if part != DRUMS else (_PITCHES + pitch, part)
        self._voices[part] = self._voices.get(part, 0) + 1
        if position in self.hits and part != DRUMS:
            self._chord.add(pitch)
            self.held[(part, pitch)] = position + int(DURATIONS[fields[DURATION]])
            if position not in self._struck and not self._beside(position).lacking(self._chord):
                self._struck.append(position)

    def _beside(self, position: int) -> Beside:
        return self.beside.get(position, ALONE)

    def _due(self) -> int | None:
        """The next hit without its chord, in steps after the bar line."""
        return next((hit for hit in self.hits if hit not in self._struck), None)

    def _building(self, position: int) -> bool:
        """Whether the chord of a hit at `position` still lacks pitches."""
        return position in self.hits and position not in self._struck

    def allowed(self, which: int, chosen: Sequence[int]) -> BoolArray:
        """(size,) which values of a field may follow the fields chosen so far."""
        if which == KIND:
            return self._positions()
        position = chosen[KIND] - NOTE
        if which == PART:
            return self._parts(position)
        if which == PITCH:
            return self._pitches(position, chosen[PART])
        if which == DURATION:
            return self._durations(position, chosen[PART])
        return self._velocities()

    def _velocities(self) -> BoolArray:
        """Loudness follows the bar's; within that, accents and balance are the network's."""
        bins = np.arange(FIRST_LEVEL) * VELOCITY_BIN + VELOCITY_BIN // 2
        mask = np.zeros(SIZES[VELOCITY], dtype=bool)
        mask[:FIRST_LEVEL] = self.velocity is None or np.abs(bins - self.velocity) <= VELOCITY_REACH
        return mask

    def _positions(self) -> BoolArray:
        mask = np.zeros(SIZES[KIND], dtype=bool)
        if self._notes and self._building(self._position):
            mask[NOTE + self._position] = True  # finish the chord first
            return mask
        due = self._due()
        full = self._notes >= max(6.0, _OVERFLOW * self.density * self.steps / GRID)
        if due is None:
            mask[BAR] = full or self.may_rest or self._may_end()
            self._open_positions(mask, self.steps - 1, full)
        elif full:
            mask[NOTE + due] = True
        else:
            self._open_positions(mask, due, full)
        return self._soon(mask)

    def _soon(self, mask: BoolArray) -> BoolArray:
        """The positions that end a silence before it is too long, where there are any."""
        if self.rest is None:
            return mask
        sounds = self.sounds
        for onset, end in self.given:
            if onset <= sounds + self.rest:
                sounds = max(sounds, end)
        latest = sounds + self.rest
        soon = mask.copy()
        soon[NOTE + max(0, latest) + 1 :] = False
        soon[BAR] &= latest >= self.steps
        return soon if soon.any() else mask

    def _may_end(self) -> bool:
        """Whether the bar holds enough, or has come far enough, to end."""
        wanted = _LEAST * self.density * self.steps / GRID
        return self._notes > 0 and (self._notes >= wanted or self._position >= self.steps - GRID)

    def _open_positions(self, mask: BoolArray, last: int, full: bool) -> None:
        """Let notes begin here, if somebody still can, and anywhere up to `last`."""
        if full:
            return
        here = self._position if self._notes else -1
        if here >= 0 and self._open_parts(here):
            mask[NOTE + here] = True
        mask[NOTE + here + 1 : NOTE + last + 1] = True
        if all(player.high - player.low < len(self.held) for player in self.players.values()):
            # with ranges this small, chords may hold every pitch there is
            for step in range(here + 1, last + 1):
                mask[NOTE + step] = bool(self._open_parts(step))
        mask[BAR] |= not mask.any()

    def _open_parts(self, position: int) -> list[int]:
        """Parts that can still begin a note at a position; asked for twice before each note."""
        if position not in self._open:
            self._open[position] = self._found_open(position)
        return self._open[position]

    def _found_open(self, position: int) -> list[int]:
        in_key = [part for part in self.players if self._in_key(position, part)]
        if in_key or not self._must_play(position):
            return in_key
        return [part for part in self.players if self._pitch_options(position, part)]

    def _must_play(self, position: int) -> bool:
        """Whether a note must begin at a position, in the key or not: a chord is unfinished, or nobody could."""
        return self._building(position) or position != self._position or not self._notes

    def _parts(self, position: int) -> BoolArray:
        mask = np.zeros(SIZES[PART], dtype=bool)
        mask[self._open_parts(position)] = True
        return mask

    def _pitches(self, position: int, part: int) -> BoolArray:
        kept = self._in_key(position, part) or self._pitch_options(position, part)
        kept = kept & ~self.borrowed(part, position) or kept
        bits = np.unpackbits(
            np.frombuffer(kept.to_bytes(_PITCHES // 8, "little"), dtype=np.uint8), bitorder="little"
        )
        return np.pad(bits.astype(bool), (0, SIZES[PITCH] - _PITCHES))

    def _pitch_options(self, position: int, part: int) -> int:
        """The pitches that `part` may begin at `position`, without those that it is tired of if others remain."""
        options = self._playable(position, part)
        return options & ~self.tired.get(part, 0) or options

    def _playable(self, position: int, part: int) -> int:
        """The pitches that `part` can begin at `position`."""
        player = self.players[part]
        fresh = position != self._position or not self._notes
        if not fresh and self._voices.get(part, 0) >= VOICES.get(PARTS[part], 1):
            return 0
        options = _between(player.low, player.high)
        last_pitch, last_part = (-1, -1) if fresh else self._last
        if part == DRUMS:
            if self._building(position):
                return 0
            return options & _from(last_pitch - _PITCHES + 1) if last_part == DRUMS else options
        if last_part == DRUMS:
            return 0
        if last_pitch >= 0:
            options &= _from(last_pitch + (0 if part > last_part and not self._building(position) else 1))
        if self._building(position):  # held pitches of an earlier hit may be struck again: its beat is over
            return self._shape_chord(options, part, set() if fresh else self._chord, position)
        for (held_part, pitch), until in self.held.items():
            if held_part == part and position < until:
                options &= ~(1 << pitch)
        return options

    def _in_key(self, position: int, part: int) -> int:
        """The pitches of `_pitch_options` that belong: at a hit to a triad of the key, else to its scale.

        Where nobody has one, a chord that must be finished takes what there is.
        """
        options = self._pitch_options(position, part)
        if self.key is None or part == DRUMS:
            return options
        narrow = self.key.scale
        if position in self.hits:
            heard = self._beside(position).pitches | (self._chord if position == self._position else set())
            roots = frozenset(root for root in narrow if self.key.triad_on(root))
            narrow = (self.key.triad_on(min(heard) % 12) or narrow) if heard else roots
        return options & _of_classes(narrow)

    def _shape_chord(self, options: int, part: int, chord: set[int], position: int) -> int:
        """Leave room above for the rest of the chord; begin it in the bass, unless that is given."""
        beside, used = self._beside(position), self._voices if chord else {}
        others = beside.lacking(chord) - 1
        options &= ~beside.closed
        if not beside.has_bass(chord):
            options &= _between(0, beside.ceiling)
        voices = _free_voices(self.players, {**used, part: used.get(part, 0) + 1})
        highest = _highest_below(voices, others, beside.closed)
        options &= _between(0, highest)
        roomy = options & _between(0, highest - _TRIAD_STEP * others)
        return roomy if self.key is not None and roomy else options

    def _durations(self, position: int, part: int) -> BoolArray:
        mask = np.zeros(SIZES[DURATION], dtype=bool)
        mask[: len(DURATIONS)] = True
        if position in self.hits and part != DRUMS:
            mask[: int(np.searchsorted(DURATIONS, GRID))] = False
        return mask
