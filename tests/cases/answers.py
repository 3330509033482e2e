"""What an answer to a mistake must be, and running a case; for the tests and for docs/cases.md."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.cases.mistakes import Mistake
from tests.cases.worlds import Grounds
from tests.cli.running import Done, run_here, tree

COMMAND = (sys.executable, "-m", "emsync_nb")
#: a line says what to do: it bids, names what is allowed, or leads to the help
REMEDY = re.compile(
    r"\b(add|ask|check|choose|copy|correct|cut|export|fetch|free|give|install|keeps it|known|move|name|needs an?|"
    r"reinstall|run|save|see|shorten|start|such as|train|try|unset|use|wait|write|"
    r"must (lie in|be|hold)|did you mean)\b",
    re.IGNORECASE,
)
#: rights of files bind root too, without these (capabilities(7): CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH)
_RIGHTS_OVERRIDDEN, _DROP = (1, 2), 24


def answer(case: Mistake, grounds: Grounds, folder: Path) -> Done:
    """Make the case's world in an empty folder and run its command there."""
    case.world(folder, grounds)
    environment = {"EMSYNC_CHECKPOINT": str(grounds.checkpoint), **case.environment}
    arguments = case.arguments(str(grounds.film))
    if case.needs == "user":
        return run_as_anybody(arguments, folder, environment)
    return run_here(arguments, folder=folder, environment=environment)


def answer_in_fresh_folder(case: Mistake, grounds: Grounds) -> tuple[Done, list[str]]:
    """The answer, and what is wrong with it: empty where all is as it must be."""
    with tempfile.TemporaryDirectory() as name:
        case.world(Path(name), grounds)
        before = tree(Path(name))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done = answer(case, grounds, folder)
        after = tree(folder)
    changed = sorted({name for name, _ in set(before.items()) ^ set(after.items())})
    return done, faults(case, done) + ([f"left or changed: {', '.join(changed)}"] if changed else [])


def faults(case: Mistake, done: Done) -> list[str]:
    """What an answer lacks."""
    found = []
    if done.code != 2:
        found.append(f"exit code {done.code}")
    if not re.fullmatch(r"emsync: [^\n]+\n", done.err) or "Traceback" in done.err:
        found.append(f"not one line: {done.err!r}")
    if not re.search(case.words, done.err):
        found.append(f"{case.words!r} is not said: {done.err!r}")
    if not REMEDY.search(done.err.removeprefix("emsync: ")):
        found.append(f"no remedy: {done.err!r}")
    if done.out:
        found.append(f"on standard output: {done.out!r}")
    return found


def run_as_anybody(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> Done:
    """Run a process that the rights of files bind, whoever runs it."""
    run = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_bow_to_rights,
    )
    return Done(run.returncode, run.stdout, run.stderr)


def _bow_to_rights() -> None:
    if os.geteuid() == 0:
        library = ctypes.CDLL(None)
        for capability in _RIGHTS_OVERRIDDEN:
            library.prctl(_DROP, capability, 0, 0, 0)
