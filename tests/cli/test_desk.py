"""`emsync desk`: a notebook beside the film, a JupyterLab that serves both, and an end that leaves nothing running."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
import pytest

from emsync_nb.cli.desk import served_folder
from emsync_nb.cli.desk_notebook import desk_notebook
from emsync_nb.cli.desk_server import chosen_port
from emsync_nb.errors import MissingExtraError, OutputError, UserError
from tests.cli.conftest import Emsync
from tests.cli.running import started


@pytest.fixture
def film(tmp_path: Path, cli_film: Path) -> Path:
    return Path(shutil.copy(cli_film, tmp_path / "film.mp4"))


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def sources(notebook: Path) -> list[str]:
    """What the cells of a valid notebook say."""
    found = nbformat.read(notebook, as_version=4)
    nbformat.validate(found)
    return [cell.source for cell in found.cells]


def edited(notebook: Path, **changes: Any) -> None:  # noqa: ANN401 - JSON
    """Change the cell of code, as JupyterLab does when it saves: lines become lists."""
    document = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in document["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    document["cells"][1].update(changes)
    notebook.write_text(json.dumps(document), encoding="utf-8")


def test_the_notebook_lies_beside_the_film_and_names_it_shortly(tmp_path: Path) -> None:
    film = tmp_path / "my *film*.mp4"
    path, is_changed, is_shortened = desk_notebook(film, None)
    assert (path, is_changed, is_shortened) == (tmp_path / "my *film*.desk.ipynb", False, False)
    about, code = sources(path)
    assert about.startswith("# my \\*film\\*.mp4\n")
    assert code == ('from emsync_nb.widgets import ScoringDesk\n\ndesk = ScoringDesk("my *film*.mp4")\ndesk')


def test_a_session_elsewhere_is_named_in_full(tmp_path: Path) -> None:
    elsewhere, near = tmp_path / "else" / "where.emsync", tmp_path / "films" / "near.emsync"
    film = tmp_path / "films" / "film.mp4"
    film.parent.mkdir()
    assert f'("film.mp4", session="{elsewhere}")' in sources(desk_notebook(film, elsewhere).path)[1]
    assert '("film.mp4", session="near.emsync")' in sources(desk_notebook(film, near).path)[1]


@pytest.mark.parametrize(
    "name",
    [
        'Grüße "映画" \\.mp4',
        "🎬 première.mp4",
        "\u202egnp.mp4",
        "two\nlines\\n\r\t\u2028.mp4",
        "\"\"\"'''.mp4",
        'x"); import os; os.abort(); ("y.mp4',
        "{film} %s $HOME \\u0041\\.mp4",
    ],
)
def test_names_of_any_letters_are_named_and_run_nothing(tmp_path: Path, name: str) -> None:
    code = sources(desk_notebook(tmp_path / name, None).path)[1]
    _, made, _ = ast.parse(code).body
    assert isinstance(made, ast.Assign) and isinstance(made.value, ast.Call)
    (argument,) = made.value.args
    assert ast.literal_eval(argument) == name


def test_the_notebook_of_a_hidden_film_is_not_hidden(tmp_path: Path) -> None:
    assert desk_notebook(tmp_path / ".film.mp4", None).path.name == "film.desk.ipynb"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are UTF-8")
def test_a_name_that_no_address_can_hold_is_a_line(emsync: Emsync, film: Path) -> None:
    odd = film.rename(film.with_name(os.fsdecode(b"film-\xff.mp4")))
    done = emsync("desk", odd, "--no-browser")
    assert (done.code, done.out) == (2, "")
    assert "rename it" in done.err
    assert done.err.count("\n") == 1
    assert not list(film.parent.glob("*.ipynb"))


@pytest.mark.skipif(sys.platform == "win32", reason="names are counted otherwise there")
@pytest.mark.parametrize("letter", ["a", "é", "映", "🎬"])
def test_a_name_too_long_for_a_notebook_is_cut_and_still_its_own(tmp_path: Path, letter: str) -> None:
    long = letter * (244 // len(letter.encode()))
    names = [tmp_path / f"{long}{end}.mp4" for end in ("", "0", "1")]
    found = [desk_notebook(name, None) for name in names]
    assert all(notebook.is_shortened for notebook in found)
    assert len({notebook.path for notebook in found}) == 3
    for film, notebook in zip(names, found, strict=True):
        assert notebook.path.name.startswith(letter * (200 // len(letter.encode())))
        assert notebook.path.name.endswith(".desk.ipynb")
        # JupyterLab keeps a copy under this name
        notebook.path.with_name(f"{notebook.path.stem}-checkpoint.ipynb").touch()
        assert f'ScoringDesk("{film.name}")' in sources(notebook.path)[1]
        assert desk_notebook(film, None) == notebook


def test_a_name_that_just_fits_stays(tmp_path: Path) -> None:
    notebook = desk_notebook(tmp_path / f"{'a' * 200}.mp4", None)
    assert (notebook.path.name, notebook.is_shortened) == ("a" * 200 + ".desk.ipynb", False)


@pytest.mark.skipif(sys.platform == "win32", reason="names are counted otherwise there")
def test_a_name_too_long_for_a_session_is_a_line(emsync: Emsync, film: Path) -> None:
    long = film.rename(film.with_name("a" * 251 + ".mp4"))
    done = emsync("desk", long, "--no-browser")
    assert (done.code, done.out) == (2, "")
    assert "which is too long; name another --session" in done.err
    assert done.err.count("\n") == 1
    assert not list(film.parent.glob("*.ipynb"))


def test_a_notebook_that_was_only_run_is_written_anew_where_it_must_be(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    path = desk_notebook(film, None).path
    output = {"output_type": "stream", "name": "stdout", "text": ["seen"]}
    edited(path, outputs=[output], execution_count=1)
    assert not desk_notebook(film, None).is_changed
    assert nbformat.read(path, as_version=4).cells[1].outputs, "what was shown is lost"
    assert not desk_notebook(film, tmp_path / "other.emsync").is_changed
    assert "other.emsync" in sources(path)[1]


def test_what_somebody_has_changed_stays(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    path = desk_notebook(film, None).path
    edited(path, source=["desk = None"])
    mine = path.read_bytes()
    assert desk_notebook(film, tmp_path / "other.emsync") == (path, True, False)
    assert path.read_bytes() == mine


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[]", b'{"cells": 3}', b'{"cells": [], "metadata": []}']
)
def test_a_file_that_is_no_notebook_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film.desk.ipynb"
    path.write_bytes(content)
    assert desk_notebook(tmp_path / "film.mp4", None) == (path, True, False)
    assert path.read_bytes() == content


def test_beside_a_film_that_others_own_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films, session = tmp_path / "films", tmp_path / "mine.emsync"
    films.mkdir()
    monkeypatch.setattr("os.access", lambda path, _: path != films)  # root may write anywhere
    assert desk_notebook(films / "film.mp4", session).path == tmp_path / "film.desk.ipynb"
    with pytest.raises(OutputError, match="--session"):
        desk_notebook(films / "film.mp4", None)
    assert not list(films.iterdir())


def test_what_is_served_holds_all_but_not_the_whole_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, disk = tmp_path / "home" / "me", tmp_path / "media"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    film = home / "films" / "film.mp4"
    notebook = film.with_suffix(".desk.ipynb")
    assert served_folder(notebook, film, None) == home / "films"
    assert served_folder(notebook, film, home / "films" / "film.emsync") == home / "films"
    assert served_folder(notebook, film, home / "work" / "film.emsync") == home
    assert served_folder(home / "x.desk.ipynb", disk / "film.mp4", home / "x.emsync") == home
    assert served_folder(disk / "x.desk.ipynb", disk / "film.mp4", None) == disk


def test_a_port_that_is_taken_is_refused_or_passed_over(taken_port: int) -> None:
    with pytest.raises(UserError, match=f"port {taken_port} is taken"):
        chosen_port(taken_port)
    with socket.socket() as now_free:
        now_free.bind(("127.0.0.1", 0))
        free = int(now_free.getsockname()[1])
    assert chosen_port(free) == free
    assert chosen_port(None) != taken_port


def test_the_film_is_checked_first(emsync: Emsync, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_text("no film")
    done = emsync("desk", "film.mp4", "--no-browser")
    assert done.code == 2
    assert "film.mp4" in done.err
    assert done.err.count("\n") == 1
    assert not list(tmp_path.glob("*.ipynb"))


def test_a_taken_port_is_a_line_and_no_notebook(
    emsync: Emsync, film: Path, taken_port: int, tmp_path: Path
) -> None:
    done = emsync("desk", film, "--no-browser", "--port", str(taken_port))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"emsync: port {taken_port} is taken")
    assert not list(tmp_path.glob("*.ipynb"))


def test_without_jupyterlab_a_line_says_what_to_install(
    emsync: Emsync, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: str) -> None:
        raise MissingExtraError("jupyterlab", "notebook")

    monkeypatch.setattr("emsync_nb.cli.desk.check_installed", missing)
    done = emsync("desk", film, "--no-browser")
    assert (done.code, done.out) == (2, "")
    assert "pip install 'emsync_nb[notebook]'" in done.err


@pytest.fixture
def surroundings_of_jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's settings."""
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        monkeypatch.setenv(f"JUPYTER_{name}", str(tmp_path / "jupyter" / name))
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", str(tmp_path / "jupyter" / "settings"))
    monkeypatch.setenv("JUPYTERLAB_WORKSPACES_DIR", str(tmp_path / "jupyter" / "workspaces"))


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
@pytest.mark.usefixtures("surroundings_of_jupyter")
def test_a_folder_reached_through_a_link_is_served(film: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(film.parent, target_is_directory=True)
    process = started("desk", link / film.name, "--no-browser", "--json", "-")
    try:
        facts = _facts(process)
        token = urlsplit(facts["url"]).query.removeprefix("token=")
        address = f"http://127.0.0.1:{facts['port']}/files/film.mp4?token={token}"
        assert _got(address) == film.read_bytes()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    finally:
        process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="names are counted otherwise there")
