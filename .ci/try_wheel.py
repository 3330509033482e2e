"""The wheel in an environment of its own, far from the checkout, as a user gets it.

1. Without any extra everything imports, and the work of each extra is refused with the line that installs it.
2. Each of those lines is followed, one after the other; what was refused works.
3. The sample film is scored; the result is the one of another environment, byte for byte.

    python3 .ci/try_wheel.py dist/emsync_nb-….whl --same-as .venv/bin/emsync
"""

from __future__ import annotations

import argparse
import filecmp
import re
import subprocess
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

CONSTRAINTS = Path(__file__).resolve().parents[1] / "constraints.txt"

#: needs no extra
BARE = """
import bridge
from emsync_nb.preset_library import load_ensemble, load_template, names
from emsync_nb.weights import GENERATOR
home = Path(emsync_nb.__file__).parent
assert home.is_relative_to(sys.prefix) and Path(bridge.__file__).is_relative_to(sys.prefix), home
for room in [path.parent.name for path in home.glob("*/__init__.py")] + ["video.sample_film"]:
    importlib.import_module(f"emsync_nb.{room}")
for part in ("py.typed", "__init__.pyi", "labelling/coefficients.json", "widgets/static/desk.js"):
    assert (home / part).is_file(), part
assert GENERATOR.is_present
assert len(names("mastering")) >= 5 and len(names("ensembles")) >= 5
for name in names("ensembles"):
    load_ensemble(name)
for name in names("templates"):
    load_template(name)
"""

PREAMBLE = """
import importlib, sys
from fractions import Fraction
from pathlib import Path
import numpy as np
import emsync_nb
from emsync_nb.domain import AudioClip, EmotionCurve, Score, VideoCues, VideoInfo
from emsync_nb.errors import DataError, MissingExtraError

def run(work):
    try:
        exec(work, globals())
    except MissingExtraError as error:
        sys.exit(f"missing {error.extra}: {error}")

CURVE = EmotionCurve.clipped([0.0, 8.0], [0.5, -0.5], [0.0, 0.5])
INFO = VideoInfo(Path("film.mp4"), Fraction(8), Fraction(25), 640, 360, 0, True, "h264")
FILM = VideoCues(INFO, (), CURVE)
PLAN = emsync_nb.plan(FILM)
EMPTY = Score((), PLAN.tempo_map, PLAN.grid)
"""

#: extra → work that needs it, and of the others only those above
WORK = {
    "bridge": "from bridge.ports import available_drivers; available_drivers()",
    "rendering": """
noise = AudioClip(np.random.default_rng(1).normal(0, 0.1, (2, 96_000)).astype(np.float32), 48_000)
assert emsync_nb.master(noise, "warm").samples.shape == noise.samples.shape
""",
    "notation": """
from emsync_nb.notation import read_hits, write_midi
write_midi(EMPTY, Path("a.mid"))
assert read_hits(Path("a.mid"), [], end_s=8.0) == ()
from emsync_nb.training.corpus.prepare import prepare
try:
    prepare(Path("."), Path("cache"))
except DataError as error:
    assert "holds none of the collections" in str(error)
""",
    "figures": """
from emsync_nb.figures import save_png, score_picture
save_png(score_picture(PLAN, EMPTY, title="nothing"), Path("a.png"))
""",
    "video": """
from emsync_nb.video import make_sample_film
make_sample_film(Path("sample"))
""",
    "analysis": """
from emsync_nb.analysis.sound import warm_up
warm_up()
assert len(emsync_nb.analyze("sample/sample_film.mp4").cues.boundaries) == 9
""",
    "generation": "assert emsync_nb.compose(PLAN).note_count > 0",
    "cluster": """
from emsync_nb.cluster import results
from emsync_nb.errors import ClusterError
try:
    next(results(abs, [-1], address="127.0.0.1:9"))
except ClusterError as error:
    assert "no Dask scheduler answers at 127.0.0.1:9" in str(error)
""",
    "text": "from emsync_nb.text_embedding import embed; assert embed(['rain']).shape == (1, 384)",
    "notebook": """
from emsync_nb.widgets import EmotionCurveEditor, ScoringDesk
assert EmotionCurveEditor(FILM.curve, FILM.video.duration_s).curve.at(1.0) == FILM.curve.at(1.0)
with ScoringDesk("sample/sample_film.mp4") as desk:
    desk.wait(600)
    assert len(desk.plan.film.boundaries) == 9
""",
}
#: results that do not tell times or places
SAME = ("score.mid", "score.musicxml", "mix.wav", "master.wav", "emotion.png")


