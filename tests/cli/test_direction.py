"""`emsync score --direction`: what it changes is said before composing, and is in the music and the report."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.errors import PlanError
from emsync_nb.pipeline import ScoreSettings
from tests.cli.conftest import Emsync
from tests.cli.test_session import notes_by_track

QUARTET = {"Violin I", "Violin II", "Viola", "Cello"}


def scored(emsync: Emsync, film: Path, out: str, *options: str) -> dict[str, Any]:
    """The report of a run without sound."""
    done = emsync("score", film, "--no-render", "--out", out, *options)
    assert (done.code, done.err) == (0, ""), done
    report: dict[str, Any] = json.loads(Path(out, "report.json").read_text(encoding="utf-8"))
    assert ("direction: " in done.out) == ("direction" in report)
    return report


def settings_in(out: str) -> dict[str, Any]:
    """What session.json keeps of the choices."""
    found: dict[str, Any] = json.loads(Path(out, "session.json").read_text(encoding="utf-8"))["settings"]
    return found


def test_a_direction_is_told_followed_and_kept(
    emsync: Emsync, cli_film: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "start gloomy, for string quartet, no music from 0:06 to the end, gribble fnord"
    with caplog.at_level(logging.INFO, "emsync_nb"):
        report = scored(emsync, cli_film, "out", "--direction", text)
    found = report["direction"]
    assert found["text"] == settings_in("out")["direction"] == text
    assert found["changes"][1:] == ["ensemble: string-quartet", "0:06.0 to 0:08.5: no music"]
    assert found["changes"][0].startswith("0:00.0 to 0:08.5: valence to -")
    assert len(found["not_understood"]) == 1
    assert found["not_understood"][0].startswith("gribble fnord (")
    lines = caplog.messages
    told = [f"direction: {line}" for line in found["changes"]]
    told.append(f"not understood: {found['not_understood'][0]}")
    assert [line for line in lines if line in told] == told
    assert lines.index(told[-1]) < lines.index("generation …")
    assert set(notes_by_track(Path("out/score.mid"))) <= QUARTET
    assert {section["valence"] < 0 for section in report["sections"]} == {True}


def test_a_direction_of_nothing_changes_nothing(emsync: Emsync, cli_film: Path) -> None:
    plain = scored(emsync, cli_film, "plain", "--seed", "5", "--cue", "0:01-0:07")
    lost = scored(emsync, cli_film, "lost", "--seed", "5", "--cue", "0:01-0:07", "--direction", "gribble")
    assert Path("plain/score.mid").read_bytes() == Path("lost/score.mid").read_bytes()
    assert "direction" not in plain
    assert (lost["direction"]["changes"], len(lost["direction"]["not_understood"])) == ([], 1)
    assert not {"direction", "keep_ensemble"} & set(settings_in("plain"))


@pytest.mark.parametrize("ensemble", ["band", "chamber-orchestra"])
def test_an_ensemble_that_was_named_wins(
    emsync: Emsync, cli_film: Path, caplog: pytest.LogCaptureFixture, ensemble: str
) -> None:
    """The default too, where it was named."""
    options = ("--direction", "for string quartet")
    report = scored(emsync, cli_film, "out", "--ensemble", ensemble, *options)
    assert [line for line in caplog.messages if "asks for" in line] == [
        f"the direction asks for string-quartet, but {ensemble} was chosen, and plays"
    ]
    assert report["direction"]["changes"] == []
    assert report["direction"]["not_understood"] == [f"for string quartet ({ensemble} was chosen)"]
    scored(emsync, cli_film, "plain", "--ensemble", ensemble)
    assert Path("plain/score.mid").read_bytes() == Path("out/score.mid").read_bytes()


def test_an_ensemble_named_twice_alike_is_no_contradiction(
    emsync: Emsync, cli_film: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = ("--ensemble", "string-quartet", "--direction", "for string quartet")
    scored(emsync, cli_film, "out", *options)
    assert not [line for line in caplog.messages if "asks for" in line]


def test_a_direction_that_is_too_long_is_refused_at_once(emsync: Emsync) -> None:
    done = emsync("score", "gone.mp4", "--direction", "x" * 2001)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "hold 2001 characters; shorten them" in done.err
    with pytest.raises(PlanError, match="shorten"):
        ScoreSettings(direction="x" * 2001)
