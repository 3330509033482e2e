"""`emsync bridge` through a real JACK server into an independent ear, as people start it and as they stop it."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import mido
import pytest

from bridge.player_process import PlayerProcess
from bridge.selftest.listener import Heard, Listener
from emsync_nb.session import Session
from tests.cli.conftest import Emsync, made_session
from tests.cli.running import started
from tests.cli.test_commands import only_json, write_tune

COMMAND = (sys.executable, "-m", "emsync_nb", "bridge")
pytestmark = pytest.mark.usefixtures("bridge_folder")


def onsets(heard: list[Heard], port: int = 0) -> list[tuple[int, int]]:
    """(frame, key) of every note that begins at a port."""
    return [(one.frame, one.data[1]) for one in heard if one.port == port and one.data[0] & 0xF0 == 0x90]


def hanging(heard: list[Heard]) -> set[tuple[int, int]]:
    """(channel, key) of what was begun and not ended."""
    on: set[tuple[int, int]] = set()
    for one in heard:
        key = (one.data[0] & 0x0F, one.data[1])
        if one.data[0] & 0xF0 == 0x90 and one.data[2]:
            on.add(key)
        elif one.data[0] & 0xF0 in (0x80, 0x90):
            on.discard(key)
    return on


@pytest.mark.jack
def test_a_file_arrives_frame_by_frame(jack: str, emsync: Emsync, tune: Path) -> None:
    with Listener(2) as ear:
        done = emsync("bridge", "play", tune, "--port", "listener:in_1", "--json", "-")
    facts = only_json(done.out)
    assert (done.code, done.err) == (0, "")
    assert facts["sink"] == "jack"
    assert facts["ports"] == ["emsync:EMSYNC"]
    assert (facts["notes"], facts["finished"], facts["late"]) == (6, True, 0)
    assert (facts["position_s"], facts["bar"]) == (3.0, 2)
    found = onsets(ear.heard, port=1)
    assert [(frame - found[0][0], key) for frame, key in found] == [(24_000 * k, 60 + k) for k in range(6)]
    assert not onsets(ear.heard, port=0)
    assert not hanging(ear.heard)


@pytest.mark.jack
def test_it_says_what_goes_where(jack: str, emsync: Emsync, tune: Path) -> None:
    with Listener(1):
        done = emsync("bridge", "play", tune, "--port", "in_0", "--speed", "10", "--client", "mine")
    assert (done.code, done.err) == (0, "")
    first, second, last = done.out.splitlines()
    assert first == f"playing {tune}: 2 bars, 0:03.0, through JACK (its server answers); Ctrl-C stops"
    assert second == "  mine:EMSYNC: 6 notes on channel 1 → in_0"
    assert last.startswith("6 notes, ")


@pytest.mark.jack
def test_from_a_bar_after_a_count_in_at_another_speed(jack: str, emsync: Emsync, tune: Path) -> None:
    with Listener(1) as ear:
        arguments = ("--from", "2", "--count-in", "1", "--speed", "2", "--port", "in_0")
        assert emsync("bridge", "play", tune, *arguments).code == 0
    found = onsets(ear.heard)
    # four clicks, then the fifth and the sixth note
    assert [key for _, key in found][4:] == [64, 65]
    assert [frame - found[0][0] for frame, _ in found] == [12_000 * beat for beat in range(6)]


@pytest.mark.jack
def test_each_track_on_its_port_by_a_template(jack: str, emsync: Emsync, tmp_path: Path) -> None:
    midi = mido.MidiFile(type=1)
    for number, name in enumerate(("Violin I", "Cello")):
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        track.append(mido.Message("note_on", note=60 + number, velocity=90, time=240))
        track.append(mido.Message("note_off", note=60 + number, time=120))
        midi.tracks.append(track)
    midi.save(tmp_path / "duo.mid")
    with Listener(2) as ear:
        arguments = ("--ports", "each", "--port", "in_0", "--port", "in_1")
        done = emsync("bridge", "play", "duo.mid", *arguments, "--json", "-")
    assert only_json(done.out)["ports"] == ["emsync:Violin I", "emsync:Cello"]
    assert [key for _, key in onsets(ear.heard, 0)] == [60]
    assert [key for _, key in onsets(ear.heard, 1)] == [61]
    with Listener(1) as ear:
        arguments = ("--template", "keyswitched-orchestra", "--port", "in_0")
        assert emsync("bridge", "play", "duo.mid", *arguments).code == 0
    keys = [key for _, key in onsets(ear.heard)]
    # the keys that switch to short notes come before them
    assert (sorted(keys[:2]), keys[2:]) == ([14, 26], [60, 61])


@pytest.mark.jack
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_ends_all_notes(jack: str, long_note: Path, tmp_path: Path, name: str, code: int) -> None:
    with Listener(1) as ear:
        process = started("bridge", "play", long_note, "--port", "in_0", "--json", tmp_path / "a.json")
        assert process.stdout is not None and process.stdout.readline().startswith("playing")
        time.sleep(1.0)
        process.send_signal(getattr(signal, name))
        _, err = process.communicate(timeout=10)
    assert process.returncode == code, err
    assert "Traceback" not in err
    facts = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (facts["finished"], facts["notes"]) == (False, 1)
    assert 0 < facts["position_s"] < 60
    assert [key for _, key in onsets(ear.heard)] == [48]
    assert not hanging(ear.heard)
    assert b"\xb0\x40\x00" in [one.data for one in ear.heard]  # the pedal too


@pytest.mark.jack
def test_a_loop_goes_on_until_ctrl_c(jack: str, tune: Path) -> None:
    with Listener(1) as ear:
        process = started("bridge", "play", tune, "--port", "in_0", "--loop", "2", "--speed", "4")
        time.sleep(3.5)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == 130
    keys = [key for _, key in onsets(ear.heard)]
    assert len(keys) > 4
    assert keys == ([64, 65] * len(keys))[: len(keys)]
    assert not hanging(ear.heard)


@pytest.fixture(scope="module")
def begun(cli_film: Path, cli_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of a string quartet with an accepted take."""
    folder = tmp_path_factory.mktemp("begun")
    made_session(folder, cli_film, cli_checkpoint)
    return folder


