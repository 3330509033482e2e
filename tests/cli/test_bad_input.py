"""Mistakes of a user: exit code 2, one line, nothing left behind. And faults of ours: exit code 1 and a log."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from emsync_nb.session import scoring
from tests.cli.conftest import Done, Emsync


def refused(done: Done, words: str) -> None:
    """One line on standard error that tells what is wrong."""
    assert done.code == 2
    assert re.fullmatch(r"emsync: .+\n", done.err), done.err
    assert re.search(words, done.err), done.err
    assert done.out == ""


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def _text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("This is no film.\n" * 200)
    return folder / "text.mp4"


def _empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def _folder(folder: Path) -> Path:
    (folder / "folder.mp4").mkdir()
    return folder / "folder.mp4"


#: what is wrong → how it comes about, and words of the line
NO_FILMS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "gone.mp4", "does not exist"),
    "folder": (_folder, "folder"),
    "text": (_text, "cannot be read as a video"),
    "empty": (_empty, "empty"),
    "this folder": (lambda _: Path(), "is a folder"),
    "endless name": (lambda folder: folder / ("n" * 300 + ".mp4"), "too long"),
}


@pytest.mark.parametrize("fault", NO_FILMS)
def test_what_is_no_film(emsync: Emsync, tmp_path: Path, fault: str) -> None:
    make, words = NO_FILMS[fault]
    video = make(tmp_path)
    before = tree(tmp_path)
    refused(emsync("score", video), words)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("fault", [fault for fault in NO_FILMS if fault != "this folder"])
def test_what_is_no_film_leaves_no_new_folders(emsync: Emsync, tmp_path: Path, fault: str) -> None:
    make, _ = NO_FILMS[fault]
    video = make(tmp_path)
    before = tree(tmp_path)
    refused(emsync("score", video, "--out", "deep/out"), "")
    assert tree(tmp_path) == before


#: options → words of the line
BAD_OPTIONS = {
    ("--ensemble", "sting-quartet"): "did you mean 'string-quartet'",
    ("--ensemble", "gone.toml"): "no preset file at gone.toml",
    ("--mastering", "flim"): "did you mean 'film'",
    ("--soundfont", "gone.sf2"): "no SoundFont at gone.sf2",
    ("--seed", "-1"): "seed must lie in",
    ("--seed", "x"): "--seed.*see .*score --help",
    ("--keep-sound", "nan"): "keep-sound must lie in",
    ("--keep-sound", "99"): "keep-sound must lie in",
    ("--cue", "1:00"): "needs an in and an out",
    ("--cue", "3-2"): "ends before it begins",
    ("--cue", "0:0x-3"): "is not a time",
    ("--bogus",): "No such option.*see .*score --help",
    ("--json", "gone/report.json"): "gone is no folder",
    ("--json", "."): "is a folder",
}


@pytest.mark.parametrize("options", BAD_OPTIONS, ids=" ".join)
def test_bad_options(emsync: Emsync, cli_film: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    refused(emsync("score", cli_film, "--out", "deep/out", *options), BAD_OPTIONS[options])
    assert not tree(tmp_path)


def test_damaged_soundfont_and_checkpoint(
    emsync: Emsync, cli_film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.sf2").write_bytes(b"RIFF\x10\0\0\0sfbkLIST")
    (tmp_path / "a.safetensors").write_bytes(b"\xff" * 64)
    before = tree(tmp_path)
    refused(emsync("score", cli_film, "--out", "out", "--soundfont", "a.sf2"), "a.sf2 is damaged")
    monkeypatch.setenv("EMSYNC_SOUNDFONT", "a.sf2")
    refused(emsync("score", cli_film, "--out", "out"), "a.sf2 is damaged")
    monkeypatch.setenv("EMSYNC_CHECKPOINT", "gone.safetensors")
    refused(emsync("score", cli_film, "--out", "out", "--no-render"), "no such checkpoint")
    monkeypatch.setenv("EMSYNC_CHECKPOINT", "a.safetensors")
    refused(emsync("score", cli_film, "--out", "out", "--no-render"), "damaged checkpoint")
    assert tree(tmp_path) == before


#: cues that only the film itself shows to be wrong → words
WRONG_CUES = {
    ("0-3", "2-5"): "overlap",
    ("1-60",): "ends after the film",
    ("20-30",): "ends after the film",
}


@pytest.mark.parametrize("cues", WRONG_CUES, ids=" ".join)
def test_cues_that_do_not_fit_the_film(
    emsync: Emsync, cli_film: Path, tmp_path: Path, cues: tuple[str, ...]
) -> None:
    options = [word for cue in cues for word in ("--cue", cue)]
    refused(emsync("score", cli_film, "--out", "out", "--no-render", *options), WRONG_CUES[cues])
    assert not tree(tmp_path)


def test_places_that_cannot_hold_results(emsync: Emsync, cli_film: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("I am a file")
    refused(emsync("score", cli_film, "--out", "file"), "is a file; choose another")
    refused(emsync("score", cli_film, "--out", "file/below"), "cannot be (written|used)")
    refused(emsync("score", cli_film, "--out", "n" * 300), "too long")
    assert tree(tmp_path) == {"file": b"I am a file"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(emsync: Emsync, cli_film: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o555)
    refused(emsync("score", cli_film, "--out", "out"), "cannot be written")
    assert tree(tmp_path) == {"out": None}


def test_sessions_of_other_films_and_damaged_ones(emsync: Emsync, cli_film: Path, tmp_path: Path) -> None:
    for name, text in (("other", '{"film": {"fingerprint": "0123"}}'), ("damaged", "{")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "session.json").write_text(text)
    before = tree(tmp_path)
    refused(emsync("score", cli_film, "--out", "other"), "holds the session of another film")
    refused(emsync("score", cli_film, "--out", "damaged"), "session.json is damaged")
    assert tree(tmp_path) == before


#: command → words of the line
OTHER_COMMANDS = {
    ("analyze", "gone.mp4"): "does not exist",
    ("analyze", "text.mp4"): "cannot be read as a video",
    ("render", "gone.mid"): "no MIDI file at gone.mid",
    ("render", "."): "is a folder",
    ("render", "text.mp4"): "not a readable MIDI file",
    ("render", "text.mp4", "--out", "text.mp4"): "is the MIDI file itself",
    ("render", "text.mp4", "--out", "gone/a.wav"): "gone is no folder",
    ("render", "text.mp4", "--mastering", "wram"): "did you mean 'warm'",
    ("play", "gone.mid"): "no MIDI file at gone.mid",
    ("play", "text.mp4"): "not a readable MIDI file",
    ("train", "labels", "--data", "."): "annotations.json",
    ("train", "labels", "--data", ".", "--out", "gone/c.json"): "gone is no folder",
    ("train", "prepare", "--data", "gone", "--cache", "cache"): "gone",
    ("train", "fit", "--cache", "gone"): "gone",
    ("train", "fit", "--cache", "gone", "--width", "33"): "33 is no multiple of 8",
    ("train", "fit", "--cache", "gone", "--out", "gone/g.safetensors"): "gone is no folder",
    ("scoer", "film.mp4"): "No such command 'scoer'. Did you mean 'score'",
    ("score",): "Missing argument 'VIDEO'",
}


@pytest.mark.parametrize("command", OTHER_COMMANDS, ids=" ".join)
def test_mistakes_in_other_commands(emsync: Emsync, tmp_path: Path, command: tuple[str, ...]) -> None:
    _text(tmp_path)
    before = tree(tmp_path)
    refused(emsync(*command), OTHER_COMMANDS[command])
    assert tree(tmp_path) == before


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
