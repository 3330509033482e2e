"""What waits to be sent, what sounds, and how it all ends. No clock, no port: a player asks for what is due."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import count, takewhile
from typing import NamedTuple

from bridge.commands import Command, Cut, Key, Panic, PlayNote, Send, Silence

NOTE_OFF, NOTE_ON, CONTROL_CHANGE, PROGRAM_CHANGE, PITCH_BEND = 0x80, 0x90, 0xB0, 0xC0, 0xE0
SUSTAIN, SOUND_OFF, RESET_CONTROLLERS, NOTES_OFF = 64, 120, 121, 123
CHANNELS, KEYS = 16, 128
#: bytes of a port's marks, one for each key of each channel
MARKS_PER_PORT = CHANNELS * KEYS
#: notes that are known to have begun; a second of the densest music holds fewer
_REMEMBERED = 8192
#: what is due at once stands before every tick
_AT_ONCE = -1
#: at one tick notes end, then settings change, then notes begin, or a repeated note would end itself
_ENDS, _CHANGES, _BEGINS, _IS_DONE = range(4)
#: marks: what a note that ends leaves until the cycle in which its end was written is surely out
_SOUNDS, _HAS_JUST_ENDED = 1, 2
#: says something once more when it is called
Again = Callable[[], None]


class Event(NamedTuple):
    """A message that is due."""

    #: ticks; -1 for at once
    at: int
    port: int
    data: bytes


class _Entry(NamedTuple):
    at: int
    rank: int
    number: int
    #: what is to be done: a note that begins or ends, a message, or the serial of a silence
    what: PlayNote | Send | Key | int


class _Sounding(NamedTuple):
    #: its end, in ticks, and the entry that ends it
    off: int
    entry: int
    #: as the note was asked for
    number: int


class Outbox:
    """Holds commands until they are due, and knows what sounds.

    Whoever sends asks for `due` and says `sent` when a message is out; so a message that a full port does not take
    stays first in the row. Notes that overlap on one key are kept apart: the first ends where the next begins.
    """

    def __init__(self, ports: int, marks: bytearray | memoryview | None = None) -> None:
        """Begin with nothing.

        Args:
            ports: how many there are.
            marks: ports × 16 × 128 bytes in which the keys that sound are marked; a file in memory survives a
                killed process. What is marked already is owed (see `pay`).
        """
        self._marks = bytearray(ports * MARKS_PER_PORT) if marks is None else marks
        self._ports = ports
        self._heap: list[_Entry] = []
        self._numbers = count()
        self._sounding: dict[Key, _Sounding] = {}
        #: up to where it was asked last what is due: what goes out now is out by then, however late it is
        self._until = 0
        #: note → by which tick it was let go of, the last one last; and by which tick its end was said last
        self._ended: dict[Key, int] = {}
        self._said: dict[Key, int] = {}
        self._just_ended: deque[tuple[int, Key]] = deque()
        #: numbers of the notes that began last
        self._begun: dict[int, None] = {}
        self._pedals: dict[tuple[int, int], int] = {}
        #: (port, status, controller) → how it stands
        self._standing: dict[tuple[int, int, int], tuple[int, bytes]] = {}
        self._channels: set[tuple[int, int]] = set()
        #: (port, channel) that a panic has not come to yet, and its serial
        self._panicking: list[tuple[int, int]] = []
        self._panic_serial = 0
        #: serial of the last silence that is done
        self.silenced = 0
        #: notes and messages that went out
        self.notes = 0
        self.messages = 0

    @property
    def sounding(self) -> frozenset[Key]:
        """The notes that are on."""
        return frozenset(self._sounding)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits and nothing sounds."""
        return not (self._heap or self._sounding or self._panicking)

    def take(self, command: Command) -> None:
        """Queue a note or a message, or do what a cut or a silence asks."""
        match command:
            case PlayNote():
                self._take_note(command)
            case Send():
                self._push(command.at, _CHANGES, command)
            case Cut(at, kept):
                self._cut(at, dict(kept))
            case Silence(serial):
                self._silence(serial)
            case Panic(serial):
                self._panic(serial)

    def _take_note(self, note: PlayNote) -> None:
        """Queue it. Where a cut came too late to withdraw it, it sounds already: then its end alone is new."""
        sounding = self._sounding.get(_key(note))
        if note.number not in self._begun:
            self._push(note.on, _BEGINS, note)
        elif sounding is not None and sounding.number == note.number:
            self._plan_end(_key(note), note.off, note.number)

    def begin_cycle(self, out: int | None = None) -> None:
        """What was sent before a tick is surely out, all where none is given: forget the marks of ended notes."""
        while self._just_ended and (out is None or self._just_ended[0][0] <= out):
            ended, key = self._just_ended.popleft()
            if key not in self._sounding and self._said[key] == ended:
                self._mark(key, 0)

    def due(self, until: int) -> Event | None:
        """The first message whose tick lies before `until`; the same again until `sent` is called."""
        self._until = until
        while self._heap or self._panicking:
            if self._panicking and (not self._heap or self._heap[0].at > _AT_ONCE):
                self._panic_on()
            at, _, number, what = self._heap[0]
            if at >= until:
                return None
            if isinstance(what, int):
                self.silenced = max(self.silenced, what)
            elif isinstance(what, PlayNote):
                return _beginning(what) if _key(what) not in self._sounding else _ending(at, _key(what))
            elif isinstance(what, Send):
                return Event(at, what.port, what.data)
            elif isinstance(what, tuple) and self._is_true_end(what, at, number):
                return _ending(at, what)
            heapq.heappop(self._heap)
        return None

    def sent(self) -> None:
        """What `due` gave last is out."""
        what = self._heap[0].what
        if isinstance(what, PlayNote) and _key(what) in self._sounding:
            self._ends(_key(what))  # the entry stays: its note begins next
            return
        heapq.heappop(self._heap)
        if isinstance(what, PlayNote):
            self._begins(what)
        elif isinstance(what, Send):
            self._note_setting(what)
        elif isinstance(what, tuple):
            self._ends(what)

    def let_go_again(self, since: int) -> None:
        """End again what ended after a tick, and say again how the pedals stand: a dropped period loses messages."""
        for key in self._ended_since(since):
            self._end_again(key)
        for channel in self._pedals:
            self._say_pedal(channel)

    def lately(self, since: int) -> Iterator[Again]:
        """The same, and how controllers and bends stand: each is said when it is called. What ended last is first."""
        yield from (partial(self._end_again, key) for key in self._ended_since(since))
        yield from (partial(self._say_pedal, channel) for channel in list(self._pedals))
        yield from (partial(self._say_standing, slot) for slot in list(self._standing) if slot[2] != SUSTAIN)

    def _ended_since(self, since: int) -> list[Key]:
        return [key for key, _ in takewhile(lambda one: one[1] >= since, reversed(self._ended.items()))]

    def _end_again(self, key: Key) -> None:
        if key not in self._sounding:
            self._push(_AT_ONCE, _ENDS, key)

    def _say_pedal(self, channel: tuple[int, int]) -> None:
        self._send_at_once(channel[0], _controller(channel[1], SUSTAIN, self._pedals[channel]))

    def _say_standing(self, slot: tuple[int, int, int]) -> None:
        if slot in self._standing:  # it may have been reset since
            self._send_at_once(*self._standing[slot])

    def pay(self, port: int) -> None:
        """End what may hang at whoever listens to a port: keys marked by a predecessor, or let go of unheard.

        Channels that we have used keep their controllers, and their pedals are said again.
        """
        base = port * MARKS_PER_PORT
        marked = {(port, *divmod(at, KEYS)) for at in range(MARKS_PER_PORT) if self._marks[base + at]}
        ended = {key for key in self._ended if key[0] == port}
        for key in sorted(marked | ended):
            if key not in self._sounding:
                self._push(_AT_ONCE, _ENDS, key)
        for channel in range(CHANNELS):
            if (port, channel) in self._channels:
                pedal = self._pedals.get((port, channel), 0)
                self._send_at_once(port, _controller(channel, SUSTAIN, pedal))
            else:
                self._switch_off(port, channel)

    def _push(self, at: int, rank: int, what: PlayNote | Send | Key | int) -> int:
        number = next(self._numbers)
        heapq.heappush(self._heap, _Entry(at, rank, number, what))
        return number

    def _is_true_end(self, key: Key, at: int, number: int) -> bool:
        """Whether an end is still meant: the one planned last of a note that sounds, else one that is said again."""
        planned = self._sounding.get(key)
        return at == _AT_ONCE if planned is None else planned.entry == number

    def _plan_end(self, key: Key, off: int, number: int) -> None:
        self._sounding[key] = _Sounding(off, self._push(off, _ENDS, key), number)

    def _begins(self, note: PlayNote) -> None:
        key = _key(note)
        self._mark(key, _SOUNDS)
        self._plan_end(key, max(note.off, note.on + 1), note.number)
        self._channels.add(key[:2])
        self.notes += 1
        if note.number:
            self._begun[note.number] = None
            if len(self._begun) > _REMEMBERED:
                del self._begun[next(iter(self._begun))]

    def _ends(self, key: Key) -> None:
        sounded = self._sounding.pop(key, None) is not None
        if sounded or key in self._ended or self._is_marked(key):  # a panic ends what nobody has begun
            if sounded or key not in self._ended:
                self._ended.pop(key, None)
                self._ended[key] = self._until
            self._said[key] = self._until
            self._mark(key, _HAS_JUST_ENDED)
            self._just_ended.append((self._until, key))

    def _note_setting(self, what: Send) -> None:
        self.messages += 1
        if what.data[0] < 0xF0:
            channel = what.data[0] & 0x0F
            self._channels.add((what.port, channel))
            kind = what.data[0] & 0xF0
            if kind == CONTROL_CHANGE and what.data[1] == SUSTAIN:
                self._pedals[what.port, channel] = what.data[2]
            if kind == CONTROL_CHANGE and what.data[1] == RESET_CONTROLLERS:
                self._forget_standing(what.port, channel)
            elif kind == PITCH_BEND or (kind == CONTROL_CHANGE and what.data[1] < SOUND_OFF):
                number = what.data[1] if kind == CONTROL_CHANGE else 0
                self._standing[what.port, what.data[0], number] = what.port, what.data

    def _forget_standing(self, port: int, channel: int) -> None:
        """Controllers that were reset stand as they always do."""
        for slot in [slot for slot in self._standing if (slot[0], slot[1] & 0x0F) == (port, channel)]:
            del self._standing[slot]

    def _cut(self, at: int, kept: dict[Key, int]) -> None:
        self._heap = list(_before(self._heap, at, kept))
        heapq.heapify(self._heap)
        for key, sounding in list(self._sounding.items()):
            if sounding.off > at:
                self._plan_end(key, kept.get(key, at), sounding.number)

    def _silence(self, serial: int) -> None:
        self._end_all()
        self._push(_AT_ONCE, _IS_DONE, serial)

    def _end_all(self) -> None:
        # what is due at once and not out yet ends something that we may not know of
        self._heap = [entry for entry in self._heap if entry.at == _AT_ONCE]
        heapq.heapify(self._heap)
        self._begun.clear()
        for key in sorted(self._sounding):
            self._plan_end(key, _AT_ONCE, 0)
        for port, channel in sorted(self._channels):
            self._switch_off(port, channel)

    def _panic(self, serial: int) -> None:
        self._end_all()
        self._panicking = [(port, channel) for port in range(self._ports) for channel in range(CHANNELS)]
        self._panic_serial = serial

    def _panic_on(self) -> None:
        """One channel more: all of them at a time would take longer than a period."""
        port, channel = self._panicking.pop(0)
        for key in range(KEYS):
            self._push(_AT_ONCE, _ENDS, (port, channel, key))
        self._switch_off(port, channel)
        self._send_at_once(port, _controller(channel, SOUND_OFF, 0))
        if not self._panicking:
            self._push(_AT_ONCE, _IS_DONE, self._panic_serial)

    def _switch_off(self, port: int, channel: int) -> None:
        for control in (SUSTAIN, NOTES_OFF, RESET_CONTROLLERS):
            self._send_at_once(port, _controller(channel, control, 0))
        self._send_at_once(port, bytes((PITCH_BEND | channel, 0, 64)))

    def _send_at_once(self, port: int, data: bytes) -> None:
        self._push(_AT_ONCE, _CHANGES, Send(_AT_ONCE, port, data))

    def _is_marked(self, key: Key) -> bool:
        port, channel, pitch = key
        return bool(self._marks[port * MARKS_PER_PORT + channel * KEYS + pitch])

    def _mark(self, key: Key, value: int) -> None:
        port, channel, pitch = key
        self._marks[port * MARKS_PER_PORT + channel * KEYS + pitch] = value


def _controller(channel: int, control: int, value: int) -> bytes:
    return bytes((CONTROL_CHANGE | channel, control, value))


def _before(heap: Iterable[_Entry], at: int, kept: dict[Key, int]) -> Iterator[_Entry]:
    """The entries of a row that a cut leaves, notes shortened."""
    for entry in heap:
        what = entry.what
        if isinstance(what, PlayNote) and entry.at < at:
            off = what.off if what.off <= at else kept.get(_key(what), at)
            yield entry._replace(what=replace(what, off=off))
        elif entry.at < at or entry.rank in (_ENDS, _IS_DONE):
            yield entry


def _key(note: PlayNote) -> Key:
    return note.port, note.channel, note.key


def _beginning(note: PlayNote) -> Event:
    return Event(note.on, note.port, bytes((NOTE_ON | note.channel, note.key, note.velocity)))


def _ending(at: int, key: Key) -> Event:
    return Event(at, key[0], bytes((NOTE_OFF | key[1], key[2], 0)))
