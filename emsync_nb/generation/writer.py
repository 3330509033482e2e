"""One take of a brief, bar after bar: what the network hears and chooses, within the rules."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import DRUMS, GRID, MusicTable
from emsync_nb.generation.boredom import Boredom
from emsync_nb.generation.borrowing import Bits, Memory
from emsync_nb.generation.brief import DENSITY as HEAD_DENSITY
from emsync_nb.generation.brief import KEY, LEVEL, METER, OPEN, TEMPO, Brief, Recall, key_of
from emsync_nb.generation.conditioning import EMOTION
from emsync_nb.generation.rules import BarRules
from emsync_nb.generation.sampling import Choice, Heard, Idea, Reminder, Take, Wish
from emsync_nb.generation.steering import HEARD_BARS, Steering
from emsync_nb.generation.tokens import (
    BAR,
    BAR_EVENT,
    BESIDE,
    DURATION,
    DURATIONS,
    EMPTY,
    FIELDS,
    FIRSTS,
    HEAD,
    KIND,
    MAX_BAR_STEPS,
    METER_STEP,
    NO_HEAD,
    NOTE,
    PART,
    PITCH,
    PREFIX_BARS,
    PREFIX_EVENTS,
    RECALLED,
    SIZES,
    VELOCITY,
    WRITTEN,
    as_steps,
    decode,
    density_of,
    tempo_of,
    velocity_of_bin,
)

IntArray = NDArray[np.int64]
#: onset in steps from the first bar line, duration in steps, pitch, velocity, index into PARTS
Row = tuple[int, int, int, int, int]

#: who has not played for more than so many bars comes in the sooner: what each further bar adds to the logit, at most
ABSENT_BARS, ENTRY_LIFT, MOST_LIFT = 2, 0.7, 3.5
#: silence is over after so many seconds, or after a beat where that is longer
REST_S = 1.5
#: columns of a head that hold until the next turn
_HOLDING = (METER, TEMPO, KEY)


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A take."""

    rows: list[Row]
    #: (bars, 5) classes of the heads
    heads: IntArray
    #: (bars + 1,) steps
    bar_start: IntArray


