"""Where the browser finds a film: asked of a Jupyter server that runs, and of what servers write about themselves."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from emsync_nb.domain import VideoInfo
from emsync_nb.errors import OutputError
from emsync_nb.pipeline.progress import Silent
from emsync_nb.session.stopping import StoppedError
from emsync_nb.video import probe
from emsync_nb.widgets.desk import film_place
from emsync_nb.widgets.desk.film_place import Document, film_facts, link_film, make_proxy_for
from emsync_nb.widgets.desk.served_root import served_root
from tests.cases.film_factory import make_film
from tests.cases.films import FilmCase

#: names that addresses cannot hold as they are
NAMES = (
    "film.mp4",
    "a film #1? 100% “naïve” ü'.mp4",
    "%41&b=c;+@.mp4",
    "a:b\\c.mp4",
    ' "quoted" .mp4',
    "Szene 3/Übung/映画.mp4",
    "..twice/..not.mp4",
)
#: of a test, an empty one
SESSION = "film.emsync"
_BEGINS_WITHIN_S = 60


@dataclass(frozen=True)
class Server:
    """One that runs."""

    url: str
    token: str
    pid: int

    def get(self, path: str) -> tuple[int, bytes]:
        """Status, and ten bytes from the fourth on."""
        headers = {"Authorization": f"token {self.token}", "Range": "bytes=4-13"}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers)) as answer:  # noqa: S310
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, b""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(FilmCase("film", seconds=2, cuts_s=()), tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def info(film: Path) -> VideoInfo:
    return probe(film)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where servers say that they run; none does."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder))
    for name in ("JPY_PARENT_PID", "JPY_SESSION_NAME", "VSCODE_PID"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def says(runtime: Path) -> Callable[..., None]:
    """Has a process say that it is a server; the one that started this one, unless told otherwise."""

    def write(root: Path, pid: int | None = None, name: str = "") -> None:
        number = os.getppid() if pid is None else pid
        facts = {"pid": number, "root_dir": str(root), "base_url": "/", "port": 1}
        (runtime / f"jpserver-{name or number}.json").write_text(json.dumps(facts))

    return write


@pytest.fixture
def server(root: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A real one, told as this process's parent."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        f"--ServerApp.root_dir={root}",
    ]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(runtime / "settings"),
        "JUPYTER_TOKEN": token,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", *options],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        monkeypatch.setenv("JPY_PARENT_PID", str(process.pid))
        until = time.monotonic() + _BEGINS_WITHIN_S
        found = Server(f"http://127.0.0.1:{port}/", token, process.pid)
        while not _answers(found) and time.monotonic() < until:
            assert process.poll() is None
            time.sleep(0.1)
        yield found
    finally:
        process.terminate()
        process.wait()


def _answers(server: Server) -> bool:
    try:
        return server.get("api")[0] == 200
    except OSError:
        return False


def facts(video: Path, info: VideoInfo, session: Path) -> Document:
    return film_facts(video, info, "01:00:00:00", session)


def placed(film: Path, place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(film.read_bytes())
    return place


def dos(document: Document) -> list[str]:
    return [remedy["request"]["do"] for remedy in document["problem"]["remedies"]]


def make(video: Path, info: VideoInfo, session: Path, cancel: threading.Event | None = None) -> Path:
    return make_proxy_for(video, info, session, Silent(), cancel or threading.Event())


def test_a_server_serves_each_film_at_its_url(
    server: Server, root: Path, film: Path, info: VideoInfo, tmp_path: Path
) -> None:
    content = film.read_bytes()[4:14]
    outside = placed(film, tmp_path / "elsewhere" / "film.mp4")
    assert served_root() == root
    films = [placed(film, root / name) for name in NAMES if not name.startswith("..")]
    inner = root / "linked.mp4"
    inner.symlink_to("film.mp4")
    for video in (*films, inner):
        found = facts(video, info, root / SESSION)
        assert (found["problem"], found["name"]) == (None, video.name)
        assert server.get(found["url"]) == (206, content)
    outer, hidden = root / "outer.mp4", placed(film, root / ".cache" / "film.mp4")
    outer.symlink_to(outside)
    for video in (outer, outside, hidden, placed(film, root / NAMES[-1])):
        found = facts(video, info, tmp_path / "no session")
        assert (found["url"], dos(found)) == (None, ["link", "proxy"])
    # the server refuses what is told as refused
    assert server.get("files/outer.mp4")[0] == 403
    assert server.get("files/.cache/film.mp4")[0] == 404
    assert link_film(outside).is_relative_to(root)
    assert server.get(facts(outside, info, tmp_path / "no session")["url"]) == (206, content)


def test_the_trait_holds_the_films_facts(
    root: Path, says: Callable[..., None], film: Path, info: VideoInfo
) -> None:
    says(root)
    video = placed(film, root / "film.mp4")
    assert facts(video, replace(info, fps=Fraction(24_000, 1001)), root / SESSION) == {
        "name": "film.mp4",
        "url": "files/film.mp4",
        "duration_s": 2.0,
        "fps": [24_000, 1001],
        "start_timecode": "01:00:00:00",
        "width": 160,
        "height": 90,
        "has_sound": True,
        "problem": None,
    }


def test_without_a_server_the_line_says_what_to_run(runtime: Path, film: Path, info: VideoInfo) -> None:
    found = facts(film, info, film.parent / SESSION)
    assert (found["url"], dos(found)) == (None, [])
    assert "emsync desk film.mp4" in found["problem"]["text"]
    with pytest.raises(OutputError, match="no Jupyter server"):
        link_film(film)
    with pytest.raises(OutputError, match="no Jupyter server"):
        make(film, info, film.parent / SESSION)


def test_which_server_owns_this_kernel(
    root: Path, runtime: Path, says: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, deeper = tmp_path / "other", root / "deeper"
    for folder in (other, deeper):
        folder.mkdir()
    assert served_root() is None
    says(other, os.getpid())  # a process that is no ancestor
    (runtime / "jpserver-7.json").write_text("{ half a f")
    (runtime / "jpserver-8.json").write_text('["pid"]')
    assert served_root() is None
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    assert served_root() == other
    says(root)
    assert served_root() == root
    says(tmp_path / "gone")
    assert served_root() == other
    monkeypatch.delenv("JPY_PARENT_PID")
    says(root, os.getpid(), "a")
    says(deeper, os.getpid(), "b")
    monkeypatch.setenv("JPY_SESSION_NAME", str(deeper / "notebook.ipynb"))
    assert served_root() == deeper
    monkeypatch.setenv("VSCODE_PID", "1")
    assert served_root() is None


def test_dead_servers_do_not_count(
    root: Path, says: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    says(root, ended.pid)
    monkeypatch.setenv("JPY_PARENT_PID", str(ended.pid))
    assert served_root() is None


def test_a_root_behind_a_link_shows_nothing_and_the_line_says_where_to_start(
    root: Path, says: Callable[..., None], film: Path, info: VideoInfo
) -> None:
    (root / "real").mkdir()
    (root / "link").symlink_to("real")
    says(root / "link")
    found = facts(placed(film, root / "real" / "film.mp4"), info, root / SESSION)
    assert found["url"] is None
    assert found["problem"]["text"].endswith(f"start it in {root / 'real'}")


def test_a_film_that_is_not_there(root: Path, says: Callable[..., None], info: VideoInfo) -> None:
    says(root)
    circle = root / "circle.mp4"
    circle.symlink_to("circle.mp4")
    for video in (circle, root / "none.mp4"):
        found = facts(video, info, root / SESSION)
        assert (found["url"], dos(found)) == (None, [])
        assert "is not there" in found["problem"]["text"]


def test_a_name_that_is_no_text(root: Path, says: Callable[..., None], film: Path, info: VideoInfo) -> None:
    says(root)
    video = placed(film, root / os.fsdecode(b"f\xfclm.mp4"))
    found = facts(video, info, root / SESSION)
    assert (found["url"], dos(found)) == (None, ["link", "proxy"])
    link_film(video)
    assert facts(video, info, root / SESSION)["problem"] is None


def test_a_copy_lies_in_the_session_and_is_found_again(
    root: Path, says: Callable[..., None], film: Path, info: VideoInfo, tmp_path: Path
) -> None:
    says(root)
    outside = placed(film, tmp_path / "elsewhere" / "film.mp4")
    copy = make(outside, info, root / SESSION)
    assert copy.parent == root / SESSION / "renders"
    assert probe(copy).duration_s == info.duration_s
    found = facts(outside, info, root / SESSION)
    assert (found["url"], found["problem"]) == (f"files/{SESSION}/renders/{copy.name}", None)
    # of this very film
    outside.write_bytes(film.read_bytes() + b"more")
    assert facts(outside, info, root / SESSION)["url"] is None


@pytest.mark.parametrize("session", ["elsewhere/film.emsync", "root/.hidden/film.emsync"])
def test_a_copy_lies_in_the_root_where_the_session_is_not_shown(
    root: Path, says: Callable[..., None], film: Path, info: VideoInfo, tmp_path: Path, session: str
) -> None:
    says(root)
    copy = make(film, info, tmp_path / session)
    assert copy.parent == root / "emsync_proxies"
    assert facts(film, info, tmp_path / session)["url"] == f"files/emsync_proxies/{copy.name}"


def test_what_browsers_do_not_play_has_a_copy_offered(
    root: Path, says: Callable[..., None], tmp_path: Path
) -> None:
    says(root)
    video = make_film(FilmCase("old", codec="mpeg4", suffix=".avi", seconds=2, cuts_s=()), root)
    found = facts(video, probe(video), root / SESSION)
    assert (found["url"], dos(found)) == ("files/old.avi", ["proxy"])
    assert ".avi" in found["problem"]["text"]
    make(video, probe(video), root / SESSION)
    assert facts(video, probe(video), root / SESSION)["problem"] is None


def test_a_copy_that_is_cancelled_leaves_nothing(
    root: Path, says: Callable[..., None], film: Path, info: VideoInfo
) -> None:
    says(root)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(StoppedError):
        make(film, info, root / SESSION, cancel)
    assert not list((root / SESSION / "renders").iterdir())


def test_a_link_takes_the_place_of_one_that_is_not_the_film_any_more(
    root: Path, says: Callable[..., None], film: Path, tmp_path: Path
) -> None:
    says(root)
    video = placed(film, tmp_path / "film.mp4")
    link = link_film(video)
    assert link.samefile(video)
    assert link_film(video) == link
    link.unlink()
    link.write_bytes(b"another")
    assert link_film(video).samefile(video)
    assert [file.name for file in link.parent.iterdir()] == [link.name]


def test_a_film_on_another_disk_is_copied_only(
    root: Path, says: Callable[..., None], film: Path, info: VideoInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(root)

    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(OutputError, match=r"lies on another disk.*make a copy"):
        link_film(film)
    monkeypatch.setattr(film_place, "_can_link", lambda *_: False)
    assert dos(facts(film, info, root / SESSION)) == ["proxy"]


def test_a_root_that_cannot_be_written(
    root: Path, says: Callable[..., None], film: Path, info: VideoInfo
) -> None:
    says(root)
    (root / "emsync_proxies").write_text("a file")
    with pytest.raises(OutputError, match="give yourself the right"):
        make(film, info, film.parent / SESSION)
    with pytest.raises(OutputError, match="give yourself the right"):
        link_film(film)
