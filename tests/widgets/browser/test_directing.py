"""Directions in words: what they would change is seen first, and kept only when somebody says so."""

from __future__ import annotations

from tests.widgets.browser.desk_page import DeskPage


def _say(desk: DeskPage, words: str) -> None:
    desk.root.get_by_role("textbox", name="What should change?").click()
    desk.page.keyboard.press("Control+a")
    desk.page.keyboard.type(words)
    desk.page.keyboard.press("Enter")


def _panel(desk: DeskPage) -> str:
    return str(desk.root.get_by_role("region", name="Directions in words").inner_text())


def test_what_words_would_change_is_seen_discarded_and_applied(desk: DeskPage) -> None:
    curve, changes = desk.python("desk.curve.hex()"), desk.changes()
    _say(desk, "turn hopeful at 0:12 and purple")
    desk.button("Apply").wait_for()
    assert "0:12.0 to 0:16.0: valence to +0.60" in _panel(desk)
    assert "Not understood: purple" in _panel(desk)
    assert desk.changes() == changes
    desk.button("Discard").click()
    desk.button("Apply").wait_for(state="hidden")
    assert (desk.changes(), desk.python("desk.curve.hex()")) == (changes, curve)

    _say(desk, "turn hopeful at 0:12")
    desk.button("Apply").click()
    desk.until(lambda: len(desk.changes()) == len(changes) + 1, "it is done")
    desk.until(lambda: desk.python("desk.curve.hex()") != curve, "and shown")
    desk.until(lambda: desk.root.get_by_label("What should change?").input_value() == "", "the field is free")


def test_words_that_mean_nothing_change_nothing(desk: DeskPage) -> None:
    _say(desk, "purple elephants")
    desk.until(lambda: "Not understood" in _panel(desk), "the desk says so")
    assert not desk.button("Apply").is_visible()
    assert len(desk.changes()) == desk.base
