"""The emotion of a film, pulled by points, drawn freehand and changed by stretches with the mouse."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tests.widgets.browser.desk_page import RULER, DeskPage, Lane

_TIMES_S = np.arange(0, 16, 0.25)
Curve = NDArray[np.float64]


def _curves(desk: DeskPage) -> tuple[Curve, Curve]:
    """Valence and arousal four times a second, as Python knows them."""
    valence, arousal = desk.python(
        "[[float(v) for v in __import__('numpy').interp(times, c.times_s, side)] for side in (c.valence, c.arousal)]",
        f"c, times = desk.plan.film.curve, {_TIMES_S.tolist()}",
    )
    return np.array(valence), np.array(arousal)


def _changed(desk: DeskPage, before: Curve, side: int = 0) -> Curve:
    """The curve, once it is another."""
    desk.until(lambda: np.abs(_curves(desk)[side] - before).max() > 0.02, "the curve changes")
    return _curves(desk)[side]


def _emotion(desk: DeskPage, only: str = "") -> Lane:
    """The lane, and nothing but one of its lines in reach."""
    lane = desk.lane("Emotion")
    if only:
        desk.button({"valence": "Valence (1)", "arousal": "Arousal (2)"}[only]).click()
    return lane


def _grasped(lane: Lane, time_s: float, line: str) -> tuple[float, float]:
    """A place on a line, away from the playhead and what is said beside the pointer."""
    lane.page.mouse.move(*lane.at(time_s, -0.5))
    return lane.painted_at(time_s, line)


def test_a_point_of_valence_is_pulled_up(desk: DeskPage) -> None:
    lane, (before, arousal) = _emotion(desk, "valence"), _curves(desk)
    x, y = _grasped(lane, 8, "valence")
    lane.drag((x, y), (x, y - 0.2 * lane.box()["height"]))
    after = _changed(desk, before)
    pulled = int(np.argmax(np.abs(after - before)))
    assert abs(_TIMES_S[pulled] - 8) < 1
    assert after[pulled] > before[pulled] + 0.2
    assert np.allclose(_curves(desk)[1], arousal)
    assert np.abs(after - before)[_TIMES_S > 14].max() < 0.02
    assert len(desk.changes()) == desk.base + 1
    # what is painted is what Python knows
    wanted_y = y - 0.2 * lane.box()["height"]
    desk.until(
        lambda: abs(lane.painted_at(float(_TIMES_S[pulled]), "valence")[1] - wanted_y) < 6, "it is painted"
    )


def test_a_curve_is_drawn_freehand(desk: DeskPage) -> None:
    lane, (before, _) = _emotion(desk, "valence"), _curves(desk)
    desk.button("Pencil: draw freehand (P)").click()
    places = [lane.at(time_s, 0.5 + 0.35 * np.sin(time_s)) for time_s in np.arange(3, 9.01, 0.25)]
    lane.drag(*places, steps=2)
    after = _changed(desk, before)
    inside = (_TIMES_S >= 3.5) & (_TIMES_S <= 8.5)
    drawn = -np.sin(_TIMES_S[inside])
    assert np.corrcoef(after[inside], drawn)[0, 1] > 0.98
    assert np.ptp(after[inside]) > 0.8
    assert np.abs(after - before)[(_TIMES_S < 2.5) | (_TIMES_S > 9.5)].max() < 0.02


def test_a_stretch_is_raised_flattened_smoothed_and_brought_back_to_the_analysis(desk: DeskPage) -> None:
    lane, (before, _) = _emotion(desk, "valence"), _curves(desk)
    lane.drag(lane.at(4, 0.03), lane.at(12, 0.03), held=["Shift"])
    inside = (_TIMES_S >= 4.5) & (_TIMES_S <= 11.5)

    def after(key: str, is_so: Callable[[Curve], bool], what: str) -> Curve:
        desk.page.keyboard.press(key)
        desk.until(lambda: is_so(_curves(desk)[0][inside]), what)
        return _curves(desk)[0][inside]

    start = before[inside]
    raised = np.minimum(start + 0.1, 1)
    desk.page.keyboard.press("ArrowUp")
    after("ArrowUp", lambda curve: np.allclose(curve, raised, atol=0.01), "raised by two steps")
    after("f", lambda curve: np.ptp(curve) < 0.02, "flattened")
    restored = after("r", lambda curve: np.allclose(curve, start, atol=0.01), "back to the analysis")
    edge = np.abs(np.diff(restored)).max()
    after("x", lambda curve: np.abs(np.diff(curve)).max() < 0.98 * edge, "smoothed")
    # two presses that follow each other are one change, if they reached the page so
    assert len(desk.changes()) - desk.base in (4, 5)


def test_escape_gives_up_what_is_dragged(desk: DeskPage) -> None:
    lane, before = _emotion(desk, "arousal"), _curves(desk)
    x, y = _grasped(lane, 8, "arousal")
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    desk.page.mouse.move(x, y - 40, steps=4)
    desk.page.keyboard.press("Escape")
    desk.page.mouse.up()
    desk.sleep(0.5)
    assert np.array_equal(_curves(desk), before)
    assert len(desk.changes()) == desk.base


def test_undo_and_redo_by_button(desk: DeskPage) -> None:
    lane, (before, _) = _emotion(desk, "valence"), _curves(desk)
    x, y = _grasped(lane, 5, "valence")
    lane.drag((x, y), (x, y + 30))
    after = _changed(desk, before)
    desk.root.get_by_role("button", name="Undo").click()
    desk.until(lambda: np.allclose(_curves(desk)[0], before), "it is as before")
    desk.root.get_by_role("button", name="Redo").click()
    desk.until(lambda: np.allclose(_curves(desk)[0], after), "it is changed again")


def test_the_dot_on_the_plane_is_dragged_where_the_playhead_is(desk: DeskPage) -> None:
    desk.lane(RULER).click(8, 0.15)
    desk.until(lambda: abs(desk.python("desk.position_s") - 8) < 0.1, "it is there")
    before, dot = _curves(desk), desk.root.locator(".em-plane-dot")
    dot.scroll_into_view_if_needed()
    desk.until(lambda: dot.is_visible(), "the dot is there")
    box = dot.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    desk.page.mouse.move(x - 30, y + 40, steps=5)
    desk.page.mouse.up()
    valence = _changed(desk, before[0])
    here = int(np.argmin(np.abs(_TIMES_S - 8)))
    assert valence[here] < before[0][here] - 0.2
    assert _curves(desk)[1][here] < before[1][here] - 0.2
    assert len(desk.changes()) == desk.base + 1
    assert np.abs(valence - before[0])[np.abs(_TIMES_S - 8) > 4].max() < 0.02


def test_what_each_expert_said_is_shown_where_one_points_and_hidden_again(desk: DeskPage) -> None:
    show = desk.button("Show what each expert said")
    show.click()
    lane = desk.lane("Experts")
    experts = lane.group.locator(".em-expert:not(.em-absent)")
    names = experts.all_inner_texts()
    assert names == desk.python("[row['label'] for row in desk.experts if row['available']]")
    desk.until(lambda: names[0] in desk.told("Experts"), "it is told too")
    x, _ = lane.at(8)
    first = experts.first.bounding_box()
    assert first is not None
    desk.page.mouse.move(x, first["y"] + first["height"] / 2)
    said = desk.root.get_by_text(re.compile(rf"{re.escape(names[0])}: [VA] .*\(trust 0\.\d\d\)"))
    said.first.wait_for()
    desk.until(lambda: np.ptp(lane.picture()[:30].reshape(-1, 3), axis=0).max() > 60, "lines are drawn")
    show.click()
    lane.group.wait_for(state="hidden")