class TakeWriter:
    """Writes one take of a brief; `take` is what `sampling.perform` serves."""

    def __init__(
        self,
        brief: Brief,
        on_bar: Callable[[int], None] | None = None,
        *,
        strength: float = 1.0,
        runs: Bits | None = None,
    ) -> None:
        """`on_bar` is told the number of each bar that is done; emotion is taken `strength` as far as asked.

        `runs` of the music that was learnt from are not written down.
        """
        self._brief, self._on_bar = brief, on_bar
        self._rows: list[Row] = []
        self._heads: list[tuple[int, ...]] = []
        self._starts = [0]
        # like all rules, those about boredom and borrowing hold where there are rules at all
        self._boredom, self._memory = Boredom(), Memory(runs if brief.ruled else None)
        #: (parts,) bars since each played last, counted from the first
        self._absent = np.zeros(SIZES[PART])
        #: the step until which anything sounds
        self._sounds = 0
        #: the events of each bar, for reminders
        self._events: list[IntArray] = []
        #: (part, pitch) → step until which a note is held
        self._held: dict[tuple[int, int], int] = {}
        asked = np.stack([brief.conditions.valence, brief.conditions.arousal], axis=1)
        self._steering = Steering(asked, brief.ear, strength)

    @property
    def written(self) -> Written:
        """What has been written."""
        return Written(self._rows, np.array(self._heads).reshape(-1, len(FIELDS) - 1), np.array(self._starts))

    def take(self) -> Take:
        """The whole take, bar by bar."""
        for bar in range(self._brief.bars):
            if bar in self._brief.unheard:
                self._pass_over(bar)
            else:
                yield from self._heard(bar)
            if self._on_bar is not None:
                self._on_bar(bar)

    def _heard(self, bar: int) -> Take:
        """A bar, after the reminder that it begins with."""
        reminder = self._brief.reminders.get(bar)
        if reminder is not None:
            yield Reminder(self._recalled(reminder) if isinstance(reminder, Recall) else reminder)
        yield from self._bar(bar)

    def _pass_over(self, bar: int) -> None:
        """A bar that stands as it is, far from all that is written."""
        head = self._brief.heads[bar]
        self._heads.append(tuple(head.tolist()))
        self._starts.append(self._starts[-1] + int(head[METER]) * METER_STEP)
        self._sounds = self._starts[-1]
        self._events.append(np.array([BAR_EVENT]))

    def _bar(self, bar: int) -> Take:
        told = self._brief.conditions.vectors(np.full(MAX_BAR_STEPS, bar), np.arange(MAX_BAR_STEPS))
        told[:, EMOTION.start : EMOTION.start + 2] = self._steering.told(bar)
        events, given = [np.array(BAR_EVENT)], self._brief.given[bar]
        stands = not self._brief.players[bar]
        yield Heard(_step(events[0], WRITTEN, NO_HEAD), told[0])
        for event in sorted(given.tolist()):
            self._memory.hear(event[PART], self._starts[-1] + event[KIND] - NOTE, event[PITCH])
        if not stands:
            for event in given:
                yield Heard(_step(event, BESIDE, NO_HEAD), told[event[KIND] - NOTE])
        head = yield from self._head(bar, told[0])
        in_force = tuple(head[1:].tolist())
        yield Heard(_step(head, WRITTEN, in_force), told[0])
        events += [head, *given]
        if stands:  # music that is there already, heard as if the network had written it
            for event in given:
                yield Heard(_step(event, WRITTEN, in_force), told[event[KIND] - NOTE])
        else:
            events += yield from self._notes(bar, told, in_force)
        self._events.append(np.stack(events))
        self._boredom.hear(self._events[-1])
        self._absent += 1
        self._absent[self._events[-1][self._events[-1][:, KIND] >= NOTE, PART]] = 0
        self._sounds = max([self._sounds, *(self._starts[-1] + end for _, end in _spans(given))])
        self._starts.append(self._starts[-1] + self._heads[-1][METER] * METER_STEP)
        if self._brief.ear is not None:
            self._steering.listen(bar, self._lately())

    def _lately(self) -> MusicTable:
        """The last bars as they sound, given notes included."""
        first = max(0, len(self._heads) - HEARD_BARS)
        events = np.concatenate(self._events[first:])
        starts = np.array(self._starts[first:])
        bpm = np.array([tempo_of(head[TEMPO]) for head in self._heads[first:]])
        return MusicTable.build(decode(events, starts[:-1] - starts[0]), starts - starts[0], bpm)

    def _notes(
        self, bar: int, told: NDArray[np.float32], in_force: tuple[int, ...]
    ) -> Generator[Wish, int | None, list[IntArray]]:
        """The notes of a bar that the network writes."""
        rules, start, events = self._rules(bar), self._starts[-1], []
        lift = np.clip(ENTRY_LIFT * (self._absent - ABSENT_BARS), 0, MOST_LIFT) if self._brief.ruled else None
        while (event := (yield from _note(rules, lift))) is not None:
            rules.note(event)
            if lift is not None:
                lift[event[PART]] = 0.0
            position, duration = event[KIND] - NOTE, int(DURATIONS[event[DURATION]])
            velocity = velocity_of_bin(event[VELOCITY])
            self._rows.append((start + position, duration, event[PITCH], velocity, event[PART]))
            self._sounds = max(self._sounds, start + position + duration)
            self._memory.hear(event[PART], start + position, event[PITCH])
            events.append(np.array([*event, EMPTY[-1]]))
            yield Heard(_step(events[-1], WRITTEN, in_force), told[position])
        self._held = {key: start + until for key, until in rules.held.items() if until > rules.steps}
        return events

    def _head(self, bar: int, asked: NDArray[np.float32]) -> Generator[Wish, int | None, IntArray]:
        """The head of a bar: what is asked for, what holds since the last turn, the rest chosen."""
        yield Idea(asked)
        yield Choice(KIND, _only(SIZES[KIND], HEAD))
        classes: list[int] = []
        for column in range(len(FIELDS) - 1):
            value = yield Choice(column + 1, self._head_options(bar, column), anew=bar in self._brief.turns)
            assert value is not None  # noqa: S101 - choices are answered with a value
            classes.append(value - int(FIRSTS[column + 1]))
        self._heads.append(tuple(classes))
        return np.array([HEAD, *(np.array(classes) + FIRSTS[1:])])

    def _head_options(self, bar: int, column: int) -> NDArray[np.bool_]:
        brief, first, size = self._brief, int(FIRSTS[column + 1]), SIZES[column + 1]
        asked = int(brief.heads[bar, column])
        if asked == OPEN and column in _HOLDING and bar not in brief.turns and self._heads:
            asked = self._heads[-1][column]
        if asked != OPEN:
            return _only(size, first + asked)
        options = np.zeros(size, dtype=bool)
        if column == METER:
            options[
                first + brief.lowest[bar, column] : first + brief.highest[bar, column] + 1 : GRID
                // METER_STEP
            ] = 1
        else:
            options[first + brief.lowest[bar, column] : first + brief.highest[bar, column] + 1] = True
        return options

    def _rules(self, bar: int) -> BarRules:
        brief, head, start = self._brief, self._heads[-1], self._starts[-1]
        held = {key: until - start for key, until in self._held.items()}
        return BarRules(
            steps=head[METER] * METER_STEP,
            players=dict(brief.players[bar]),
            hits=brief.hits[bar] if brief.ruled else (),
            density=density_of(head[HEAD_DENSITY]) if brief.ruled else float("inf"),
            key=key_of(head[KEY]) if brief.ruled else None,
            velocity=velocity_of_bin(head[LEVEL]) if brief.ruled else None,
            held={**held, **brief.standing.get(bar, {})},
            beside=brief.beside.get(bar, {}),
            may_rest=brief.may_rest[bar] or len(brief.given[bar]) > 0 or not brief.ruled,
            sounds=self._sounds - start,
            rest=_longest_rest(head[TEMPO]) if brief.ruled and not brief.may_rest[bar] else None,
            given=_spans(brief.given[bar]),
            tired=self._boredom.tired() if brief.ruled else {},
            borrowed=lambda part, position: self._memory.borrowed(part, start + position),
        )

    def _recalled(self, recall: Recall) -> IntArray:
        """Steps of earlier bars, moved to the key that is wanted."""
        chosen: list[IntArray] = []
        for events in self._events[recall.bar : recall.bar + PREFIX_BARS]:
            if sum(map(len, chosen)) + len(events) > PREFIX_EVENTS:
                break
            chosen.append(_moved(events, recall.semitones))
        return as_steps(np.concatenate([np.empty((0, len(FIELDS)), dtype=np.int64), *chosen]), RECALLED)


