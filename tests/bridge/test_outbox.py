"""Whatever is asked, however late, however full the port: nothing begins twice, and nothing stays on."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.commands import Command, Cut, Key, Panic, PlayNote, Send, Silence
from bridge.outbox import MARKS_PER_PORT, Event, Outbox

PORTS = 2
PERIOD = 10
#: so far behind the others no test is
FAR = 100_000


class Ear:
    """An independent listener: what a synthesizer would sound, by the messages alone."""

    def __init__(self) -> None:
        self.on: set[Key] = set()
        self.pedals: dict[tuple[int, int], int] = {}
        self.heard: list[Event] = []

    def hear(self, event: Event) -> None:
        self.heard.append(event)
        status, first, *rest = event.data
        key = (event.port, status & 0x0F, first)
        if status & 0xF0 == 0x90:
            assert key not in self.on, f"{key} begins twice"
            self.on.add(key)
        elif status & 0xF0 == 0x80:
            self.on.discard(key)
        elif status & 0xF0 == 0xB0 and first == 64:
            self.pedals[key[:2]] = rest[0]


class Player:
    """Sends what is due, a period at a time; its port takes no more than so many messages a period."""

    def __init__(self, marks: bytearray | None = None) -> None:
        self.marks = bytearray(PORTS * MARKS_PER_PORT) if marks is None else marks
        self.box = Outbox(PORTS, self.marks)
        self.ear = Ear()
        self.start = 0

    def cycle(self, commands: Iterable[Command] = (), room: int = FAR) -> list[Event]:
        self.box.begin_cycle()
        for command in commands:
            self.box.take(command)
        sent = []
        while (event := self.box.due(self.start + PERIOD)) is not None:
            assert self.box.due(self.start + PERIOD) == event
            if len(sent) == room:
                break
            sent.append(event)
            self.ear.hear(event)
            self.box.sent()
        self.start += PERIOD
        assert self.box.sounding == self.ear.on
        return sent

    def marked(self) -> set[Key]:
        return {
            (at // MARKS_PER_PORT, at % MARKS_PER_PORT // 128, at % 128)
            for at, value in enumerate(self.marks)
            if value
        }


keys = st.tuples(st.integers(0, PORTS - 1), st.integers(0, 1), st.integers(60, 61))
notes = st.builds(
    lambda on, length, key: PlayNote(on, on + length, *key, 90),
    st.integers(0, 200),
    st.integers(0, 60),
    keys,
)
pedals = st.builds(
    lambda at, port, value: Send(at, port, bytes((0xB0, 64, value))),
    st.integers(0, 200),
    st.integers(0, PORTS - 1),
    st.sampled_from([0, 127]),
)
cuts = st.builds(
    lambda at, kept: Cut(at, tuple((key, at + off) for key, off in kept.items())),
    st.integers(0, 200),
    st.dictionaries(keys, st.integers(1, 60), max_size=2),
)
# a panic is 4,000 messages: seldom
ends = st.integers(1, 9).map(lambda serial: Panic(serial) if serial == 9 else Silence(serial))
cycles = st.tuples(
    st.lists(st.one_of(notes, notes, pedals, cuts, ends), max_size=4), st.sampled_from([0, 1, 2, FAR])
)


@given(st.lists(cycles, max_size=30))
@settings(max_examples=100)
def test_no_note_begins_twice_and_silence_ends_all(story: list[tuple[list[Command], int]]) -> None:
    player = Player()
    for commands, room in story:
        player.cycle(commands, room)
    player.cycle([Silence(99)])
    assert player.box.silenced == 99
    assert not player.ear.on
    assert set(player.ear.pedals.values()) <= {0}
    player.cycle()
    assert player.box.is_empty and not player.marked()


@given(st.lists(cycles, max_size=30))
@settings(max_examples=100)
def test_every_note_ends_though_nobody_asks_for_silence(story: list[tuple[list[Command], int]]) -> None:
    player = Player()
    for commands, room in story:
        player.cycle(commands, room)
    player.start = FAR
    player.cycle()
    assert not player.ear.on


@given(st.lists(st.one_of(notes, pedals), max_size=30))
@settings(max_examples=100)
def test_what_comes_in_time_goes_out_at_its_tick_in_order(asked: list[Command]) -> None:
    player = Player()
    player.cycle(())
    player.start = -PERIOD
    sent = player.cycle(asked)
    while not player.box.is_empty:
        sent += player.cycle()
    assert [event.at for event in sent] == sorted(event.at for event in sent)
    ons = [(event.at, event.port, event.data) for event in sent if event.data[0] & 0xF0 == 0x90]
    wanted = [
        (note.on, note.port, bytes((0x90 | note.channel, note.key, 90)))
        for note in asked
        if isinstance(note, PlayNote)
    ]
    assert sorted(ons) == sorted(wanted)


@given(st.lists(cycles, max_size=20))
@settings(max_examples=100)
def test_the_marks_are_what_sounds(story: list[tuple[list[Command], int]]) -> None:
    player = Player()
    for commands, room in story:
        player.cycle(commands, room)
        assert player.marked() >= player.ear.on
        player.box.begin_cycle()
        assert player.marked() == player.ear.on


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 80), keys), min_size=1, max_size=15),
    st.lists(st.tuples(st.integers(1, 220), st.integers(0, 4)), max_size=6),
)
@settings(max_examples=100)
def test_late_cuts_neither_repeat_a_note_nor_leave_one_on(
    asked: list[tuple[int, int, Key]], cut_at: list[tuple[int, int]]
) -> None:
    """Notes are withdrawn and written anew, and the pipe is slow: both come some periods after their tick."""
    player = Player()
    piece = [
        PlayNote(on, on + length, *key, 90, number)
        for number, (on, length, key) in enumerate(sorted(asked), start=1)
    ]
    player.cycle(piece)
    for at, delay in sorted(cut_at):
        while player.start < at + delay * PERIOD:
            player.cycle()
        kept = {(note.port, note.channel, note.key): note.off for note in piece if note.on < at < note.off}
        player.cycle([Cut(at, tuple(kept.items())), *(note for note in piece if note.on >= at)])
    player.start = FAR
    player.cycle()
    assert not player.ear.on
    begun = [event for event in player.ear.heard if event.data[0] & 0xF0 == 0x90]
    assert len(begun) == player.box.notes == len(piece)


def test_a_withdrawn_note_is_not_played_and_one_that_sounds_ends_at_the_cut() -> None:
    player = Player()
    player.cycle([PlayNote(2, 90, 0, 0, 60, 90, 1), PlayNote(40, 60, 0, 0, 62, 90, 2)])
    sent = player.cycle([Cut(25)]) + player.cycle()
    assert sent == [Event(25, 0, bytes((0x80, 60, 0)))]
    player.start = 80
    assert player.cycle() == []


def test_a_kept_note_ends_where_the_cut_says() -> None:
    player = Player()
    player.cycle([PlayNote(2, 90, 0, 0, 60, 90)])
    player.cycle([Cut(15, (((0, 0, 60), 33),))])
    assert player.cycle() == []
    assert player.cycle() == [Event(33, 0, bytes((0x80, 60, 0)))]


def test_the_end_of_another_note_on_its_key_is_left_alone() -> None:
    """Note 1 is over and 2 sounds on its key; what is said of 1 again is not about 2."""
    player = Player()
    player.cycle([PlayNote(0, 3, 0, 0, 60, 90, 1), PlayNote(5, 45, 0, 0, 60, 90, 2)])
    player.cycle([PlayNote(0, 15, 0, 0, 60, 90, 1)])
    assert player.ear.on == {(0, 0, 60)}
    player.start = 40
    assert player.cycle() == [Event(45, 0, bytes((0x80, 60, 0)))]


def test_numbers_begin_anew_after_a_silence() -> None:
    """Another playback counts from 1 again; its notes are others."""
    player = Player()
    player.cycle([PlayNote(0, 5, 0, 0, 60, 90, 1)])
    player.cycle([Silence(1)])
    player.cycle([PlayNote(22, 25, 0, 0, 60, 90, 1)])
    assert player.box.notes == 2


def test_what_ends_at_a_tick_ends_before_what_begins_there() -> None:
    player = Player()
    sent = player.cycle(
        [PlayNote(5, 8, 0, 0, 60, 90), PlayNote(0, 5, 0, 0, 60, 80), Send(5, 0, bytes((0xC0, 3)))]
    )
    assert [event.data.hex() for event in sent] == ["903c50", "803c00", "c003", "903c5a", "803c00"]


def test_a_predecessor_s_notes_are_ended_and_ours_go_on() -> None:
    marks = bytearray(PORTS * MARKS_PER_PORT)
    for key in (60, 61):
        marks[key] = 1
    player = Player(marks)
    player.cycle([PlayNote(0, 200, 0, 0, 60, 90)])
    player.box.pay(0)
    sent = player.cycle()
    assert [event.data[:2] for event in sent if event.data[0] & 0xF0 == 0x80] == [bytes((0x80, 61))]
    assert player.ear.on == {(0, 0, 60)}
    player.box.begin_cycle()
    assert player.marked() == {(0, 0, 60)}


def test_a_listener_that_was_away_is_told_what_ended_and_how_the_pedals_stand() -> None:
    player = Player()
    player.cycle(
        [PlayNote(0, 4, 0, 3, 60, 90), PlayNote(1, 90, 0, 3, 62, 90), Send(5, 0, bytes((0xB3, 64, 100)))]
    )
    player.box.pay(0)
    sent = [event.data for event in player.cycle() if event.data[0] & 0x0F == 3]
    assert sent == [bytes((0x83, 60, 0)), bytes((0xB3, 64, 100))]
    assert not any(event.port for event in player.ear.heard)


def test_after_a_dropped_period_the_last_ends_and_the_pedals_are_said_again() -> None:
    player = Player()
    player.cycle([PlayNote(0, 4, 0, 0, 60, 90)])
    player.cycle([PlayNote(11, 14, 0, 0, 61, 90), PlayNote(12, 99, 0, 0, 62, 90)])
    player.cycle([Send(25, 1, bytes((0xB2, 64, 127)))])
    player.box.let_go_again(since=15)
    assert [(event.port, event.data.hex()) for event in player.cycle()] == [(0, "803d00"), (1, "b2407f")]


def test_what_is_said_again_has_ended_when_it_did() -> None:
    """A player that says it again and again would never be done with it."""
    player = Player()
    player.cycle([PlayNote(0, 4, 0, 0, 60, 90)])
    player.cycle()
    player.box.let_go_again(since=5)
    assert len(player.cycle()) == 1
    player.box.let_go_again(since=15)
    assert player.cycle() == []
    assert not player.marked()


def test_what_ended_lately_is_told_the_last_first_then_pedals_then_controllers() -> None:
    player = Player()
    settings_ = [
        Send(1, 0, bytes((0xB0, 11, 90))),
        Send(1, 0, bytes((0xB0, 64, 127))),
        Send(1, 0, b"\xe0\x00\x50"),
    ]
    player.cycle([*(PlayNote(key, key + 4, 0, 0, key, 90) for key in range(3)), *settings_])
    player.cycle([PlayNote(11, 12, 0, 0, 0, 90), PlayNote(13, 99, 0, 0, 2, 90)])
    lately = list(player.box.lately(since=5))
    assert player.cycle() == [], "nothing is said before it is called"
    for say in lately:
        say()
    said = [event.data.hex() for event in player.cycle()]
    assert said[:2] == ["800000", "800100"], "2 sounds again"
    assert said[2:] == ["b0407f", "b00b5a", "e00050"]


def test_the_ends_of_a_silence_are_said_again_too() -> None:
    """What ends at once has no tick of its own, but it may have been lost as well."""
    player = Player()
    player.start = 1000
    player.cycle([PlayNote(1001, 1900, 0, 0, 60, 90)])
    player.cycle([Silence(1)])
    player.box.let_go_again(since=1005)
    assert bytes((0x80, 60, 0)) in [event.data for event in player.cycle()]


def test_a_silence_forgets_no_debt_that_a_full_port_has_not_taken() -> None:
    marks = bytearray(PORTS * MARKS_PER_PORT)
    marks[60:64] = b"\1\1\1\1"
    player = Player(marks)
    player.box.pay(0)
    player.cycle(room=1)
    player.cycle([Silence(1)])
    ended = {event.data[1] for event in player.ear.heard if event.data[0] == 0x80}
    assert ended == {60, 61, 62, 63}


def test_a_panic_ends_every_key_of_every_channel_once() -> None:
    player = Player()
    player.cycle([PlayNote(0, 999, 1, 4, 60, 90)])
    sent = player.cycle([Panic(7)])
    offs = [(event.port, event.data[0] & 0x0F, event.data[1]) for event in sent if event.data[0] < 0x90]
    everything = {
        (port, channel, key) for port in range(PORTS) for channel in range(16) for key in range(128)
    }
    assert set(offs) == everything and player.box.silenced == 7
    player.box.let_go_again(since=0)
    again = [event.data[1] for event in player.cycle() if event.data[0] & 0xF0 == 0x80]
    assert again == [60], "after a dropped period not all of it once more, or the next period is dropped too"


def test_a_panic_does_not_end_what_begins_after_it() -> None:
    player = Player()
    player.cycle([Panic(1)], room=40)
    player.cycle([PlayNote(15, 400, 1, 15, 127, 90)])
    player.cycle()
    assert player.ear.on == {(1, 15, 127)}
