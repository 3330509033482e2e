"""Takes: composed beside the kernel, all anew or in part, and accepted; single notes of them locked."""

from __future__ import annotations

import re
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


def test_selected_bars_are_composed_anew_and_the_rest_stays(desk: DeskPage) -> None:
    before, roll = _notes(desk), desk.lane("Piano roll")
    roll.drag(roll.at(5, 0.02), roll.at(8, 0.02))
    regenerate = desk.button(re.compile(r"^Regenerate bars? \d"))
    first, last = (re.findall(r"\d+", regenerate.inner_text()) * 2)[:2]
    count = _number_of_takes(desk)
    regenerate.click()
    desk.until(lambda: _number_of_takes(desk) == count + 1, "there is another take", 60)
    new = desk.session("show")["takes"][-1]
    assert new["kind"] == "regenerated"
    desk.button(f"Accept take {new['name']}").click()
    desk.until(lambda: desk.python("desk.accepted") == new["name"], "it is accepted")
    desk.until(lambda: _notes(desk) != before, "it is another music")
    changed = {bar for bar, *_ in _notes(desk) ^ before}
    assert changed and min(changed) >= int(first) and max(changed) <= int(last)


def _notes(desk: DeskPage) -> set[tuple[int, str, str, int]]:
    """Bar, track, beat and pitch of all notes."""
    found = desk.python(
        "[[desk.score.grid.at(n.start_beat).number, t.name, str(n.start_beat), n.pitch]"
        " for t in desk.score.tracks for n in t.notes]"
    )
    return {(int(bar), str(track), str(beat), int(pitch)) for bar, track, beat, pitch in found}


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
