"""The fit of the scene head on made descriptions whose ratings are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emsync_nb.analysis import scene_head
from emsync_nb.errors import DataError
from emsync_nb.training.emotion import scene_fit
from emsync_nb.training.emotion.rated_pictures import RatedPicture
from emsync_nb.training.emotion.scene_fit import SeenPictures
from tests.analysis.test_scene import FakeEyes

THEMES, SIBLINGS = 40, 3


@pytest.fixture(scope="module")
def seen() -> SeenPictures:
    """Pictures whose first two numbers are what people feel; siblings are alike."""
    random = np.random.default_rng(3)
    theme = np.repeat(np.arange(THEMES), SIBLINGS)
    found = random.normal(0, 1, (THEMES, 5))[theme] + random.normal(0, 0.2, (len(theme), 5))
    ratings = 0.4 * np.tanh(found[:, [0, 3]])
    single = found + random.normal(0, 0.05, found.shape)
    return SeenPictures(found.astype(np.float32), single.astype(np.float32), ratings, theme)


def test_folds_are_alike_in_size_and_keep_themes_whole(seen: SeenPictures) -> None:
    themed, by_lot = scene_fit.themed_folds(seen, 1), scene_fit.random_folds(seen, 1)
    for folds in (themed, by_lot):
        assert np.bincount(folds).tolist() == [len(seen.theme) // 5] * 5
    assert all(len(set(themed[seen.theme == theme])) == 1 for theme in range(THEMES))
    assert any(len(set(by_lot[seen.theme == theme])) > 1 for theme in range(THEMES))


def test_what_can_be_learnt_is_learnt_and_siblings_help(seen: SeenPictures) -> None:
    scores = scene_fit.cross_validate(seen, FakeEyes())
    for name in ("valence", "arousal"):
        assert scores[f"{name}_r_random"] > scores[f"{name}_r_themed"] > 0.5
        for kind in ("random", "themed"):
            r, low, high = (scores[f"{name}_r_{kind}{end}"] for end in ("", "_low", "_high"))
            assert low < r < high
        assert scores[f"{name}_mae_random"] < scores[f"{name}_mae_of_mean"]


def test_what_cannot_be_learnt_is_not_claimed(seen: SeenPictures) -> None:
    random = np.random.default_rng(8)
    shuffled = SeenPictures(seen.thorough, seen.single, random.permutation(seen.ratings), seen.theme)
    scores = scene_fit.cross_validate(shuffled, FakeEyes())
    head = scene_fit.ready_head(shuffled, FakeEyes(), scores)
    assert head.trust.max() < 0.3


def test_the_head_is_kernel_ridge_regression(seen: SeenPictures, tmp_path: Path) -> None:
    """As scikit-learn works it out, on the same standardised rows."""
    ridge = pytest.importorskip("sklearn.kernel_ridge")
    head = scene_fit.fit_head(seen, np.ones(len(seen.theme), dtype=np.bool_), FakeEyes())
    rows = scene_head.joined((seen.thorough - head.mean) / head.deviation, head.blocks)
    # on the sphere exp(γ (cos − 1)) is a Gaussian of γ / 2
    model = ridge.KernelRidge(alpha=scene_fit.RIDGE, kernel="rbf", gamma=scene_fit.SHARPNESS / 2)
    centre = seen.ratings.mean(axis=0)
    wanted = model.fit(rows, seen.ratings - centre).predict(rows) + centre
    np.testing.assert_allclose(head.judge(seen.thorough)[0], wanted, atol=2e-4)
    scene_head.save(head, tmp_path / "head", {})
    np.testing.assert_allclose(scene_head.load(tmp_path / "head").judge(seen.thorough)[0], wanted, atol=5e-3)


def test_views_are_pairs_of_mirrored_parts() -> None:
    picture = np.arange(6 * 10 * 3, dtype=np.uint8).reshape(6, 10, 3)
    seen = list(scene_fit.views(picture))
    assert len(seen) == 10
    assert [view.shape[:2] for view in seen[::2]] == [(6, 10), (6, 6), (6, 6), (6, 6), (4, 4)]
    assert all(np.array_equal(one, two[:, ::-1]) for one, two in zip(seen[::2], seen[1::2], strict=True))
    assert np.array_equal(seen[0], picture)


def test_a_picture_of_one_pixel_has_views() -> None:
    assert all(view.size for view in scene_fit.views(np.zeros((1, 1, 3), np.uint8)))


def test_every_picture_is_seen_once_plainly(tmp_path: Path) -> None:
    import cv2

    paths = [tmp_path / f"{name}_1.png" for name in "abcde"]
    for path, level in zip(paths, (10, 250, 10, 250, 10), strict=True):
        cv2.imwrite(str(path), np.full((4, 6, 3), level, np.uint8))
    pictures = [RatedPicture(path, path.stem, 3.0, 4.0) for path in paths]
    with pytest.raises(DataError, match="have 4 themes; 5 and more"):
        scene_fit.see_pictures(pictures[1:], FakeEyes())
    shares: list[float] = []
    found = scene_fit.see_pictures(pictures, FakeEyes(), shares.append)
    assert shares == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert found.single[:, 0].tolist() == found.thorough[:, 0].tolist() == [-1, 1, -1, 1, -1]
