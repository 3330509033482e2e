"""Jobs on real Dask clusters, whose parts are killed."""

from __future__ import annotations

import importlib
import logging
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from emsync_nb.cluster import dask_cluster, results
from emsync_nb.errors import ClusterError, DataError, MissingExtraError
from tests.cluster import chores
from tests.cluster.real_cluster import Cluster, running

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")

#: seconds; what is answered later hangs. Dask's own client waited nine minutes
HANGS_S = 60.0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers that live as long as these tests."""
    with running(tmp_path_factory.mktemp("dask"), 2) as made:
        yield made


def test_every_job_has_its_result(cluster: Cluster) -> None:
    found = sorted(results(chores.double, range(40), address=cluster.address))
    assert found == [(n, 2 * n) for n in range(40)]


def test_the_workers_do_the_work_and_the_cluster_stays(cluster: Cluster) -> None:
    for _ in range(2):
        pids = {pid for _, pid in results(chores.own_process, range(20), address=cluster.address)}
        assert pids <= {process.pid for process in cluster.processes[1:]}


def test_jobs_are_sent_only_a_little_ahead(cluster: Cluster) -> None:
    taken: list[int] = []

    def jobs() -> Iterator[int]:
        for number in range(40):
            taken.append(number)
            yield number

    for done, (index, result) in enumerate(results(chores.large, jobs(), address=cluster.address)):
        assert result == chores.large(index)
        assert len(taken) <= done + 5  # two for each of two threads, and the one in our hands


def test_what_the_function_raises_is_raised_here(cluster: Cluster) -> None:
    with pytest.raises(DataError, match=r"^number 3 cannot be read") as caught:
        list(results(chores.complain, range(4), address=cluster.address))
    assert "in complain" in caught.value.__notes__[0]
    with pytest.raises(MissingExtraError, match=r"emsync_nb\[generation\]"):
        list(results(chores.lack, [1], address=cluster.address))


def test_who_leaves_early_calls_off_what_is_pending(cluster: Cluster, tmp_path: Path) -> None:
    notes = [tmp_path / str(number) for number in range(50)]
    with closing(results(chores.nap_and_tell, notes, address=cluster.address)) as found:
        next(found)
    assert next(results(chores.double, [1], address=cluster.address)) == (0, 2)
    # two for each of two threads had been sent, and one more for the result in our hands
    assert sum(note.exists() for note in notes) <= 5


def test_nothing_is_logged_and_levels_are_given_back(
    cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    before = logging.getLogger("distributed.client").level
    list(results(chores.double, range(4), address=cluster.address))
    assert logging.getLogger("distributed.client").level == before
    assert capfd.readouterr().err == ""


def test_another_version_of_ours_is_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emsync_nb.__version__", "9.9.9")
    with pytest.raises(
        ClusterError, match=r"a worker has emsync_nb 0\.1\.0, here it is 9\.9\.9; install the"
    ):
        list(results(chores.double, [1], address=cluster.address))


def test_another_version_of_dask_is_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import versions

    real = versions._version_cached
    monkeypatch.setattr(versions, "_version_cached", lambda name: "1.0" if name == "dask" else real(name))
    with pytest.raises(ClusterError, match=r"runs Python 3.*, here it is .* dask 1\.0, .*; install the same"):
        list(results(chores.double, [1], address=cluster.address))


def test_a_worker_is_no_scheduler(cluster: Cluster) -> None:
    import distributed

    with distributed.Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=20)
        worker = next(iter(client.nthreads()))
    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at .* \(a worker does\)"):
        list(results(chores.double, [1], address=worker))


@pytest.mark.parametrize("address", ["", "here", "http://127.0.0.1:8787/status", "127.0.0.1", "a b:1"])
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(ClusterError, match=r"is not the address of a Dask scheduler; give .* tcp://127"):
        results(chores.double, [1], address=address)


def test_where_nobody_or_somebody_else_listens(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECT_S", 1.0)
    with socket.socket() as free, socket.socket() as silent:
        free.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        for port in (free.getsockname()[1], silent.getsockname()[1]):
            start = time.monotonic()
            with pytest.raises(
                ClusterError, match=rf"^no Dask scheduler answers at 127\.0\.0\.1:{port} .*start"
            ):
                list(results(chores.double, [1], address=f"127.0.0.1:{port}"))
            assert time.monotonic() - start < HANGS_S
    assert capfd.readouterr().err == ""


def test_workers_that_cannot_import_the_function(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("def double(number):\n    return 2 * number\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    function = importlib.import_module("only_here").double
    with pytest.raises(ClusterError, match=r"'only_here'\); install this emsync_nb and its extras") as caught:
        list(results(function, [1], address=cluster.address))
    assert "\n" not in str(caught.value)


def test_a_job_that_kills_its_worker(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with running(tmp_path, 2, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as cluster:
        with pytest.raises(ClusterError, match=r"job 1: every worker .* died; if memory ran out") as caught:
            list(results(chores.die_slowly, [0.1], address=cluster.address))
        assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_a_worker_that_is_lost_costs_nothing_while_another_lives(tmp_path: Path) -> None:
    with running(tmp_path, 2) as cluster, closing(_naps(cluster, 30)) as found:
        next(found)
        cluster.processes[1].kill()
        assert len(list(found)) == 29


def test_without_workers_it_is_said_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "PATIENCE_S", 1.0)
    with (
        running(tmp_path, 0) as cluster,
        pytest.raises(ClusterError, match=r"has had no workers for 1 s; start some with: dask worker tcp"),
    ):
        list(results(chores.double, [1], address=cluster.address))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_scheduler_that_dies_or_freezes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], number: int
) -> None:
    monkeypatch.setattr(dask_cluster, "PATIENCE_S", 2.0)
    with running(tmp_path, 1) as cluster:
        with closing(_naps(cluster, 100)) as found:
            next(found)
            cluster.processes[0].send_signal(number)
            start = time.monotonic()
            with pytest.raises(ClusterError, match=r"^the Dask scheduler at tcp://.* has gone silent; see"):
                list(found)
        assert time.monotonic() - start < HANGS_S
    assert capfd.readouterr().err == ""


def _naps(cluster: Cluster, count: int):  # noqa: ANN202 - what `results` returns
    return results(chores.nap, [0.05] * count, address=cluster.address)
