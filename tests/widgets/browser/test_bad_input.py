"""What can be wrong with a film, a kernel or a session: the desk says so, offers what helps, and stays usable."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.widgets.browser.desk_page import DeskPage
from tests.widgets.browser.films import number_shown, write_film, write_long_film
from tests.widgets.browser.made_sessions import make_session
from tests.widgets.browser.place import Place

_FRAMES = 100
_proof_only = pytest.mark.skipif(
    not os.environ.get("EMSYNC_PROOF"), reason="set EMSYNC_PROOF=1; it takes long"
)

#: holds a session until it is killed
_HOLDER = """
import sys, time
from emsync_nb.session import Session
with Session.open(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


def _cell(film: object) -> str:
    return f"from emsync_nb.widgets import ScoringDesk\n\ndesk = ScoringDesk({str(film)!r})\ndesk"


def _shows_frames(desk: DeskPage) -> None:
    """The film is there: steps of one frame are seen."""
    desk.focus()
    desk.page.keyboard.press("Home")
    for _ in range(5):
        desk.page.keyboard.press("ArrowRight")
    desk.until(lambda: number_shown(desk.film_picture()) == 5, "the fifth frame is shown", 30)


def test_a_film_that_no_browser_decodes_is_copied_to_one_that_it_does(on_bench: Place) -> None:
    film = write_film(on_bench.folder / "film.avi", frames=_FRAMES, codec="mpeg4", with_sound=False)
    make_session(film, 2, 40, every_s=1)
    desk = on_bench.on_bench(film="film.avi")
    problem = desk.alert("decode|play|show")
    assert problem
    desk.button(re.compile("copy|proxy", re.I)).click()
    _shows_frames(desk)


def test_a_film_that_the_server_does_not_serve_is_explained_and_linked(
    on_bench: Place, tmp_path: Path
) -> None:
    film = write_film(tmp_path / "film.mp4", frames=_FRAMES, with_sound=False)
    make_session(film, 2, 40, every_s=1)
    desk = on_bench.on_bench(_cell(film))
    assert desk.alert("server|notebook|folder")
    desk.button(re.compile("link", re.I)).click()
    _shows_frames(desk)


def test_a_kernel_that_dies_is_told_and_the_film_still_plays(place: Place, scored: Path) -> None:
    desk = place.copy(scored).run()
    _shows_frames(desk)
    os.kill(desk.python("__import__('os').getpid()"), signal.SIGKILL)
    assert desk.alert("kernel does not answer")
    for button in desk.page.locator(".jp-Dialog .jp-mod-accept").all():
        button.click()
    desk.focus()
    desk.page.keyboard.press("Space")
    desk.until(lambda: number_shown(desk.film_picture()) > 30, "the film plays")
    desk.page.keyboard.press("Space")
    desk.run_cell()
    desk.until(lambda: not desk.has_alert("kernel does not answer"), "a new kernel is well", 60)
    desk.wait()
    desk.lane("Boundaries").click(desk.boundaries()[0]["time_s"])
    desk.button("Lock the selected boundary").click()
    desk.until(lambda: desk.boundaries()[0]["locked"], "it can be worked with")


def test_a_session_that_somebody_holds_who_does_not_answer_can_be_looked_at(
    place: Place, scored: Path
) -> None:
    folder = place.copy(scored).folder / "film.emsync"
    with subprocess.Popen([sys.executable, "-c", _HOLDER, str(folder)], stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
            holder.send_signal(signal.SIGSTOP)
            desk = place.open()
            desk.run_cell()
            desk.shown()
            reason = desk.until(lambda: desk.python("desk.read_only"), "it is said why")
            assert desk.alert(r"only be looked at|not answer|holds")
            before = desk.python("desk.boundaries")
            lane = desk.lane("Boundaries")
            lane.drag(lane.at(before[0]["time_s"]), lane.at(before[0]["time_s"] + 1))
            _shows_frames(desk)
            assert desk.python("desk.boundaries") == before, reason
            holder.send_signal(signal.SIGCONT)
            desk.until(lambda: not desk.python("desk.read_only"), "it can be changed again", 30)
        finally:
            holder.kill()


@pytest.mark.parametrize(
    ("tracks", "notes"),
    [(1, 0), pytest.param(1, 30, marks=_proof_only), (40, 400)],
)
def test_few_and_many_tracks_and_notes(on_bench: Place, tracks: int, notes: int) -> None:
    film = write_film(on_bench.folder / "film.mp4", frames=_FRAMES, with_sound=False)
    make_session(film, tracks, notes, every_s=1)
    desk = on_bench.on_bench()
    assert desk.python("sum(track['notes'] for track in desk.tracks)") == notes
    last = desk.switch("Mute", f"Part {tracks}")
    last.scroll_into_view_if_needed()
    last.click()
    desk.until(lambda: desk.session("show")["muted"] == [f"Part {tracks}"], "the last track is muted")
    desk.focus()
    desk.page.keyboard.press("Space")
    desk.until(lambda: desk.python("desk.position_s") > 1, "it plays")
    desk.page.keyboard.press("Space")


@_proof_only
def test_a_film_of_two_hours(place: Place) -> None:
    film = write_long_film(place.folder / "film.mp4")
    make_session(film, 10, 20_000, every_s=30)
    desk = place.run()
    lane = desk.lane("Boundaries")
    assert lane.view_s() == (0, 7200)
    desk.page.mouse.move(*lane.at(3600))
    desk.page.keyboard.down("Control")
    for _ in range(30):
        desk.page.mouse.wheel(0, -100)
    desk.page.keyboard.up("Control")
    desk.until(lambda: lane.view_s()[1] - lane.view_s()[0] < 60, "a minute is in view")
    start_s, end_s = lane.view_s()
    assert start_s < 3600 < end_s
    number = 119
    was_s = desk.boundaries()[number]["time_s"]
    lane.drag(lane.at(was_s), lane.at(was_s + 2), held=["Alt"])
    desk.until(lambda: desk.boundaries()[number]["time_s"] == was_s + 2, "the boundary was dragged")
