"""A decoding child that hangs is killed on its time limit, and the film is scored all the same."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import pytest

from emsync_nb.extras import is_installed
from emsync_nb.pipeline import ScoreSettings
from emsync_nb.session import score
from emsync_nb.video import DecodeLimits, decoding, decord_process
from tests.cases.film_factory import make_film
from tests.cases.films import FilmCase

pytestmark = pytest.mark.skipif(not is_installed("decord"), reason="decord has no wheel for this machine")

#: in place of the child's script: what it does → the program, and words of the line about it
STUCK = {
    "before the first frame": ("pass", "gave up at the start"),
    "within the first frame": (
        "sys.stdout.buffer.write(b'{\"frames\": 150}\\n' + bytes(999)); sys.stdout.flush()",
        "gave up at the start",
    ),
    "after two frames": (
        "sys.stdout.buffer.write(b'{\"frames\": 150}\\n' + bytes(2 * 160 * 90 * 3)); sys.stdout.flush()",
        "gave up at 0.04 s",
    ),
}
_CHILD = """
import os, sys, time, pathlib
pathlib.Path({pid!r}).write_text(str(os.getpid()))
{program}
time.sleep(3600)
"""


class Told:
    """Progress that keeps the notices."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def stage(self, name: str, share: float) -> None:
        """Not of interest."""

    def notice(self, line: str) -> None:
        """Kept."""
        self.notices.append(line)


@pytest.mark.parametrize("where", STUCK)
def test_a_stuck_child_is_killed_and_the_film_is_scored(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    program, words = STUCK[where]
    child, pid = tmp_path / "child.py", tmp_path / "pid"
    child.write_text(_CHILD.format(pid=str(pid), program=program))
    monkeypatch.setattr(decord_process, "_CHILD", child)
    monkeypatch.setattr(decoding, "DEFAULT_LIMITS", DecodeLimits(start_s=2.0, stall_s=1.0))
    told = Told()
    film = make_film(FilmCase("film"), tmp_path)
    with caplog.at_level(logging.WARNING):
        result = score(film, settings=ScoreSettings(ensemble="piano-solo", render=False), progress=told)
    lines = [line for line in told.notices if "decoder" in line]
    assert len(lines) == 1
    assert words in lines[0]
    assert "made no progress" in lines[0]
    assert [record.getMessage() for record in caplog.records].count(lines[0]) == 1
    assert [boundary["time_s"] for boundary in result.report["boundaries"]] == [1.0, 5.24]
    assert _is_gone(int(pid.read_text()))


def _is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
