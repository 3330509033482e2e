"""What hands select and what the desk then says: stretches with Shift, changes that change nothing, fields of text."""

from __future__ import annotations

import re

import pytest

from tests.widgets.browser.desk_page import RULER, DeskPage, Lane
from tests.widgets.browser.films import FPS

_FRAME_S = float(1 / FPS)
_FROM_S, _TO_S = 4.0, 9.0


def _select(lane: Lane, from_s: float, to_s: float, down: float) -> None:
    lane.drag(lane.at(from_s, down), lane.at(to_s, down), held=["Shift"])


def _selection(desk: DeskPage) -> list[float] | None:
    found = desk.inside("desk.workspace.view.selection")
    return None if found is None else [float(time_s) for time_s in found]


@pytest.mark.parametrize(("label", "down"), [(RULER, 0.1), (RULER, 0.9), ("Film", 0.5)])
def test_a_drag_with_shift_selects_time(desk: DeskPage, label: str, down: float) -> None:
    lane = desk.lane(label)
    _select(lane, _FROM_S, _TO_S, down)
    found = _selection(desk)
    assert found is not None
    for time_s, wanted_s in zip(found, (_FROM_S, _TO_S), strict=True):
        assert abs(time_s - wanted_s) <= _FRAME_S + lane.seconds_of(1)
        assert abs(time_s / _FRAME_S - round(time_s / _FRAME_S)) < 1e-6, "it lies on frames"
    desk.until(lambda: desk.python("desk.selection and list(desk.selection)") == found, "Python knows it")
    assert (desk.inside("desk.player.position_s"), desk.inside("desk.workspace.view.loop")) == (0, None)
    desk.page.keyboard.down("Shift")
    lane.click(6, down)
    desk.page.keyboard.up("Shift")
    assert _selection(desk) is None


def test_without_shift_the_ruler_and_the_film_strip_go_there(desk: DeskPage) -> None:
    for label, down in ((RULER, 0.1), ("Film", 0.5)):
        lane = desk.lane(label)
        lane.drag(lane.at(3, down), lane.at(7, down))
        desk.until(lambda: abs(desk.inside("desk.player.position_s") - 7) < 0.2, "it went along")
        assert _selection(desk) is None


def test_delete_in_the_cue_lane_is_for_a_cue_and_silence_is_made_once(desk: DeskPage) -> None:
    _select(desk.lane(RULER), 6, 9, 0.1)
    cues = desk.lane("Cues")
    cues.canvas.focus()
    desk.page.keyboard.press("Delete")
    cues.group.get_by_text("select a cue first").wait_for()
    assert len(desk.changes()) == desk.base
    silence = desk.button("No music over the selected stretch")
    silence.click()
    desk.until(lambda: len(desk.python("desk.cues")) == 2, "it is silent")
    desk.root.get_by_text("2 cues", exact=True).wait_for(state="attached")
    silence.click()
    cues.group.get_by_text("this stretch is silent already").wait_for()
    assert len(desk.changes()) == desk.base + 1


def test_what_was_said_of_a_cue_does_not_outlive_it(desk: DeskPage) -> None:
    _select(desk.lane(RULER), 6, 9, 0.1)
    desk.button("No music over the selected stretch").click()
    desk.until(lambda: len(desk.python("desk.cues")) == 2, "it is silent")
    desk.lane("Cues").click(12)
    desk.root.get_by_text(re.compile("^in of cue 2")).wait_for(state="attached")
    desk.session("undo")
    desk.root.get_by_text(re.compile("^cue 1 from 00:00:00:00 to 00:00:16:00")).wait_for(state="attached")
    assert desk.root.get_by_text(re.compile("^in of cue 2")).count() == 0
    cue = {"in_s": "1", "out_s": "3", "entry": "attack", "ending": "ring"}
    desk.session("edit", edit="cues", cues=[cue])
    desk.root.get_by_text("the selected cue is gone").wait_for(state="attached")


def test_flattening_what_is_flat_is_no_change(desk: DeskPage) -> None:
    lane = desk.lane("Emotion")
    _select(lane, 7, 8.5, 0.03)
    lane.canvas.focus()
    desk.page.keyboard.press("f")
    desk.until(lambda: len(desk.changes()) == desk.base + 1, "it is flattened")
    desk.until(lambda: not desk.inside("desk.workspace.get('curve_tried')"), "and shown")
    desk.page.keyboard.press("f")
    desk.root.get_by_text("nothing changes").wait_for(state="attached")
    assert len(desk.changes()) == desk.base + 1


def test_what_the_emotion_lane_says_of_its_points_follows_the_zoom(desk: DeskPage) -> None:
    def points() -> list[int]:
        return [int(number) for number in re.findall(r"held by (\d+) points", desk.told("Emotion"))]

    at_first = points()
    assert min(at_first) > 2, "it was counted once the lane had a width"
    desk.focus()
    for _ in range(6):
        desk.page.keyboard.press("+")
    desk.until(lambda: points() != at_first, "they are counted again")


def test_undo_in_a_field_of_text_takes_back_what_was_typed(desk: DeskPage) -> None:
    field, before = desk.root.get_by_label("What should change?"), desk.changes()
    field.click()
    desk.page.keyboard.type("calm")

    def holds(text: str, after: str) -> bool:
        """A browser takes back a burst of typing at once; on a busy machine there are several."""
        desk.page.keyboard.press(after)
        return field.input_value() == text

    desk.until(lambda: holds("", after="Control+z"), "it is taken back")
    desk.until(lambda: holds("calm", after="Control+Shift+z"), "and there again")
    field.fill("")
    assert desk.changes() == before


@pytest.mark.parametrize(("width", "height"), [(1000, 900), (1600, 1000)])
def test_the_table_of_keys_and_gestures_fits(desk: DeskPage, width: int, height: int) -> None:
    before = desk.page.viewport_size
    desk.page.set_viewport_size({"width": width, "height": height})
    desk.focus()
    desk.page.keyboard.press("?")
    dialog = desk.root.get_by_role("dialog")
    dialog.get_by_role("rowheader", name="Shift drag").wait_for()
    wide = dialog.evaluate(
        """(dialog) => [...dialog.querySelectorAll("th")].filter((cell) => {
          const box = cell.getBoundingClientRect();
          const isOut = (part) => part.getBoundingClientRect().right > box.right + 0.5;
          return box.height > cell.parentNode.lastChild.getBoundingClientRect().height + 1
            || [...cell.children].some(isOut);
        }).map((cell) => cell.textContent)"""
    )
    assert wide == []
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    desk.page.keyboard.press("Escape")
    assert before is not None
    desk.page.set_viewport_size(before)
