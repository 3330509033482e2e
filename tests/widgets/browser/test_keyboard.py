"""By keys alone; and keys stay where they belong: those for the desk in it, those for the notebook out of it."""

from __future__ import annotations

import re

import pytest

from tests.widgets.browser.desk_page import DeskPage
from tests.widgets.browser.films import CUTS, DURATION_S, FPS, number_shown

#: notes of each Ctrl-S that somebody presses whether it is kept from the browser, once all have heard of it
_NOTE_SAVING = """
window.saving = [];
window.noteSaving ??= addEventListener("keydown", (event) => {
  const isSave = event.isTrusted && event.ctrlKey && event.key === "s";
  if (isSave) setTimeout(() => window.saving.push(event.defaultPrevented));
}, true) ?? true;
"""
#: more times than anybody wants to press Tab
_MOST_TABS = 150


def _label_of_focus(desk: DeskPage) -> str:
    """The name of what has focus."""
    return str(
        desk.page.evaluate(
            "(({ tagName, ariaLabel, textContent }) => ariaLabel ?? (tagName === 'BUTTON' ? textContent : ''))"
            "(document.activeElement)"
        )
    )


def _is_in_desk(desk: DeskPage) -> bool:
    return bool(desk.page.evaluate("document.activeElement.closest('.em-root') !== null"))


def _tab_to(desk: DeskPage, label: str, key: str = "Tab") -> None:
    for _ in range(_MOST_TABS):
        if _is_in_desk(desk) and re.search(label, _label_of_focus(desk)):
            return
        desk.page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {label}; it is at {_label_of_focus(desk)!r}")


def _back_to(desk: DeskPage, label: str) -> None:
    _tab_to(desk, label, "Shift+Tab")


def _tab_back_to_the_cell(desk: DeskPage) -> None:
    for _ in range(_MOST_TABS):
        if desk.page.evaluate("document.activeElement.matches('.jp-CodeCell')"):
            return
        desk.page.keyboard.press("Shift+Tab")
    raise AssertionError("Shift+Tab does not lead out of the desk to its cell")


def test_all_is_done_by_keys_alone(desk: DeskPage) -> None:
    keys = desk.page.keyboard
    desk.root.evaluate("root => { root.dataset.old = true; }")
    _tab_back_to_the_cell(desk)
    keys.press("Shift+Enter")
    desk.page.locator(".em-root[data-old]").wait_for(state="detached")
    desk.wait()

    _tab_to(desk, "^Boundaries$")
    keys.press("Home")
    keys.press("Enter")
    for _ in range(3):
        keys.press("ArrowRight")
    moved_s = (CUTS[0] + 3) / float(FPS)
    desk.until(lambda: desk.boundaries()[0]["time_s"] == moved_s, "the boundary was moved by three frames")
    keys.press("Shift+L")
    desk.until(lambda: desk.boundaries()[0]["locked"], "the boundary is locked")
    keys.press("Escape")
    keys.press("Control+z")
    desk.until(lambda: not desk.boundaries()[0]["locked"], "the lock was taken back")
    keys.press("Control+Shift+z")
    desk.until(lambda: desk.boundaries()[0]["locked"], "and is there again")

    _tab_to(desk, "motion")
    before = desk.python("desk.curve.hex()")
    keys.press("Enter")
    for _ in range(4):
        keys.press("ArrowUp")
    desk.until(lambda: desk.python("desk.curve.hex()") != before, "the curve was changed")
    keys.press("Escape")
    _cue_and_mute_by_keys(desk)

    keys.press("Space")
    desk.until(lambda: desk.python("desk.playing and desk.position_s") or 0, "it plays")
    keys.press("Space")
    desk.until(lambda: not desk.python("desk.playing"), "it stands")
    keys.press("?")
    desk.root.get_by_role("dialog").wait_for()
    keys.press("Escape")
    desk.root.get_by_role("dialog").wait_for(state="hidden")
    assert _is_in_desk(desk)


def _cue_and_mute_by_keys(desk: DeskPage) -> None:
    """From the emotion lane: go to the fourth second, let the music come in there, mute the second track."""
    keys = desk.page.keyboard
    _tab_to(desk, "^Cues$")
    keys.press("Home")
    for _ in range(4):
        keys.press("Shift+ArrowRight")
    desk.until(lambda: desk.python("desk.position_s") == 4, "it is at the fourth second")
    desk.until(lambda: number_shown(desk.film_picture()) == 4 * FPS, "and shows its frame")
    keys.press("i")
    desk.until(lambda: desk.session("plan")["cues"] == [[4.0, DURATION_S]], "the music comes in there")
    keys.press("Escape")
    _tab_to(desk, "^Piano roll$")
    keys.press("ArrowDown")  # Tab went by way of the first track's switches
    keys.press("m")
    name = desk.python("desk.tracks")[1]["name"]
    desk.until(lambda: desk.session("show")["muted"] == [name], "the second track is muted")


