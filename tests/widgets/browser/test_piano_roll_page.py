"""The piano roll alone, by mouse and keys, in a page without a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from emsync_nb.session.state import Lock
from emsync_nb.widgets.piano_roll import PianoRoll
from tests.benchmarks.piano_roll import rolls, show, written_score
from tests.widgets.browser.desk_page import Faults

#: heights of the strip with bar numbers and of a row, in pixels
STRIP_PX, ROW_PX = 24, 28
PATIENCE_MS = 5000


class Roll:
    """As one sees it."""

    def __init__(self, page: Page) -> None:
        self.page = page
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
        show(page, PianoRoll(score, locks=[Lock("Oboe", (1, 4))]))
        yield Roll(page)
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
