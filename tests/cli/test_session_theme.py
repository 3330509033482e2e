"""`emsync session theme`: set from a file, wished for stretch by stretch, shown, played and taken away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Emsync
from tests.cli.test_commands import write_tune
from tests.cli.test_session import begun, held, here, kept, notes_by_track, said, told  # noqa: F401 - fixtures

SESSION = Path("film.emsync")


@pytest.fixture
def tune(here: Path) -> Path:  # noqa: F811 - the fixture
    """C D♭ D E♭, a beat each."""
    return write_tune(here / "tune.mid")


def test_a_theme_is_set_shown_played_and_taken_away(emsync: Emsync, tune: Path) -> None:
    assert said(emsync, "session theme film.mp4") == ["there is no theme"]
    lines = said(emsync, "session theme film.mp4 tune.mid --at 01:00:03:00")
    assert lines[0].startswith("theme of 4 notes over 4 beats in ")
    assert lines[0].endswith("1 entry, asked for at 01:00:03:00")
    assert lines[2].startswith("01:00:03:00")
    assert lines[2].endswith("Violin I")
    assert any(line.startswith("theme: 4 notes in ") for line in said(emsync, "session show film.mp4"))
    assert said(emsync, "session plan film.mp4")[-3:] == lines
    (entry,) = told(emsync, "session theme film.mp4")["theme"]["entries"]
    (take,) = told(emsync, "session generate film.mp4 --seed 5")["takes"]
    start = 480 * entry["beat"]
    played = [
        (tick - start, pitch)
        for tick, pitch in sorted(notes_by_track(SESSION / take["file"])["Violin I"])
        if start <= tick < start + 4 * 480
    ]
    assert [tick for tick, _ in played] == [0, 480, 960, 1440]
    assert [pitch for _, pitch in played] == sorted({pitch for _, pitch in played})
    assert said(emsync, "session theme film.mp4 --none") == ["there is no theme"]
    assert said(emsync, "session undo film.mp4") == ["undone: took the theme away"]


def test_stretches_are_wished_for(emsync: Emsync, tune: Path) -> None:
    said(emsync, "session theme film.mp4 tune.mid")
    (entry,) = told(emsync, "session theme film.mp4 --not-here 0:02.5-0:05")["theme"]["entries"]
    assert entry["time_s"] == pytest.approx(7.26, abs=0.01)
    assert "stays away from 01:00:02:05 to 01:00:04:11" in said(emsync, "session theme film.mp4")
    assert told(emsync, "session theme film.mp4 --here 01:00:02:06-01:00:05:00")["theme"]["wishes"][-1][
        "enters"
    ]
    assert told(emsync, "session theme film.mp4 --either 0-7")["theme"]["wishes"] == []
    said(emsync, "session theme film.mp4 --at 7")
    assert told(emsync, "session theme film.mp4 --usual")["theme"]["at_s"] == []


def test_who_holds_the_session_reads_the_file(
    emsync: Emsync, tune: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with held(SESSION, tmp_path_factory.mktemp("elsewhere")):
        assert told(emsync, "session theme film.mp4 tune.mid")["theme"]["notes"] == 4


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("gone.mid", "no MIDI file at"),
        ("film.mp4", "film.mp4"),
        ("--at 3", "there is no theme yet; set one first"),
        ("--none", "there is no theme yet"),
        ("--usual", "there is no theme yet"),
        ("--here 1-4", "there is no theme yet"),
        ("--here 4", "stretch '4' needs a from and a to, such as 0:30-0:50"),
        ("--here 4-soon", "'soon' is not a time"),
        ("tune.mid --none", "one change at a time"),
        ("--here 1-4 --not-here 4-6", "one change at a time"),
        ("tune.mid --at 5.2", "no hit lies within 2 s of 01:00:05:"),
        ("tune.mid --json tune.mid", "would be lost"),
    ],
)
def test_mistakes_are_one_line_and_change_nothing(emsync: Emsync, tune: Path, line: str, words: str) -> None:
    before = kept(tune.parent)
    done = emsync("session", "theme", "film.mp4", *line.split())
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done
    assert words in done.err
    assert kept(tune.parent) == before
