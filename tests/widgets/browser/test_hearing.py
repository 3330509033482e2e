"""What is heard while the film plays: mute and volume at once, in the graph that sounds."""

from __future__ import annotations

from tests.widgets.browser.desk_page import DeskPage
from tests.widgets.browser.live_sound import listening

#: how long a change may take to be heard
AT_ONCE_S = 0.2
#: music is louder than this
HEARD_DB = -60.0


def _slide(desk: DeskPage, label: str, share: float) -> None:
    """Click into a slider: 0 is its left end, 1 its right."""
    slider = desk.root.get_by_role("slider", name=label, exact=True)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    x = box["x"] + min(max(share * box["width"], 2), box["width"] - 2)
    desk.page.mouse.click(x, box["y"] + box["height"] / 2)


def _play_alone(desk: DeskPage) -> str:
    """Play the film again and again, and let one track alone be heard; its name."""
    name = str(max(desk.python("desk.tracks"), key=lambda track: track["notes"])["name"])
    desk.switch("Solo", name).click()
    desk.until(lambda: desk.session("show")["soloed"] == [name], "it is heard alone")
    desk.focus()
    desk.page.keyboard.press("[")
    desk.page.keyboard.press("Space")
    return name


def test_a_track_is_muted_at_once_while_it_sounds_and_heard_again(desk: DeskPage) -> None:
    name = _play_alone(desk)
    with listening(desk) as sound:
        desk.until(lambda: sound.level_db() > HEARD_DB, "it sounds")
        desk.switch("Mute", name).click()
        desk.until(lambda: sound.is_silent(1), "nothing is heard")
        assert sound.sounded_after_click_s() <= AT_ONCE_S
        desk.switch("Mute", name).click()
        desk.until(lambda: sound.level_db() > HEARD_DB, "it sounds again")
        desk.session("mute", track=name)
        desk.until(lambda: sound.is_silent(1), "nothing is heard, whoever muted it")


def test_volumes_are_heard_while_they_are_moved(desk: DeskPage) -> None:
    name = _play_alone(desk)
    track, music = f"Volume of {name}", "Volume of the music"
    with listening(desk) as sound:
        desk.until(lambda: sound.level_db() > HEARD_DB, "it sounds")
        loud_db = sound.level_db(1)
        _slide(desk, track, 0)
        desk.until(lambda: sound.level_db(1) < loud_db - 40, "it is soft")
        desk.until(lambda: _volume_db(desk, name) == -60, "Python knows")
        desk.root.get_by_role("slider", name=track, exact=True).dblclick()
        desk.until(lambda: sound.level_db() > loud_db - 30, "it is as loud as before")
        desk.until(lambda: _volume_db(desk, name) == 0, "and Python knows")
        _slide(desk, music, 0)
        desk.until(lambda: sound.is_silent(1), "there is no music")
        assert sound.sounded_after_click_s() <= AT_ONCE_S
        _slide(desk, music, 1)
        desk.until(lambda: sound.level_db() > loud_db - 30, "there is music again")


def _volume_db(desk: DeskPage, name: str) -> float:
    return next(float(track["volume_db"]) for track in desk.python("desk.tracks") if track["name"] == name)
