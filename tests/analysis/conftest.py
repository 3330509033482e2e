"""Small films drawn in numpy, and the folder of real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.analysis.glance import Glance
from emsync_nb.domain import Boundary, Frame, VideoInfo

Picture = NDArray[np.uint8]
#: (height, width) of the drawn films
SIZE = (72, 128)


class Studio:
    """Draws pictures and cuts them to films; a fixture, for tests cannot import one another."""

    @staticmethod
    def scene(seed: int) -> Picture:
        """A picture with structure and colours of its own: soft blobs on a random ground."""
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[: SIZE[0], : SIZE[1]]
        canvas = np.ones((*SIZE, 3)) * rng.uniform(40, 160, 3)
        for _ in range(8):
            cy, cx, radius = rng.uniform(0, SIZE[0]), rng.uniform(0, SIZE[1]), rng.uniform(8, 25)
            blob = np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / radius**2)[..., None]
            canvas = canvas * (1 - blob) + rng.uniform(0, 255, 3) * blob
        return canvas.astype(np.uint8)

    @staticmethod
    def flat(level: int | Sequence[int]) -> Picture:
        """A picture of one colour."""
        return np.ones((*SIZE, 3), dtype=np.uint8) * np.asarray(level, dtype=np.uint8)

    @staticmethod
    def film(pictures: Sequence[Picture], fps: Fraction | int = 25) -> list[Frame]:
        """The pictures as frames of a constant rate."""
        return [Frame(i, Fraction(i) / fps, picture) for i, picture in enumerate(pictures)]

    @staticmethod
    def mixture(old: Picture, new: Picture, share: float) -> Picture:
        """A picture between two."""
        return np.round(old * (1 - share) + new.astype(float) * share).astype(np.uint8)

    @staticmethod
    def info(frames: Sequence[Frame], fps: Fraction | int = 25) -> VideoInfo:
        """Facts that fit the frames."""
        return VideoInfo(
            Path("drawn.mp4"), Fraction(len(frames)) / fps, Fraction(fps), 128, 72, 0, False, "raw"
        )

    @staticmethod
    def glances(frames: Sequence[Frame]) -> Iterator[Glance]:
        """The frames as analysis sees them."""
        return (Glance.of(frame) for frame in frames)

    @staticmethod
    def cuts_at(*times_s: float) -> tuple[Boundary, ...]:
        """Cuts of different strengths."""
        return tuple(Boundary(Fraction(t), "cut", 0.5 + 0.01 * i) for i, t in enumerate(times_s))


@pytest.fixture(scope="session")
def studio() -> Studio:
    """Where small films are drawn."""
    return Studio()


@pytest.fixture(scope="session")
def data_file(data_folder: Path) -> Callable[[str], Path]:
    """Finds a file of the data folder."""
    return data_folder.joinpath


@pytest.fixture
def expert_weights(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of other people's model files, made known as `EMSYNC_WEIGHTS`."""
    folder = data_folder / "models"
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(folder))
    return folder


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No model file of others is to be found."""
    (tmp_path / "weights").mkdir()
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path / "cache"))
