"""What axe-core finds in a desk."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.widgets.browser.desk_page import DeskPage

_GRAVE = ("serious", "critical")


def grave_findings(desk: DeskPage) -> list[str]:
    """What is serious or worse, with the place."""
    found: list[dict[str, Any]] = Axe().run(desk.page, context=".em-root").response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in _GRAVE
        for node in one["nodes"]
    ]
