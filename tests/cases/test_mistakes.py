"""Every mistake is answered in one line and leaves nothing; what only looks bad does not stop the work."""

from __future__ import annotations

import json
import logging
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emsync_nb import text_embedding
from emsync_nb.analysis.expert import Unavailable
from emsync_nb.analysis.words import WordsExpert
from tests.benchmarks.case_table import shown
from tests.cases import damaged_music as music
from tests.cases.answers import COMMAND, REMEDY, answer_in_fresh_folder
from tests.cases.damaged_scores import ENDLESS
from tests.cases.hostile_text import ENSEMBLE, SUBTITLES
from tests.cases.mistakes import MISTAKES, Mistake
from tests.cases.worlds import Grounds, grow, lay_grounds, make_read_only, mount, unmount
from tests.cli.running import Done, run_here, tree

DOCS = Path(__file__).parents[2] / "docs"
QUOTES = re.findall(
    r"^> `(.+)`$", (DOCS / "troubleshooting.md").read_text(encoding="utf-8"), flags=re.MULTILINE
)
IS_PROOF = bool(os.environ.get("EMSYNC_PROOF"))
posix = pytest.mark.skipif(os.name == "nt", reason="pipes, links and signals of POSIX")


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return lay_grounds(tmp_path_factory.mktemp("grounds"))


def test_no_two_cases_share_a_name() -> None:
    names = [case.name for case in MISTAKES]
    assert len(names) == len(set(names)) > 150
    assert len(QUOTES) > 30


@cache
def answered(case: Mistake, grounds: Grounds) -> tuple[Done, list[str]]:
    """Each case is run once; what documents quote of it is checked too."""
    return answer_in_fresh_folder(case, grounds)


@pytest.mark.parametrize("case", MISTAKES, ids=lambda case: case.name)
def test_a_mistake_is_answered_in_one_line_and_leaves_nothing(case: Mistake, grounds: Grounds) -> None:
    if case.needs is not None and os.name == "nt":
        pytest.skip("pipes, links and rights of POSIX")
    if case.needs == "user" and os.geteuid() == 0 and sys.platform != "linux":
        pytest.skip("root may do everything here")
    _, faults = answered(case, grounds)
    assert not faults


def _alike(line: str) -> str:
    """Without what differs from machine to machine."""
    return re.sub(r"tried: [^)]*\).*", "", line)


@posix
@pytest.mark.parametrize("quote", QUOTES)
def test_troubleshooting_quotes_what_the_program_says(quote: str, grounds: Grounds) -> None:
    asked = [case for case in MISTAKES if re.search(case.words, quote)]
    answers = (shown(answered(case, grounds)[0].err, grounds) for case in asked)
    assert any(_alike(answer) == _alike(f"emsync: {quote}") for answer in answers), [c.name for c in asked]


def test_docs_list_every_mistake() -> None:
    table = (DOCS / "cases.md").read_text(encoding="utf-8")
    for case in MISTAKES:
        assert f"| {case.name} |" in table, f"{case.name}: run python -m tests.benchmarks.case_table"


def score(grounds: Grounds, folder: Path, *options: str) -> Done:
    """The film scored into out/ below a folder."""
    environment = {"EMSYNC_CHECKPOINT": str(grounds.checkpoint)}
    arguments = ("score", grounds.film, "--out", "out", *options)
    return run_here(arguments, folder=folder, environment=environment)


