"""What a player notes of its own troubles, and what a report makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.commands import PlayNote, Send, Silence
from bridge.journal import CROWDED, HELD_UP, MAX_PORTS, MOST_HITCHES, SKIPPED, STARVED, Hitch, Journal
from bridge.player.hitches import Hitches
from bridge.selftest.made_piece import made_piece
from bridge.selftest.matching import Onset
from bridge.selftest.performance import RATE, Performance
from bridge.selftest.run import SelftestReport, reported

FRAMES = 256


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "jack-emsync.journal")


def note(on: int) -> PlayNote:
    return PlayNote(on, on + 10, 0, 0, 60, 80)


def test_a_note_that_comes_in_behind_its_tick_is_the_askers_lateness(journal: Journal) -> None:
    hitches = Hitches(journal)
    hitches.begin_cycle(1024, FRAMES)
    for command in (note(1024), note(900), Send(850, 0, b"\xc0\x05"), note(1000), Silence(1)):
        hitches.hear(command, 1024)
    hitches.end_hearing(1024)
    assert journal.hitches == [Hitch(STARVED, 850, 1024)]
    hitches.begin_cycle(1280, FRAMES)
    hitches.hear(note(1280), 1280)
    hitches.end_hearing(1280)
    assert len(journal.hitches) == 1


def test_what_is_due_at_once_is_never_late(journal: Journal) -> None:
    hitches = Hitches(journal)
    hitches.hear(Send(-1, 0, b"\xc0\x05"), 1024)
    hitches.end_hearing(1024)
    hitches.leave(-1, 1280)
    assert journal.hitches == []


def test_a_cycle_that_follows_another_is_none_and_one_that_is_left_out_is(journal: Journal) -> None:
    hitches = Hitches(journal)
    for start in (512, 768, 1024, 1792):
        hitches.begin_cycle(start, FRAMES)
    assert journal.hitches == [Hitch(SKIPPED, 1280, 1792)]
    hitches.leave(1800, 2048)
    hitches.leave(2050, 2304, is_held_up=True)
    assert journal.hitches[1:] == [Hitch(CROWDED, 1800, 2048), Hitch(HELD_UP, 2050, 2304)]


def test_the_last_are_kept_and_a_new_player_begins_with_none(journal: Journal) -> None:
    for number in range(MOST_HITCHES + 3):
        journal.note_hitch(Hitch(SKIPPED, number, number + 1))
    assert [hitch.since for hitch in journal.hitches] == list(range(3, MOST_HITCHES + 3))
    assert not any(journal.marks(MAX_PORTS)) and not journal.is_unclean
    Hitches(journal)
    assert journal.hitches == []


def report_of(late_s: float, **causes: tuple[tuple[float, float], ...]) -> SelftestReport:
    """Of ten notes, a second apart, of which the one at 5 s comes 10 ms late."""
    sent = tuple(Onset(float(at), 0, 0, 60 + at, 80) for at in range(10))
    heard = tuple(one._replace(time_s=one.time_s + 0.01 * (one.time_s == late_s)) for one in sent)
    spans = {"missed_s": (), "starved_s": (), "crowded_s": ()} | causes
    messages = tuple((one.time_s + 0.1, 0, bytes((0x80, one.key, 0))) for one in sent)
    performance = Performance(
        sent=sent,
        ends_s=tuple(one.time_s + 0.1 for one in sent),
        heard=heard,
        settings=(),
        messages=messages,
        taken=None,
        tick_s=0.0,
        why_not_taken="",
        xruns_s=(),
        period=FRAMES,
        **spans,
    )
    return reported(performance, made_piece(1), "jack")


def test_a_late_note_is_excused_by_a_cause_that_was_noted_and_by_nothing_else() -> None:
    assert report_of(5.0).unexcused == 1
    starved = report_of(5.0, starved_s=((5.0, 5.010),))
    assert (starved.late, starved.unexcused, starved.starvations) == (1, 0, 1)
    assert starved.starved_worst_ms == pytest.approx(10)
    assert report_of(5.0, missed_s=((4.9, 5.2),)).unexcused == 0
    assert report_of(5.0, starved_s=((1.0, 1.5), (7.0, 7.1))).unexcused == 1
    crowded = report_of(5.0, crowded_s=((5.0, 5 + FRAMES / RATE),))
    assert (crowded.unexcused, crowded.crowded) == (1, 1)
