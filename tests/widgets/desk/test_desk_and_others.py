"""A desk among others: desks, notebooks, the command line, kernels that start again, files that are gone."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace

import pytest

from emsync_nb.errors import OutputError
from emsync_nb.session import Session, perform
from emsync_nb.session.holder_lock import HolderLock
from emsync_nb.widgets.desk import work as desk_work_module
from emsync_nb.widgets.desk.scoring_desk import ScoringDesk
from tests.widgets.desk.conftest import MOVE, Wired, engine, first_time, until

# — together with others —


def test_two_desks_stay_in_step(film: Path, folder: Path) -> None:
    one, other = ScoringDesk(film), ScoringDesk(folder)
    one.edit(MOVE)
    until(lambda: first_time(other) == 3.4)
    other.undo()
    until(lambda: first_time(one) == 3.0)
    one.close()
    assert other.redo() == "moved boundary 1 to 3.4 s"


def test_a_desk_and_somebody_who_holds_the_session(folder: Path, film: Path) -> None:
    with Session.open(folder) as session:
        desk = ScoringDesk(film)
        with pytest.raises(OutputError, match="not held here"):
            _ = desk.session
        desk.edit(MOVE)
        assert float(session.plan.boundary(1).time_s) == 3.4
        session.undo()
        until(lambda: first_time(desk) == 3.0)
        desk.generate()
        desk.wait(120)
        assert session.state.accepted == "001" == desk.accepted
    desk.edit(MOVE)
    assert first_time(desk) == 3.4 and desk.session.is_open


def test_the_command_line_beside_a_desk(folder: Path, film: Path) -> None:
    desk = ScoringDesk(film)
    perform(folder, {"do": "edit", "edit": "remove", "boundary": 2})
    until(lambda: len(desk.boundaries) == 3)


def test_a_restarted_kernel_shows_the_same(scored: Path) -> None:
    first = Wired(ScoringDesk(scored))
    first.desk.edit(MOVE)
    first.desk.edit({"do": "mute", "track": "Cello"})
    first.say(type="volume", track="Viola", volume_db=-7.5)
    first.desk.set_state({"position_s": 4.5, "view": {"start_s": 2, "end_s": 9}})
    first.desk.undo()
    assert engine(first.desk).wait_for_pictures(20)
    before = first.desk.get_state()
    first.desk.close()
    desk = ScoringDesk(scored)
    assert engine(desk).wait_for_pictures(20)
    after = desk.get_state()
    changing = {"layout", "tracks"}
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }
    assert [track["volume_db"] for track in desk.tracks] == [0.0, 0.0, -7.5, 0.0]
    assert [track["muted"] for track in desk.tracks] == [False] * 4
    assert (desk.position_s, desk.view) == (4.5, {"start_s": 2.0, "end_s": 9.0})


def test_a_volume_reaches_the_traits_and_other_desks(scored: Path) -> None:
    one, other = Wired(ScoringDesk(scored)), ScoringDesk(scored)
    one.say(type="volume", track="Viola", volume_db=-7.5)
    until(lambda: one.desk.tracks[2]["volume_db"] == -7.5 and other.tracks[2]["volume_db"] == -7.5)
    assert one.ask(1, type="volume", track="Tuba", volume_db=0)[0]["type"] == "refused"


def test_what_cannot_be_written_is_shown_and_says_why(scored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: HolderLock) -> bool:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(HolderLock, "take", refused)
    desk = ScoringDesk(scored)
    assert "Read-only file system" in desk.read_only and len(desk.tracks) == 4 and len(desk.boundaries) == 4
    content, _ = Wired(desk).ask(1, type="edit", request=MOVE)
    assert content["type"] == "refused" and "Read-only" in content["text"]
    monkeypatch.undo()
    engine(desk)._try_again()
    assert desk.read_only == ""


def test_music_that_is_gone_is_told_and_the_rest_is_there(scored: Path) -> None:
    (scored.with_name("film.emsync") / "takes" / "001.mid").unlink()
    desk = ScoringDesk(scored)
    assert desk.notice["level"] == "error" and "001.mid is missing" in desk.notice["text"]
    assert (desk.tracks, desk.notes, len(desk.boundaries)) == ([], b"", 4)
    desk.edit({"do": "accept", "take": "002"})
    assert len(desk.tracks) == 4


def test_a_film_that_is_gone_is_told_and_the_rest_is_there(scored: Path) -> None:
    scored.unlink()
    desk = ScoringDesk(scored.with_name("film.emsync"))
    assert "the film is not at" in desk.film["problem"]["text"] and desk.film["duration_s"] == 16.0
    assert len(desk.tracks) == 4
    assert engine(desk).wait_for_pictures(20) and desk.thumbnails_jpeg == b""


def test_a_film_that_is_taken_away_is_told_until_it_is_back(scored: Path) -> None:
    desk = ScoringDesk(scored)
    assert engine(desk).wait_for_pictures(20) and desk.thumbnails_jpeg == b"jpeg"
    before = desk.film
    away = scored.rename(scored.with_name("away.mp4"))
    until(lambda: desk.film["problem"] is not None, 5)
    assert "the film is not at" in desk.film["problem"]["text"]
    assert (desk.film["url"], desk.film["duration_s"]) == (None, before["duration_s"])
    scored.write_bytes(b"another film")
    until(lambda: "is another film" in desk.film["problem"]["text"], 5)
    away.replace(scored)
    until(lambda: desk.film == before, 5)


def test_the_film_is_watched_where_it_was_moved_to(scored: Path) -> None:
    desk = ScoringDesk(scored)
    moved = scored.rename(scored.with_name("moved.mp4"))
    desk.edit({"do": "relink", "film": str(moved)})
    until(lambda: desk.film["name"] == "moved.mp4" and desk.film["problem"] is None, 5)
    moved.unlink()
    until(lambda: desk.film["problem"] is not None, 5)
    assert "moved.mp4" in desk.film["problem"]["text"]


def test_pictures_come_with_a_film_that_comes_late(scored: Path) -> None:
    away = scored.rename(scored.with_name("away.mp4"))
    desk = ScoringDesk(scored.with_name("film.emsync"))
    assert engine(desk).wait_for_pictures(20) and desk.thumbnails_jpeg == b""
    away.rename(scored)
    until(lambda: desk.thumbnails_jpeg == b"jpeg", 5)
    assert desk.film["problem"] is None


def test_a_session_that_is_damaged_meanwhile(
    folder: Path, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_work_module, "GREETING_S", 0.1)
    with Session.open(folder):
        desk = ScoringDesk(film)
        (folder / "session.json").write_text("{")
        until(lambda: desk.notice.get("level") == "error")
        assert "damaged" in desk.notice["text"] and len(desk.boundaries) == 4


# — sound —


class Player:
    """In place of `StemPlayer`."""

    made: list[Player] = []  # noqa: RUF012 - of one test

    def __init__(self, midi: Path, rate: int, *_: object, duration_s: float, **__: object) -> None:
        self.facts, self.is_closed = (midi.name, rate, duration_s), False
        self.made.append(self)

    def chunk(self, number: int) -> SimpleNamespace:
        if number == 99:
            raise RuntimeError("no such string")
        return SimpleNamespace(tracks=["Cello"], blocks=[bytes(8)], frames=2)

    def close(self) -> None:
        self.is_closed = True


def test_sound_of_the_accepted_take(scored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emsync_nb.pipeline.stems.StemPlayer", Player)
    monkeypatch.setattr(Player, "made", [])
    wired = Wired(ScoringDesk(scored))
    content, blocks = wired.ask(1, type="stems", chunk=0)
    expected = {"chunk": 0, "take": "001", "rate": 44_100, "frames": 2, "tracks": ["Cello"]}
    assert content == {"type": "stems", "id": 1, **expected}
    assert blocks == [bytes(8)]
    wired.ask(2, type="stems", chunk=1)
    wired.desk.edit({"do": "accept", "take": "002"})
    assert wired.ask(3, type="stems", chunk=0)[0]["take"] == "002"
    first, second = Player.made
    assert (first.facts, first.is_closed) == (("001.mid", 44_100, 16.0), True)
    assert (second.facts, second.is_closed) == (("002.mid", 44_100, 16.0), False)
    assert "RuntimeError" in wired.ask(4, type="stems", chunk=99)[0]["text"]
    wired.desk.close()
    until(lambda: second.is_closed)


def test_no_take_no_sound(film: Path) -> None:
    content, _ = Wired(ScoringDesk(film)).ask(1, type="stems", chunk=0)
    assert content["type"] == "refused" and "no take is accepted" in content["text"]
