"""A desk from its cell to its end, as a browser without pixels sees it: traits, messages, and what is kept."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from emsync_nb.errors import OutputError, PlanError, PresetError, VideoError
from emsync_nb.session import Session
from emsync_nb.widgets.desk.scoring_desk import ScoringDesk
from emsync_nb.widgets.packing import unpacked
from tests.session.tiny_session import make_film
from tests.widgets.desk.conftest import MOVE, Wired, engine, first_time, until
from tests.widgets.desk.test_work import spotting_of

# — from the cell on —


def test_a_film_that_was_not_analysed_is_analysed_beside_the_kernel(tmp_path: Path) -> None:
    desk = ScoringDesk(make_film(tmp_path), ensemble="string-quartet", start_timecode="01:00:00:00")
    desk.wait(120)
    assert [row["time_s"] for row in desk.boundaries] == [3.0, 7.48, 8.44, 13.0]
    assert desk.plan.ensemble == "string-quartet" and desk.score_plan is not None
    assert unpacked(desk.analysed, 3)[0].tolist() == [0.0, 8.0, 16.0]
    assert (desk.job, desk.notice, desk.tracks, desk.notes) == ({}, {}, [], b"")
    assert desk.history == {"undo": "analysed the film", "redo": None}
    assert desk.session.film.start_timecode == "01:00:00:00"


def test_an_analysis_that_nobody_wants_yet(tmp_path: Path) -> None:
    desk = ScoringDesk(make_film(tmp_path), analyze=False)
    assert desk.boundaries == [] and desk.job == {}
    with pytest.raises(PlanError, match="not been analysed"):
        _ = desk.plan
    wired = Wired(desk)
    assert wired.ask(1, type="preview", request=MOVE)[0]["type"] == "refused"
    assert wired.ask(2, type="edit", request=MOVE)[0]["type"] == "refused"
    assert wired.ask(3, type="job", request={"do": "analyze"})[0] == {"type": "done", "id": 3}
    desk.wait(120)
    assert len(desk.boundaries) == 4


def test_all_of_a_scored_film_is_there_at_once(scored: Path) -> None:
    desk = ScoringDesk(scored)
    assert [track["name"] for track in desk.tracks] == ["Violin I", "Violin II", "Viola", "Cello"]
    assert len(unpacked(desk.notes, 6)[0]) == sum(track["notes"] for track in desk.tracks) > 0
    assert (desk.accepted, [take["name"] for take in desk.takes]) == ("001", ["001", "002"])
    assert desk.film["name"] == "film.mp4" and desk.read_only == ""
    assert desk.score is not None and desk.score.note_count == desk.takes[0]["notes"]
    assert engine(desk).wait_for_pictures(20)
    assert desk.thumbnails_jpeg == b"jpeg" and desk.takes[1]["notes"] > 0


def test_experts_are_shown_where_they_are_known(scored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ones = np.ones(2)
    opinion = SimpleNamespace(
        name="faces",
        times_s=ones,
        valence=ones,
        arousal=ones,
        valence_confidence=ones,
        arousal_confidence=ones,
    )
    report = SimpleNamespace(name="faces", available=True, note="")
    found = ((report,), (opinion,))
    monkeypatch.setattr("emsync_nb.widgets.desk.filling.known_findings", lambda video: found)
    desk = ScoringDesk(scored)
    assert engine(desk).wait_for_pictures(20)
    assert desk.experts[0]["label"] == "Faces" and len(desk.expert_columns) == 5 * 2 * 4


def test_experts_that_nobody_remembers_are_not_there_in_silence(
    tmp_path: Path, scored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emsync_nb.widgets.desk.filling.known_findings", lambda video: None)
    desk = ScoringDesk(scored)
    assert engine(desk).wait_for_pictures(20)
    assert desk.experts == [] and desk.expert_columns == b""
    (tmp_path / "new").mkdir()
    new = ScoringDesk(make_film(tmp_path / "new"), analyze=False)
    assert engine(new).wait_for_pictures(20)
    assert new.experts is None


def test_who_makes_a_mistake_hears_it_in_a_line(tmp_path: Path, film: Path) -> None:
    with pytest.raises(PresetError):
        ScoringDesk(film, ensemble="no such ensemble")
    with pytest.raises(VideoError):
        ScoringDesk(tmp_path / "no film.mp4")
    with pytest.raises(OutputError, match=r"is a folder without a session; name the film itself"):
        ScoringDesk(tmp_path / "..")
    for film_of, session in ((3, None), (None, None), (film, 3)):
        with pytest.raises(OutputError, match=r"^a desk is opened on a film, .*; got (3|None)$"):
            ScoringDesk(film_of, session=session)  # type: ignore[arg-type] # as those write who guess


def test_an_ensemble_for_a_film_that_was_analysed(film: Path) -> None:
    desk = ScoringDesk(film, ensemble="band")
    assert desk.notice["level"] == "info" and "string-quartet, which stays" in desk.notice["text"]


# — changes —


def test_an_edit_is_shown_and_kept_when_it_is_done(film: Path, folder: Path) -> None:
    wired = Wired(ScoringDesk(film))
    assert wired.ask("v-1", type="edit", request=MOVE) == ({"type": "done", "id": "v-1"}, [])
    assert first_time(wired.desk) == 3.4 and wired.desk.boundaries[0]["beat"] is not None
    assert wired.desk.history == {"undo": "moved boundary 1 to 3.4 s", "redo": None}
    assert wired.ask("v-2", type="edit", request={"do": "undo"})[0]["type"] == "done"
    assert first_time(wired.desk) == 3.0
    assert wired.desk.redo() == "moved boundary 1 to 3.4 s"
    wired.desk.close()
    with Session.open(folder) as session:
        assert float(session.plan.boundary(1).time_s) == 3.4


def test_edits_are_made_in_the_order_in_which_they_come(film: Path) -> None:
    wired = Wired(ScoringDesk(film))
    for number in range(20):
        time_s = 3 + number / 10 if number % 3 else 99  # each third is refused
        wired.say(type="edit", id=number, request={**MOVE, "time_s": time_s})
    wired.answer(19)
    assert [content["id"] for content, _ in wired.sent] == list(range(20))
    assert [content["type"] for content, _ in wired.sent[:4]] == ["refused", "done", "done", "refused"]
    assert first_time(wired.desk) == 4.9


def test_undo_and_redo_in_a_row_are_done_in_their_order_and_answered_with_what_they_were(film: Path) -> None:
    wired = Wired(ScoringDesk(film))
    moved = "moved boundary 1 to 3.4 s"
    steps: list[dict[str, Any]] = [MOVE, *({"do": do} for do in ("undo", "redo", "undo", "redo", "redo"))]
    for number, request in enumerate(steps):
        wired.say(type="edit", id=number, request=request)
    wired.answer(len(steps) - 1)
    answers = [content.get("answer") for content, _ in wired.sent]
    assert answers == [None, {"undone": moved}, {"redone": moved}, {"undone": moved}, {"redone": moved}, None]
    assert wired.sent[-1][0]["type"] == "refused" and "nothing to redo" in wired.sent[-1][0]["text"]
    assert first_time(wired.desk) == 3.4


def test_a_refusal_is_a_line_and_python_hears_it_as_an_error(film: Path) -> None:
    wired = Wired(ScoringDesk(film))
    content, _ = wired.ask(1, type="edit", request={"do": "edit", "edit": "remove", "boundary": 9})
    assert content["type"] == "refused" and "no boundary 9" in content["text"]
    with pytest.raises(PlanError, match="no boundary 9"):
        wired.desk.edit({"do": "edit", "edit": "remove", "boundary": 9})
    with pytest.raises(PlanError, match="nothing to redo"):
        wired.desk.redo()


def test_directions_are_answered(film: Path) -> None:
    wired = Wired(ScoringDesk(film))
    content, _ = wired.ask(1, type="edit", request={"do": "direct", "text": "slower", "apply": False})
    assert content["type"] == "done" and content["answer"]["applied"] is False


def test_marks_on_the_take_reach_tracks_and_notes(scored: Path) -> None:
    desk = ScoringDesk(scored)
    desk.edit({"do": "mute", "track": "viola", "on": True})
    desk.edit({"do": "solo", "track": "Cello", "on": True})
    desk.edit({"do": "lock", "track": "Cello", "bars": [1, 2]})
    flags = [(track["muted"], track["soloed"], track["locked"]) for track in desk.tracks]
    assert flags == [(False, False, False), (False, False, False), (True, False, False), (False, True, False)]
    assert desk.locks == [{"track": "Cello", "bars": [1, 2], "notes": 0, "text": "Cello, bars 1 to 2"}]
    columns = unpacked(desk.notes, 6)
    assert set(columns[4][columns[5] > 0].tolist()) == {3.0}


# — previews —


def test_a_preview_keeps_nothing(film: Path) -> None:
    wired = Wired(ScoringDesk(film))
    content, buffers = wired.ask("p", type="preview", request=MOVE)
    assert content["boundaries"][0]["time_s"] == 3.4 and set(content) == {
        "type",
        "id",
        "boundaries",
        "cues",
        "sections",
    }
    assert len(unpacked(buffers[0], 3)[0]) > 10
    assert first_time(wired.desk) == 3.0 and wired.desk.history["undo"] == "analysed the film"


def test_of_many_previews_the_latest_wins(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wired, gate = Wired(ScoringDesk(film)), threading.Event()
    engine(wired.desk)._changes.put(lambda: gate.wait(20) and None)  # type: ignore[arg-type,return-value]
    for number in range(50):
        wired.say(type="preview", id=number, request={**MOVE, "time_s": 3 + number / 100})
    gate.set()
    wired.answer(49)
    assert [content["id"] for content, _ in wired.sent] == [49]


def test_a_preview_sees_the_edits_before_it(film: Path) -> None:
    wired = Wired(ScoringDesk(film))
    wired.say(type="preview", id="dropped or answered", request=MOVE)
    wired.say(type="edit", id=1, request={"do": "edit", "edit": "remove", "boundary": 1})
    content, _ = wired.ask(2, type="preview", request={**MOVE, "time_s": 7.6})
    assert [row["time_s"] for row in content["boundaries"]] == [7.6, 8.44, 13.0]


def test_a_preview_over_500_boundaries(film: Path) -> None:
    desk = ScoringDesk(film)
    desk.session.plan = spotting_of(500)
    until(lambda: len(desk.boundaries) == 500)
    content, _ = Wired(desk).ask(1, type="preview", request={**MOVE, "boundary": 200, "time_s": 601.2})
    assert content["boundaries"][199]["time_s"] == 601.2


# — long work —


def test_takes_are_made_and_the_first_of_all_is_accepted(film: Path) -> None:
    desk = ScoringDesk(film)
    assert desk.generate(takes=2, seed=5) == 1
    desk.wait(120)
    assert [(take["name"], take["seed"], take["accepted"]) for take in desk.takes] == [
        ("001", 5, True),
        ("002", 6, False),
    ]
    assert len(desk.tracks) == 4
    desk.generate()
    desk.wait(120)
    assert (desk.accepted, len(desk.takes)) == ("001", 3)


def test_a_generation_is_told_of_and_edits_go_on_meanwhile(
    film: Path, slow_composer: threading.Event
) -> None:
    wired = Wired(ScoringDesk(film))
    assert wired.ask(1, type="job", request={"do": "generate"})[0]["type"] == "done"
    until(lambda: wired.desk.job.get("share") == 0.25)
    assert wired.desk.job["stage"] == "generation" and wired.desk.job["can_cancel"]
    assert wired.ask(2, type="edit", request=MOVE)[0]["type"] == "done"
    assert wired.ask(3, type="preview", request=MOVE)[0]["type"] == "preview"
    assert wired.ask(4, type="job", request={"do": "generate"})[0]["type"] == "refused"
    slow_composer.set()
    wired.desk.wait(120)
    assert first_time(wired.desk) == 3.4 and wired.desk.accepted == "001" and wired.desk.job == {}


def test_a_generation_is_cancelled_and_nothing_is_kept(film: Path, slow_composer: threading.Event) -> None:
    wired = Wired(ScoringDesk(film))
    wired.ask(1, type="job", request={"do": "generate"})
    until(lambda: bool(wired.desk.job))
    wired.say(type="cancel", job=wired.desk.job["id"] + 1)
    assert wired.desk.job["can_cancel"]
    wired.say(type="cancel", job=wired.desk.job["id"])
    wired.desk.wait(120)
    assert (wired.desk.takes, wired.desk.job) == ([], {})
    assert wired.desk.notice["level"] == "info" and "nothing was changed" in wired.desk.notice["text"]
    assert wired.desk.history["undo"] == "analysed the film"
    assert not wired.desk.cancel()


def test_what_goes_wrong_in_a_job_is_a_line(film: Path, caplog: pytest.LogCaptureFixture) -> None:
    desk = ScoringDesk(film)
    desk.generate(takes=99)
    with pytest.raises(PlanError, match="takes must lie"):
        desk.wait(120)
    assert desk.notice["level"] == "error" and "takes must lie" in desk.notice["text"]
    desk.wait(120)  # it was told
    number = desk.notice["number"]

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of strings")

    with patch("emsync_nb.session.work.compose_takes_of", broken):
        desk.generate()
        until(lambda: desk.notice["number"] == number + 1)
    assert "RuntimeError: out of strings" in desk.notice["text"] and "Traceback" in caplog.text


def test_the_film_is_brought_where_the_browser_can_read_it(
    film: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = sys.modules["emsync_nb.widgets.desk.film_place"]
    done = list[object]()
    monkeypatch.setattr(place, "link_film", done.append, raising=False)
    monkeypatch.setattr(place, "make_proxy_for", lambda *given: done.append(given[::2][:2]), raising=False)
    monkeypatch.setattr(place, "film_facts", lambda *_: {"name": "film.mp4", "url": f"/files/{len(done)}"})
    desk = ScoringDesk(film)
    assert desk.film["url"] == "/files/0"
    wired = Wired(desk)
    wired.ask(1, type="job", request={"do": "link"})
    desk.wait(120)
    assert done == [film] and desk.film["url"] == "/files/1"
    wired.ask(2, type="job", request={"do": "proxy"})
    desk.wait(120)
    assert done[1] == (film, folder) and desk.film["url"] == "/files/2"


def test_waiting_has_an_end(film: Path, slow_composer: threading.Event) -> None:
    desk = ScoringDesk(film)
    desk.generate()
    with pytest.raises(TimeoutError, match="still at work"):
        desk.wait(0.05)
    desk.close()  # which stops it
    with pytest.raises(OutputError, match="closed"):
        desk.generate()


# — whatever comes —


@pytest.mark.parametrize(
    "content", [None, [], "x", {}, {"type": "edit"}, {"type": {}, "id": []}, {"type": "job", "id": 1}]
)
def test_hostile_messages_are_answered_and_nothing_is_logged(
    film: Path, caplog: pytest.LogCaptureFixture, content: object
) -> None:
    wired = Wired(ScoringDesk(film))
    with caplog.at_level(logging.WARNING):
        wired.desk._handle_custom_msg(content, [])
    assert [sent["type"] for sent, _ in wired.sent] == ["refused"] and not caplog.records


def test_a_browser_cannot_set_what_is_not_its_own(film: Path) -> None:
    desk = ScoringDesk(film)
    desk.set_state(
        {"boundaries": [], "_esm": "alert()", "position_s": "soon", "loop": [1, 2], "read_only": 5}
    )
    assert len(desk.boundaries) == 4 and desk._esm == "// desk.js" and desk.position_s == 0.0
    assert desk.loop == [1.0, 2.0] and desk.read_only == ""


def test_a_closed_desk(film: Path, folder: Path) -> None:
    with ScoringDesk(film) as desk:
        desk.edit(MOVE)
    desk._handle_custom_msg({"type": "edit", "id": 1, "request": MOVE}, [])
    desk.close()
    with pytest.raises(OutputError, match="closed"):
        desk.edit(MOVE)
    Session.open(folder).close()


def test_a_picture_for_those_without_a_kernel(scored: Path) -> None:
    data: dict[str, Any] = ScoringDesk(scored)._repr_mimebundle_()[0]
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert data["image/png"].startswith("iVBORw0KGgo") and "film.mp4" in data["text/plain"]


def test_a_program_that_leaves_its_desk_open_ends(scored: Path) -> None:
    program = "import sys; from emsync_nb.widgets import ScoringDesk; desk = ScoringDesk(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", program, str(scored)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
