"""Commands that work: what they write, what they print, and JSON that stands alone on standard output."""

from __future__ import annotations

import io
import json
import logging
import math
import re
import sys
from pathlib import Path
from typing import Any

import mido
import music21
import numpy as np
import pyloudnorm
import pytest
import soundfile

import emsync_nb.video
from emsync_nb.cli import output
from emsync_nb.cli.session import session_app
from emsync_nb.video.sample_film.writing import SampleFilm
from tests.cli.conftest import Emsync
from tests.pipeline.test_outputs import notes_on
from tests.pipeline.tiny_film import CUTS, DURATION_S, FPS

SESSION_COMMANDS = (
    *("show", "analyze", "plan", "move", "add", "remove", "weight", "pin", "unpin", "theme", "direct"),
    *(
        "generate",
        "regenerate",
        "takes",
        "accept",
        "compare",
        "lock",
        "unlock",
        "mute",
        "solo",
        "undo",
        "redo",
        "history",
    ),
    "relink",
)
COMMANDS = (
    "score",
    "demo",
    "generate",
    "analyze",
    *(f"session {name}" for name in SESSION_COMMANDS),
    "desk",
    "import",
    "render",
    "bridge play",
    "bridge panic",
    "bridge doctor",
    "bridge selftest",
    "presets",
    "doctor",
    "label",
    "train prepare",
    "train stats",
    "train labels",
    "train fit",
    "evaluate generator",
    "evaluate emotion",
    "train scene",
    "weights list",
    "weights fetch",
    "weights verify",
)
FRAME_S = float(1 / FPS)


def only_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """The one document that a text is; infinities are no JSON."""

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def write_tune(path: Path, notes: int = 4) -> Path:
    """A piano tune, 120 beats a minute, a beat a note."""
    track = mido.MidiTrack([mido.Message("program_change", program=0)])
    for number in range(notes):
        track.append(mido.Message("note_on", note=60 + number, velocity=90))
        track.append(mido.Message("note_off", note=60 + number, time=480))
    mido.MidiFile(type=1, tracks=[track]).save(path)
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(emsync: Emsync, command: str) -> None:
    done = emsync(*command.split(), "--help")
    assert (done.code, done.err) == (0, "")
    assert re.search(rf"^\W*(?:\w+=\S+ )?emsync {command}\b", done.out, flags=re.MULTILINE)
    assert "--json" in done.out


def test_no_command_is_left_out_of_this_room(emsync: Emsync) -> None:
    listed = set(re.findall(r"^│ (\w+) ", emsync("--help").out, flags=re.MULTILINE))
    assert listed == {command.split()[0] for command in COMMANDS}


def test_commands_are_added_once_however_often_the_command_line_is_run(emsync: Emsync) -> None:
    emsync("session", "--help")
    count = len(session_app.registered_commands)
    emsync("session", "--help")
    assert len(session_app.registered_commands) == count > 20


def test_score_without_rendering(emsync: Emsync, cli_film: Path) -> None:
    done = emsync("score", cli_film, "--no-render", "--out", "a", "--json", "-")
    report = only_json(done.out)
    assert (done.code, done.err) == (0, "")
    assert {path.name for path in Path("a").rglob("*")} == {
        *("session.json", "report.json", "score.mid", "score.musicxml", "emotion.png")
    }
    assert report == json.loads(Path("a/report.json").read_text(encoding="utf-8"))
    assert not {"rendering", "mastering", "mux"} & set(report["timings_s"])
    same, other = (emsync("score", cli_film, "--no-render", "--out", n, "--seed", s) for n, s in ("b0", "c1"))
    assert (same.code, other.code) == (0, 0)
    first, again, different = (Path(name, "score.mid").read_bytes() for name in "abc")
    assert first == again != different
    assert "notes on" in same.out
    assert str(Path("b/score.mid")) in same.out


def test_music_keeps_to_its_cues(emsync: Emsync, cli_film: Path) -> None:
    done = emsync("score", cli_film, "--out", "out", "--cue", "0:02.5-0:05", "--json", "report.json")
    assert done.code == 0
    report = only_json(Path("report.json").read_text(encoding="utf-8"))
    met = [hit["time_s"] for hit in report["hits"]]
    assert met == pytest.approx([float(CUTS[1] / FPS)])
    assert [b["is_hit"] for b in report["boundaries"]] == [False, True, False]
    onsets = [event.time_s for event in notes_on(Path("out/score.mid"))]
    assert 2.5 - FRAME_S <= min(onsets) <= max(onsets) < 5
    assert music21.converter.parse("out/score.musicxml").parts
    mix, rate = soundfile.read("out/mix.wav")
    assert not mix[: int(2.5 * rate)].any()
    assert mix[int(3.1 * rate) : int(4 * rate)].any()
    # where a cue fades out its last samples are silent too; nothing rings on
    assert not mix[int(5 * rate) + 1 :].any()
    master, _ = soundfile.read("out/master.wav")
    assert not master[: int(2.4 * rate)].any()