def _note(
    rules: BarRules, lift: NDArray[np.float64] | None
) -> Generator[Choice, int | None, tuple[int, ...] | None]:
    """The fields of the next note; None for a bar line. `lift` is for parts."""
    chosen: list[int] = []
    for field in range(VELOCITY + 1):
        value = yield Choice(field, rules.allowed(field, chosen), lift=lift if field == PART else None)
        assert value is not None  # noqa: S101 - choices are answered with a value
        if field == KIND and value == BAR:
            return None
        chosen.append(value)
    return tuple(chosen)


def _longest_rest(tempo: int) -> int:
    """Steps for which nothing may sound at a tempo."""
    return max(GRID, int(REST_S * tempo_of(tempo) / 60 * GRID))


def _spans(events: IntArray) -> list[tuple[int, int]]:
    """(onset, end) of the notes of a bar, in steps after its line, onsets rising."""
    onsets = events[:, KIND] - NOTE
    ends = onsets + DURATIONS[events[:, DURATION]]
    return sorted(zip(onsets.tolist(), ends.tolist(), strict=True))


def _step(event: IntArray, source: int, in_force: tuple[int, ...]) -> IntArray:
    return np.array([*event, source, *in_force])


def _only(size: int, index: int) -> NDArray[np.bool_]:
    mask = np.zeros(size, dtype=bool)
    mask[index] = True
    return mask


def _moved(events: IntArray, semitones: int) -> IntArray:
    """Events of a bar in another key; drums stay."""
    moved = events.copy()
    notes = (events[:, KIND] >= NOTE) & (events[:, PART] != DRUMS)
    moved[notes, PITCH] = np.clip(events[notes, PITCH] + semitones, 0, 127)
    for row in np.flatnonzero(events[:, KIND] == HEAD):
        key = int(events[row, 1 + KEY] - FIRSTS[1 + KEY])
        if key_of(key) is not None:
            moved[row, 1 + KEY] = FIRSTS[1 + KEY] + key // 12 * 12 + (key + semitones) % 12
    return moved
