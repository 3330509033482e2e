"""Long work that somebody stops leaves a session as it was."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from emsync_nb.session import Session
from emsync_nb.session.stopping import StoppedError
from tests.pipeline.tiny_film import make_film


class _StopsIn:
    """Sets an event once a stage is so far."""

    def __init__(self, stage: str) -> None:
        self.stop, self._stage, self.seen = threading.Event(), stage, list[tuple[str, float]]()

    def stage(self, name: str, share: float) -> None:
        self.seen.append((name, share))
        if name == self._stage and share > 0:
            self.stop.set()

    def notice(self, line: str) -> None:
        pass


def test_an_analysis_is_stopped_in_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path / "cache"))  # nothing of the film is known
    with Session.create(make_film(tmp_path / "film.mp4")) as session:
        watcher = _StopsIn("analysis")
        with pytest.raises(StoppedError):
            session.analyze(progress=watcher, cancel=watcher.stop)
        name, share = watcher.seen[-1]
        assert name == "analysis" and 0 < share < 1
        assert session.state.spotting is None and len(session.history()) == 1
        session.analyze()  # and nothing keeps it from being done after all
        assert session.plan.film.boundaries
