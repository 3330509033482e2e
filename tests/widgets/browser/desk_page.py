"""The desk as one sees it: things are found by their names, and reached by mouse and keys at visible places."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    TimeoutError,  # noqa: A004 - Playwright's word
    WebSocket,
)

from emsync_nb.session import perform
from tests.widgets.browser.films import number_shown
from tests.widgets.browser.jupyter import Lab

#: what the browser may complain about, and why that is no fault of the desk
_EXCUSED: dict[str, str] = {}
_PATIENCE_MS = 60_000
#: folder of the session of film.mp4
SESSION = "film.emsync"
RULER = "Time, bars and tempo"
T = TypeVar("T")


@dataclass
class Faults:
    """What must not happen: errors in the page, and requests that leave this machine."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Hear of all that goes wrong in a page."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack or ''}"))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        text = f"{message.text} ({message.location.get('url', '')})"
        if message.type == "error" and not any(re.search(pattern, text) for pattern in _EXCUSED):
            self.errors.append(text)

    def _asked(self, request: Request) -> None:
        if not re.match(r"(https?://127\.0\.0\.1:|data:|blob:|about:)", request.url):
            self.outside.append(request.url)

    def take(self) -> list[str]:
        """All faults so far, which are forgotten."""
        found = [*self.errors, *(f"asked for {url}" for url in self.outside)]
        self.errors.clear()
        self.outside.clear()
        return found


@dataclass
class Lane:
    """One row of a desk."""

    page: Page
    stack: Locator
    group: Locator

    @property
    def canvas(self) -> Locator:
        """What is painted."""
        return self.group.locator("canvas").first

    def box(self) -> dict[str, float]:
        """Where the canvas is in the window, after it was brought into sight."""
        self.canvas.scroll_into_view_if_needed()
        box = self.canvas.bounding_box()
        assert box is not None, "the lane cannot be seen"
        return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}

    def view_s(self) -> tuple[float, float]:
        """The part of the film that is in view."""
        start, end = (self.stack.get_attribute(f"data-{name}-s") for name in ("start", "end"))
        assert start is not None and end is not None
        return float(start), float(end)

    def at(self, time_s: float, down: float = 0.5) -> tuple[float, float]:
        """The place of a time in the window; `down` is the share of the lane's height."""
        (start_s, end_s), box = self.view_s(), self.box()
        assert start_s <= time_s <= end_s, f"{time_s} s is not in view, {start_s} to {end_s} s is"
        x = box["x"] + (time_s - start_s) / (end_s - start_s) * box["width"]
        return x, box["y"] + down * box["height"]

    def seconds_of(self, pixels: float) -> float:
        """How long so many pixels are."""
        start_s, end_s = self.view_s()
        return pixels * (end_s - start_s) / self.box()["width"]

    def click(self, time_s: float, down: float = 0.5) -> None:
        """Click at a time."""
        self.page.mouse.click(*self.at(time_s, down))

    def drag(self, *places: tuple[float, float], steps: int = 6, held: Sequence[str] = ()) -> None:
        """Press at the first place in the window, move over the others, let go at the last."""
        for key in held:
            self.page.keyboard.down(key)
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=steps)
        self.page.mouse.up()
        for key in held:
            self.page.keyboard.up(key)

    def picture(self) -> NDArray[np.uint8]:
        """What is to be seen of the lane's canvas."""
        return picture_of(self.canvas)

    def painted_at(self, time_s: float, colour: str, near: int = 8) -> tuple[float, float]:
        """Where, at a time or close to it, something of one of the desk's colours is painted, in the window."""
        x, _ = self.at(time_s)
        box, pixels = self.box(), self.picture().astype(int)
        column = round(x - box["x"])
        strip = pixels[:, max(0, column - near) : column + near + 1]
        off = np.abs(strip - np.array(self.colour(colour))).sum(axis=2).min(axis=1)
        rows = np.flatnonzero(off < 60)
        assert len(rows), f"nothing in the colour of {colour} at {time_s} s (nearest is {off.min()} off)"
        return x, box["y"] + float(np.median(rows)) + 0.5

    def colour(self, name: str) -> tuple[int, int, int]:
        """A colour of the desk as it is shown."""
        text = self.stack.evaluate(
            """(stack, name) => {
              const probe = document.createElement("i");
              probe.style.color = getComputedStyle(stack).getPropertyValue(`--em-${name}`);
              stack.append(probe);
              const text = getComputedStyle(probe).color;
              probe.remove();
              return text;
            }""",
            name,
        )
        red, green, blue = (int(float(part)) for part in re.findall(r"[\d.]+", text)[:3])
        return red, green, blue


