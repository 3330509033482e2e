"""What looks after the bridge's ports: panic, doctor, the selftest; and mistakes, each answered in a line."""

from __future__ import annotations

import signal
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import mido
import pytest

from bridge.ports import DriverReport
from bridge.selftest.listener import Listener
from bridge.selftest.run import SelftestReport
from tests.cli.conftest import Emsync
from tests.cli.running import started
from tests.cli.test_commands import only_json

pytestmark = pytest.mark.usefixtures("bridge_folder")


@pytest.mark.jack
def test_panic_ends_every_key_of_every_port(jack: str, emsync: Emsync) -> None:
    with Listener(2) as ear:
        everywhere = emsync("bridge", "panic", "--json", "-")
        one = emsync("bridge", "panic", "--port", "in_1")
    assert only_json(everywhere.out)["ports"] == ["emsync-listener:in_0", "emsync-listener:in_1"]
    assert (one.code, one.out, one.err) == (0, "silenced in_1\n", "")
    ended = [(e.port, e.data[0] & 0x0F, e.data[1]) for e in ear.heard if e.data[0] & 0xF0 == 0x80]
    keys = {(channel, key) for channel in range(16) for key in range(128)}
    for port, times in ((0, 1), (1, 2)):
        assert {(channel, key) for at, channel, key in ended if at == port} == keys
        assert sum(at == port for at, *_ in ended) == times * len(keys)
    assert {e.data[1] for e in ear.heard if e.data[0] & 0xF0 == 0xB0} == {64, 120, 121, 123}


@pytest.mark.jack
def test_panic_leaves_a_bridge_that_plays_alone(jack: str, emsync: Emsync, long_note: Path) -> None:
    with Listener(1):
        process = started("bridge", "play", long_note, "--port", "in_0")
        assert process.stdout is not None and process.stdout.readline().startswith("playing")
        done = emsync("bridge", "panic")
        told = {f["name"]: f["detail"] for f in findings(emsync)}
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert (done.code, "stop it (Ctrl-C)" in done.err) == (2, True)
    assert told["'emsync' on JACK"] == "plays"


def findings(emsync: Emsync) -> list[dict[str, Any]]:
    done = emsync("bridge", "doctor", "--json", "-")
    assert (done.code, done.err) == (0, "")
    found: list[dict[str, Any]] = only_json(done.out)["findings"]
    assert all(f["is_well"] or f["remedy"] for f in found)
    return found


@pytest.mark.jack
def test_doctor_knows_the_server(jack: str, emsync: Emsync) -> None:
    with Listener(1):
        found = {f["name"]: f for f in findings(emsync)}
    assert found[f"server {jack!r}"]["detail"] == "48000 Hz, 256 frames a period (5.3 ms)"
    assert found["MIDI inputs"]["detail"] == "emsync-listener:in_0"
    assert found["real time"]["detail"].startswith(("yes", "no;"))
    assert found["'emsync' on JACK"]["detail"] == "at rest; no note is left on"


@pytest.mark.usefixtures("no_jack")
def test_doctor_says_what_starts_a_server(emsync: Emsync, monkeypatch: pytest.MonkeyPatch) -> None:
    for system, words in (("linux", "jackd -R -d alsa"), ("darwin", "coreaudio"), ("win32", "portaudio")):
        monkeypatch.setattr("emsync_nb.cli.findings.sys.platform", system)
        jack = next(f for f in findings(emsync) if f["group"] == "JACK")
        assert not jack["is_well"]
        if "no JACK server answers" in jack["detail"]:
            assert words in jack["remedy"]
    assert "→ " in emsync("bridge", "doctor").out


@pytest.mark.usefixtures("no_jack")
@pytest.mark.parametrize(("found", "remedy"), [(None, "sudo apt install jackd2 && "), ("/usr/bin/jackd", "")])
def test_doctor_installs_nothing_that_is_there(
    emsync: Emsync, monkeypatch: pytest.MonkeyPatch, found: str | None, remedy: str
) -> None:
    monkeypatch.setattr("emsync_nb.cli.findings.sys.platform", "linux")
    monkeypatch.setattr("emsync_nb.cli.findings.shutil.which", lambda name: found)
    reports = (DriverReport("JACK", "JACK does not answer"),)
    monkeypatch.setattr("bridge.ports.available_drivers", lambda: reports)
    (jack,) = (f for f in findings(emsync) if f["group"] == "MIDI")
    assert jack["remedy"] == f"{remedy}jackd -R -d alsa (without a sound card: jackd -d dummy)"


