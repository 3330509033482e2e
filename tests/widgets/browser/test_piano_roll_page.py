"""The piano roll alone, by mouse and keys, in a page without a kernel."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from emsync_nb.domain import BarGrid, Note, Score, TempoMap, Track
from emsync_nb.session.state import Lock
from emsync_nb.widgets.piano_roll import PianoRoll
from tests.benchmarks.piano_roll import rolls, show, written_score
from tests.widgets.browser.desk_page import Faults, Lane

#: heights of the strip with bar numbers, of a row, and of one that is spread out, in pixels
STRIP_PX, ROW_PX, OPEN_PX = 24, 28, 148
PATIENCE_MS = 60_000
#: beats and pitches of a viola
SPOTS = tuple(
    (Fraction(beat), pitch) for beat, pitch in ((1, 60), (6, 64), (12.5, 57), (20, 67), (33, 62), (41, 60))
)
BASS = Lock("Bass")


class Roll:
    """As one sees it."""

    def __init__(self, page: Page, kernel: PianoRoll | None = None) -> None:
        self.page = page
        self.kernel = kernel
        self.canvas: Locator = page.locator(".em-lane-roll canvas")

    def at(self, share: float, row: float) -> tuple[float, float]:
        """A place at a share of the width, in a row counted from the first that is in view."""
        box = self.canvas.bounding_box()
        assert box is not None
        return box["x"] + share * box["width"], box["y"] + STRIP_PX + row * ROW_PX

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def trait(self, name: str) -> Any:  # noqa: ANN401 - JSON
        return self.page.evaluate("name => model.get(name)", name)

    def until(self, condition: str) -> None:
        self.page.wait_for_function(condition, timeout=PATIENCE_MS)

    def said(self) -> str:
        return str(self.page.locator(".em-root > [role=status]").inner_text())

    def scrolled_px(self) -> int:
        return round(self.page.locator(".em-track-heads").evaluate("heads => heads.scrollTop"))

    def start_s(self) -> float:
        return float(self.page.locator(".em-stack").get_attribute("data-start-s") or "nan")

    def answer(self, kind: str, text: str = "") -> dict[str, Any]:
        """Answer as a kernel does; what was asked for."""
        asked = self.page.evaluate("model.sent.at(-1)")
        told = {"type": kind, "id": asked["id"], "text": text}
        self.page.evaluate("told => model.tell(told)", told)
        return dict(asked["request"])

    def carried_out(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        """Have the widget in Python do what was asked for last, and show what comes of it; the request."""
        assert self.kernel is not None
        asked, told = self.page.evaluate("model.sent.at(-1)"), list[dict[str, Any]]()
        with monkeypatch.context() as patch:
            patch.setattr(self.kernel, "send", told.append)
            self.kernel._handle_custom_msg(asked, [])
        self.page.evaluate(
            """([tracks, notes, told]) => {
              const bytes = Uint8Array.from(atob(notes), (sign) => sign.charCodeAt(0));
              model.set("tracks", tracks);
              model.set("notes", new DataView(bytes.buffer));
              told.forEach((message) => model.tell(message));
            }""",
            [self.kernel.tracks, base64.b64encode(self.kernel.notes).decode("ascii"), told],
        )
        return dict(asked["request"])

    def lane(self) -> Lane:
        """The lane as those of a desk are looked at."""
        return Lane(self.page, self.page.locator(".em-stack"), self.page.locator(".em-lane-roll"))

    def note_at(self, time_s: float) -> tuple[float, float]:
        """Where, at a time, a note of the first row is to be seen: the middle of what is no grey, in the window."""
        lane = self.lane()
        x, _ = lane.at(time_s)
        box = lane.box()
        column = lane.picture()[STRIP_PX : STRIP_PX + OPEN_PX - 2, round(x - box["x"])].astype(int)
        lines = np.flatnonzero(np.ptp(column, axis=1) > 30)
        assert 2 <= len(lines) <= 16, f"{len(lines)} lines of a note at {time_s} s"
        return x, box["y"] + STRIP_PX + float(np.median(lines)) + 0.5

    def locks_painted(self, place: tuple[float, float]) -> NDArray[np.bool_]:
        """Which pixels of a note are in the colour of locks, around a place on it."""
        self.page.mouse.move(0, 0)
        lane = self.lane()
        box = lane.box()
        y, x = round(place[1] - box["y"]), round(place[0] - box["x"])
        part = lane.picture()[y - 4 : y + 5, x - 5 : x + 6].astype(int)
        return np.asarray(np.abs(part - np.array(lane.colour("lock"))).sum(axis=2) < 40)

    def locks(self) -> set[Lock]:
        """What is locked, as Python has it."""
        assert self.kernel is not None
        return set(self.kernel.locks)

    def drag(self, first: tuple[float, float], last: tuple[float, float]) -> None:
        self.page.mouse.move(*first)
        self.page.mouse.down()
        self.page.mouse.move(*last, steps=5)
        self.page.mouse.up()


@pytest.fixture
def roll(chromium: str) -> Iterator[Roll]:
    """Forty tracks over three minutes; bars of two seconds at first."""
    score = written_score(4000, 40, minutes=3)
    faults = Faults()
    with rolls(1200) as (_, page):
        faults.watch(page)
        kernel = PianoRoll(score, locks=[Lock("Oboe", (1, 4))])
        show(page, kernel)
        yield Roll(page, kernel)
    assert faults.take() == []


def test_tracks_are_muted_and_soloed_at_once(roll: Roll) -> None:
    roll.button("Mute Horn").click()
    assert roll.trait("muted") == ["Horn"]
    expect(roll.button("Mute Horn")).to_have_attribute("aria-pressed", "true")
    roll.button("Solo Viola").click()
    assert roll.trait("soloed") == ["Viola"]
    roll.button("Mute Horn").click()
    assert roll.trait("muted") == []


def test_rows_and_heads_scroll_together(roll: Roll) -> None:
    roll.page.mouse.move(*roll.at(0.5, 3))
    roll.page.mouse.wheel(0, 56)
    roll.until("document.querySelector('.em-track-heads').scrollTop === 56")
    roll.page.mouse.click(*roll.at(0.001, 0.5))
    roll.page.keyboard.press("m")
    assert roll.trait("muted") == ["Clarinet"]
    roll.page.mouse.wheel(0, 10_000)
    roll.until("document.querySelector('.em-track-heads').scrollTop > 700")
    (x, y), (_, below) = roll.at(1, 12), roll.at(1, 0)
    roll.drag((x - 5, y), (x - 5, below - 50))
    assert roll.scrolled_px() == 0


def test_bars_are_selected_and_locked(roll: Roll) -> None:
    roll.page.keyboard.down("Shift")
    roll.drag(roll.at(0.2, 1.5), roll.at(0.3, 1.5))
    roll.page.keyboard.up("Shift")
    assert roll.said().endswith("selected")
    first, last = (int(word) for word in roll.said().split() if word.isdigit())
    roll.until("model.get('selection').length === 2")
    assert roll.trait("selection")[0] == pytest.approx(2 * (first - 1))
    roll.page.keyboard.press("Shift+L")
    assert roll.answer("done") == {"do": "lock", "track": "Oboe", "bars": [first, last]}
    assert roll.said() == f"Locked: bars {first} to {last} of Oboe"


def test_what_is_locked_is_unlocked_and_a_refusal_is_said(roll: Roll) -> None:
    roll.page.keyboard.down("Shift")
    roll.drag(roll.at(0.001, 1.5), roll.at(0.03, 1.5))
    roll.page.keyboard.up("Shift")
    roll.page.keyboard.press("Shift+L")
    assert roll.answer("refused", "the score is in use; wait")["do"] == "unlock"
    assert roll.said() == "the score is in use; wait"


@pytest.fixture
def quiet(chromium: str) -> Iterator[Roll]:
    """Six notes of a viola, none while another sounds, over a bass; 24 s, the bass locked whole."""
    line = tuple(Note(beat, Fraction(2), pitch, 90) for beat, pitch in SPOTS)
    bass = tuple(Note(Fraction(beat), Fraction(4), 40, 90) for beat in range(0, 48, 4))
    tracks = (Track("Viola", 41, False, line), Track("Bass", 43, False, bass))
    kernel = PianoRoll(Score(tracks, TempoMap.constant(120), BarGrid.from_lengths([4] * 12)), locks=[BASS])
    faults = Faults()
    with rolls(1200) as (_, page):
        faults.watch(page)
        show(page, kernel)
        roll = Roll(page, kernel)
        roll.button("Spread out Viola").click()
        yield roll
    assert faults.take() == []


def _middle_s(number: int) -> float:
    """When a note of the viola is half over."""
    return float(SPOTS[number][0] + 1) / 2


def test_a_note_is_locked_by_mouse_and_let_go_by_keys(quiet: Roll, monkeypatch: pytest.MonkeyPatch) -> None:
    roll, middle_s = quiet, _middle_s(2)
    place = roll.note_at(middle_s)
    assert not roll.locks_painted(place).any()
    roll.page.mouse.click(*place)
    assert roll.said() == "A3, velocity 90, bar 4 beat 1.5, 2 beats, 1.00 s"
    roll.page.keyboard.press("Shift+L")
    assert roll.carried_out(monkeypatch) == {"do": "lock", "track": "Viola", "notes_at_s": [[6.25, 57]]}
    assert roll.locks() == {BASS, Lock("Viola", None, (SPOTS[2],))}
    assert roll.said() == "Locked: A3 of Viola, bar 4 beat 1.5"
    text = roll.page.locator(".em-lane-roll p.em-unseen")
    expect(text).to_contain_text("Selected: A3 of Viola, bar 4 beat 1.5, locked.")
    expect(text).to_contain_text("Viola, 6 notes from A3 to G4, 1 locked; Bass")

    roll.page.keyboard.press("Escape")
    painted = roll.locks_painted(place)
    assert painted.any()
    assert not painted.all()
    assert not roll.locks_painted(roll.note_at(_middle_s(1))).any()

    roll.page.evaluate("model.set('position_s', 6)")
    roll.canvas.focus()
    roll.page.keyboard.press("n")
    assert roll.said() == "A3, velocity 90, bar 4 beat 1.5, 2 beats, 1.00 s, locked"
    roll.page.keyboard.press("Shift+L")
    assert roll.carried_out(monkeypatch)["do"] == "unlock"
    assert roll.locks() == {BASS}
    expect(text).not_to_contain_text("1 locked")


def test_notes_are_taken_along_and_the_button_locks_them(
    quiet: Roll, monkeypatch: pytest.MonkeyPatch
) -> None:
    roll = quiet
    roll.page.mouse.click(*roll.note_at(_middle_s(1)))
    roll.page.keyboard.down("Shift")
    roll.page.mouse.click(*roll.note_at(_middle_s(4)))
    roll.page.keyboard.up("Shift")
    assert roll.said() == "Selected: 2 notes of Viola, bars 2 to 9"
    button = roll.button("Lock the selected notes, bars or track, or unlock them (Shift L)")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    roll.carried_out(monkeypatch)
    assert roll.locks() == {BASS, Lock("Viola", None, (SPOTS[1], SPOTS[4]))}
    expect(button).to_have_attribute("aria-pressed", "true")
    roll.page.keyboard.press("Shift+L")
    assert roll.carried_out(monkeypatch)["do"] == "unlock"
    assert roll.locks() == {BASS}


def test_keys_take_notes_along(quiet: Roll, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet.canvas.focus()
    for key in ("n", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+L"):
        quiet.page.keyboard.press(key)
    quiet.carried_out(monkeypatch)
    assert quiet.locks() == {BASS, Lock("Viola", None, SPOTS[1:4])}


def test_a_rectangle_selects_notes_of_the_track_where_it_begins(
    quiet: Roll, monkeypatch: pytest.MonkeyPatch
) -> None:
    roll = quiet
    roll.page.keyboard.down("Control")
    (left, _), (right, y) = roll.note_at(_middle_s(1)), roll.note_at(_middle_s(3))
    roll.drag((left, y - 6), (right, y + ROW_PX + OPEN_PX))
    roll.page.keyboard.up("Control")
    roll.page.keyboard.press("Shift+L")
    roll.carried_out(monkeypatch)
    assert roll.locks() == {BASS, Lock("Viola", None, SPOTS[1:4])}
    roll.page.mouse.click(*roll.note_at(_middle_s(5)))
    assert roll.said().startswith("C4, velocity 90")


def test_a_drag_moves_what_is_in_view(roll: Roll) -> None:
    roll.page.mouse.move(*roll.at(0.5, 5))
    roll.page.keyboard.down("Control")
    for _ in range(8):
        roll.page.mouse.wheel(0, -100)
    roll.page.keyboard.up("Control")
    roll.until("Number(document.querySelector('.em-stack').dataset.startS) > 10")
    before_s = roll.start_s()
    roll.drag(roll.at(0.5, 5), roll.at(0.4, 3))
    assert roll.start_s() > before_s + 1
    assert roll.scrolled_px() == 2 * ROW_PX


def test_tracks_and_notes_by_keyboard_alone(roll: Roll) -> None:
    roll.canvas.focus()
    keys = roll.page.keyboard
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    assert roll.said().startswith("Oboe, 100 notes from ")
    keys.press("Enter")
    expect(roll.button("Spread out Oboe")).to_have_attribute("aria-expanded", "true")
    keys.press("n")
    first = roll.said()
    keys.press("ArrowRight")
    assert "velocity" in first
    assert "velocity" in roll.said()
    assert roll.said() != first
    keys.press("Escape")
    keys.press("Shift+Tab")
    expect(roll.button("Lock Oboe")).to_be_focused()
    keys.press("ArrowDown")
    expect(roll.button("Lock Clarinet")).to_be_focused()


def test_a_volume_is_told(roll: Roll) -> None:
    slider = roll.page.get_by_role("slider", name="Volume of Flute", exact=True)
    slider.focus()
    roll.page.keyboard.press("ArrowLeft")
    roll.page.keyboard.press("ArrowLeft")
    roll.until("model.get('volumes_db').Flute === -1")
    expect(slider).to_have_attribute("aria-valuetext", "−1 dB")


def test_a_roll_without_music_says_so(chromium: str) -> None:
    with rolls(1200) as (_, page):
        show(page, PianoRoll())
        text = page.locator(".em-lane-roll p.em-unseen")
        expect(text).to_have_text("No music yet.")
        Roll(page).canvas.focus()
        for key in ("ArrowDown", "Enter", "n", "m", "s", "Shift+L", "r"):
            page.keyboard.press(key)
        expect(text).to_have_text("No music yet.")
