"""The scene expert: when it looks, what it makes of a film, and what it says where files are missing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.analysis import scene
from emsync_nb.analysis.expert import Unavailable
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.scene import SceneExpert
from emsync_nb.analysis.scene_eyes import Sight
from emsync_nb.analysis.timeline import grid
from emsync_nb.domain import Frame
from emsync_nb.errors import WeightsError
from tests.analysis.test_scene_head import BLOCKS, make_head

FPS = 24
Picture = np.ndarray


class FakeEyes:
    """Sees bright pictures on one side and dark ones on the other."""

    name, blocks, words = "test", BLOCKS, "two eyes"

    def __init__(self) -> None:
        self.looks = 0

    def look(self, picture: Picture) -> Sight:
        self.looks += 1
        side = 1.0 if picture.mean() > 127 else -1.0
        lions = np.zeros(1000, np.float32)
        lions[291 if side > 0 else 999] = 1.0
        return Sight(np.array([side, 0, 0, side, 0], np.float32), lions)


@pytest.fixture
def eyes(monkeypatch: pytest.MonkeyPatch) -> FakeEyes:
    """Eyes that cost nothing, in place of the networks."""
    fake = FakeEyes()
    monkeypatch.setattr(scene, "open_eyes", lambda: (fake, make_head()))
    return fake


def texture(level: int, seed: int = 0) -> Picture:
    """A picture that shows something, around a level."""
    noise = np.random.default_rng(seed).integers(-40, 40, (36, 64, 1)).repeat(3, axis=2)
    return np.clip(level + noise, 0, 255).astype(np.uint8)


def shown(expert: SceneExpert, pictures: list[tuple[Picture, float]]) -> float:
    """Show each picture for some seconds; the end of the film in seconds."""
    index = 0
    for picture, seconds in pictures:
        for _ in range(round(seconds * FPS)):
            expert.see(Glance.of(Frame(index, Fraction(index, FPS), picture)))
            index += 1
    return index / FPS


def test_each_shot_has_the_values_of_what_it_shows(eyes: FakeEyes) -> None:
    expert = SceneExpert()
    end_s = shown(expert, [(texture(200), 3), (texture(60), 3)])
    opinion = expert.judge(grid(end_s), ())
    assert opinion.valence[4] == pytest.approx(0.1 + 0.5 * (1 - np.exp(-4)), abs=1e-3)
    assert opinion.valence[20] == pytest.approx(0.1 - 0.5 * (1 - np.exp(-4)), abs=1e-3)
    assert (opinion.valence_confidence.max(), opinion.arousal_confidence.max()) == (0.5, 0.75)
    # the cut is seen in the frame after it
    assert np.flatnonzero(np.diff(opinion.valence)) == [11]
    assert [(item.time_s, item.words) for item in opinion.evidence] == [(0.0, "a big cat 1.00")]
    assert expert.note == f"{eyes.looks} looks through two eyes"


def test_a_still_picture_is_looked_at_seldom(eyes: FakeEyes) -> None:
    shown(SceneExpert(), [(texture(200), 60)])
    assert eyes.looks == 15


def test_no_film_makes_it_look_more_than_about_once_a_second(eyes: FakeEyes) -> None:
    flicker = [(texture(200 if n % 2 else 60, n), 1 / FPS) for n in range(60 * FPS)]
    shown(SceneExpert(), flicker)
    assert 55 <= eyes.looks <= 67


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_plain_picture_says_nothing(eyes: FakeEyes, level: int) -> None:
    expert = SceneExpert()
    end_s = shown(expert, [(np.full((36, 64, 3), level, np.uint8), 2)])
    opinion = expert.judge(grid(end_s), ())
    assert eyes.looks == 0
    assert not opinion.valence.any() and not opinion.valence_confidence.any() and not opinion.evidence


def test_without_its_files_it_says_which_to_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMSYNC_WEIGHTS", raising=False)
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path))
    expert = SceneExpert()
    end_s = shown(expert, [(texture(200), 1)])
    told = r"^The model files mobilenet-v1-embedding and mobilenet-v2 are not here\. Run: emsync weights fetch, or set"
    with pytest.raises(Unavailable, match=told):
        expert.judge(grid(end_s), ())


def test_a_wrong_setting_is_the_users_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMSYNC_WEIGHTS", "/nowhere")
    with pytest.raises(WeightsError, match="EMSYNC_WEIGHTS names /nowhere"):
        shown(SceneExpert(), [(texture(200), 1)])


def test_a_head_for_other_eyes_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene.scene_head, "load", lambda path: make_head())
    scene._head.cache_clear()
    other = FakeEyes()
    other.name = "others"
    try:
        with pytest.raises(Unavailable, match="was trained for test, not for others"):
            scene._fitting(other, Path("head"))
    finally:
        scene._head.cache_clear()


@pytest.mark.data
def test_the_shipped_head_orders_what_anyone_would(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures that no rating is needed for; that the figures hold is tested in tests/evaluation/test_pictures.py."""
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed")
    from emsync_nb.training.emotion.rated_pictures import read_picture

    monkeypatch.setenv("EMSYNC_WEIGHTS", str(data_folder / "models"))
    network, head = scene.open_eyes()
    folder = data_folder / "images" / "oasis_pixabay"
    names = ("Flowers_1.jpg", "Garbage_dump_1.jpg", "Skydiving_1.jpg", "Grass_1.jpg")
    said = head.judge(np.array([network.look(read_picture(folder / name)).description for name in names]))[0]
    flowers, dump, skydiving, grass = said
    assert flowers[0] > 0.2 > 0 > dump[0]
    assert skydiving[1] > 0 > grass[1]


@pytest.mark.data
def test_eyes_see_the_same_in_a_larger_picture(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed")
    from emsync_nb.training.emotion.rated_pictures import read_picture

    monkeypatch.setenv("EMSYNC_WEIGHTS", str(data_folder / "models"))
    network, _ = scene.open_eyes()
    small = read_picture(data_folder / "images" / "oasis_pixabay" / "Lion_1.jpg")
    large = small.repeat(2, axis=0).repeat(2, axis=1)
    first, second = (network.look(picture).description for picture in (small, large))
    assert first.shape == (sum(network.blocks),)
    assert float(first @ second) / float(first @ first) > 0.97