def refused(done: Done, *words: str) -> None:
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done
    assert done.err.startswith("emsync: ") and REMEDY.search(done.err), done.err
    for word in words:
        assert word in done.err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own that holds 16 KiB until it is made larger."""
    disk = tmp_path / "disk"
    try:
        mount(disk, "16k")
    except (PermissionError, FileNotFoundError) as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    try:
        yield disk
    finally:
        unmount(disk)


#: at 16 KiB MusicXML finds no room, at 100 the picture, at 400 the mix, at 3000 the master, at 5100 the film
SIZES = (16, 100, 400, 3000, 5100) if IS_PROOF else (400, 5100)


@posix
@pytest.mark.parametrize("kib", SIZES)
def test_a_full_disk_leaves_the_earlier_results(grounds: Grounds, small_disk: Path, kib: int) -> None:
    grow(small_disk, f"{kib}k")
    (small_disk / "out").mkdir()
    (small_disk / "out" / "score.mid").write_bytes(b"an earlier score")
    before = tree(small_disk)
    refused(score(grounds, small_disk), " cannot be written (", "space")
    assert tree(small_disk) == before


@posix
def test_a_disk_that_is_full_from_the_start(grounds: Grounds, small_disk: Path) -> None:
    (small_disk / "filling").write_bytes(bytes(16 * 1024))
    refused(score(grounds, small_disk, "--no-render"), "No space left")
    assert set(tree(small_disk)) == {"filling"}


@posix
def test_a_disk_that_may_not_be_written(grounds: Grounds, small_disk: Path) -> None:
    (small_disk / "out").mkdir()
    make_read_only(small_disk)
    refused(score(grounds, small_disk), "out cannot be written (Read-only file system)", "--out")
    refused(score(grounds, small_disk, "--json", str(small_disk / "a.json")), "is not yours")
    assert tree(small_disk) == {"out": "folder 755"}


def _files_stay_small() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))


@posix
def test_a_limit_for_files_is_as_a_full_disk(grounds: Grounds, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "emotion.png").write_bytes(b"an earlier picture")
    before = tree(tmp_path)
    run = subprocess.run(
        [*COMMAND, "score", str(grounds.film), "--out", "out", "--no-render"],
        cwd=tmp_path,
        env=os.environ | {"EMSYNC_CHECKPOINT": str(grounds.checkpoint)},
        capture_output=True,
        text=True,
        preexec_fn=_files_stay_small,
        check=False,
    )
    assert run.returncode == 2, run.stderr
    *progress, last = run.stderr.splitlines()
    assert all(line.startswith("emsync: ") and line.endswith(" …") for line in progress), run.stderr
    assert "File too large" in last and REMEDY.search(last)
    assert tree(tmp_path) == before


def test_a_render_that_finds_no_room_leaves_nothing(small_disk: Path) -> None:
    (small_disk / "a.mid").write_bytes(music.TUNE)
    before = tree(small_disk)
    refused(run_here(("render", "a.mid"), folder=small_disk), "a.wav cannot be written", "Free some space")
    assert tree(small_disk) == before


@posix
def test_results_that_are_links_are_replaced_not_followed(grounds: Grounds, tmp_path: Path) -> None:
    (tmp_path / "mine.mid").write_bytes(b"mine")
    (tmp_path / "other").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "score.mid").symlink_to("../mine.mid")
    assert score(grounds, tmp_path, "--no-render").code == 0
    assert (tmp_path / "mine.mid").read_bytes() == b"mine"
    assert not (tmp_path / "out" / "score.mid").is_symlink()


#: commands that look wrong and are right → files for them
HARMLESS = {
    "MIDI of bytes above 127": ("render a.mid", {"a.mid": music.ODD_DATA}),
    "MIDI without a note": ("render a.mid", {"a.mid": music.SILENT}),
    "MIDI without a track": ("render a.mid", {"a.mid": music.NO_TRACK}),
    "loops outside their sample": (
        "render a.mid --soundfont a.sf2",
        {"a.mid": music.TUNE, "a.sf2": music.soundfont(loop=(9000, 4_000_000_000))},
    ),
    "tuning beyond hearing": (
        "render a.mid --soundfont a.sf2",
        {"a.mid": music.TUNE, "a.sf2": music.soundfont(zone=((51, 32_000), (56, -32_000), (53, 0)))},
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_looks_damaged_is_rendered(name: str, tmp_path: Path) -> None:
    command, files = HARMLESS[name]
    for file, data in files.items():
        (tmp_path / file).write_bytes(data)
    done = run_here(command.split(), folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    samples, _ = soundfile.read(tmp_path / "a.wav")
    assert np.all(np.isfinite(samples))
    assert set(tree(tmp_path)) == {*files, "a.wav"}


def test_a_score_that_repeats_itself_for_ever_is_labelled_as_written(tmp_path: Path) -> None:
    (tmp_path / "a.musicxml").write_text(ENDLESS)
    done = run_here(("label", "a.musicxml"), folder=tmp_path)
    assert (done.code, done.err, len(done.out.splitlines())) == (0, "", 1 + 2)


@pytest.mark.parametrize("name", SUBTITLES)
def test_damaged_subtitles_are_told_in_one_line(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what the words mean is another test's matter, and takes seconds
    monkeypatch.setattr(text_embedding, "embed", lambda words: np.eye(384, dtype=np.float32)[: len(words)])
    data, words = SUBTITLES[name]
    (tmp_path / "film.srt").write_bytes(data())
    with caplog.at_level(logging.WARNING):
        try:
            opinion = WordsExpert(tmp_path / "film.srt").judge(np.arange(0, 20, 0.25), ())
        except Unavailable as reason:
            assert words in str(reason)
        else:
            assert np.all(np.isfinite(opinion.valence))
    (record,) = caplog.records
    line = record.getMessage()
    assert "film.srt" in line and words in line and "\n" not in line
    assert REMEDY.search(line)


def test_damaged_subtitles_do_not_stop_the_work(grounds: Grounds, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(grounds.film.read_bytes())
    (tmp_path / "film.srt").write_bytes(b"\xff\xfe\x00" + os.urandom(5000))
    run = process("analyze", "film.mp4", "--json", "-", folder=tmp_path)
    assert run.returncode == 0
    assert json.loads(run.stdout)["boundaries"]
    notices = [line for line in run.stderr.splitlines() if not line.endswith(" …")]
    assert len(notices) == 1
    assert notices[0].startswith("emsync: The words of film.srt are not heard: ")


def process(*arguments: str, folder: Path, **settings: object) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [*COMMAND, *arguments], cwd=folder, text=True, check=False, **(streams | settings)
    )


def close_stderr() -> None:
    os.close(2)


def close_all() -> None:
    for number in range(3):
        os.close(number)


@posix
def test_closed_streams_change_nothing(tmp_path: Path) -> None:
    for closing in (close_stderr, close_all):
        run = process("score", "gone.mp4", folder=tmp_path, preexec_fn=closing)
        assert (run.returncode, run.stdout, run.stderr) == (2, "", "")
    assert not tree(tmp_path)


@posix
def test_a_file_written_with_closed_streams_holds_only_itself(tmp_path: Path) -> None:
    run = process("doctor", "--json", "found.json", folder=tmp_path, preexec_fn=close_all)
    assert run.returncode == 0
    assert json.loads((tmp_path / "found.json").read_text(encoding="ascii"))["findings"]


@posix
@pytest.mark.parametrize("arguments", ["--help", "doctor", "doctor --json -"])
def test_a_full_standard_output_is_one_line(tmp_path: Path, arguments: str) -> None:
    with Path("/dev/full").open("w") as full:
        run = process(*arguments.split(), folder=tmp_path, stdout=full)
    assert run.returncode == 2
    assert run.stderr == (
        "emsync: the output cannot be written (No space left on device); free some space, or send it elsewhere\n"
    )


@posix
def test_a_full_standard_error_is_silence(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        assert process("score", "gone.mp4", folder=tmp_path, stderr=full).returncode == 2


def test_a_locale_without_letters_still_says_it(tmp_path: Path) -> None:
    (tmp_path / "fílm.toml").write_text(ENSEMBLE.replace("= 40", "= 400"), encoding="utf-8")
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    run = process("score", "x.mp4", "--ensemble", "fílm.toml", folder=tmp_path, env=os.environ | bare)
    assert run.returncode == 2
    assert "lm.toml, line 7: 'program' must lie in 0" in run.stderr
    assert run.stderr.isascii() and run.stderr.count("\n") == 1


def test_what_doctor_says_is_its_own(tmp_path: Path) -> None:
    """ALSA and JACK print lines of their own where nobody answers."""
    run = process("doctor", folder=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert "MIDI" in run.stdout


@posix
def test_a_planted_link_in_place_of_our_work_is_not_followed(grounds: Grounds, tmp_path: Path) -> None:
    """Else a DIR from an archive could have a folder called `new` deleted anywhere."""
    (tmp_path / "home" / "new").mkdir(parents=True)
    (tmp_path / "home" / "new" / "thesis.txt").write_bytes(b"precious")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".emsync-work").symlink_to("../home")
    score(grounds, tmp_path, "--no-render")
    assert (tmp_path / "home" / "new" / "thesis.txt").read_bytes() == b"precious"


@posix
def test_a_planted_link_in_place_of_the_stems_is_not_followed(grounds: Grounds, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "stems").symlink_to("../elsewhere")
    score(grounds, tmp_path, "--stems", "--ensemble", "piano-solo")
    assert not tree(tmp_path / "elsewhere")


@posix
def test_a_film_that_is_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").symlink_to("film.mp4")
    refused(run_here(("score", "film.mp4"), folder=tmp_path), "film.mp4")
    assert set(tree(tmp_path)) == {"film.mp4"}
