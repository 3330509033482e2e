"""What can be wrong with a film or a session: the desk says so, offers what helps, and stays usable."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.widgets.browser.axe_findings import grave_findings
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


def test_a_film_that_no_browser_decodes_is_copied_to_one_that_it_does(on_bench: Place) -> None:
    film = write_film(on_bench.folder / "film.avi", frames=_FRAMES, codec="mpeg4", with_sound=False)
    make_session(film, 2, 40, every_s=1)
    desk = on_bench.on_bench(film="film.avi")
    problem = desk.alert("decode|play|show")
    assert problem
    assert not grave_findings(desk)
    desk.button(re.compile("copy|proxy", re.I)).click()
    desk.shows_frames()


def test_a_film_that_the_server_does_not_serve_is_explained_and_linked(
    on_bench: Place, tmp_path: Path
) -> None:
    film = write_film(tmp_path / "film.mp4", frames=_FRAMES, with_sound=False)
    make_session(film, 2, 40, every_s=1)
    desk = on_bench.on_bench(_cell(film))
    assert desk.alert("server|notebook|folder")
    desk.button(re.compile("link", re.I)).click()
    desk.shows_frames()


def test_a_session_that_somebody_holds_who_does_not_answer_can_be_looked_at(
    on_bench: Place, scored: Path
) -> None:
    folder = on_bench.copy(scored).folder / "film.emsync"
    with subprocess.Popen([sys.executable, "-c", _HOLDER, str(folder)], stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
            holder.send_signal(signal.SIGSTOP)
            desk = on_bench.on_bench(_cell(on_bench.folder / "film.mp4"))
            desk.steady()
            reason = desk.until(lambda: desk.python("desk.read_only"), "it is said why")
            assert desk.alert("only be looked at")
            assert not grave_findings(desk)
            before = desk.python("desk.boundaries")
            lane = desk.lane("Boundaries")
            lane.drag(lane.at(before[0]["time_s"]), lane.at(before[0]["time_s"] + 1))
            desk.shows_frames()
            assert desk.python("desk.boundaries") == before, reason
            holder.send_signal(signal.SIGCONT)
            desk.until(lambda: not desk.python("desk.read_only"), "it can be changed again", 30)
        finally:
            holder.kill()


def test_without_an_audio_device_the_film_plays_and_the_desk_says_why_it_is_silent(
    on_bench: Place, bench: DeskPage, scored: Path
) -> None:
    on_bench.copy(scored)
    bench.page.evaluate(
        """() => {
          globalThis.emAudioContext = AudioContext;
          globalThis.AudioContext = class { constructor() { throw new Error("no device"); } };
        }"""
    )
    try:
        desk = on_bench.on_bench()
        desk.focus()
        desk.page.keyboard.press("Space")
        assert desk.alert("no audio device")
        desk.until(lambda: number_shown(desk.film_picture()) > 20, "the film plays")
        desk.page.keyboard.press("Space")
    finally:
        bench.page.evaluate("() => { globalThis.AudioContext = globalThis.emAudioContext; }")


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
