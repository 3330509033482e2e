"""Memory and work do not run away with the length of a film; the film of two hours is `benchmarks.long_film`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from emsync_nb.analysis.change import Change, strongest
from tests.benchmarks.long_film import long_case
from tests.cases.film_factory import make_film

#: a process of its own, so that the high-water mark is this film's
_ANALYSE = """
import resource, sys
from emsync_nb.pipeline import analyze_film
boundaries = len(analyze_film(sys.argv[1]).cues.boundaries)
print(boundaries, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
      resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
#: minutes of the two films; the sound comes in blocks of one
SHORT, LONG = 2, 6
#: what the longer film may hold more, here and in the decoder's process, whose threads take memory as they please;
#: its frames alone, held whole, would be 33 MB, its sound 21 MB
MOST_KB = (15_000, 40_000)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count resident memory in other units")
def test_memory_hardly_grows_with_the_film(tmp_path: Path) -> None:
    marks: dict[float, list[int]] = {}
    for minutes in (SHORT, LONG):
        case = replace(long_case(minutes), size=(128, 72))
        folder = tmp_path / str(minutes)
        folder.mkdir()
        film = make_film(case, folder)
        run = subprocess.run(
            [sys.executable, "-c", _ANALYSE, str(film)], capture_output=True, text=True, check=True
        )
        boundaries, *marks[minutes] = map(int, run.stdout.split())
        assert boundaries == len(case.cuts_s)
    for short_kb, long_kb, most_kb in zip(marks[SHORT], marks[LONG], MOST_KB, strict=True):
        assert long_kb - short_kb < most_kb


def _calls(work: Callable[[], object]) -> int:
    """How many functions a piece of work calls: a measure of it that no other process disturbs."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def test_the_work_of_sorting_changes_grows_with_their_number() -> None:
    def calls(count: int) -> int:
        cuts = [
            Change("cut", at := Fraction(number * 3, 10), at, at, (number * 7919 % count) / count)
            for number in range(count)
        ]
        assert len(strongest(cuts, Fraction(1, 5))) == count
        return _calls(lambda: strongest(cuts, Fraction(1, 5)))

    # four times the cuts: about four times the work; sixteen times if each were held against all others
    assert calls(2000) < 6 * calls(500)
