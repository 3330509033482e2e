"""What axe-core finds in the desk, in light and dark, wide and narrow."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.widgets.browser.desk_page import DeskPage

_GRAVE = ("serious", "critical")


def _grave_findings(desk: DeskPage) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(desk.page, context=".em-root").response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in _GRAVE
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_grave(desk: DeskPage, theme: str) -> None:
    desk.set_theme(theme)
    try:
        assert not _grave_findings(desk)
        desk.focus()
        desk.page.keyboard.press("?")
        desk.root.get_by_role("dialog").wait_for()
        assert not _grave_findings(desk)
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
    finally:
        desk.page.set_viewport_size(size)
        desk.sleep(0.3)
