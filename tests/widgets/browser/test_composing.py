"""Takes: composed beside the kernel, told how far they are, stopped without a trace."""

from __future__ import annotations

from tests.widgets.browser.desk_page import DeskPage


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
