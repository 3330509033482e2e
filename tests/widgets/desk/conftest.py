"""Desks on sessions of a film that was never shot, without a browser: what is sent is kept to be looked at."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest

from emsync_nb.domain import Score, ScorePlan, VideoInfo
from emsync_nb.pipeline import Stopwatch
from emsync_nb.session import Session
from emsync_nb.widgets.desk import scoring_desk
from emsync_nb.widgets.desk.engine import DeskEngine
from emsync_nb.widgets.desk.scoring_desk import ScoringDesk
from tests.session.tiny_session import WORK, analysed, fake_compose, no_network


def _film_place() -> ModuleType:
    """In place of `film_place`, which looks for servers and into films."""
    module = ModuleType("emsync_nb.widgets.desk.film_place")

    def film_facts(video: Path, info: VideoInfo, start: str, folder: Path) -> dict[str, Any]:
        return {
            "name": video.name,
            "duration_s": float(info.duration_s),
            "start_timecode": start,
            "problem": None,
        }

    module.film_facts = film_facts  # type: ignore[attr-defined]
    module.thumbnails = lambda info: ({"times_s": [0.0]}, b"jpeg")  # type: ignore[attr-defined]
    return module


MOVE = {"do": "edit", "edit": "move", "boundary": 1, "time_s": 3.4}


def engine(desk: ScoringDesk) -> DeskEngine:
    """What goes on behind a desk."""
    assert desk._engine is not None
    return desk._engine


def first_time(desk: ScoringDesk) -> float:
    """Where the first boundary is shown, in seconds."""
    return float(desk.boundaries[0]["time_s"])


class Wired:
    """A desk and what it has sent."""

    def __init__(self, desk: ScoringDesk) -> None:
        self.desk = desk
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        desk.send = lambda content, buffers=None: self.sent.append((content, buffers or []))

    def say(self, **content: Any) -> None:  # noqa: ANN401 - whatever a browser says
        """As the browser says it."""
        self.desk._handle_custom_msg(content, [])

    def answer(self, number: object, timeout_s: float = 20) -> tuple[dict[str, Any], list[bytes]]:
        """The answer to a message."""
        until(lambda: any(content.get("id") == number for content, _ in self.sent), timeout_s)
        return next(one for one in self.sent if one[0].get("id") == number)

    def ask(self, number: object, **content: Any) -> tuple[dict[str, Any], list[bytes]]:  # noqa: ANN401 - as above
        """Say something and await the answer."""
        self.say(id=number, **content)
        return self.answer(number)


def until(is_so: Callable[[], bool], timeout_s: float = 20) -> None:
    """Wait for something that must come."""
    end_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end_s, "it does not come"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def no_browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither JavaScript nor films nor a network; desks that a test left open are closed."""
    monkeypatch.setattr(scoring_desk, "bundle", lambda entry: f"// {entry}")
    monkeypatch.setattr(scoring_desk, "styles", lambda entry: f"/* {entry} */")
    monkeypatch.setitem(sys.modules, "emsync_nb.widgets.desk.film_place", _film_place())
    made: list[ScoringDesk] = []
    begin = ScoringDesk._begin

    def noted(self: ScoringDesk, *arguments: Any) -> None:  # noqa: ANN401 - passed on
        made.append(self)
        begin(self, *arguments)

    monkeypatch.setattr(ScoringDesk, "_begin", noted)
    with no_network():
        yield
        for desk in made:
            desk.close()


@pytest.fixture
def slow_composer(no_browser: None) -> Iterator[threading.Event]:
    """A composer who goes on until somebody stops the work, or sets this event."""
    is_enough = threading.Event()

    def compose(plan: ScorePlan, seeds: Sequence[int], *, watch: Stopwatch) -> list[Score]:
        with watch.stage("generation") as advance:
            while not is_enough.wait(0.01):
                advance(0.25)
        return fake_compose(plan, seeds)

    # not by monkeypatch, which would put the fake composer back when that is gone already
    with patch(f"{WORK}.compose_takes_of", compose):
        yield is_enough


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an analysed session that nobody holds."""
    with analysed(tmp_path) as session:
        return session.folder


@pytest.fixture
def film(folder: Path) -> Path:
    """Its film."""
    return folder.with_name("film.mp4")


@pytest.fixture
def scored(folder: Path) -> Path:
    """The film of a session with two takes, the first accepted."""
    with Session.open(folder) as session:
        session.accept(session.generate(2, seed=1)[0])
    return folder.with_name("film.mp4")
