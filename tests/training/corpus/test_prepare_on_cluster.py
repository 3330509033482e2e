"""A preparation whose reading a real Dask cluster does."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from emsync_nb.errors import ClusterError
from emsync_nb.training import prepare

pytest.importorskip("distributed")

from tests.cluster.real_cluster import running
from tests.training.corpus.collections_of_music import tune, write_freedoom, write_song


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Some songs, one of them broken."""
    for number in range(8):
        song = tmp_path / "data" / "openscore-lieder" / f"song {number}.mxl"
        write_song(song, tune(9, seed=number), composer=f"Composer {number}")
    (tmp_path / "data" / "openscore-lieder" / "song 9.mxl").write_bytes(b"no archive")
    write_freedoom(tmp_path / "data" / "freedoom", {"a.mid": 80})
    return tmp_path / "data"


def test_a_cluster_reads_what_we_would(data: Path, tmp_path: Path) -> None:
    here = prepare(data, tmp_path / "here", workers=1)
    with running(tmp_path, 2) as cluster:
        there = prepare(data, tmp_path / "there", address=cluster.address)
    assert there.path.read_bytes() == here.path.read_bytes()
    assert there.skipped == here.skipped


def test_a_cluster_that_dies_leaves_what_it_read(data: Path, tmp_path: Path) -> None:
    def kill_scheduler(share: float) -> None:
        if share > 0.4:
            cluster.processes[0].send_signal(signal.SIGKILL)

    with running(tmp_path, 1) as cluster, pytest.raises(ClusterError) as caught:
        prepare(data, tmp_path / "cache", address=cluster.address, on_progress=kill_scheduler)
    assert "\n" not in str(caught.value)
    kept = len(list((tmp_path / "cache" / "pieces").glob("*/*.npz")))
    assert kept >= 3
    done = prepare(data, tmp_path / "cache", workers=1)
    assert done.read < done.pieces
