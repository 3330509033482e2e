"""Mistakes that are no table (tests/cases/mistakes.py), and faults of ours: exit code 1 and a log."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from emsync_nb import __version__
from emsync_nb.cli.quiet import overheard
from emsync_nb.preset_library import names
from emsync_nb.session import scoring
from tests.cli.conftest import Emsync
from tests.cli.running import tree


def _raising(error: BaseException) -> Callable[..., None]:
    def fails(*_: object, **__: object) -> None:
        raise error

    return fails


def test_a_fault_of_ours_names_a_log(
    emsync: Emsync, cli_film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "score_into", _raising(ZeroDivisionError("two\nlines")))
    done = emsync("score", cli_film, "--out", "out")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    found = re.fullmatch(r"emsync: .*ZeroDivisionError: two lines.*report.* (\S+\.log)\n", done.err)
    assert found
    log = Path(found[1])
    assert "Traceback" in log.read_text(encoding="utf-8")
    log.unlink()
    assert not tree(tmp_path)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()])
def test_ctrl_c_ends_with_130(
    emsync: Emsync, cli_film: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setattr(scoring, "score_into", _raising(error))
    done = emsync("score", cli_film, "--out", "out")
    assert (done.code, done.err) == (130, "emsync: stopped\n")
    assert not Path("out").exists()


def test_the_version_is_told(emsync: Emsync) -> None:
    assert emsync("--version").out == f"emsync {__version__}\n"


@pytest.mark.parametrize(
    ("command", "kind"), [("score", "ensembles"), ("score", "mastering"), ("render", "mastering")]
)
def test_the_help_lists_the_presets(emsync: Emsync, command: str, kind: str) -> None:
    words = set(re.findall(r"[\w-]+", emsync(command, "--help").out))
    assert set(names(kind)) <= words


def test_a_file_is_kept_whole_when_its_json_cannot_be_written(emsync: Emsync, tmp_path: Path) -> None:
    earlier = tmp_path / "found.json"
    earlier.write_text("an earlier one", encoding="ascii")
    (tmp_path / "link.json").symlink_to(earlier)
    assert emsync("doctor", "--json", "link.json").code == 0
    assert earlier.read_text(encoding="ascii").startswith("{")  # the file behind the link was replaced
    assert set(tree(tmp_path)) == {"found.json", "link.json"}


def test_json_goes_into_devices_as_they_are(emsync: Emsync) -> None:
    assert emsync("doctor", "--json", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


def test_what_libraries_print_is_overheard(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "emsync_nb.cli")
    with overheard():
        os.write(2, b"ALSA lib seq_hw.c: nobody answers\n")
    os.write(2, b"heard again\n")
    assert capfd.readouterr().err == "heard again\n"
    assert [record.getMessage() for record in caplog.records] == ["ALSA lib seq_hw.c: nobody answers"]
