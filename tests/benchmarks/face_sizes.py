"""How large a face must be to be found and read, what that costs, and how far people agree with what is read: the
figures in `analysis.face_detection` and `analysis.faces`.

Run from the checkout: `OMP_NUM_THREADS=1 EMSYNC_WEIGHTS=../shared/data/models python -m tests.benchmarks.face_sizes
../shared/data/images/oasis_pixabay`. Takes half a minute.

Portraits of OASIS whose expression is plain are shrunk until the face has a given height, laid on a grey picture of
256 × 144 and shown to the networks of the expert. Then all pictures of OASIS are shown to the expert, 256 pixels wide,
and its valence and arousal held against the raters'.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.expert import Unavailable
from emsync_nb.analysis.face_detection import Face, cropped
from emsync_nb.analysis.face_expression import EXPRESSIONS, SIDE
from emsync_nb.analysis.faces import Eyes, FaceExpert, open_eyes
from emsync_nb.analysis.glance import Glance
from emsync_nb.domain import Frame
from emsync_nb.domain.curve import FloatArray

#: what people see in each; named by who wrote this, from the photographs
NAMED = {
    "Baby_7": "sad",
    "Bored_pose_2": "neutral sad",
    "Depressed_face_2": "neutral sad angry",
    "Excited_face_3": "happy",
    "Excited_face_5": "happy",
    "Excited_face_7": "happy",
    "Happy_face_2": "happy",
    "Intensity_1": "angry disgusted",
    "Miserable_face_2": "sad",
    "Mother_8": "happy",
    "Neutral_face_3": "happy",
    "Neutral_face_4": "neutral",
    "Neutral_face_5": "neutral",
    "Neutral_pose_1": "happy",
    "Sad_face_1": "sad",
    "Sad_face_2": "sad",
    "Sad_face_3": "sad fearful",
    "Sad_face_4": "neutral sad angry",
    "Sad_face_7": "sad",
    "Sad_face_9": "sad",
    "Scared_face_1": "fearful surprised",
    "Scared_face_2": "fearful surprised",
    "Surprise_2": "surprised",
}
HEIGHTS = (12, 16, 20, 24, 32, 40, 48, 64, 80)
SIZES = ((256, 144), (320, 180), (384, 216), (512, 288), (640, 360))
Picture = NDArray[np.uint8]


def _shrunk(picture: Picture, share: float) -> Picture:
    """The picture, shrunk, in the corner of a grey one of 256 × 144."""
    small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)[:144, :256]
    canvas = np.full((144, 256, 3), 128, np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small
    return canvas


def _again(faces: list[Face], wanted: Face, share: float) -> Face | None:
    """The face whose middle lies in the one that was shrunk."""
    for face in faces:
        across = abs(face.left + face.width / 2 - (wanted.left + wanted.width / 2) * share)
        down = abs(face.top + face.height / 2 - (wanted.top + wanted.height / 2) * share)
        if across < wanted.width * share / 2 and down < wanted.height * share / 2:
            return face
    return None


def _row(eyes: Eyes, pictures: dict[str, Picture], height: int) -> tuple[int, int, int]:
    """Faces shown, found, and read as they were named, at a height in pixels."""
    shown = found = right = 0
    for name, picture in pictures.items():
        for face in eyes.find(picture, 2):
            share = height / face.height
            if share > 1 or (face.top + face.height) * share > 144:
                continue
            small = _shrunk(picture, share)
            there = _again(eyes.find(small, 2), face, share)
            shown += 1
            if there is not None:
                found += 1
                reading = eyes.read(cropped(small, there, SIDE)[None])[0]
                right += EXPRESSIONS[int(reading.argmax())] in NAMED[name].split()
    return shown, found, right


def _against_people(eyes: Eyes, folder: Path) -> list[tuple[str, float, float, float, float, float]]:
    """(category, their valence and arousal, ours, trust in our valence) of each picture with a face."""
    rows = []
    with folder.with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))
    for entry in table:
        picture = cv2.cvtColor(cv2.imread(str(folder / entry["file"])), cv2.COLOR_BGR2RGB)
        size = (256, round(256 * picture.shape[0] / picture.shape[1]))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        expert = FaceExpert(lambda: eyes)
        expert.see(Glance.of(Frame(0, Fraction(0), small)))
        try:
            ours = expert.judge(np.zeros(1), ())
        except Unavailable:
            continue
        theirs = (float(entry["valence_mean"]), float(entry["arousal_mean"]))
        said = (float(ours.valence[0]), float(ours.arousal[0]), float(ours.valence_confidence[0]))
        rows.append((entry["category"], *theirs, *said))
    return rows


def _correlation(one: FloatArray, other: FloatArray, weight: FloatArray) -> float:
    covariance = np.cov(one, other, aweights=weight)
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


def _milliseconds(work: Callable[[], object], times: int = 30) -> float:
    work()
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times * 1000


def main(folder: Path) -> None:
    """Print both tables."""
    cv2.setNumThreads(1)
    eyes = open_eyes()
    pictures = {
        name: cv2.cvtColor(cv2.imread(str(folder / f"{name}.jpg")), cv2.COLOR_BGR2RGB) for name in NAMED
    }
    write = sys.stdout.write
    write("height  shown  found  right\n")
    for height in HEIGHTS:
        write("{:6}  {:5}  {:5}  {:5}\n".format(height, *_row(eyes, pictures, height)))
    noise = np.random.default_rng(0)
    for width, height in SIZES:
        picture = noise.integers(0, 256, (height, width, 3)).astype(np.uint8)
        spent = _milliseconds(lambda picture=picture: eyes.find(picture, 2))  # type: ignore[misc]
        write(f"looking at {width} × {height}: {spent:.1f} ms\n")
    rows = _against_people(eyes, folder)
    valence, arousal, our_valence, our_arousal, trust = np.array([row[1:] for row in rows]).T
    persons = np.array([row[0] == "Person" for row in rows]) & (trust > 0.2)
    write(f"{len(rows)} pictures with a face, {persons.sum()} of persons trusted more than 0.2\n")
    write(f"valence by trust {_correlation(our_valence, valence, trust):.2f}, ")
    write(f"of those persons {np.corrcoef(our_valence[persons], valence[persons])[0, 1]:.2f}; ")
    write(f"arousal by trust {_correlation(our_arousal, arousal, trust):.2f}\n")
    face = np.zeros((1, SIDE, SIDE, 3), np.uint8)
    write(f"reading a face: {_milliseconds(lambda: eyes.read(face)):.1f} ms\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
