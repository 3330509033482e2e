"""`emsync score --theme`: one line says where the theme was found."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Emsync
from tests.cli.test_commands import write_tune


def test_a_theme_is_told_in_a_line(emsync: Emsync, cli_film: Path, tmp_path: Path) -> None:
    tune = write_tune(tmp_path / "tune.mid")
    before = tune.read_bytes()
    options = ("--theme", "tune.mid", "--theme-at", "0:03", "--no-render", "--ensemble", "string-quartet")
    done = emsync("score", cli_film, "--out", "out", *options)
    assert done.code == 0, done.err
    theme = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["theme"]
    (entry,) = theme["occurrences"]
    assert (
        f"theme in {theme['key']}: 1 of 1 entries found in score.mid: {entry['time_s']:.2f} s "
        f"(Violin I, {entry['key']})"
    ) in done.out.splitlines()
    assert tune.read_bytes() == before


def test_a_theme_from_the_score_that_is_replaced(emsync: Emsync, cli_film: Path, tmp_path: Path) -> None:
    """It is read before the new score takes its place."""
    (tmp_path / "out").mkdir()
    write_tune(tmp_path / "out" / "score.mid")
    assert emsync("score", cli_film, "--out", "out", "--theme", "out/score.mid", "--no-render").code == 0
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["theme"]["found"] >= 1
