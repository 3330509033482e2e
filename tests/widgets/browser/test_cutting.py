"""Boundaries and cues, moved by mouse: what is dragged on the screen is what the session then knows."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.widgets.browser.desk_page import DeskPage
from tests.widgets.browser.films import CUTS, DURATION_S, FPS, film_times_s

FRAME_S = float(1 / FPS)


def _hit_times_s(desk: DeskPage) -> dict[int, float]:
    """Where the click has each hit, in seconds, by its beat."""
    pairs = desk.python(
        "[(hit.beat, float(desk.score_plan.tempo_map.seconds(hit.beat))) for hit in desk.score_plan.hits]"
    )
    return {int(beat): float(time_s) for beat, time_s in pairs}


def _hits(boundaries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [boundary for boundary in boundaries if boundary["beat"] is not None]


def test_a_dragged_boundary_takes_its_hit_with_it(desk: DeskPage) -> None:
    lane = desk.lane("Boundaries")
    hit = _hits(desk.boundaries())[-1]
    target_s = hit["time_s"] + 0.44
    lane.drag(lane.at(hit["time_s"]), lane.at(target_s), held=["Alt"])
    moved = desk.until(
        lambda: next((b for b in desk.boundaries() if abs(b["time_s"] - target_s) < 2 * FRAME_S), None),
        "the boundary lies where it was dragged",
    )
    assert len(desk.changes()) == desk.base + 1
    assert abs(moved["time_s"] * float(FPS) - round(moved["time_s"] * float(FPS))) < 1e-6
    met = {b["number"]: b for b in _hits(desk.boundaries())}
    assert moved["number"] in met
    beat = met[moved["number"]]["beat"]
    desk.until(
        lambda: abs(_hit_times_s(desk).get(beat, np.inf) - moved["time_s"]) <= FRAME_S,
        "the click has the hit where the boundary is",
    )
    desk.until(
        lambda: desk.python("desk.boundaries")[moved["number"] - 1]["time_s"] == moved["time_s"],
        "and the desk shows it there",
    )


def test_while_a_boundary_is_dragged_nothing_is_changed_and_escape_gives_it_back(desk: DeskPage) -> None:
    lane = desk.lane("Boundaries")
    before = desk.boundaries()
    desk.page.mouse.move(*lane.at(before[1]["time_s"]))
    desk.page.mouse.down()
    desk.page.mouse.move(*lane.at(before[1]["time_s"] + 1), steps=5)
    desk.sleep(0.5)
    assert desk.boundaries() == before
    desk.page.keyboard.press("Escape")
    desk.page.mouse.up()
    desk.sleep(0.3)
    assert desk.boundaries() == before
    assert len(desk.changes()) == desk.base


def test_a_boundary_is_weighed_by_its_head(desk: DeskPage) -> None:
    lane = desk.lane("Boundaries")
    lane.click(desk.boundaries()[0]["time_s"], 0.9)
    slider = desk.root.get_by_role("slider", name="Strength of the selected boundary")
    box = slider.bounding_box()
    assert box is not None
    desk.page.mouse.click(box["x"] + 0.95 * box["width"], box["y"] + box["height"] / 2)
    desk.until(lambda: desk.boundaries()[0]["strength"] > 0.85, "the boundary weighs more")


def test_a_boundary_is_locked_added_and_taken_away(desk: DeskPage) -> None:
    lane = desk.lane("Boundaries")
    lane.click(CUTS[1] / float(FPS))
    desk.button("Lock the selected boundary").click()
    desk.until(lambda: desk.boundaries()[1]["locked"], "the boundary is locked")

    new_s = 7.92
    desk.page.keyboard.down("Alt")
    desk.page.mouse.dblclick(*lane.at(new_s))
    desk.page.keyboard.up("Alt")
    added = desk.until(lambda: len(desk.boundaries()) == len(CUTS) + 1, "there is one more")
    assert added
    times_s = [boundary["time_s"] for boundary in desk.boundaries()]
    assert min(abs(time_s - new_s) for time_s in times_s) <= max(FRAME_S, lane.seconds_of(2))

    lane.click(min(times_s, key=lambda time_s: abs(time_s - new_s)))
    desk.button("Delete the selected boundary").click()
    desk.until(lambda: [b["time_s"] for b in desk.boundaries()] == list(film_times_s()), "it is gone again")


def test_a_cue_begins_where_its_edge_is_dragged(desk: DeskPage) -> None:
    lane = desk.lane("Cues")
    cut_s = CUTS[0] / float(FPS)
    lane.drag(lane.at(0.02), lane.at(cut_s + lane.seconds_of(3)))  # it snaps to the cut
    desk.until(lambda: desk.session("plan")["cues"] == [[cut_s, DURATION_S]], "the cue begins at the cut")
    desk.until(lambda: desk.python("desk.cues")[0]["in_s"] == cut_s, "and the desk shows it so")


def test_a_selected_stretch_is_silenced(desk: DeskPage) -> None:
    lane = desk.lane("Cues")
    lane.drag(lane.at(6.4), lane.at(9.4), held=["Shift"])
    desk.button("No music over the selected stretch").click()
    cues = desk.until(
        lambda: found if len(found := desk.session("plan")["cues"]) == 2 else None, "two cues are left"
    )
    (_, first_out_s), (second_in_s, _) = cues
    assert abs(first_out_s - 6.4) < 2 * FRAME_S
    assert abs(second_in_s - 9.4) < 2 * FRAME_S
