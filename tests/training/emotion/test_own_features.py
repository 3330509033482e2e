"""Films watched once, kept, and watched again only where they changed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.analysis.attention import FEATURES
from emsync_nb.analysis.expert import Opinion
from emsync_nb.analysis.timeline import grid
from emsync_nb.errors import DataError, OutputError, VideoError
from emsync_nb.training.emotion.feature_files import read_features
from emsync_nb.training.emotion.own_features import watch_films

AT_S = grid(20)


class Watcher:
    """Counts what it is shown."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, film: Path) -> list[Opinion]:
        self.seen.append(film.name)
        if film.read_bytes() == b"damaged":
            raise VideoError(f"{film.name} is no film. Check that it plays.")
        sure = np.ones_like(AT_S)
        return [Opinion("picture", AT_S, sure * 0.5, sure * 0, sure, sure)]


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    (folder / "more").mkdir(parents=True)
    for name in ("a.mp4", "b.MKV", "more/c.webm", "notes.txt"):
        (folder / name).write_bytes(b"film")
    return folder


def test_every_film_is_kept_once(films: Path, tmp_path: Path) -> None:
    watcher, out = Watcher(), tmp_path / "out"
    shares: list[float] = []
    done = watch_films(films, out, watcher, on_progress=shares.append)
    assert (done.films, done.made, done.failed) == (3, 3, ())
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.*")) == ["a.npz", "b.npz", "more/c.npz"]
    assert read_features(out / "a.npz")["picture"].shape == (16, FEATURES)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert watch_films(films, out, watcher).made == 0
    assert len(watcher.seen) == 3


def test_a_changed_film_and_a_damaged_file_are_made_again(films: Path, tmp_path: Path) -> None:
    watcher, out = Watcher(), tmp_path / "out"
    watch_films(films, out, watcher)
    os.utime(films / "a.mp4", ns=(1, 1))
    (out / "b.npz").write_bytes(b"half of")
    watcher.seen.clear()
    assert watch_films(films, out, watcher).made == 2
    assert watcher.seen == ["a.mp4", "b.MKV"]


def test_a_film_that_cannot_be_read_does_not_stop_the_others(films: Path, tmp_path: Path) -> None:
    (films / "a.mp4").write_bytes(b"damaged")
    done = watch_films(films, tmp_path / "out", Watcher())
    assert (done.made, done.failed) == (2, ("a.mp4: a.mp4 is no film. Check that it plays.",))
    assert not (tmp_path / "out" / "a.npz").exists()


def test_what_cannot_be_done_is_told_of(films: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no film"):
        watch_films(tmp_path / "gone", tmp_path / "out", Watcher())
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="choose another --out"):
        watch_films(films, tmp_path / "file", Watcher())
    (films / "a.mkv").write_bytes(b"film")
    with pytest.raises(DataError, match="would have one file"):
        watch_films(films, tmp_path / "out", Watcher())
