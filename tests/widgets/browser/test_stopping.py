"""Long work in a browser: it is told how far it is, the kernel is free meanwhile, and Cancel leaves no trace of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from tests.widgets.browser.axe_findings import grave_findings
from tests.widgets.browser.desk_page import DeskPage
from tests.widgets.browser.films import write_film
from tests.widgets.browser.place import Place

#: every step of long work takes a moment more, so that there is something to be stopped on any machine
_SLOW = """
import time
from emsync_nb.session.stopping import Stoppable
fast_stage = Stoppable.stage
def slow_stage(self, name, share):
    time.sleep(0.5)
    fast_stage(self, name, share)
Stoppable.stage = slow_stage
"""
_FAST = "Stoppable.stage = fast_stage"


@contextmanager
def _slowly(desk: DeskPage) -> Iterator[None]:
    desk.python("1", _SLOW)
    try:
        yield
    finally:
        desk.python("1", _FAST)


def _set_number_of_takes(desk: DeskPage, number: int) -> None:
    desk.root.get_by_role("spinbutton", name="Takes").click()
    desk.page.keyboard.press("Control+a")
    desk.page.keyboard.type(str(number))


def _cancel(desk: DeskPage) -> None:
    """Once the work goes on beside a kernel that is free: stop it, and wait until it has ended."""
    desk.until(lambda: desk.python("desk.job.get('stage')"), "it goes on")
    assert desk.python("6 * 7") == 42
    assert desk.button("Cancel").is_visible()
    desk.button("Cancel").click()
    desk.until(lambda: not desk.python("desk.job"), "it is over")
    desk.root.get_by_role("group", name="Work in progress").wait_for(state="hidden")


def test_a_generation_that_is_cancelled_changes_nothing(desk: DeskPage) -> None:
    before, changes = desk.session("show"), desk.changes()
    with _slowly(desk):
        _set_number_of_takes(desk, 8)
        desk.button("Generate").click()
        desk.root.get_by_role("group", name="Work in progress").wait_for()
        assert not grave_findings(desk)
        _cancel(desk)
    assert desk.session("show") == before
    assert desk.changes() == changes
    _set_number_of_takes(desk, 1)


def test_bars_that_are_composed_anew_stay_when_that_is_cancelled(desk: DeskPage) -> None:
    before, changes, roll = desk.session("show"), desk.changes(), desk.lane("Piano roll")
    with _slowly(desk):
        roll.drag(roll.at(5, 0.02), roll.at(12, 0.02))
        desk.button(re.compile(r"^Regenerate bars? \d")).click()
        _cancel(desk)
    assert desk.session("show") == before
    assert desk.changes() == changes


def test_an_analysis_is_cancelled_and_begun_again(on_bench: Place, bench: DeskPage) -> None:
    write_film(on_bench.folder / "film.mp4", frames=100, with_sound=False)
    with _slowly(bench):
        desk = on_bench.on_bench()
        _cancel(desk)
        assert desk.session("history")["history"][-1]["here"]
        analyse = desk.button("Analyse the film")
        analyse.click()
        desk.until(lambda: desk.python("desk.job.get('what')"), "it begins again")
    desk.until(lambda: desk.python("desk.boundaries"), "the film is analysed", 120)
    desk.lane("Boundaries")