def test_doctor_finds_notes_that_a_killed_bridge_left(
    emsync: Emsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emsync_nb.cli.bridge.left_behind", lambda kind, client: kind == "rtmidi")
    left = {f["name"]: f["remedy"] for f in findings(emsync) if not f["is_well"] and f["group"] == "Bridge"}
    assert left == {"'emsync' on RtMidi": "emsync bridge panic --sink rtmidi"}


def refused(emsync: Emsync, *arguments: str | Path) -> str:
    done = emsync("bridge", "play", *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    return done.err


@pytest.mark.jack
def test_a_port_that_is_not_there_lists_those_that_are(jack: str, emsync: Emsync, tune: Path) -> None:
    with Listener(1):
        told = refused(emsync, tune, "--port", "kontakt")
    assert told == "emsync: JACK has no MIDI port like 'kontakt'. There are: emsync-listener:in_0\n"


@pytest.mark.jack
def test_as_many_ports_are_named_as_the_music_has(jack: str, emsync: Emsync, tmp_path: Path) -> None:
    midi = mido.MidiFile(type=1)
    for name in "abc":
        notes = [mido.Message("note_on", note=60, time=9), mido.Message("note_off", note=60, time=9)]
        midi.tracks.append(mido.MidiTrack([mido.MetaMessage("track_name", name=name), *notes]))
    midi.save(tmp_path / "trio.mid")
    told = refused(emsync, "trio.mid", "--ports", "each", "--port", "x", "--port", "y")
    assert "3 ports (a, b, c), and --port names 2. Name one for all, or one for each" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--loop", "a-b"), "'a-b' are not a first and a last one"),
        (("--loop", "2-1"), "are not a first and a last one"),
        (("--loop", "2-3"), "there is no bar 3; the piece has bars 1 to 2"),
        (("--from", "0"), "'--from'"),
        (("--from", "3"), "there is no bar 3; the piece has bars 1 to 2"),
        (("--from", "1", "--loop", "2"), "--from 1 lies outside --loop 2"),
        (("--speed", "11"), "'--speed'"),
        (("--speed", "nan"), "'--speed'"),
        (("--count-in", "17"), "'--count-in'"),
        (("--latency", "nan"), "'--latency'"),
        (("--client", "a:b"), "without a colon"),
        (("--sink", "jack", "--driver", "ALSA"), "--driver belongs to --sink rtmidi"),
        (("--template", "general-mini"), "did you mean 'general-midi'"),
        (("--template", "mine.toml"), "mine.toml, line 5: 'channel' must lie in 1 … 16, got 17"),
    ],
)
def test_mistakes_are_one_line(emsync: Emsync, tune: Path, arguments: tuple[str, ...], words: str) -> None:
    Path("mine.toml").write_text('name = "a"\ndescription = "b"\n[[routes]]\ntracks = ["*"]\nchannel = 17\n')
    told = refused(emsync, tune, *arguments)
    assert words in told


@pytest.mark.usefixtures("no_jack")
def test_without_a_server_the_system_is_asked(emsync: Emsync, tune: Path) -> None:
    # where ALSA or CoreMIDI answers it plays; here, mostly, neither does
    done = emsync("bridge", "play", tune, "--speed", "10")
    if done.code:
        assert "No MIDI driver answers" in done.err
    else:
        assert "through RtMidi (no JACK server answers)" in done.out


CLEAN = SelftestReport(
    **{field.name: 0 for field in fields(SelftestReport)}  # type: ignore[arg-type]
    | {"sink": "jack", "seconds": 10.0, "notes_sent": 100, "notes_heard": 100, "notes_recorded": None}
    | {"not_run": ("Ardour: not installed",)}
)


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ({}, 0),
        ({"lost": 1}, 1),
        ({"lost": 1, "xruns": 1}, 0),
        ({"doubled": 1, "xruns": 1}, 0),
        ({"lost": 1, "xruns": 1, "unexcused": 1}, 1),
        ({"stuck_notes": 1, "xruns": 1}, 1),
        ({"notes_recorded": 99, "recorded_lost": 1, "recorded_doubled": 0}, 1),
        ({"late": 1, "starvations": 1}, 0),
        ({"late": 1, "starvations": 1, "unexcused": 1}, 1),
        ({"lost": 1, "starvations": 1}, 1),
        ({"lost": 1, "missed": 1}, 0),
    ],
)
def test_selftest_says_whether_all_arrived(
    emsync: Emsync, monkeypatch: pytest.MonkeyPatch, faults: dict[str, int], code: int
) -> None:
    report = replace(CLEAN, **faults)  # type: ignore[arg-type]
    asked: list[tuple[float, Any]] = []

    def measured(seconds: float, **options: Any) -> SelftestReport:  # noqa: ANN401 - what it is given
        asked.append((seconds, options["sink"]))
        return report

    monkeypatch.setattr("bridge.selftest.run.selftest", measured)
    done = emsync("bridge", "selftest", "--seconds", "5", "--json", "a.json")
    facts = only_json(Path("a.json").read_text(encoding="utf-8"))
    assert (done.code, done.err, asked) == (code, "", [(5.0, "jack")])
    assert facts["notes_sent"] == 100
    assert {"notes_recorded", "onset_error_p50_ms", "onset_error_p99_ms", "stuck_notes"} <= set(facts)
    assert facts["not_run"] == ["Ardour: not installed"]
    assert done.out.splitlines()[0].split() == ["notes"]


@pytest.mark.jack
def test_selftest_runs(emsync: Emsync, jack: str) -> None:
    done = emsync("bridge", "selftest", "--seconds", "2", "--no-ardour", "--json", "-")
    facts = only_json(done.out)
    assert facts["notes_sent"] > 0
    assert (facts["doubled"], facts["stuck_notes"]) == (0, 0)
    assert done.code == int(
        facts["unexcused"] > 0 or (facts["lost"] > 0 and not facts["xruns"] + facts["missed"])
    )


def test_selftest_says_how_often_the_player_was_told_too_late(
    emsync: Emsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    for starvations, words in (
        (0, "told too late: never"),
        (1, "told too late: once, by 2.5 ms at most, for others kept the machine busy"),
        (3, "told too late: 3 times, by 2.5 ms at most, for others kept the machine busy"),
    ):
        report = replace(CLEAN, late=starvations, starvations=starvations, starved_worst_ms=2.5)
        monkeypatch.setattr("bridge.selftest.run.selftest", lambda seconds, report=report, **_: report)
        assert words in emsync("bridge", "selftest").out