def test_a_take_is_composed_and_accepted_by_keys_alone(desk: DeskPage) -> None:
    before = [take["name"] for take in desk.session("show")["takes"]]
    _back_to(desk, "^Generate$")
    desk.page.keyboard.press("Enter")
    desk.until(lambda: len(desk.session("show")["takes"]) > len(before), "there is another take", 120)
    new = desk.session("show")["takes"][-1]["name"]
    desk.button(f"Accept take {new}").wait_for()
    _back_to(desk, f"^Accept take {new}$")
    desk.page.keyboard.press("Enter")
    desk.until(lambda: desk.session("show")["accepted"] == new, "it is accepted")


def test_keys_pressed_faster_than_the_kernel_answers_are_done_in_their_order(desk: DeskPage) -> None:
    _tab_to(desk, "^Boundaries$")
    keys = desk.page.keyboard
    keys.press("Home")
    keys.press("Enter")
    keys.press("Shift+L")
    desk.until(lambda: desk.boundaries()[0]["locked"], "the boundary is locked")
    before, base = desk.changes(), desk.base
    assert len(before) == base + 1
    keys.press("Escape")
    for key in ("z", "Shift+z", "z", "Shift+z", "z", "Shift+z", "z"):
        keys.press(f"Control+{key}")
    desk.until(lambda: desk.changes() == before[:-1], "it was taken back")
    desk.root.get_by_role("button", name="Redo: ").wait_for()
    keys.press("Control+Shift+z")
    keys.press("Control+Shift+z")
    desk.root.get_by_text("there is nothing to redo").wait_for(state="attached")
    assert desk.changes() == before and desk.boundaries()[0]["locked"]
    assert not desk.has_alert("nothing to")


@pytest.mark.parametrize("place", ["the desk", "a lane", "a field"])
def test_the_notebook_is_saved_from_within_the_desk(desk: DeskPage, place: str) -> None:
    desk.page.evaluate(_NOTE_SAVING)
    kept = desk.lab.root / desk.notebook
    if place == "the desk":
        desk.focus()
    elif place == "a lane":
        desk.lane("Emotion").click(14, 0.03)
    else:
        desk.root.locator("input[type=text]").first.click()
    before = kept.stat().st_mtime_ns
    desk.page.keyboard.press("Control+s")
    desk.until(lambda: kept.stat().st_mtime_ns != before, "the notebook is saved")
    assert desk.page.evaluate("saving") == [True], "the browser saves nothing itself"
    assert _is_in_desk(desk)


def test_commands_and_side_bar_of_jupyterlab_from_within_the_desk(desk: DeskPage) -> None:
    desk.focus()
    bar = desk.page.locator("#jp-left-stack")
    was_there = bar.is_visible()
    desk.page.keyboard.press("Control+b")
    bar.wait_for(state="hidden" if was_there else "visible")
    desk.focus()
    desk.page.keyboard.press("Control+b")
    bar.wait_for(state="visible" if was_there else "hidden")
    desk.focus()
    desk.page.keyboard.press("Control+Shift+c")
    palette = desk.page.locator(".lm-CommandPalette-input")
    palette.wait_for()
    desk.page.keyboard.press("Escape")
    palette.wait_for(state="hidden")


def test_keys_in_the_desk_do_nothing_to_the_notebook(desk: DeskPage) -> None:
    cells = desk.page.locator(".jp-Cell")
    before = cells.count()
    desk.focus()
    for key in ("d", "d", "a", "b", "x", "y", "r", "0", "0", "i", "i", "Enter", "Escape", "z", "c", "v"):
        desk.page.keyboard.press(key)
    desk.sleep(0.3)
    assert cells.count() == before
    assert desk.page.locator(".jp-CodeCell").count() == before
    assert desk.page.locator(".jp-Dialog").count() == 0
    assert _is_in_desk(desk)


def test_keys_out_of_the_desk_do_nothing_to_it(desk: DeskPage) -> None:
    def state() -> object:
        return desk.python("[desk.playing, desk.position_s, desk.loop, desk.tracks, desk.history]")

    before = state()
    desk.page.locator(".jp-CodeCell .cm-content").last.click()
    for key in ("Space", "m", "s", "[", "]", "j", "l", "Shift+L", "Home", "Control+z", "?"):
        desk.page.keyboard.press(key)
    desk.sleep(0.5)
    assert state() == before
    assert not desk.inside("desk.player.playing")
    desk.page.keyboard.press("Control+a")
    desk.page.keyboard.press("Delete")
