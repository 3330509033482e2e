"""What memory all experts take over a film of any length that exists only as iterators; prints a Markdown table.

Run from the checkout: `EMSYNC_WEIGHTS=../shared/data/models python -m tests.benchmarks.experts_memory [--minutes 120]`.
Takes about a quarter of the film's length on a core of its own. Photographs of OASIS, half of them of persons, pass at
24 frames a second, a cut every four seconds; the sound is chords under noise. Linux only. Ends with 1 where more than
1.5 GB were taken.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis import Analysis, analyze
from emsync_nb.domain import AudioClip, Frame, VideoInfo
from tests.benchmarks.expert_film import PHOTOS
from tests.conftest import DATA

FPS, RATE, BLOCK_S, SHOT_S = 24, 22_050, 60, 4
WIDTH, HEIGHT = 256, 144
#: memory is told after each of so many minutes
STEP_MINUTES = 5
#: what is asked for
MOST_MB = 1500
Picture = NDArray[np.uint8]


class Watched:
    """A film of so many minutes, which notes this process's memory while it is taken in."""

    def __init__(self, minutes: int) -> None:
        self.seconds = 60 * minutes
        #: (what was reached, resident MB, peak MB)
        self.readings: list[tuple[str, float, float]] = []

    def frames(self) -> Iterator[Frame]:
        """Every frame, painted when it is asked for."""
        photos = [_photo(name) for name in PHOTOS]
        for number in range(self.seconds * FPS):
            if number % (STEP_MINUTES * 60 * FPS) == 60 * FPS:
                self.note(f"picture of {number // (60 * FPS)} min")
            photo = photos[number // (SHOT_S * FPS) % len(photos)]
            yield Frame(number, Fraction(number, FPS), np.roll(photo, number % (SHOT_S * FPS), axis=1))
        self.note(f"picture of {self.seconds // 60} min")

    def sound(self) -> Iterator[AudioClip]:
        """Blocks of a minute, as a film's sound is read."""
        dice, times_s = np.random.default_rng(0), np.arange(BLOCK_S * RATE) / RATE
        for block in range(self.seconds // BLOCK_S):
            chord = sum(np.sin(2 * np.pi * 110 * 2 ** ((block + step) / 12) * times_s) for step in (0, 4, 7))
            noise = dice.normal(0, 0.02, times_s.size)
            yield AudioClip((0.1 * chord + noise)[None].astype(np.float32), RATE)
        self.note("sound")

    def note(self, reached: str) -> None:
        """Read what the kernel knows."""
        lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        now, peak = (int(lines[name].split()[0]) / 1000 for name in ("VmRSS", "VmHWM"))
        self.readings.append((reached, now, peak))
        sys.stderr.write(f"{reached}: {now:.0f} MB\n")


def _photo(name: str) -> Picture:
    found = cv2.imread(str(DATA / "images" / "oasis_pixabay" / f"{name}.jpg"))
    shrunk = cv2.resize(found, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(shrunk[..., ::-1])


def table(film: Watched, found: Analysis, seconds: float) -> str:
    """What was read, and what was found."""
    lines = ["| after | resident MB | peak MB |", "|---|--:|--:|"]
    lines += [f"| {reached} | {now:.0f} | {peak:.0f} |" for reached, now, peak in film.readings]
    pictures = [reading for reading in film.readings if reading[0].startswith("picture")]
    growth = (
        (pictures[-1][1] - pictures[1][1]) / (len(pictures) - 2) / STEP_MINUTES if len(pictures) > 2 else 0
    )
    told = ", ".join(f"{one.name} {len(one.evidence)}" for one in found.opinions)
    lines += [
        "",
        f"{film.seconds // 60} minutes in {seconds:.0f} s. From the second reading on the pictures take",
    ]
    lines[-1] += f" {growth:.2f} MB a minute. Things noticed: {told}."
    return "\n".join(lines)


def main() -> int:
    """Analyse, print; 1 where too much memory was taken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=120)
    film = Watched(parser.parse_args().minutes)
    length = Fraction(film.seconds)
    info = VideoInfo(Path("long.mp4"), length, Fraction(FPS), WIDTH, HEIGHT, 0, True, "raw")
    since = time.perf_counter()
    found = analyze(info, film.frames(), film.sound(), None)
    film.note("the opinions")
    print(table(film, found, time.perf_counter() - since))
    most_mb = max(peak for _, _, peak in film.readings)
    if most_mb > MOST_MB:
        sys.stderr.write(f"missed: {most_mb:.0f} MB were taken where {MOST_MB} MB are allowed\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