@dataclass(frozen=True)
class Environment:
    """A fresh virtual environment, and a folder to work in."""

    home: Path

    @classmethod
    def made(cls, home: Path) -> Environment:
        """A new one below `home`."""
        venv.create(home / "venv", with_pip=True)
        (home / "work").mkdir()
        return cls(home)

    def install(self, requirement: str) -> None:
        """With pip, as people do."""
        self._run(
            "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-compile",
            "-c",
            str(CONSTRAINTS),
            requirement,
            check=True,
        )

    def refusal(self, work: str) -> str:
        """The line that refuses a piece of work for want of an extra; empty where it is done."""
        done = self._run("python", "-P", "-c", f"{PREAMBLE}\nrun({work!r})")
        last = (done.stderr.strip().splitlines() or [""])[-1]
        if done.returncode and not last.startswith("missing "):
            raise SystemExit(done.stderr)
        return last if done.returncode else ""

    def emsync(self, *arguments: str) -> None:
        """The command, from outside the checkout."""
        self._run("emsync", *arguments, check=True)

    def _run(self, program: str, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(self.home / "venv" / "bin" / program), *arguments],
            cwd=self.home / "work",
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise SystemExit(f"{program} {' '.join(arguments)}: {done.stderr}")
        return done


def refused_without_extras(fresh: Environment) -> None:
    """Nothing but the typed error, with the line that mends it."""
    assert fresh.refusal(BARE) == ""
    for extra, work in WORK.items():
        line = fresh.refusal(work)
        assert re.fullmatch(
            rf"missing {extra}: \w+ is not installed\. Run: pip install 'emsync_nb\[{extra}\]'", line
        ), (extra, line)
        tell(line)


def mended_extra_by_extra(fresh: Environment, wheel: Path) -> None:
    """Each line is followed, and the work is done."""
    for extra, work in WORK.items():
        start = time.monotonic()
        fresh.install(f"emsync_nb[{extra}] @ {wheel.as_uri()}")
        assert fresh.refusal(work) == "", extra
        tell(f"with {extra}: works ({time.monotonic() - start:.0f} s)")


def same_film_same_music(fresh: Environment, other: Path) -> None:
    """Two environments, one machine: equal bytes."""
    there = fresh.home / "there"
    command = [str(other), "demo", "--out", str(there)]
    with subprocess.Popen(command, cwd=fresh.home, stderr=subprocess.DEVNULL) as beside:
        fresh.emsync("demo", "--out", "here")
        assert beside.wait() == 0
    folders = [folder / "sample_film.emsync" for folder in (fresh.home / "work" / "here", there)]
    assert (folders[0] / "scored.mp4").stat().st_size > 0
    _, different, missing = filecmp.cmpfiles(*folders, SAME, shallow=False)
    assert not different and not missing, (different, missing)
    tell(f"the same in both environments: {', '.join(SAME)}")


def tell(line: str) -> None:
    """A line for the log."""
    print(f"  {line}", flush=True)


def main() -> None:
    """Everything, in a folder that is removed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=lambda name: Path(name).resolve())
    parser.add_argument(
        "--same-as", type=lambda name: Path(name).absolute(), help="another environment's emsync"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="emsync-wheel-") as folder:
        fresh = Environment.made(Path(folder))
        fresh.install(str(arguments.wheel))
        refused_without_extras(fresh)
        mended_extra_by_extra(fresh, arguments.wheel)
        same_film_same_music(fresh, arguments.same_as)


if __name__ == "__main__":
    main()