@dataclass
class DeskPage:
    """A notebook with a desk in it, open in a browser."""

    page: Page
    lab: Lab
    #: where the notebook lies below the server's root
    notebook: str
    faults: Faults
    #: when messages went to the kernel, by time.monotonic
    sent_s: list[float] = field(default_factory=list)
    #: how many changes the session had when it was opened
    base: int = 0
    #: which widget of the notebook this is about, from 0
    number: int = 0
    #: where the film is, if it is not beside the notebook
    elsewhere: Path | None = None

    @classmethod
    def open(cls, context: BrowserContext, lab: Lab, notebook: str) -> DeskPage:
        """Open a notebook in a window of its own."""
        desk = cls(context.new_page(), lab, notebook, Faults())
        desk.faults.watch(desk.page)
        desk.page.on("websocket", desk._socket)
        desk.page.set_default_timeout(_PATIENCE_MS)
        desk.load()
        return desk

    def load(self) -> None:
        """Load the page, again too."""
        self.page.goto(self.lab.url(f"doc/tree/{self.notebook}?token={self.lab.token}"))
        self.page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        # a cell that is run before there is a kernel is forgotten
        self.page.locator("#jp-main-statusbar").get_by_text(") | Idle").first.wait_for()

    def _socket(self, socket: WebSocket) -> None:
        if "/channels" in socket.url:
            socket.on("framesent", lambda _: self.sent_s.append(time.monotonic()))

    def run_cell(self, number: int = 0) -> None:
        """Run a cell as people do."""
        self.page.locator(".jp-CodeCell .cm-content").nth(number).click()
        self.page.keyboard.press("Shift+Enter")

    def run_anew(self, source: str) -> None:
        """Write something else into the first cell and run it; what it showed before is gone then."""
        self.page.locator(".em-root").evaluate_all(
            "roots => roots.forEach((root) => root.dataset.old = true)"
        )
        self.page.locator(".jp-CodeCell .cm-content").first.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Shift+Enter")
        self.page.locator(".em-root[data-old]").first.wait_for(state="detached")
        self.page.locator(".jp-OutputArea-output").first.wait_for()

    def close(self) -> None:
        """Close the window."""
        self.page.close()

    def until(self, condition: Callable[[], T | None], what: str, within_s: float = 30) -> T:
        """Ask until the answer is true; the last answer. The page goes on meanwhile."""
        until_s = time.monotonic() + within_s
        while not (found := condition()):
            assert time.monotonic() < until_s, f"{what}: not within {within_s:g} s"
            self.page.wait_for_timeout(40)
        return found

    def sleep(self, seconds: float) -> None:
        """Let the page go on for a while."""
        self.page.wait_for_timeout(1000 * seconds)

    # — what is to be seen —

    @property
    def root(self) -> Locator:
        """The desk."""
        return self.page.locator(".em-root").nth(self.number)

    def beside(self, number: int) -> DeskPage:
        """Another widget of the notebook."""
        return replace(self, number=number)

    def wait(self) -> None:
        """Until the desk can be worked with."""
        self.shown()
        self.steady()
        if (self.folder / SESSION).exists():
            self.base = self.base or len(self.changes())

    def steady(self) -> None:
        """Until all lanes are there, and none moves down because of one that comes."""
        self.root.get_by_role("group", name="Film", exact=True).wait_for()

    def shown(self) -> None:
        """Until there is something to be seen."""
        error = self.page.get_by_text("Traceback (most recent").first
        try:
            self.root.or_(error).first.wait_for()
        except TimeoutError:
            raise AssertionError(f"there is no widget: {self.faults.take()}") from None
        assert self.root.is_visible(), self.page.locator(".jp-OutputArea-output").first.inner_text()

    def as_new(self) -> None:
        """Take all changes back, stop, and look at all of the film from its beginning."""
        for _ in range(len(self.changes()) - self.base):
            self.session("undo")
        self.until(lambda: self.python("desk.history['undo']") == self.changes()[-1], "the desk follows")
        for label, keys in (
            ("Emotion", ("Escape", "Escape", "3", "v")),
            (RULER, ("Escape", "k", "\\", "0", "Home")),
        ):
            self.lane(label).canvas.focus()
            for key in keys:
                self.page.keyboard.press(key)
        self.until(
            lambda: self.python("desk.position_s") == 0 and not self.python("desk.playing"), "it stands"
        )
        self.faults.take()

    def focus(self) -> None:
        """Have keys go to the desk, and to nothing in particular in it: click its film's name."""
        self.root.locator(".em-film-name").click()

    def lane(self, label: str | re.Pattern[str]) -> Lane:
        """The lane of a name."""
        stack = self.root.locator(".em-stack").first
        group = stack.get_by_role("group", name=label, exact=isinstance(label, str)).first
        group.wait_for()
        return Lane(self.page, stack, group)

    def button(self, label: str | re.Pattern[str]) -> Locator:
        """A button of a name."""
        return self.root.get_by_role("button", name=label).first

    def switch(self, what: str, track: str) -> Locator:
        """Mute, Solo or Lock of a track."""
        return self.root.get_by_role("button", name=f"{what} {track}", exact=True)

    @property
    def video(self) -> Locator:
        """The film."""
        return self.root.locator("video").first

    def shows_frames(self) -> None:
        """The film is there, and goes from frame to frame."""
        self.focus()
        self.page.keyboard.press("Home")
        for _ in range(5):
            self.page.keyboard.press("ArrowRight")
        self.until(lambda: number_shown(self.film_picture()) == 5, "the fifth frame is shown", 30)

    def film_picture(self) -> NDArray[np.uint8]:
        """The frame that is shown."""
        return picture_of(self.video)

    def alert(self, pattern: str) -> str:
        """What the desk says is wrong, when it says something like this."""
        found = self._alerts(pattern).first
        found.wait_for()
        return str(found.inner_text())

    def has_alert(self, pattern: str) -> bool:
        """Whether the desk says that something like this is wrong."""
        return any(one.is_visible() for one in self._alerts(pattern).all())

    def _alerts(self, pattern: str) -> Locator:
        says = re.compile(pattern, re.IGNORECASE)
        return self.root.locator("[role=alert], [role=status]:not(.em-unseen), .em-transport-status").filter(
            has_text=says
        )

    def told(self, label: str) -> str:
        """What a lane says to those who cannot see it."""
        return str(
            self.lane(label).canvas.evaluate(
                "canvas => document.getElementById(canvas.getAttribute('aria-describedby')).textContent"
            )
        )

    def save_notebook(self) -> None:
        """By the button of JupyterLab."""
        self.page.locator(".jp-NotebookPanel-toolbar [data-jp-item-name='save']").click()
        kept = self.lab.root / self.notebook
        self.until(lambda: "widget-view" in kept.read_text(encoding="utf-8"), "the notebook is saved")

    def restart_kernel(self) -> None:
        """By the button of JupyterLab."""
        self.page.locator(
            "[data-command='notebook:restart-kernel'], [title*='Restart the kernel']"
        ).first.click()
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.page.locator(".jp-Dialog").wait_for(state="detached")

    def set_theme(self, name: str) -> None:
        """Light or dark, by JupyterLab's menu."""
        self.page.locator(".lm-MenuBar-item", has_text="Settings").click()
        for item in ("Theme", f"JupyterLab {name.title()}"):
            self.page.locator(".lm-Menu-item", has_text=re.compile(f"^{item}$")).click()
        self.page.locator(f"body[data-jp-theme-light='{str(name == 'light').lower()}']").wait_for(
            state="attached"
        )
        self.sleep(0.3)

    # — for assertions only: what Python knows, and what goes on in the page —

    def inside(self, expression: str) -> Any:  # noqa: ANN401 - JSON
        """What an expression comes to in the page; `desk` has the desk's workspace and player."""
        return self.root.evaluate(f"(root) => {{ const desk = root.emDesk; return {expression}; }}")

    def python(self, expression: str, before: str = "") -> Any:  # noqa: ANN401 - JSON
        """What an expression comes to in the kernel."""
        return self.lab.python(self.notebook, expression, before)

    @property
    def folder(self) -> Path:
        """Where the film is."""
        return self.elsewhere or (self.lab.root / self.notebook).parent

    def session(self, do: str, **request: object) -> dict[str, Any]:
        """What the session answers, whoever holds it."""
        return perform(self.folder / SESSION, {"do": do, **request})

    def boundaries(self) -> list[dict[str, Any]]:
        """What the session knows of them."""
        return list(self.session("plan")["boundaries"])

    def changes(self) -> list[str]:
        """What was done and not undone, the oldest first."""
        steps = self.session("history")["history"]
        return [step["what"] for step in steps[: 1 + [step["here"] for step in steps].index(True)]]


def picture_of(locator: Locator) -> NDArray[np.uint8]:
    """What is to be seen of a thing, (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB"))
