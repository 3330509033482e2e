"""A session's folder, damaged in every way: a clear line, and all else still there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.errors import OutputError, VideoError
from emsync_nb.session import Session
from emsync_nb.session.documents import canonical, digest
from tests.session.tiny_session import files

needs_posix = pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")


@pytest.fixture
def folder(session: Session) -> Path:
    """A session of four changes that nobody holds: created, analysed, generated, accepted."""
    session.accept(session.generate(takes=2)[0])
    session.close()
    return session.folder


def head_of(folder: Path) -> dict[str, Any]:
    """What session.json says."""
    head: dict[str, Any] = json.loads((folder / "session.json").read_text())
    return head


def write_head(folder: Path, **changes: object) -> None:
    """Another session.json."""
    (folder / "session.json").write_text(json.dumps({**head_of(folder), **changes}))


def state_file(folder: Path, at: int) -> Path:
    """The file of a state."""
    return folder / "history" / f"{head_of(folder)['history'][at]['state']}.json"


def refused(folder: Path, line: str) -> None:
    """Opening says one line and changes nothing."""
    before = files(folder)
    with pytest.raises(OutputError, match=line) as caught:
        Session.open(folder)
    assert "\n" not in str(caught.value)
    assert files(folder) == before


def test_a_newer_session_is_not_opened(folder: Path) -> None:
    write_head(folder, schema=3, emsync_nb="9.1")
    refused(folder, r"session.json was written by a newer emsync_nb, '9.1'; update yours")


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"schema": 2}', b"{}"),
        b'{"schema": 1, "film": {}}',
        b'{"schema": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_session_file_that_is_none_is_one_line(folder: Path, content: bytes) -> None:
    (folder / "session.json").write_bytes(content)
    refused(folder, "session.json")


@pytest.mark.parametrize(
    "changes",
    [
        *(
            {"at": 4},
            {"at": -1},
            {"at": True},
            {"at": 1.0},
            {"at": None},
            {"history": []},
            {"history": {"a": 1}},
        ),
        *({"history": 3}, {"history": [3]}, {"film": 7}, {"film": {}}, {"schema": "2"}),
    ],
)
def test_fields_that_are_wrong_are_one_line(folder: Path, changes: dict[str, object]) -> None:
    write_head(folder, **changes)
    refused(folder, "session.json")


def test_a_missing_session_is_one_line(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(OutputError, match=r"session.json cannot be read"):
            Session.open(place)
    assert not list(tmp_path.iterdir())


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def forge(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"generated", b"generates"))


def put_nan(path: Path) -> None:
    path.write_text('{"spotting": NaN}')


def nest(path: Path) -> None:
    path.write_text('{"a":' * 800 + "1" + "}" * 800)


def put_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def swell(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.truncate(65 << 20)


DAMAGES = [Path.unlink, cut, forge, put_nan, nest, put_folder, swell]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_state_that_is_not_in_force_is_missed_only_by_who_goes_there(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    path = state_file(folder, 2)
    damage(path)
    with Session.open(folder) as session:
        assert [step.here for step in session.history()] == [False, False, False, True]
        with pytest.raises(OutputError, match=path.name) as caught:
            session.undo()
        assert "\n" not in str(caught.value)
        assert session.state.accepted == "001"
        session.mute("Cello")
        session.undo()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_state_in_force_is_named_with_the_way_out(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    path = state_file(folder, 3)
    damage(path)
    refused(folder, path.name)
    refused(folder, 'or go back: set "at" in .*session.json to 2')
    write_head(folder, at=2)
    with Session.open(folder) as session:
        assert len(session.state.takes) == 2


def test_a_damaged_file_is_made_good_when_it_is_written_once_more(folder: Path) -> None:
    with Session.open(folder) as session:
        session.mute("Cello")
        path = state_file(folder, 4)
        content = path.read_bytes()
        session.undo()
        cut(path)
        session.mute("Cello")
        assert path.read_bytes() == content
        curve = folder / "history" / f"{json.loads(content)['spotting']['curve']}.json"
        cut(curve)
        session.solo("Viola")
    with Session.open(folder) as session:
        assert session.state.soloed == {"Viola"}


@pytest.mark.parametrize(
    "forged",
    [
        {"takes": [{}]},
        {"takes": 3},
        {"spotting": []},
        {"spotting": {"curve": "../../film"}},
        {"accepted": "009"},
        {"locks": [{"track": None, "bars": [2, 1], "notes": []}]},
        {"locks": [{"track": "A", "bars": None, "notes": [["1e99999999", 60]]}]},
        {"locks": [{"track": "A", "bars": None, "notes": [["1/0", 60]]}]},
        {"locks": [{"track": "A", "bars": None, "notes": [["9" * 70, 60]]}]},
    ],
)
def test_a_forged_state_is_one_line(folder: Path, forged: dict[str, Any]) -> None:
    state = {**json.loads(state_file(folder, 3).read_bytes()), **forged}
    (folder / "history" / f"{digest(state)}.json").write_bytes(canonical(state))
    entry = {"state": digest(state), "what": "forged", "made": "2026-01-01T00:00:00+00:00"}
    write_head(folder, history=[*head_of(folder)["history"], entry], at=4)
    refused(folder, "damaged|no name of a file")


@pytest.mark.parametrize("name", ["../../film", "/etc/hostname", "", "a/../../b", "a\\b", "\0", "x" * 5000])
def test_paths_that_lead_out_of_the_folder_are_refused(folder: Path, name: str) -> None:
    history = head_of(folder)["history"]
    write_head(folder, history=[*history[:-1], {**history[-1], "state": name}])
    refused(folder, "no name of a file|cannot be read")


def test_a_take_that_is_missing_or_edited_hurts_only_who_uses_it(folder: Path) -> None:
    edited = folder / "takes/001.mid"
    edited.write_bytes(edited.read_bytes() + b"\0")
    (folder / "takes/002.mid").unlink()
    before = files(folder)
    with Session.open(folder) as session:
        for take, line in (
            ("001", r"001.mid was edited; .*import it"),
            ("002", r"002.mid is missing; bring it back"),
        ):
            for use in (session.music, session.accept):
                with pytest.raises(OutputError, match=line):
                    use(take)
        with pytest.raises(OutputError, match="was edited"):
            session.regenerate()
        assert files(folder) == before
        (third,) = session.generate()
        assert third.name == "003"
        session.accept(third)
        session.regenerate()
    assert edited.read_bytes() == before["takes/001.mid"]


@needs_posix
def test_links_that_lead_out_are_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("takes", "history"):
        (folder / name).rename(outside / name)
        (folder / name).symlink_to(outside / name)
        before = files(outside)
        if name == "takes":
            with Session.open(folder) as session:
                for use in (lambda: session.music("001"), lambda: session.generate()):
                    with pytest.raises(OutputError, match="link out"):
                        use()
        else:
            refused(folder, "link out")
        assert files(outside) == before
        (folder / name).unlink()
        (outside / name).rename(folder / name)
    (folder / "session.json").rename(outside / "session.json")
    (folder / "session.json").symlink_to(outside / "session.json")
    refused(folder, "link out")
    with pytest.raises(OutputError, match="already"):
        Session.create(tmp_path / "film.mp4")


@needs_posix
def test_a_pipe_keeps_nobody_waiting(folder: Path, tmp_path: Path) -> None:
    path = state_file(folder, 3)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(OutputError, match="no ordinary file"):
        Session.open(folder)
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(VideoError, match="is no film"):
        Session.create(tmp_path / "pipe.mp4")


def test_what_killed_writers_left_is_swept(folder: Path) -> None:
    from emsync_nb.session.atomic import OLD_S

    left = [folder / place / f".emsync-{'0' * 8}-1-{'0' * 16}.part" for place in (".", "history", "takes")]
    for path in left:
        path.write_bytes(b"half")
        os.utime(path, (1, OLD_S))
    with Session.open(folder):
        assert not any(path.exists() for path in left)


def test_a_full_folder_is_one_line_and_the_session_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import emsync_nb.session.store as store

    def full(path: Path, *_: object) -> None:
        raise OutputError(f"{path} cannot be written (No space left on device); free some space")

    with Session.open(folder) as session:
        with monkeypatch.context() as patch:
            patch.setattr(store, "write_atomically", full)
            for change in (lambda: session.mute("Cello"), session.undo, session.generate):
                with pytest.raises(OutputError, match="No space"):
                    change()
        assert (session.state.muted, session.state.accepted, len(session.state.takes)) == (
            frozenset(),
            "001",
            2,
        )
        session.mute("Cello")
    with Session.open(folder) as session:
        assert [step.what for step in session.history()][-2:] == ["accepted take 001", "muted Cello"]
