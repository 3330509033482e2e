"""Walks the measures of one part of a score and keeps what stands in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from emsync_nb.notation.reading import directions
from emsync_nb.notation.reading.instruments import Instruments
from emsync_nb.notation.reading.notes import NoteElement, pitch_number, written_note
from emsync_nb.notation.reading.numbers import decimal, quarter_divisions, whole
from emsync_nb.notation.reading.written import BarSigns, DynamicsMark, TempoMark, WrittenNote, WrittenPart

#: no note of any score lasts longer, in quarters
MAX_NOTE_QUARTERS = 100_000


@dataclass(slots=True)
class PartReader:
    """Reads one part; what lasts from one measure to the next is kept here."""

    part: WrittenPart
    instruments: Instruments
    #: ticks in a quarter of this score
    per_quarter: int
    #: ticks in one division
    scale: float = 0.0
    #: semitones from written to sounding pitches by staff, two where an octave doubles them; 0 is any other staff
    transpose: dict[int, tuple[int, ...]] = field(default_factory=dict)
    #: velocity gained and least velocity by (tick, staff) of this bar
    _attacks: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    _notes: list[WrittenNote] = field(default_factory=list)
    _signs: BarSigns = field(default_factory=BarSigns)
    _passes: frozenset[int] = frozenset()
    _next_forward: bool = False
    _cursor: int = 0
    _chord_onset: int = 0
    _filled: int = 0
    _reached: int = 0
    _busy: bool = False
    _number: int | None = None

    def __post_init__(self) -> None:
        self.scale = float(self.per_quarter)

    def read(self, measures: Iterable[Any]) -> WrittenPart:
        """Take in every measure, in order.

        Raises:
            ValueError: a number, a step or a duration makes no sense.
        """
        for measure in measures:
            self._measure(measure)
        return self.part

    def _measure(self, measure: Any) -> None:  # noqa: ANN401 - an lxml element
        self._cursor = self._chord_onset = self._filled = self._reached = 0
        self._busy = False
        self._attacks, self._notes = {}, []
        self._signs = BarSigns(forward=self._next_forward, passes=self._passes)
        self._next_forward = False
        self._count(measure.get("number", ""))
        for element in measure:
            handler = _HANDLERS.get(element.tag)
            if handler is not None:
                handler(self, element)
        if self._attacks:
            self._strike()
        self._notes.sort(key=lambda note: note.onset)  # a tie may lead to a voice that the file writes first
        self.part.bars.append(self._notes)
        self.part.filled.append(self._filled)
        self.part.busy.append(self._busy)
        self.part.reached.append(max(self._reached, self._filled))
        self.part.signs.append(self._signs)

    @property
    def _bar(self) -> int:
        return len(self.part.bars)

    def _count(self, number: str) -> None:
        """Numbers that start again at 0 or 1 begin a movement."""
        if re.fullmatch(r"\d{1,9}", number) is None:
            return
        now, before = int(number), self._number
        self._signs.movement = before is not None and before > 1 and now < 2
        self._number = now

    def _move(self, ticks: int) -> None:
        self._cursor = max(0, self._cursor + ticks)
        self._reached = max(self._reached, self._cursor)

    def _ticks(self, text: str | None) -> int:
        value = decimal(text)
        ticks = round(value * self.scale)
        if not abs(ticks) <= MAX_NOTE_QUARTERS * self.per_quarter:
            raise ValueError(f"a note lasts {value:.20g} divisions")
        return ticks

    def _attributes(self, element: Any) -> None:  # noqa: ANN401
        divisions = element.findtext("divisions")
        if divisions is not None:
            self.scale = self.per_quarter / quarter_divisions(divisions)
        self.part.staves = max(self.part.staves, min(16, whole(element.findtext("staves"))))
        for transpose in element.iterfind("transpose"):
            chromatic, octaves = (transpose.findtext(tag) for tag in ("chromatic", "octave-change"))
            shift = round(decimal(chromatic) + 12 * decimal(octaves))
            double = transpose.find("double")
            octave = [] if double is None else [12 if double.get("above") == "yes" else -12]
            staff = whole(transpose.get("number"))
            shifts = (shift, *(shift + other for other in octave))
            if not staff:
                self.transpose.clear()
            self.transpose[staff] = shifts
        for time in element.iterfind("time"):
            self._meter(time)

    def _meter(self, element: Any) -> None:  # noqa: ANN401
        """Keep a meter; "3+2" over 8 is 5 over 8, and of several fractions all count."""
        kinds = [whole(kind.text) for kind in element.iterfind("beat-type")]
        counts = [
            sum(int(number) for number in re.findall(r"\d{1,4}", beats.text or ""))
            for beats in element.iterfind("beats")
        ]
        pairs = [(count, kind) for count, kind in zip(counts, kinds, strict=False) if count and kind > 0]
        if pairs:
            finest = max(kind for _, kind in pairs)
            beats = sum(round(count * finest / kind) for count, kind in pairs)
            self.part.meters.append((self._bar, beats, min(finest, 1024)))

    def _backup(self, element: Any) -> None:  # noqa: ANN401
        self._move(-self._ticks(element.findtext("duration")))

    def _forward(self, element: Any) -> None:  # noqa: ANN401
        self._move(self._ticks(element.findtext("duration")))

    def _direction(self, element: Any) -> None:  # noqa: ANN401
        found = directions.read_direction(element)
        tick = max(0, self._cursor + self._ticks(element.findtext("offset")))
        self._take(found, tick, whole(element.findtext("staff")))

    def _sound(self, element: Any) -> None:  # noqa: ANN401
        found = directions.DirectionFound()
        directions.read_sound(found, element)
        self._take(found, self._cursor, 0)

    def _take(self, found: directions.DirectionFound, tick: int, staff: int) -> None:
        for kind, level, number in found.dynamics:
            self.part.dynamics.append(DynamicsMark(self._bar, tick, kind, level, staff, number))
        if found.attack != (0.0, 0.0):
            self._attacks[tick, staff] = found.attack
        if found.metronome_bpm:
            mark = TempoMark(self._bar, tick, "metronome", found.metronome_bpm, found.words)
            self.part.tempi.append(mark)
        if found.sound_bpm:
            self.part.tempi.append(TempoMark(self._bar, tick, "sound", found.sound_bpm, found.words))
        if found.words:
            self.part.tempi.append(TempoMark(self._bar, tick, "words", 0.0, found.words))
        self._signs.jumps |= found.jumps
        self._signs.forward = self._signs.forward or found.forward
        if tick <= self.per_quarter:  # words may stand a little beside what they name
            self._signs.trio = self._signs.trio or directions.is_trio(found.words)

    def _barline(self, element: Any) -> None:  # noqa: ANN401
        self._next_forward = directions.read_barline(self._signs, element) or self._next_forward
        ending = element.find("ending")
        if ending is not None and ending.get("type") == "start":
            self._signs.passes = self._passes = directions.ending_passes(ending)
            self._signs.ending_starts = True
        elif ending is not None:
            self._passes = frozenset()
        if self._signs.backward:
            self._passes = frozenset()

    def _note(self, element: Any) -> None:  # noqa: ANN401
        found = NoteElement.of(element)
        if found.grace:
            return
        duration = max(0, self._ticks(found.duration))
        if not found.chord:
            self._chord_onset = self._cursor
            self._move(duration)
        self._filled = max(self._filled, self._chord_onset + duration)
        self._busy = self._busy or found.pitch is not None or found.unpitched is not None
        if found.cue or duration == 0:
            return
        for pitch in self._sounding_pitches(found):
            if 0 <= pitch <= 127:
                self._notes.append(
                    written_note(element, found, onset=self._chord_onset, duration=duration, pitch=pitch)
                )

    def _sounding_pitches(self, found: NoteElement) -> tuple[int, ...]:
        if found.unpitched is not None:
            return (self.instruments.drum_key(found.instrument),)
        if found.pitch is None:
            return ()
        pitch = pitch_number(found.pitch)
        shifts = self.transpose.get(whole(found.staff), self.transpose.get(0, (0,)))
        return tuple(pitch + shift for shift in shifts)

    def _strike(self) -> None:
        """Give this bar's sf, fp and their like to the notes that begin with them."""
        for note in self._notes:
            for staff in (0, note.staff, *((1,) if self.part.staves > 1 else ())):
                attack = self._attacks.get((note.onset, staff))
                if attack is not None:
                    gain, least = attack
                    note.accent += gain
                    if least:
                        note.velocity = least
                    break


_HANDLERS: dict[str, Callable[[PartReader, Any], None]] = {
    "attributes": PartReader._attributes,
    "backup": PartReader._backup,
    "forward": PartReader._forward,
    "direction": PartReader._direction,
    "sound": PartReader._sound,
    "barline": PartReader._barline,
    "note": PartReader._note,
}
