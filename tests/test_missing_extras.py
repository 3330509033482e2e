"""Each extra missing from an otherwise full installation: one line with the command that installs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from emsync_nb.extras import EXTRA_OF
from tests.pipeline.tiny_film import make_checkpoint, make_film

#: hides packages as if they were not installed, then runs `emsync`
HIDING = """
import sys
from importlib.machinery import PathFinder
hidden = set(sys.argv[1].split(","))
class Hiding:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None if name.partition(".")[0] in hidden else PathFinder.find_spec(name, path, target)
sys.meta_path[:] = [Hiding if finder is PathFinder else finder for finder in sys.meta_path]
del sys.argv[1]
if sys.argv[1] == "-c":
    exec(sys.argv[2])
else:
    from emsync_nb.cli import main
    main()
"""

#: extra → a command that cannot do without it
NEEDED_BY = {
    "video": ("score", "film.mp4"),
    "analysis": ("score", "film.mp4"),
    "generation": ("score", "film.mp4"),
    "notation": ("score", "film.mp4"),
    "rendering": ("score", "film.mp4"),
    "figures": ("score", "film.mp4"),
    "bridge": ("bridge", "play", "one_note.mid"),
}
#: commands that need the extra notation too
READERS = (("train", "prepare", "--data", "music", "--cache", "cache"), ("label", "one_note.mid"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film, a MIDI file, a score to learn from and a small network."""
    folder = tmp_path_factory.mktemp("place")
    make_film(folder / "film.mp4")
    make_checkpoint(folder / "tiny.safetensors")
    import mido

    midi = mido.MidiFile()
    midi.add_track().append(mido.Message("note_on", note=60))
    midi.save(folder / "one_note.mid")
    return folder


def _without(packages: list[str], place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", HIDING, ",".join(packages), *command],
        cwd=place,
        env=os.environ | {"EMSYNC_CHECKPOINT": str(place / "tiny.safetensors")},
        capture_output=True,
        text=True,
        check=False,
    )


def _packages(extra: str) -> list[str]:
    return [package for package, its_extra in EXTRA_OF.items() if its_extra == extra]


@pytest.mark.parametrize("extra", NEEDED_BY)
def test_a_missing_extra_is_one_line_with_its_remedy(place: Path, extra: str) -> None:
    before = sorted(place.rglob("*"))
    run = _without(_packages(extra), place, *NEEDED_BY[extra])
    last = run.stderr.splitlines()[-1]
    assert run.returncode == 2, run.stderr
    assert re.fullmatch(rf"emsync: \w+ is not installed. Run: pip install 'emsync_nb\[{extra}\]'", last), last
    assert "Traceback" not in run.stderr
    # said at once, before any stage has begun
    assert "…" not in run.stderr
    assert sorted(place.rglob("*")) == before


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_readers_of_scores_say_which_extra_reads(place: Path, command: tuple[str, ...]) -> None:
    run = _without(_packages("notation"), place, *command)
    assert run.returncode == 2, run.stderr
    assert re.fullmatch(
        r"emsync: \w+ is not installed. Run: pip install 'emsync_nb\[notation\]'\n", run.stderr
    )


def test_every_extra_is_looked_at() -> None:
    assert set(NEEDED_BY) | {"notebook", "text", "cluster", "speech", "ocr"} == set(EXTRA_OF.values())


def test_without_the_notebook_extra_the_widgets_say_so(place: Path) -> None:
    show = "from emsync_nb.widgets import ScoringDesk; ScoringDesk('film.mp4')"
    run = _without(["anywidget", "ipywidgets", "jupyterlab"], place, "-c", show)
    assert run.stderr.splitlines()[-1] == (
        "emsync_nb.errors.MissingExtraError: anywidget is not installed. "
        "Run: pip install 'emsync_nb[notebook]'"
    )


def test_without_the_cluster_extra_no_cluster_is_asked(place: Path) -> None:
    ask = "from emsync_nb.cluster import results; next(results(abs, [1], address='127.0.0.1:9'))"
    run = _without(["distributed", "dask"], place, "-c", ask)
    assert run.stderr.splitlines()[-1] == (
        "emsync_nb.errors.MissingExtraError: distributed is not installed. "
        "Run: pip install 'emsync_nb[cluster]'"
    )


def test_without_litert_nobody_listens(place: Path) -> None:
    listen = "from pathlib import Path; from emsync_nb.evaluation.mood import MoodListener; MoodListener(Path('a'))"
    run = _without(["ai_edge_litert"], place, "-c", listen)
    assert run.stderr.splitlines()[-1] == (
        "emsync_nb.errors.MissingExtraError: ai_edge_litert is not installed. "
        "Run: pip install 'emsync_nb[analysis]'"
    )


def test_without_the_text_extra_subtitles_are_passed_over_with_a_word(place: Path) -> None:
    (place / "film.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nI am so happy!\n")
    run = _without(_packages("text"), place, "analyze", "film.mp4")
    (place / "film.srt").unlink()
    assert run.returncode == 0, run.stderr
    assert "pip install 'emsync_nb[text]'" in run.stderr + run.stdout


def test_without_sound_packages_the_score_alone_can_be_had(place: Path) -> None:
    # scipy and soundfile come with librosa too
    run = _without(
        ["pedalboard", "pretty_midi", "pyloudnorm"], place, "score", "film.mp4", "--no-render", "--out", "dry"
    )
    assert run.returncode == 0, run.stderr
    assert (place / "dry" / "score.mid").is_file()


def test_without_decord_pyav_decodes(place: Path) -> None:
    run = _without(["decord"], place, "analyze", "film.mp4")
    assert run.returncode == 0, run.stderr
