"""What axe-core finds in the desk, in light and dark, wide and narrow; what is selected, and experts, besides."""

from __future__ import annotations

import re

import pytest

from tests.widgets.browser.axe_findings import grave_findings
from tests.widgets.browser.desk_page import DeskPage


def _select_things(desk: DeskPage) -> None:
    """Show the experts; select a boundary and a cue, and a stretch with bars that can be made anew."""
    desk.button("Show what each expert said").click()
    desk.lane("Boundaries").click(desk.boundaries()[0]["time_s"])
    desk.lane("Cues").click(12)
    roll = desk.lane("Piano roll")
    roll.drag(roll.at(3, 0.03), roll.at(7, 0.03))
    desk.button(re.compile("^Regenerate bar")).wait_for()


def _hide_experts(desk: DeskPage) -> None:
    desk.button("Show what each expert said").click()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_grave(desk: DeskPage, theme: str) -> None:
    desk.set_theme(theme)
    try:
        assert not grave_findings(desk)
        _select_things(desk)
        assert not grave_findings(desk)
        _hide_experts(desk)
        desk.focus()
        desk.page.keyboard.press("?")
        desk.root.get_by_role("dialog").wait_for()
        assert not grave_findings(desk)
        desk.page.keyboard.press("Escape")
    finally:
        desk.set_theme("light")


@pytest.mark.parametrize("width", [1000, 2500])
def test_nothing_sticks_out_of_a_narrow_or_a_wide_window(desk: DeskPage, width: int) -> None:
    size = desk.page.viewport_size
    assert size is not None
    desk.page.set_viewport_size({"width": width, "height": size["height"]})
    try:
        desk.sleep(0.5)
        over = desk.root.evaluate(
            """(root) => [...root.querySelectorAll("button, select, input, canvas, video")]
              .filter((one) => one.getClientRects().length && !one.closest(".em-unseen"))
              .filter((one) => one.getBoundingClientRect().right > root.getBoundingClientRect().right + 1)
              .map((one) => one.outerHTML.slice(0, 120))"""
        )
        assert over == []
        canvas = desk.lane("Boundaries").box()
        whole = desk.root.bounding_box()
        assert whole is not None and canvas["width"] > 0.55 * whole["width"]
        assert not grave_findings(desk)
    finally:
        desk.page.set_viewport_size(size)
        desk.sleep(0.3)
