"""Film and music: the frame that is shown, how well they keep step, what is heard, and how much is said meanwhile."""

from __future__ import annotations

import os

import numpy as np
import pytest

from tests.widgets.browser.desk_page import RULER, DeskPage
from tests.widgets.browser.films import DURATION_S, FPS, FRAMES, Frame, frames_of, number_shown
from tests.widgets.browser.live_sound import listening

#: messages to the kernel in a second
MOST_MESSAGES = 5
#: how far film and music may be apart, in milliseconds, and for how many of the frames. The goal is looked at where
#: nothing else runs; beside other tests, whether they are together at all
DRIFT_MS, SHARE_IN_TIME, LOOKED_S = (20, 0.95, 8) if os.environ.get("EMSYNC_PROOF") else (150, 0.5, 4)
#: the film takes up to a second and a half to catch up after a start, and an ear that is put up holds up the page
SETTLED_S = 2


def _seek(desk: DeskPage, time_s: float) -> int:
    """Click on the ruler; the frame that the desk then says it is at."""
    desk.lane(RULER).click(time_s, 0.15)
    desk.until(lambda: abs(desk.python("desk.position_s") - time_s) < 0.1, "the position is known in Python")
    return round(float(desk.python("desk.position_s")) * float(FPS))


@pytest.mark.parametrize("time_s", [3.06, 9.3, 15.8])
def test_the_frame_that_is_shown_is_the_films_own(desk: DeskPage, time_s: float) -> None:
    number = _seek(desk, time_s)
    desk.until(lambda: number_shown(desk.film_picture()) == number, f"frame {number} is shown")
    around = [other for other in range(number - 3, number + 4) if 0 <= other < FRAMES]
    shown = desk.film_picture()
    rows = np.linspace(0, shown.shape[0] - 1, 90).astype(int)
    columns = np.linspace(0, shown.shape[1] - 1, 160).astype(int)
    off = [
        np.abs(_small(frame).astype(int) - shown[rows][:, columns]).mean()
        for frame in frames_of(desk.folder / "film.mp4", around)
    ]
    assert around[int(np.argmin(off))] == number
    assert min(off) < 12


def _small(frame: Frame) -> Frame:
    rows = np.linspace(0, frame.shape[0] - 1, 90).astype(int)
    columns = np.linspace(0, frame.shape[1] - 1, 160).astype(int)
    small: Frame = frame[rows][:, columns]
    return small


def test_arrows_go_from_frame_to_frame(desk: DeskPage) -> None:
    desk.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Shift+ArrowRight"):
        desk.page.keyboard.press(key)
    desk.until(lambda: number_shown(desk.film_picture()) == 27, "frame 27 is shown")
    desk.page.keyboard.press("End")
    desk.until(lambda: number_shown(desk.film_picture()) == FRAMES - 1, "the last frame is shown")


def test_while_it_plays_film_and_music_keep_step_and_little_is_said(desk: DeskPage) -> None:
    desk.focus()
    desk.page.keyboard.press("Space")
    desk.until(lambda: desk.python("desk.playing"), "it plays")
    with listening(desk) as sound:
        desk.sleep(SETTLED_S)
        sound.forget_frames()
        desk.sent_s.clear()
        desk.inside("desk.player.film.drifts_ms.length = 0")
        desk.sleep(LOOKED_S)
        sent, told_ms = len(desk.sent_s), np.abs(desk.inside("desk.player.drifts_ms"))
        problem, context = desk.inside("desk.player.soundProblem"), desk.inside("desk.player.context.state")
        desk.page.keyboard.press("k")
    # what the desk itself says, and what its samples and its frames do
    seen_ms, share_numbered = sound.drifts_ms()
    assert (problem, context) == ("", "running")
    assert sent <= LOOKED_S * MOST_MESSAGES
    assert share_numbered >= SHARE_IN_TIME
    for drifts_ms in (told_ms, np.abs(seen_ms)):
        assert len(drifts_ms) > 20
        assert np.mean(drifts_ms < DRIFT_MS) >= SHARE_IN_TIME
    desk.until(lambda: not desk.python("desk.playing"), "it stands")
    desk.until(
        lambda: 4 < desk.python("desk.position_s") < SETTLED_S + LOOKED_S + 3, "Python knows how far it came"
    )


def test_a_loop_that_was_set_by_keys_is_played_again_and_again(desk: DeskPage) -> None:
    _seek(desk, 4.0)
    desk.page.keyboard.press("[")
    _seek(desk, 5.0)
    desk.page.keyboard.press("]")
    desk.until(lambda: np.allclose(desk.python("desk.loop") or [0, 0], [4, 5], atol=0.1), "there is a loop")
    loop = desk.python("desk.loop")
    _seek(desk, 4.5)
    desk.page.keyboard.press("Space")
    for _ in range(9):
        desk.sleep(0.25)
        assert loop[0] - 0.05 <= desk.inside("desk.player.position_s") <= loop[1] + 0.05
    desk.page.keyboard.press("Space")


def test_a_muted_track_is_not_heard(desk: DeskPage) -> None:
    name = max(desk.python("desk.tracks"), key=lambda track: track["notes"])["name"]
    all_db = _level_db(desk)
    desk.switch("Solo", name).click()
    desk.until(lambda: desk.session("show")["soloed"] == [name], "it is heard alone")
    desk.until(lambda: -60 < _level_db(desk) < all_db, "and the others are not")
    desk.switch("Mute", name).click()
    desk.until(lambda: desk.session("show")["muted"] == [name], "it is muted")
    desk.until(lambda: _level_db(desk) == -np.inf, "nothing is heard")
    desk.switch("Solo", name).click()
    desk.until(lambda: desk.session("show")["soloed"] == [], "the others are not silenced any more")
    desk.until(lambda: -60 < _level_db(desk) < all_db, "and are heard")


def _level_db(desk: DeskPage) -> float:
    """How loud the music is that the desk would play, all of it."""
    squares = desk.inside(
        f"desk.player.rendered(0, {DURATION_S}).then((buffer) => [0, 1].map((side) => {{"
        "  const samples = buffer.getChannelData(side);"
        "  return samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;"
        "}))"
    )
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(np.mean(squares)))