@pytest.fixture
def session(begun: Path, tmp_path: Path) -> Path:
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    return tmp_path / "film.emsync"


def notes_of(file: Path) -> dict[str, int]:
    """Notes of each track, as mido counts them."""
    return {
        track.name: sum(message.type == "note_on" and message.velocity > 0 for message in track)
        for track in mido.MidiFile(file, charset="utf-8").tracks
    }


@pytest.mark.jack
def test_a_session_plays_as_it_is_muted_while_another_holds_it(
    jack: str, emsync: Emsync, session: Path
) -> None:
    counts = {name: count for name, count in notes_of(session / "takes/001.mid").items() if count}
    quiet = next(iter(counts))
    with Session.open(session) as held:
        held.mute(quiet)
        with Listener(1):
            done = subprocess.run(
                [*COMMAND, "play", str(session), "--port", "in_0", "--speed", "10", "--json", "-"],
                capture_output=True,
                text=True,
                check=False,
            )
        assert (done.returncode, done.stderr) == (0, "")
        muted = json.loads(done.stdout)
        held.solo(quiet)
    assert muted["notes"] == sum(counts.values()) - counts[quiet]
    with Listener(1):
        done_here = emsync("bridge", "play", session, "--port", "in_0", "--speed", "10", "--json", "-")
    assert only_json(done_here.out)["notes"] == counts[quiet]


def test_a_session_without_an_accepted_take_says_how_to_get_one(
    emsync: Emsync, cli_film: Path, tmp_path: Path
) -> None:
    shutil.copy(cli_film, tmp_path / "film.mp4")
    assert emsync("session", "analyze", "film.mp4").code == 0
    done = emsync("bridge", "play", "film.emsync")
    assert (done.code, done.out) == (2, "")
    assert (
        done.err
        == "emsync: no take of film.emsync is accepted; make one: emsync session generate film.emsync\n"
    )


def test_the_folder_of_a_scored_film_means_its_score(emsync: Emsync, tmp_path: Path) -> None:
    (tmp_path / "film.emsync").mkdir()
    write_tune(tmp_path / "film.emsync" / "score.mid", notes=0)
    (tmp_path / "film.emsync" / "session.json").write_text('{"schema": 1}')
    done = emsync("bridge", "play", "film.emsync", "--json", "a.json")
    assert (done.code, done.err) == (0, "")
    assert done.out == "film.emsync/score.mid holds no notes; there is nothing to play\n"
    assert only_json(Path("a.json").read_text(encoding="utf-8"))["notes"] == 0
    refused = emsync("bridge", "play", "film.emsync", "--json", "film.emsync/a.json")
    assert (refused.code, "choose another file" in refused.err) == (2, True)


@pytest.mark.jack
@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_a_terminal_shows_where_the_music_stands(jack: str, tune: Path) -> None:
    ours, theirs = os.openpty()
    with Listener(1):
        process = subprocess.Popen(
            [*COMMAND, "play", str(tune), "--port", "in_0"], stdout=subprocess.DEVNULL, stderr=theirs
        )
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b""))
        assert process.wait(timeout=10) == 0
    os.close(ours)
    bars = re.findall(r"bar +(\d+) +(-?\d:\d\d\.\d)", shown.decode())
    assert {bar for bar, _ in bars} == {"1", "2"}
    assert "Traceback" not in shown.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux's word for the end of a terminal
        return b""


@pytest.mark.jack
def test_a_port_that_has_gone_is_said_while_the_others_play(
    jack: str, emsync: Emsync, tune: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(PlayerProcess, "problem", "The MIDI port Studio does not answer")
    with Listener(1), caplog.at_level(logging.WARNING, "emsync_nb.cli"):
        assert emsync("bridge", "play", tune, "--port", "in_0", "--speed", "5").code == 0
    assert [record.getMessage() for record in caplog.records] == ["The MIDI port Studio does not answer"]
