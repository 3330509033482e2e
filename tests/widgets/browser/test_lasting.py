"""What was done stays: after a reload, in a new kernel, in another view, and when it was done elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.widgets.browser.desk_page import RULER, DeskPage
from tests.widgets.browser.films import CUTS, FPS, number_shown
from tests.widgets.browser.place import Place

_LONGER_S = 60


def _seen(desk: DeskPage) -> list[float]:
    """Times of the boundaries that the lane tells those who cannot see it."""
    return [boundary["time_s"] for boundary in desk.python("desk.boundaries")]


def _until_at(desk: DeskPage, time_s: float) -> None:
    desk.until(lambda: _seen(desk)[0] == time_s, "the desk follows")


def _drag_first_boundary(desk: DeskPage, by_s: float) -> float:
    lane = desk.lane("Boundaries")
    was_s = desk.boundaries()[0]["time_s"]
    lane.drag(lane.at(was_s), lane.at(was_s + by_s), held=["Alt"])
    desk.until(lambda: desk.boundaries()[0]["time_s"] != was_s, "the boundary was dragged")
    return float(desk.boundaries()[0]["time_s"])


def _settled(desk: DeskPage) -> str:
    """What the boundary lane tells once the kernel has answered: before that, a change is told as it was asked for."""
    first_s = desk.boundaries()[0]["time_s"]
    desk.until(
        lambda: desk.inside("desk.workspace.get('boundaries')[0].time_s") == first_s, "the kernel answers"
    )
    told, before = desk.told("Boundaries"), ""
    while told != before:
        desk.page.wait_for_timeout(700)
        told, before = desk.told("Boundaries"), told
    return told


def _set_up(desk: DeskPage) -> None:
    """Mute a track, zoom in, loop a second, turn the music down: what a desk keeps beside the boundaries."""
    name = desk.python("desk.tracks")[0]["name"]
    desk.switch("Mute", name).click()
    slider = desk.root.get_by_role("slider", name="Volume of the music", exact=True)
    box = slider.bounding_box()
    assert box is not None
    desk.page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2)
    for time_s, key in ((4.0, "["), (5.0, "]")):
        desk.lane(RULER).click(time_s, 0.15)
        desk.page.keyboard.press(key)
    desk.page.keyboard.press("+")
    desk.until(lambda: desk.python("desk.tracks")[0]["muted"], "the track is muted")
    desk.until(lambda: desk.python("desk.loop and desk.music_volume < 0.9 and desk.view"), "Python knows")
    desk.sleep(1.5)  # looks are written once a second


_KEPT = (
    "[desk.curve.hex(), desk.boundaries, desk.cues, desk.tracks, desk.notes.hex(), desk.locks, desk.accepted, "
    "desk.loop, desk.view, desk.position_s, desk.film_volume, desk.music_volume]"
)
_LOOKS = (
    "[desk.workspace.view.loop, desk.workspace.view.position_s, desk.workspace.view.music_volume, "
    "desk.player.stems.volume, desk.workspace.axis.start_s, desk.workspace.axis.end_s]"
)


def _kept(desk: DeskPage) -> tuple[object, object]:
    """All that is to last, as Python and as the page know it."""
    return desk.python(_KEPT), desk.inside(_LOOKS)


def _reload(desk: DeskPage) -> None:
    """Load the page again; once more where JupyterLab, which waits 4 s for a kernel to name its widgets, gave up."""
    desk.load()
    gave_up = desk.page.get_by_text("model not found").first
    desk.root.or_(gave_up).first.wait_for()
    if not desk.root.is_visible():
        desk.faults.take()
        desk.load()
    desk.wait()


def test_a_reloaded_page_and_a_new_kernel_show_the_same_desk(place: Place, scored: Path) -> None:
    desk = place.copy(scored).run()
    moved_s = _drag_first_boundary(desk, 0.8)
    _set_up(desk)
    told, kept = _settled(desk), _kept(desk)
    desk.save_notebook()
    _reload(desk)
    desk.until(lambda: desk.told("Boundaries") == told, "a reloaded page shows the same", _LONGER_S)
    desk.until(lambda: _kept(desk) == kept, "and all else", _LONGER_S)
    assert _drag_first_boundary(desk, -0.4) != moved_s
    told, kept = _settled(desk), _kept(desk)
    desk.sleep(1.5)

    os.kill(desk.python("__import__('os').getpid()"), signal.SIGKILL)
    assert desk.alert("kernel does not answer")
    for button in desk.page.locator(".jp-Dialog .jp-mod-accept").all():
        button.click()
    desk.shows_frames()
    desk.page.keyboard.press("Space")
    desk.until(lambda: number_shown(desk.film_picture()) > 20, "the film plays")
    desk.page.keyboard.press("Space")

    desk.run_cell()
    desk.until(lambda: not desk.has_alert("kernel does not answer"), "a new kernel is well", _LONGER_S)
    desk.wait()
    desk.until(lambda: desk.told("Boundaries") == told, "and shows the same", _LONGER_S)
    assert desk.python(_KEPT)[:-3] == kept[0][:-3]
    assert desk.python(_KEPT)[-2:] == kept[0][-2:]
    desk.lane("Boundaries").click(desk.boundaries()[0]["time_s"])
    desk.button("Lock the selected boundary").click()
    desk.until(lambda: desk.boundaries()[0]["locked"], "it can be worked with")


def test_two_desks_of_a_session_stay_in_step_whoever_changes_it(desk: DeskPage, place: Place) -> None:
    first, second = desk, replace(place, folder=desk.folder).open(name="second.ipynb")
    place.desks.append(second)
    second.run_cell()
    second.wait()
    moved_s = _drag_first_boundary(second, 0.8)
    first.until(lambda: _seen(first)[0] == moved_s, "the first desk follows")
    first.until(lambda: first.told("Boundaries") == second.told("Boundaries"), "and shows it")
    first.page.bring_to_front()
    first.focus()
    first.page.keyboard.press("Control+z")
    second.until(lambda: _seen(second)[0] == CUTS[0] / float(FPS), "the second desk follows")

    folder = str(desk.folder / "film.emsync")
    command = [sys.executable, "-m", "emsync_nb", "session", "move", folder, "1", "2.4"]
    subprocess.run(command, check=True, capture_output=True)
    for each in (first, second):
        _until_at(each, 2.4)
    assert len(first.changes()) == first.base + 1
