"""A session of a real film, from its pictures to takes with locks; only the network is small."""

from __future__ import annotations

from pathlib import Path

import pytest

from emsync_nb.session import Session

pytestmark = pytest.mark.data


def test_a_real_clip_from_analysis_to_locked_takes(
    data_folder: Path, tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMSYNC_CHECKPOINT", str(checkpoint))
    film = data_folder / "video" / "bikes.mp4"
    with Session.create(film, tmp_path / "work") as session:
        plan = session.analyze(ensemble="string-quartet")
        assert plan.film.video.path == film.resolve()
        assert plan.film.boundaries
        first = session.accept(session.generate(seed=1)[0])
        track = session.music(first).tracks[0]
        session.lock(track=track.name)
    with Session.open(tmp_path / "work") as session:
        (second,) = session.regenerate(seed=2)
        assert next(t for t in session.music(second).tracks if t.name == track.name).notes == track.notes
        assert session.compare(first, second)
