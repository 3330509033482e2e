"""A track that was renamed in the DAW is still its player's: written anew, locked and muted under either name."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.domain import BarGrid, Score, TempoMap, Track
from emsync_nb.errors import PlanError
from emsync_nb.session import Lock, Session, Take, work
from emsync_nb.session.casting import Casting
from emsync_nb.session.documents import take_document, take_from
from tests.session.edited_exports import renamed_in_daw
from tests.session.test_locks import events


def names(session: Session, take: Take | str) -> list[str]:
    return [track.name for track in session.music(take).tracks]


@pytest.mark.parametrize("asked", ["My Strings", "my strings", "Violin I"])
def test_a_renamed_track_is_written_anew(composing: Session, tmp_path: Path, asked: str) -> None:
    session = composing
    session.accept(session.generate(seed=3)[0])
    before = names(session, "001")
    back = renamed_in_daw(session, tmp_path / "back.mid", {"Violin I": "My Strings"})
    session.import_music(back)
    (take,) = session.regenerate(bars=(1, 4), tracks=[asked], seed=5)
    assert names(session, take) == ["My Strings" if name == "Violin I" else name for name in before]
    assert (take.tracks, take.played_by) == (("My Strings",), (("My Strings", "Violin I"),))
    assert {difference.track for difference in session.compare("002", take)} == {"My Strings"}
    # and from there
    session.accept(take)
    (later,) = session.regenerate(tracks=[asked], seed=6)
    assert names(session, later) == names(session, take)
    for other in before[1:]:
        assert events(session.folder / later.file, other) == events(session.folder / "takes/001.mid", other)


def test_it_is_still_its_players_after_the_session_was_opened_again(session: Session, tmp_path: Path) -> None:
    session.accept(session.generate()[0])
    session.import_music(renamed_in_daw(session, tmp_path / "back.mid", {"Cello": "Low"}))
    session.import_music(renamed_in_daw(session, tmp_path / "twice.mid", {"Low": "Very low"}))
    folder = session.folder
    session.close()
    with Session.open(folder) as again:
        assert again.state.take("003").played_by == (("Very low", "Cello"),)
        (take,) = again.regenerate((2, 2), ["very low"], seed=9)
        assert [difference.track for difference in again.compare("003", take)] == ["Very low"]
        # as in the first take, under the first take's name
        assert [difference.track for difference in again.compare("001", take)] == ["Cello"]


def test_an_unknown_name_is_told_both_names_that_there_are(session: Session, tmp_path: Path) -> None:
    session.accept(session.generate()[0])
    session.import_music(renamed_in_daw(session, tmp_path / "back.mid", {"Cello": "Low"}))
    with pytest.raises(PlanError, match=r"no track named 'Oboe'; there are Violin I, .*, Low \(was Cello\)$"):
        session.regenerate(tracks=["Oboe"])


def test_what_is_locked_muted_and_soloed_goes_along(session: Session, tmp_path: Path) -> None:
    session.accept(session.generate()[0])
    session.lock("Cello", (2, 3))
    session.mute("Cello")
    session.solo("Viola")
    session.import_music(renamed_in_daw(session, tmp_path / "back.mid", {"Cello": "Low", "Viola": "Alto"}))
    assert session.state.locks == (Lock("Low", (2, 3)),)
    assert (session.state.muted, session.state.soloed) == ({"Low"}, {"Alto"})
    session.lock("cello", (5, 5))
    assert session.state.locks[-1] == Lock("Low", (5, 5))
    (take,) = session.regenerate(seed=4)
    (low,) = [difference for difference in session.compare("002", take) if difference.track == "Low"]
    assert not {2, 3, 5} & set(low.bars)
    # the take before has the old names, and so do locks on it
    session.accept("001")
    assert session.state.locks == (Lock("Cello", (2, 3)), Lock("Cello", (5, 5)))
    assert (session.state.muted, session.state.soloed) == ({"Cello"}, {"Viola"})
    session.accept("002")
    session.unlock("Low")
    assert session.state.locks == ()


def test_of_all_that_is_locked_a_renamed_track_can_be_let_go(session: Session, tmp_path: Path) -> None:
    session.accept(session.generate()[0])
    session.import_music(renamed_in_daw(session, tmp_path / "back.mid", {"Cello": "Low"}))
    session.lock()
    session.unlock("Low")
    (take,) = session.regenerate(seed=4)
    assert [difference.track for difference in session.compare("002", take)] == ["Low"]


def test_a_stranger_may_have_the_name_that_became_free(session: Session, tmp_path: Path) -> None:
    session.accept(session.generate()[0])
    back = renamed_in_daw(session, tmp_path / "back.mid", {"Cello": "Low"}, added="Cello")
    session.import_music(back, lock_edits=False)
    assert session.state.take("002").played_by == (("Low", "Cello"),)
    (take,) = session.regenerate(tracks=["Low"], seed=7)
    assert sorted(names(session, take)) == ["Cello", "Low", "Viola", "Violin I", "Violin II"]
    assert events(session.folder / take.file, "Cello") == events(session.folder / "takes/002.mid", "Cello")
    assert events(session.folder / take.file, "Low") != events(session.folder / "takes/002.mid", "Low")


def test_two_tracks_of_one_name_are_nobodys(session: Session, tmp_path: Path) -> None:
    session.accept(session.generate()[0])
    back = renamed_in_daw(session, tmp_path / "back.mid", {"Cello": "Low", "Viola": "Low"})
    session.import_music(back)
    assert session.state.take("002").played_by == ()
    with pytest.raises(PlanError, match="no track named 'Low'"):
        session.regenerate(tracks=["Low"])


def test_takes_without_renamed_tracks_are_kept_as_ever(session: Session) -> None:
    take = session.generate()[0]
    document = take_document(take)
    assert "played_by" not in document
    assert take_from(document) == take
    for pairs in ([["A", "Cello"], ["B", "Cello"]], [["A", "Cello"], ["A", "Viola"]]):
        with pytest.raises(ValueError, match="two players, or a player two tracks"):
            take_from({**document, "played_by": pairs})
    assert json.loads(json.dumps(document)) == document


@given(st.dictionaries(st.sampled_from("ABCDEFG"), st.sampled_from("ABCDEFG"), max_size=6))
def test_names_come_back_from_players(wanted: dict[str, str]) -> None:
    players: dict[str, str] = {}
    for track, player in wanted.items():
        if track != player and player not in players.values():
            players[track] = player
    casting = Casting(tuple(players.items()))
    tracks = tuple(Track(name, 0, False, ()) for name in "ABCDEFG")
    score = Score(tracks, TempoMap.constant(100), BarGrid.from_lengths([4]))
    there = casting.to_players(score)
    assert len({track.name for track in there.tracks}) == len(tracks)
    assert casting.to_tracks(there) == score
    locks = (Lock("A"), Lock(None, (1, 1)), Lock("B", None, ((Fraction(0), 60),)))
    assert [lock.track for lock in casting.locks_of_players(locks)] == [
        casting.player("A"),
        None,
        casting.player("B"),
    ]


def test_a_renamed_track_that_is_locked_while_a_take_is_made_stays(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.accept(session.generate()[0])
    session.import_music(renamed_in_daw(session, tmp_path / "back.mid", {"Cello": "Low"}))
    for name in ("compose_takes_of", "rewrite_takes"):
        made = getattr(work, name)

        def meanwhile(*args: Any, made: Callable[..., list[Score]] = made, **named: Any) -> list[Score]:  # noqa: ANN401 - as what it stands for
            scores = made(*args, **named)
            session.lock("Low", (2, 3))
            return scores

        monkeypatch.setattr(work, name, meanwhile)
    for make, low in ((session.generate, "Cello"), (session.regenerate, "Low")):
        (take,) = make(seed=11)
        assert low in names(session, take)
        changed = [one for one in session.compare("002", take) if one.track == "Low"]
        assert changed
        assert not {2, 3} & set(changed[0].bars)
        session.unlock()
