"""What the documents show can be done: commands parse, programs type-check."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer

from emsync_nb.cli.commands import app

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def _blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def _commands() -> list[str]:
    lines = (line for page in PAGES for block in _blocks(page, "sh") for line in block.splitlines())
    return sorted({line.partition(" #")[0].strip() for line in lines if line.startswith("emsync ")})


@pytest.mark.parametrize("command", _commands())
def test_commands_are_ones_that_emsync_takes(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    group: click.Command = typer.main.get_command(app)
    words = shlex.split(command)[1:]
    context = click.Context(group, info_name="emsync")
    while isinstance(group, click.Group):
        found = group.get_command(context, words.pop(0))
        assert found is not None
        group = found
    group.make_context(group.name, words, parent=context).close()


def test_there_are_commands_and_programs_to_look_at() -> None:
    assert len(_commands()) > 10
    assert sum(len(_blocks(page, "python")) for page in PAGES) >= 4


def test_programs_type_check(tmp_path: Path) -> None:
    for page in PAGES:
        for number, block in enumerate(_blocks(page, "python")):
            (tmp_path / f"{page.stem.replace('-', '_')}_{number}.py").write_text(block)
    config = ["--config-file", str(ROOT / "pyproject.toml"), "--no-error-summary"]
    programs = sorted(map(str, tmp_path.glob("*.py")))
    run = subprocess.run(
        [sys.executable, "-m", "mypy", *config, *programs],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