def test_demo_scores_the_sample_film(
    emsync: Emsync, cli_film: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def sample(folder: Path, *, on_progress: Any) -> SampleFilm:  # noqa: ANN401 - a callable
        on_progress(1.0)
        folder.mkdir()
        copy = folder / "sample_film.mp4"
        copy.write_bytes(cli_film.read_bytes())
        return SampleFilm(copy, copy, copy)

    monkeypatch.setattr(emsync_nb.video, "make_sample_film", sample)
    done = emsync("demo", "--out", "films", "--json", "-")
    assert (done.code, done.err) == (0, "")
    assert only_json(done.out)["video"]["duration_s"] == pytest.approx(DURATION_S, abs=1e-3)
    assert Path("films/sample_film.emsync/scored.mp4").is_file()


def test_render_masters_a_midi_file(emsync: Emsync, tmp_path: Path) -> None:
    done = emsync("render", write_tune(tmp_path / "tune.mid"), "--json", "-")
    facts = only_json(done.out)
    assert done.code == 0
    samples, rate = soundfile.read(tmp_path / "tune.wav")
    assert facts["file"] == str(tmp_path / "tune.wav")
    assert facts["duration_s"] == pytest.approx(len(samples) / rate)
    loudness = pyloudnorm.Meter(rate).integrated_loudness(samples)
    assert loudness == pytest.approx(facts["loudness_lufs"], abs=0.02)
    assert loudness == pytest.approx(-16, abs=0.5)


def test_the_loudness_of_silence_is_null_in_json(emsync: Emsync, tmp_path: Path) -> None:
    done = emsync("render", write_tune(tmp_path / "rest.mid", notes=0), "--out", "rest.wav", "--json", "-")
    facts = only_json(done.out)
    assert (done.code, facts["loudness_lufs"], facts["true_peak_dbtp"]) == (0, None, None)
    assert not soundfile.read("rest.wav")[0].any()


def test_train_labels_fits_and_reports(emsync: Emsync, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    entries = []
    for number in range(12):
        write_tune(tmp_path / f"{number}.mid", notes=int(rng.integers(12, 30)))
        valence, arousal = rng.uniform(-1, 1, (2, 3)).tolist()
        entries.append({"midi": f"{number}.mid", "valence_mean": valence, "arousal_mean": arousal})
    (tmp_path / "annotations.json").write_text(json.dumps(entries))
    done = emsync("train", "labels", "--data", tmp_path, "--out", "c.json", "--json", "-")
    scores = only_json(done.out)
    assert (done.code, done.err) == (0, "")
    assert scores["valence_mae_of_mean"] > 0
    assert only_json(Path("c.json").read_text(encoding="utf-8"))["weights"]


def test_doctor_names_a_remedy_for_everything_missing(
    emsync: Emsync, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EMSYNC_CHECKPOINT", str(tmp_path / "gone.safetensors"))
    monkeypatch.setenv("EMSYNC_SOUNDFONT", str(tmp_path / "gone.sf2"))
    monkeypatch.setattr("emsync_nb.cli.doctor.is_installed", lambda package: package != "librosa")
    done = emsync("doctor", "--json", "-")
    findings = only_json(done.out)["findings"]
    assert done.code == 0
    missing = {f["name"]: f["remedy"] for f in findings if not f["is_well"]}
    assert missing["librosa"] == "pip install 'emsync_nb[analysis]'"
    assert missing["EMSYNC_CHECKPOINT"] == "unset EMSYNC_CHECKPOINT"
    assert missing["SoundFont"] == "unset EMSYNC_SOUNDFONT"
    assert all(missing.values())
    text = emsync("doctor").out
    assert all(f"→ {remedy}" in text for remedy in missing.values())
    assert text.count("MISSING") == len(missing)


def test_doctor_bears_a_module_from_another_package(emsync: Emsync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(distributions(), "cv2", "a-package-that-nobody-has-made")
    found = {f["name"]: f for f in only_json(emsync("doctor", "--json", "-").out)["findings"]}
    assert found["a-package-that-nobody-has-made"]["is_well"]


def distributions() -> dict[str, str]:
    """Which distribution doctor takes a module for."""
    return sys.modules["emsync_nb.cli.doctor"]._DISTRIBUTION  # type: ignore[no-any-return]


class Terminal(io.StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_plain_lines_where_nobody_watches(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with caplog.at_level(logging.INFO, "emsync_nb"), output.progress() as lines:
        for share in (0.0, 0.5, 1.0):
            lines.stage("analysis", share)
        lines.stage("mux", 0.0)
    assert [record.getMessage() for record in caplog.records] == ["analysis …", "mux …"]


def test_bars_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, rooms = Terminal(), logging.getLogger("emsync_nb")
    monkeypatch.setattr(sys, "stderr", terminal)
    with output.progress() as bars:
        bars.stage("analysis", 0.5)
        logging.getLogger("emsync_nb.video").warning("[bold] the fast decoder gave up")
        bars.notice("[bold] the fast decoder gave up")  # as rooms do: both, and it is said once
        bars.stage("analysis", 1.0)
    assert (rooms.propagate, rooms.handlers) == (True, [])
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    assert text.count("[bold] the fast decoder gave up") == 1
    assert re.search(r"analysis\s+━+\s+100%", text)


def test_json_holds_any_text_and_no_infinity(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    content = {"key": "F♯ major", "path": "f\udcff", "loudness": -math.inf, "list": (1, math.nan, 0.5)}
    for target in ("-", str(tmp_path / "a.json")):
        output.write_json(content, target)
    printed = capsys.readouterr().out
    assert printed == (tmp_path / "a.json").read_text(encoding="ascii")
    assert only_json(printed) == {
        "key": "F♯ major",
        "path": "f\udcff",
        "loudness": None,
        "list": [1, None, 0.5],
    }
