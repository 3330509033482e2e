"""A watch hears of every file that is put in place of the one before, and of nothing else."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path

import pytest

from emsync_nb.session.atomic import write_atomically
from emsync_nb.widgets.desk import watching
from emsync_nb.widgets.desk.watching import Watch
from tests.widgets.desk.conftest import until


class Ear:
    """Counts what it hears."""

    def __init__(self, *, fails: bool = False) -> None:
        self.heard, self.called, self.fails = 0, 0, fails
        self.event = threading.Event()

    def hear(self) -> None:
        self.heard += 1
        self.event.set()
        if self.fails:
            raise ValueError("deaf")

    def call(self) -> None:
        self.called += 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_atomically(tmp_path / "session.json", b"one")
    return tmp_path / "session.json"


def test_every_replacement_is_heard_of_once(path: Path) -> None:
    ear = Ear()
    watch = Watch(path, ear.hear)
    watch.look()
    watch.look()
    assert ear.heard == 1
    write_atomically(path, b"two")  # of the same length
    watch.look()
    path.unlink()
    watch.look()
    watch.look()
    assert ear.heard == 3
    watch.look(always=True)
    assert ear.heard == 4


def test_another_file_is_followed_from_what_it_is_now(path: Path) -> None:
    ear = Ear()
    watch = Watch(path, ear.hear)
    other = path.with_name("other.json")
    watch.follow(other)
    watch.look()
    write_atomically(path, b"no news")
    watch.look()
    assert ear.heard == 0
    write_atomically(other, b"it came")
    watch.look()
    other.unlink()
    watch.look()
    assert ear.heard == 2


def test_a_thread_looks_by_itself(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_S", 0.01)
    ear = Ear()
    watch = Watch(path, ear.hear, ear.call)
    watch.start()
    until(lambda: ear.heard == 1 and ear.called > 0)
    write_atomically(path, b"two")
    until(lambda: ear.heard == 2)
    watch.close()


def test_what_fails_once_is_tried_again_with_the_next_change(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watching, "LOOK_S", 0.01)
    ear = Ear(fails=True)
    watch = Watch(path, ear.hear)
    watch.start()
    until(lambda: ear.heard == 1)
    write_atomically(path, b"two")
    until(lambda: ear.heard == 2)
    watch.close()
    assert "deaf" in caplog.text


def test_the_thread_ends_when_nobody_is_there_to_hear(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_S", 0.01)
    ear = Ear()
    heard = ear.event
    Watch(path, ear.hear).start()
    assert heard.wait(120)
    threads = [thread for thread in threading.enumerate() if thread.name == "emsync-desk-watch"]
    gone = weakref.ref(ear)
    del ear
    gc.collect()
    until(lambda: gone() is None)
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
