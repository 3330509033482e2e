"""Takes: composed beside the kernel, told how far they are, stopped without a trace; single notes of them locked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tests.widgets.browser.desk_page import DeskPage

#: heights of the strip with bar numbers and of a row of the piano roll, in pixels
STRIP_PX, ROW_PX = 24, 28


class _Seen(NamedTuple):
    """A note of the accepted take."""

    row: int
    track: str
    beat: str
    pitch: int
    start_s: float
    end_s: float


def _lonely_note(desk: DeskPage) -> _Seen:
    """The longest note while which, and shortly before and after, its track plays no other."""
    rows = desk.python(
        "[[row, t.name, str(n.start_beat), n.pitch, float(at(n.start_beat)), float(at(n.end_beat))]"
        " for row, t in enumerate(desk.score.tracks) for n in t.notes]",
        "at = desk.score.tempo_map.seconds",
    )
    notes = [_Seen(*row) for row in rows]

    def is_lonely(one: _Seen) -> bool:
        same = [other for other in notes if other.row == one.row and other is not one]
        return not any(o.start_s < one.end_s - 0.02 and o.end_s > one.start_s + 0.02 for o in same)

    return max(filter(is_lonely, notes), key=lambda note: note.end_s - note.start_s)


def _number_of_takes(desk: DeskPage) -> int:
    return len(desk.session("show")["takes"])


def test_a_generation_that_is_cancelled_changes_nothing(desk: DeskPage) -> None:
    before, changes = desk.session("show"), desk.changes()
    takes = desk.root.get_by_role("spinbutton", name="Takes")
    takes.click()
    desk.page.keyboard.press("Control+a")
    desk.page.keyboard.type("8")
    desk.button("Generate").click()
    desk.until(lambda: desk.python("desk.job.get('what')"), "it is being composed")
    assert desk.python("6 * 7") == 42  # the kernel is free
    desk.button("Cancel").click()
    desk.until(lambda: not desk.python("desk.job"), "it is over", 30)
    assert desk.session("show") == before
    assert desk.changes() == changes
    takes.click()
    desk.page.keyboard.press("Control+a")
    desk.page.keyboard.type("1")


def test_a_take_is_composed_accepted_and_taken_back(desk: DeskPage) -> None:
    count, accepted = _number_of_takes(desk), desk.session("show")["accepted"]
    desk.button("Generate").click()
    desk.until(lambda: _number_of_takes(desk) == count + 1, "there is another take", 60)
    new = desk.session("show")["takes"][-1]["name"]
    notes = desk.python("desk.notes.hex()")
    desk.button(f"Accept take {new}").click()
    desk.until(lambda: desk.session("show")["accepted"] == new, "it is accepted")
    desk.until(lambda: desk.python("desk.notes.hex()") != notes, "its notes are shown")
    desk.focus()
    desk.page.keyboard.press("Control+z")
    desk.until(lambda: desk.session("show")["accepted"] == accepted, "the first one is accepted again")
    desk.until(lambda: desk.python("desk.notes.hex()") == notes, "and shown")


def test_a_single_note_is_locked_where_it_is_seen_and_the_lock_undone(desk: DeskPage) -> None:
    note, lane = _lonely_note(desk), desk.lane("Piano roll")
    x, _ = lane.at((note.start_s + note.end_s) / 2)
    box, top = lane.box(), STRIP_PX + note.row * ROW_PX
    column = lane.picture()[top : top + ROW_PX - 1, round(x - box["x"])].astype(int)
    lines = np.flatnonzero(np.ptp(column, axis=1) > 30)
    assert 2 <= len(lines) <= 6, "one note is painted there"
    desk.page.mouse.click(x, box["y"] + top + float(np.median(lines)) + 0.5)
    desk.page.keyboard.press("Shift+L")
    held = "[[lock.track, [[str(beat), pitch] for beat, pitch in lock.notes]] for lock in desk.session.state.locks]"
    wanted = [[note.track, [[note.beat, note.pitch]]]]
    desk.until(lambda: desk.python(held) == wanted, "this note is locked, and nothing else")
    assert desk.session("show")["locks"] == [f"1 note of {note.track}"]
    desk.until(lambda: ", 1 locked" in desk.told("Piano roll"), "and told to those who cannot see it")
    desk.page.keyboard.press("Control+z")
    desk.until(lambda: desk.python(held) == [], "the lock was taken back")
