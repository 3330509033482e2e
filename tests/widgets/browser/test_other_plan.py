"""The plan changes, the take does not: the desk says so until both are one again. And focus outlives what had it."""

from __future__ import annotations

import re

from tests.widgets.browser.desk_page import DeskPage
from tests.widgets.browser.films import FPS

FRAME_S = float(1 / FPS)
STALE = re.compile("made before your last change; bars? .* moved")


def _drag_a_hit(desk: DeskPage) -> float:
    """Drag a boundary that is a hit by about half a second; where it lies then."""
    lane = desk.lane("Boundaries")
    hit = [row for row in desk.boundaries() if row["beat"] is not None][-1]
    target_s = float(hit["time_s"]) + 0.52
    lane.drag(lane.at(hit["time_s"]), lane.at(target_s), held=["Alt"])
    desk.until(
        lambda: any(abs(row["time_s"] - target_s) < 2 * FRAME_S for row in desk.boundaries()),
        "the boundary lies where it was dragged",
    )
    return target_s


def _has_focus(desk: DeskPage) -> bool:
    return bool(desk.root.evaluate("root => root.matches(':focus-within')"))


def test_a_dragged_boundary_is_planned_until_the_take_is_made_anew(desk: DeskPage) -> None:
    assert "met on" in desk.told("Boundaries") and "planned on" not in desk.told("Boundaries")
    before = desk.lane("Piano roll").picture()
    _drag_a_hit(desk)
    desk.until(lambda: "the accepted take misses it by" in desk.told("Boundaries"), "the lane says so")
    assert "missed by the accepted take" in desk.told("Boundaries")
    desk.root.get_by_text(STALE).wait_for()
    desk.until(lambda: "Moved in the plan" in desk.told("Piano roll"), "the roll says so")
    after = desk.lane("Piano roll").picture()
    assert before.shape != after.shape or (before != after).any()

    takes = len(desk.session("show")["takes"])
    desk.button(re.compile("for the new plan$")).click()
    desk.until(lambda: len(desk.session("show")["takes"]) > takes, "the bars are composed anew", 120)
    name = desk.session("show")["takes"][-1]["name"]
    desk.button(f"Accept take {name}").click()
    desk.until(lambda: "planned on" not in desk.told("Boundaries"), "all hits are met again")
    assert desk.root.get_by_text(STALE).count() == 0
    assert "Moved in the plan" not in desk.told("Piano roll")


def test_while_it_is_dragged_its_words_are_above_the_lane(desk: DeskPage) -> None:
    lane = desk.lane("Boundaries")
    time_s = desk.boundaries()[1]["time_s"]
    desk.page.mouse.move(*lane.at(time_s))
    desk.page.mouse.down()
    desk.page.mouse.move(*lane.at(time_s + 0.6), steps=4)
    words = lane.group.locator(".em-hint")
    words.wait_for()
    box = words.bounding_box()
    assert box is not None and box["y"] + box["height"] <= lane.box()["y"]
    desk.page.keyboard.press("Escape")
    desk.page.mouse.up()


def test_keys_go_on_after_the_take_that_had_focus_is_undone(desk: DeskPage) -> None:
    takes = len(desk.session("show")["takes"])
    desk.button("Generate").click()
    desk.until(lambda: len(desk.session("show")["takes"]) > takes, "there is another take", 120)
    name = desk.session("show")["takes"][-1]["name"]
    row = desk.button(f"Accept take {name}")
    row.focus()
    desk.page.keyboard.press("Control+z")
    row.wait_for(state="detached")
    assert _has_focus(desk)
    desk.page.keyboard.press("Control+Shift+z")
    desk.until(lambda: len(desk.session("show")["takes"]) > takes, "the key was heard")


def test_keys_go_on_after_the_last_boundary_is_deleted_by_its_button(desk: DeskPage) -> None:
    lane = desk.lane("Boundaries")
    count = len(desk.boundaries())
    lane.click(desk.boundaries()[-1]["time_s"])
    delete = desk.button("Delete the selected boundary")
    for left in reversed(range(count)):
        delete.focus()
        desk.page.keyboard.press("Enter")
        desk.until(lambda left=left: len(desk.boundaries()) == left, "one less")  # type: ignore[misc]
    desk.until(lambda: delete.is_disabled() and _has_focus(desk), "focus is still in the desk")
    desk.page.keyboard.press("Control+z")
    desk.until(lambda: len(desk.boundaries()) == 1, "the key was heard")
