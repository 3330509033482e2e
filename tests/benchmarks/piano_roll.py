"""How smoothly a piano roll of many notes scrolls and zooms in a real browser, by real turns of the wheel.

Run from the checkout: `python -m tests.benchmarks.piano_roll [--notes 20000] [--tracks 12] [--width 1600]`. Needs
Chromium; on machines without a graphics card it paints by the processor, and other work on it counts.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

from playwright.sync_api import Browser, Page

from emsync_nb.domain import BarGrid, Note, Score, TempoChange, TempoMap, Track
from emsync_nb.widgets.piano_roll import PianoRoll
from tests.benchmarks.frame_times import frame_times
from tests.widgets.browser.chromium import chromium_path, running_chromium

PAGE = Path(__file__).with_suffix(".html")
#: what is hoped for
GOALS = {"frame_p95_ms": 17.5, "slow_share": 0.02, "script_p95_ms": 8}
#: name, program, lowest pitch, compass, length of its notes in beats
_PARTS = (
    ("Flute", 73, 67, 24, Fraction(1, 2)),
    ("Oboe", 68, 62, 22, Fraction(1)),
    ("Clarinet", 71, 52, 28, Fraction(1, 2)),
    ("Horn", 60, 45, 24, Fraction(2)),
    ("Trumpet", 56, 55, 24, Fraction(1)),
    ("Timpani", 47, 40, 8, Fraction(1)),
    ("Percussion", 0, 36, 16, Fraction(1, 4)),
    ("Violin I", 48, 60, 32, Fraction(1, 2)),
    ("Violin II", 48, 55, 30, Fraction(1, 2)),
    ("Viola", 48, 48, 28, Fraction(1)),
    ("Violoncello", 42, 36, 32, Fraction(1)),
    ("Contrabass", 43, 28, 20, Fraction(2)),
)
#: as long as the wheel turns, in seconds
ACTED_S = 10
_BUFFERS = ("notes", "clicks")


def written_score(notes: int, tracks: int, minutes: float = 20) -> Score:
    """So many notes in so many tracks, at random but always the same."""
    rng = random.Random(9)
    tempo_map = TempoMap((TempoChange(0, 500_000), TempoChange(200, 625_000), TempoChange(600, 468_750)))
    beats = int(tempo_map.beat(Fraction(minutes) * 60)) // 4 * 4
    made = []
    for number in range(tracks):
        name, program, low, compass, length = _PARTS[number % len(_PARTS)]
        round_ = number // len(_PARTS)
        each = notes // tracks + (1 if number < notes % tracks else 0)
        starts = sorted(Fraction(rng.randrange(beats * 4), 4) for _ in range(each))
        line = []
        for start in starts:
            arch = 0.5 + 0.4 * (2 * ((float(start) / 64 + number / 7) % 1) - 1)
            pitch = low + min(compass, max(0, round(compass * arch + rng.gauss(0, 3))))
            line.append(Note(start, length * rng.choice((1, 1, 2)), pitch, rng.randrange(30, 120)))
        title = name if not round_ else f"{name} {round_ + 1}"
        made.append(Track(title, program, name == "Percussion", tuple(line)))
    return Score(tuple(made), tempo_map, BarGrid.from_lengths([4] * (beats // 4)))


def show(page: Page, roll: PianoRoll) -> None:
    """Put a roll on a page, as anywidget does."""
    page.set_content(PAGE.read_text(encoding="utf-8"))
    values = {name: getattr(roll, name) for name in roll.trait_names(sync=True) if not name.startswith("_")}
    plain = {name: value for name, value in values.items() if _is_plain(value)}
    plain |= {name: base64.b64encode(values[name]).decode("ascii") for name in _BUFFERS}
    page.evaluate(
        "([code, style, values, buffers]) => showWidget(code, style, values, buffers)",
        [roll._esm, roll._css, plain, list(_BUFFERS)],
    )
    page.wait_for_function("document.querySelector('.em-stack')?.dataset.endS > 1")


def _is_plain(value: object) -> bool:
    return isinstance(value, int | float | str | list | dict)


@contextmanager
def rolls(width_px: int, height_px: int = 800, scale: float = 1) -> Iterator[tuple[Browser, Page]]:
    """A browser with a page in it."""
    path = chromium_path()
    if path is None:
        raise SystemExit("no browser: apt install chromium")
    with running_chromium(path) as browser:
        viewport = {"width": width_px, "height": height_px}
        yield browser, browser.new_page(viewport=viewport, device_scale_factor=scale)  # type: ignore[arg-type]


class Wheel:
    """Turned with the pointer over the notes."""

    def __init__(self, page: Page) -> None:
        self.page = page
        box = page.locator(".em-lane-roll canvas").bounding_box()
        assert box is not None
        self.x, self.y = box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.6
        self.client = page.context.new_cdp_session(page)
        page.mouse.move(self.x, self.y)
        page.evaluate(
            """() => {
              globalThis.emTurns = 0;
              addEventListener("wheel", () => (globalThis.emTurns += 1), { capture: true, passive: true });
            }"""
        )

    def turn(self, notches: float, held: str) -> None:
        """One event, with a key held down."""
        self.page.keyboard.down(held)
        self.page.mouse.wheel(0, 100 * notches)
        self.page.keyboard.up(held)

    def scroll(self) -> None:
        """There and back by a wheel that turns sideways, an event in each frame, as touch pads do it."""
        place = {"x": self.x, "y": self.y, "gestureSourceType": "mouse", "speed": 600, "preventFling": True}
        until_s, way = time.monotonic() + ACTED_S, -1
        while time.monotonic() < until_s:
            self.client.send(
                "Input.synthesizeScrollGesture", {**place, "xDistance": way * 1200, "yDistance": 0}
            )
            way = -way

    def zoom(self) -> None:
        """Out and in again, as fast as the browser takes the events."""
        until_s, step = time.monotonic() + ACTED_S, 0
        self.page.keyboard.down("Control")
        while time.monotonic() < until_s:
            self.page.mouse.wheel(0, -25 if step % 160 < 80 else 25)
            step += 1
        self.page.keyboard.up("Control")


def standing_p95_ms(page: Page) -> float:
    """Between frames in which nothing happens: what the machine has to offer."""
    return float(
        page.evaluate(
            """() => new Promise((resolve) => {
              const at_ms = [];
              const next = (now_ms) => {
                at_ms.push(now_ms);
                if (at_ms.length < 300) return requestAnimationFrame(next);
                const apart_ms = at_ms.slice(1).map((at, number) => at - at_ms[number]).sort((a, b) => a - b);
                return resolve(apart_ms[Math.floor(0.95 * apart_ms.length)]);
              };
              requestAnimationFrame(next);
            })"""
        )
    )


def measured(page: Page, browser: Browser) -> dict[str, dict[str, float]]:
    """Zooming, scrolling with many notes in view, and with few."""
    wheel = Wheel(page)
    found = {"zooming": _turned(page, browser, wheel.zoom)}
    for name, notches in (("scrolling, 5 minutes in view", 8), ("scrolling, half a minute in view", 13)):
        for _ in range(notches):
            wheel.turn(-1, "Control")
        found[name] = _turned(page, browser, wheel.scroll)
    return found


def _turned(page: Page, browser: Browser, act: Callable[[], None]) -> dict[str, float]:
    """What frames took, and how many events of the wheel there were in a second."""
    page.evaluate("globalThis.emTurns = 0")
    times = frame_times(page, browser, act)
    return {**asdict(times), "turns_a_second": page.evaluate("globalThis.emTurns") / (2 * ACTED_S)}


def main() -> int:
    """Measure, and print what came of it; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=20_000)
    parser.add_argument("--tracks", type=int, default=12)
    parser.add_argument("--width", type=int, default=1600, help="of the page, in pixels")
    parser.add_argument("--scale", type=float, default=1, help="pixels of the device a pixel of the page")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    score = written_score(given.notes, given.tracks)
    begun_s = time.monotonic()
    roll = PianoRoll(score)
    made_s = time.monotonic() - begun_s
    with rolls(given.width, scale=given.scale) as (browser, page):
        show(page, roll)
        standing_ms = standing_p95_ms(page)
        found = measured(page, browser)
    print(f"{given.notes} notes, {given.tracks} tracks, made in {made_s:.3f} s")
    print(f"standing still p95 {standing_ms:.1f} ms; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, times in found.items():
        print(name)
        for fact, value in times.items():
            goal = GOALS.get(fact)
            print(f"  {fact:16} {value:9.3f}" + ("" if goal is None else f"   goal ≤ {goal}"))
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    missed = [
        f"{fact} while {name}" for name, times in found.items() for fact in GOALS if times[fact] > GOALS[fact]
    ]
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
