"""What a dropped period took along is said again, often enough, and never so much at a time that music waits."""

from __future__ import annotations

from bridge.commands import Cut, PlayNote, Send
from bridge.outbox import Event, Outbox
from bridge.player.mending import Mending

RATE, FRAMES = 48_000, 256


class Player:
    """Cycles of a clock turned by hand; `lost` are those whose messages nobody hears."""

    def __init__(self) -> None:
        self.box = Outbox(1)
        self.mending = Mending(self.box, RATE)
        self.start = 0
        self.on: set[int] = set()
        self.sent: list[list[Event]] = []

    def cycle(
        self, *commands: PlayNote | Send | Cut, drops: bool = False, is_lost: bool = False
    ) -> list[Event]:
        self.box.begin_cycle(self.start - 2 * FRAMES)
        for command in commands:
            self.box.take(command)
        if drops:
            self.mending.begin(self.start - FRAMES, self.start)
        self.mending.go_on(self.start, FRAMES)
        sent = []
        while (event := self.box.due(self.start + FRAMES)) is not None:
            sent.append(event)
            self.box.sent()
            if not is_lost and event.data[0] == 0x90:
                self.on.add(event.data[1])
            elif not is_lost and event.data[0] == 0x80:
                self.on.discard(event.data[1])
        self.start += FRAMES
        self.sent.append(sent)
        return sent

    def go_on(self, seconds: float) -> None:
        for _ in range(round(seconds * RATE / FRAMES)):
            self.cycle()


def test_an_end_that_is_lost_twice_is_heard_the_third_time() -> None:
    player = Player()
    player.cycle(PlayNote(10, 300, 0, 0, 60, 90), PlayNote(10, 90_000, 0, 0, 61, 90))
    player.cycle(is_lost=True)
    assert player.cycle(drops=True, is_lost=True) == [Event(-1, 0, bytes((0x80, 60, 0)))]
    assert player.on == {60, 61}
    player.go_on(0.03)
    assert player.on == {61}


def test_it_ends_some_time_after_the_last_dropped_period() -> None:
    player = Player()
    player.cycle(PlayNote(10, 90, 0, 0, 60, 90))
    for _ in range(3):
        player.cycle(drops=True)
    player.go_on(2)
    said = [number for number, sent in enumerate(player.sent) if sent]
    assert 5 <= len(said) <= 10
    assert max(said) * FRAMES / RATE < 0.7


def test_what_was_let_go_of_more_than_a_second_before_is_left_alone() -> None:
    player = Player()
    player.cycle(PlayNote(10, 90, 0, 0, 60, 90))
    player.go_on(1.1)
    assert player.cycle(drops=True) == []


def test_as_long_as_periods_are_dropped_the_first_lost_end_is_said_again() -> None:
    player = Player()
    player.cycle(PlayNote(10, 90, 0, 0, 60, 90), is_lost=True)
    for _ in range(5):
        player.cycle(drops=True, is_lost=True)
        player.go_on(0.5)
    assert player.cycle(drops=True) == [Event(-1, 0, bytes((0x80, 60, 0)))]


def test_no_cycle_says_more_than_it_has_room_for_and_all_is_said() -> None:
    player = Player()
    player.cycle(*(PlayNote(key, 200, 0, channel, key, 90) for channel in range(4) for key in range(100)))
    player.cycle(drops=True)
    player.go_on(0.1)
    ends = [[event for event in sent if event.data[0] & 0xF0 == 0x80] for sent in player.sent[1:]]
    assert max(map(len, ends)) == 32
    assert {(event.data[0] & 0x0F, event.data[1]) for sent in ends for event in sent} == {
        (channel, key) for channel in range(4) for key in range(100)
    }


def test_pedals_and_controllers_are_told_as_they_stand_when_their_turn_comes() -> None:
    player = Player()
    notes = [PlayNote(key, 200, 0, 0, key, 90) for key in range(64)]
    player.cycle(*notes, Send(5, 0, bytes((0xB0, 64, 127))))
    player.cycle(drops=True)
    player.cycle(Send(player.start, 0, bytes((0xB0, 64, 0))))
    assert player.cycle()[-1].data == bytes((0xB0, 64, 0))