@pytest.mark.usefixtures("surroundings_of_jupyter")
def test_a_desk_of_a_film_with_a_long_name_opens_and_says_so(film: Path) -> None:
    long = film.rename(film.with_name("a" * 244 + ".mp4"))
    process = started("desk", long, "--no-browser")
    assert process.stdout is not None
    try:
        note, address = process.stdout.readline(), process.stdout.readline()
        (notebook,) = film.parent.glob("*.ipynb")
        assert note == f"the film's name is too long for a notebook's, which is {notebook.name}\n"
        url = address.split(": ", 1)[1].split(" (")[0]
        assert b"ScoringDesk" in _got(url.replace("/lab/tree/", "/files/"))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, err) == (130, "emsync: stopped\n")


@pytest.mark.usefixtures("surroundings_of_jupyter")
def test_jupyterlab_serves_notebook_and_film_to_who_has_the_token_until_ctrl_c(film: Path) -> None:
    process = started("desk", film, "--no-browser", "--json", "-")
    try:
        facts = _facts(process)
        assert Path(facts["root"]) == film.parent
        address = urlsplit(facts["url"])
        assert address.hostname == "127.0.0.1"
        assert address.path == "/lab/tree/film.desk.ipynb"
        token = address.query.removeprefix("token=")
        base = f"http://127.0.0.1:{facts['port']}"
        assert b"ScoringDesk" in _got(f"{base}/files/film.desk.ipynb?token={token}")
        assert _got(f"{base}/files/film.mp4?token={token}") == film.read_bytes()
        with pytest.raises(urllib.error.HTTPError) as refused:
            _got(f"{base}/api/contents/film.mp4")
        assert refused.value.code == 403
        assert token not in _command_lines()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert err == "emsync: stopped\n"
    assert chosen_port(facts["port"]) == facts["port"], "JupyterLab still runs"


def _facts(process: subprocess.Popen[str]) -> Any:  # noqa: ANN401 - JSON
    """What was said as JSON, of which the last line is a brace."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line == "}\n":
            return json.loads("".join(lines))
    raise AssertionError(process.stderr.read() if process.stderr else "")


def _got(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=30) as answer:
        return bytes(answer.read())


def _command_lines() -> str:
    """Of all processes, where the system tells."""
    if not Path("/proc").is_dir():
        return ""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_text(errors="replace"))
        except OSError:  # it has ended meanwhile
            continue
    return "\n".join(found)
