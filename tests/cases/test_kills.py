"""Ctrl-C, SIGTERM and SIGKILL at any moment leave either the old results or the new ones, never halves.

A normal run tries four moments; EMSYNC_PROOF=1 tries thirty of Ctrl-C and of SIGTERM, ten of SIGKILL, and
fifteen around the moves.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from emsync_nb.session import Session
from tests.cases.answers import COMMAND
from tests.cases.worlds import Grounds, lay_grounds
from tests.cli.running import heed_signals, tree

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

IS_PROOF = bool(os.environ.get("EMSYNC_PROOF"))
SEED = random.Random(os.environ.get("EMSYNC_SEED", "kills"))
#: sound takes as long as all the rest
OPTIONS = () if IS_PROOF else ("--no-render",)
#: these hold times, and so differ from run to run
TIMED = {"report.json", "session.json"}
OLD = {
    "score.mid": b"an older score",
    "emotion.png": b"an older picture",
    "my notes.txt": b"not ours at all",
}
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}


@dataclass(frozen=True)
class Moment:
    """When a run gets which signal: a share of its time, or seconds after its first result has moved."""

    number: signal.Signals
    share: float | None = None
    after_move_s: float | None = None

    def __str__(self) -> str:
        when = f"at {self.share:.2f}" if self.share is not None else f"{self.after_move_s:.4f} s after a move"
        return f"{self.number.name} {when}"


def _moments() -> list[Moment]:
    if not IS_PROOF:
        return [
            Moment(signal.SIGINT, share=SEED.uniform(0.05, 0.95)),
            Moment(signal.SIGTERM, share=SEED.uniform(0.05, 0.95)),
            Moment(signal.SIGINT, after_move_s=0.0),
            Moment(signal.SIGKILL, after_move_s=0.0),
        ]
    moments = []
    for number in CODES:
        count = 10 if number == signal.SIGKILL else 30
        moments += [Moment(number, share=(place + SEED.random()) / count) for place in range(count)]
        moments += [Moment(number, after_move_s=SEED.choice((0.0, SEED.uniform(0, 0.1)))) for _ in range(5)]
    return moments


@dataclass(frozen=True)
class Reference:
    """What a run makes that nobody disturbs, and how long it takes."""

    grounds: Grounds
    files: dict[str, bytes | str]
    seconds: float


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    grounds = lay_grounds(tmp_path_factory.mktemp("grounds"))
    folder = tmp_path_factory.mktemp("reference")
    began = time.monotonic()
    _run_to_end(grounds, folder)
    return Reference(grounds, tree(folder), time.monotonic() - began)


def _started(grounds: Grounds, folder: Path) -> subprocess.Popen[str]:
    """A run in a session of its own, that heeds signals even where the tests ignore them."""
    return subprocess.Popen(
        [*COMMAND, "score", str(grounds.film), "--seed", "9", "--out", str(folder), *OPTIONS],
        env=os.environ | {"EMSYNC_CHECKPOINT": str(grounds.checkpoint)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_signals,
    )


def _run_to_end(grounds: Grounds, folder: Path) -> str:
    with _started(grounds, folder) as process:
        _, err = process.communicate()
    assert process.returncode == 0, err
    return err


def _wait_for(moment: Moment, process: subprocess.Popen[str], folder: Path, seconds: float) -> None:
    if moment.share is not None:
        time.sleep(moment.share * seconds)
        return
    made_last = folder / ".emsync-work" / "new" / "report.json"
    while process.poll() is None and not made_last.exists():
        time.sleep(0.002)
    # emotion.png is the first to be moved; until then the old one stands there
    while process.poll() is None:
        try:
            if (folder / "emotion.png").read_bytes() != OLD["emotion.png"]:
                break
        except FileNotFoundError:  # between two moves
            break
    time.sleep(moment.after_move_s or 0.0)


def _interrupted(moment: Moment, reference: Reference, folder: Path) -> tuple[int, str]:
    """Exit code and what was said of a run that gets the signal; none of its children outlives it."""
    with _started(reference.grounds, folder) as process:
        _wait_for(moment, process, folder, reference.seconds)
        if process.poll() is None:
            if moment.number == signal.SIGTERM:
                process.send_signal(moment.number)
            else:  # Ctrl-C in a terminal reaches the children too
                os.killpg(process.pid, moment.number)
        _, err = process.communicate()
    assert not _living(process.pid)
    return process.returncode, err


def _living(group: int) -> list[str]:
    """Processes of a group that still run; one that ended may wait a while for init to take note of it."""
    living = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it has just gone
            continue
        if int(its_group) == group and state not in "ZX":
            living.append(str(stat))
    return living


def _check_new(files: dict[str, bytes | str], reference: Reference) -> None:
    """Exactly the new results beside the file that is not ours, and two reports of one take."""
    assert set(files) == {*reference.files, "my notes.txt"}
    for name in set(reference.files) - TIMED:
        assert files[name] == reference.files[name], name
    report, session = (json.loads(files[name]) for name in ("report.json", "session.json"))
    for part in ("boundaries", "sections"):
        assert report[part] == session[part]


def _check_gone_on(folder: Path, reference: Reference) -> None:
    """The killed run had made everything: the next one put it into place, and went on with a take more."""
    files = tree(folder)
    for name in set(reference.files) - TIMED:
        assert files[name] == reference.files[name], name
    assert files["my notes.txt"] == OLD["my notes.txt"]
    with Session.open(folder) as session:
        assert [take.name for take in session.state.takes] == ["001", "002"]
        assert session.state.accepted == "002"
        for take in session.state.takes:  # the same film and seed
            assert files[take.file] == reference.files["score.mid"]


@pytest.mark.parametrize("moment", _moments(), ids=str)
def test_all_old_or_all_new(moment: Moment, reference: Reference, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for name, data in OLD.items():
        (folder / name).write_bytes(data)
    code, err = _interrupted(moment, reference, folder)
    assert "Traceback" not in err
    if moment.number == signal.SIGKILL and code != 0:
        # what a killed run has left, the next one tidies
        was_made = (folder / "session.json").exists() or (folder / ".emsync-work" / "complete").exists()
        err = _run_to_end(reference.grounds, folder)
        assert "Traceback" not in err
        if was_made:
            _check_gone_on(folder, reference)
        else:
            _check_new(tree(folder), reference)
        return
    files = tree(folder)
    if files != OLD:
        _check_new(files, reference)
    else:
        # Python itself may not yet be awake, or no longer
        assert code in (CODES[moment.number], -moment.number)
    assert code in (0, CODES[moment.number], -moment.number)


def test_two_interrupts_in_a_row_leave_nothing(reference: Reference, tmp_path: Path) -> None:
    """Impatient people press twice; the second comes while the first is being tidied."""
    folder = tmp_path / "out"
    with _started(reference.grounds, folder) as process:
        assert process.stderr is not None
        for line in itertools.takewhile(lambda line: "generation" not in line, process.stderr):
            assert line.startswith("emsync: ")
        for _ in range(3):
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.002)
        _, err = process.communicate()
    assert (process.returncode, err.splitlines()[-1:]) == (130, ["emsync: stopped"])
    assert not tree(tmp_path)
