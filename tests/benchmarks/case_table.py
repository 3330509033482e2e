"""Run every case and write docs/cases.md: what each mistake is answered with, and what came of each film.

Run from the checkout: `python -m tests.benchmarks.case_table`, with `--only mistakes` for the quick half.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from emsync_nb.errors import EmsyncError
from emsync_nb.pipeline import ScoreSettings
from emsync_nb.session import score
from tests.cases.answers import answer_in_fresh_folder
from tests.cases.film_factory import make_film
from tests.cases.films import FILMS, FilmCase
from tests.cases.mistakes import MISTAKES, Mistake
from tests.cases.worlds import Grounds, lay_grounds

OUT = Path(__file__).parents[2] / "docs" / "cases.md"
_HEAD = """# Cases

Written by `python -m tests.benchmarks.case_table`; the tables behind it are `tests/cases/films.py` and
`tests/cases/mistakes.py`, and every case is a test. [Troubleshooting](troubleshooting.md) explains the answers.
"""


@dataclass
class Ear:
    """Hears the notices of a run."""

    notices: list[str] = field(default_factory=list)

    def stage(self, name: str, share: float) -> None:
        """Pass over it."""

    def notice(self, line: str) -> None:
        """Keep it."""
        self.notices.append(line)


def main() -> int:
    """Write the document; 1 where a case went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", choices=("films", "mistakes"))
    chosen = parser.parse_args()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        grounds = lay_grounds(Path(name))
        with mock.patch.dict(os.environ, {"EMSYNC_CHECKPOINT": str(grounds.checkpoint)}):
            films = _kept("films") if chosen.only == "mistakes" else list(_film_rows(wrong))
            answers = _kept("mistakes") if chosen.only == "films" else list(_mistake_rows(grounds, wrong))
    chosen.out.write_text("\n".join([_HEAD, *films, *answers]), encoding="utf-8")
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    return 1 if wrong else 0


def _kept(word: str) -> list[str]:
    """The half of the document that is not written again: the section whose heading holds the word."""
    sections = OUT.read_text(encoding="utf-8").split("\n## ")[1:]
    return [f"## {section}" for section in sections if word in section.partition("\n")[0]]


def _mistake_rows(grounds: Grounds, wrong: list[str]) -> Iterator[str]:
    yield f"## {len(MISTAKES)} mistakes and attacks"
    yield ""
    yield "Each ends with exit code 2 and this one line, and leaves nothing behind. FILM is a sound film.\n"
    yield "| what is wrong | command | answer |"
    yield "|---|---|---|"
    for case in MISTAKES:
        done, faults = answer_in_fresh_folder(case, grounds)
        wrong += [f"{case.name}: {fault}" for fault in faults]
        yield f"| {_cell(case.name)} | {_code(_typed(case))} | {_code(shown(done.err, grounds))} |"
    yield ""


def _typed(case: Mistake) -> str:
    variables = "".join(f"{name}={value} " for name, value in case.environment.items())
    return _shortened(f"{variables}emsync {case.command}")


def shown(answer: str, grounds: Grounds) -> str:
    """An answer word for word, but for paths of this machine and endless names."""
    line = answer.strip().replace(str(grounds.film), "FILM")
    return _shortened(re.sub(rf"{re.escape(tempfile.gettempdir())}/tmp\w+/", "", line))  # noqa: S108 - a pattern


def _shortened(text: str) -> str:
    return re.sub(r"(\w)\1{20,}", r"\1\1\1…", text.encode("utf-8", "backslashreplace").decode())


def _film_rows(wrong: list[str]) -> Iterator[str]:
    yield f"## {len(FILMS)} films"
    yield ""
    yield "Scored on this machine by an untrained network of the smallest size, rendered and muxed.\n"
    yield "| film | boundaries found | hits met | worst error | seconds | notices |"
    yield "|---|---|---|---|---|---|"
    for case in FILMS:
        with tempfile.TemporaryDirectory() as folder:
            yield _film_row(case, Path(folder), wrong)
    yield ""


def _film_row(case: FilmCase, folder: Path, wrong: list[str]) -> str:
    ear = Ear()
    film = make_film(case, folder)
    began = time.monotonic()
    try:
        result = score(film, folder / "out", ScoreSettings(ensemble="piano-solo"), progress=ear)
    except EmsyncError as error:
        wrong.append(f"{case.name}: {error}")
        return f"| {case.name} | | | | | {_code(str(error))} |"
    seconds = time.monotonic() - began
    report = result.report
    errors = [hit["error_s"] for hit in report["hits"]]
    met = [abs(error) for error in errors if error is not None]
    worst = f"{1000 * max(met):.2f} ms" if met else ""
    cells = (
        _cell(case.name),
        ", ".join(f"{b['time_s']:.2f} {b['kind']}" for b in report["boundaries"]),
        f"{len(met)} of {len(errors)}",
        worst,
        f"{seconds:.1f}",
        _cell("; ".join(ear.notices).replace(f"{folder}/", "")),
    )
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{_cell(text).replace('`', chr(39))}`"


if __name__ == "__main__":
    sys.exit(main())
