"""`emsync generate` and `emsync_nb.generate`: pieces without a film, as mido and music21 read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mido
import music21
import pytest

import emsync_nb
from emsync_nb import session
from emsync_nb.cli.generate import parse_course
from emsync_nb.errors import OutputError, PlanError
from emsync_nb.notation import write_midi
from emsync_nb.pipeline import PieceSettings
from tests.cases.hostile_text import ENSEMBLE
from tests.cli.conftest import Emsync
from tests.cli.running import tree

SHORT = ("--bars", "3", "--ensemble", "string-quartet")


def facts_of(path: Path) -> dict[str, Any]:
    """What mido finds in a file."""
    file = mido.MidiFile(path, charset="utf-8")
    everything = [message for track in file.tracks for message in track]
    now, meter, bars = 0, 4, 0.0
    for message in file.tracks[0]:
        bars += message.time / file.ticks_per_beat / meter
        now += message.time
        if message.type == "time_signature":
            meter = message.numerator
    return {
        "notes": sum(m.type == "note_on" and m.velocity > 0 for m in everything),
        "tempi": [mido.tempo2bpm(m.tempo) for m in file.tracks[0] if m.type == "set_tempo"],
        "names": {track.name for track in file.tracks[1:]},
        "bars": bars,
        "beats": now / file.ticks_per_beat,
    }


def test_a_piece_is_written_and_told_in_one_line(emsync: Emsync, tmp_path: Path) -> None:
    done = emsync("generate", "--valence", "-0.5", "--arousal", "0.4", *SHORT, "--out", "a.mid")
    assert done.code == 0, done.err
    assert set(tree(tmp_path)) == {"a.mid"}
    facts = facts_of(tmp_path / "a.mid")
    assert facts["notes"] > 3
    assert facts["names"] <= {"Violin I", "Violin II", "Viola", "Cello"}
    assert facts["bars"] == pytest.approx(3)
    (line,) = done.out.splitlines()
    assert line.startswith(f"a.mid: {facts['notes']} notes, ")
    assert ", 3 bars, " in line and ("major" in line or "minor" in line)


def test_json_tells_what_mido_finds(emsync: Emsync, tmp_path: Path) -> None:
    done = emsync("generate", *SHORT, "--seed", "5", "--bpm", "90", "--out", "a.mid", "--json", "-")
    told = json.loads(done.out)
    assert told["ensemble"] == "string-quartet"
    (take,) = told["takes"]
    facts = facts_of(tmp_path / "a.mid")
    assert (take["files"], take["seed"]) == (["a.mid"], 5)
    assert take["notes"] == facts["notes"]
    assert take["bpm"] == [90.0]
    assert facts["tempi"] == pytest.approx([90.0], abs=1e-3)
    assert take["bars"] == 3
    assert take["seconds"] == pytest.approx(facts["beats"] * 60 / 90, abs=1e-3)


def test_takes_differ_and_seeds_repeat(emsync: Emsync, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert emsync("generate", *SHORT, "--takes", "3", "--seed", "7", "--out", f"{name}.mid").code == 0
    files = tree(tmp_path)
    assert set(files) == {f"{name}-{take}.mid" for name in "ab" for take in (1, 2, 3)}
    assert [files[f"a-{take}.mid"] for take in (1, 2, 3)] == [files[f"b-{take}.mid"] for take in (1, 2, 3)]
    assert len({files[f"a-{take}.mid"] for take in (1, 2, 3)}) == 3


def test_a_score_for_notation_programs(emsync: Emsync, tmp_path: Path) -> None:
    assert emsync("generate", *SHORT, "--musicxml", "--out", "quiet dawn.mid").code == 0
    read = music21.converter.parse(tmp_path / "quiet dawn.musicxml")
    assert read.metadata.bestTitle == "quiet dawn"
    assert len(read.parts[0].getElementsByClass(music21.stream.Measure)) == 3


def test_an_ensemble_of_ones_own(emsync: Emsync, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(ENSEMBLE)
    assert emsync("generate", "--bars", "2", "--ensemble", "mine.toml", "--out", "a.mid").code == 0
    names = {line.split('"')[1] for line in ENSEMBLE.splitlines() if line.startswith("name")}
    assert facts_of(tmp_path / "a.mid")["names"] <= names


def test_an_ensemble_of_ones_own_scores_a_film(emsync: Emsync, tmp_path: Path, cli_film: Path) -> None:
    (tmp_path / "mine.toml").write_text(ENSEMBLE)
    done = emsync("score", cli_film, "--no-render", "--ensemble", "mine.toml", "--out", "out")
    assert done.code == 0, done.err
    assert json.loads((tmp_path / "out" / "session.json").read_text())["settings"]["ensemble"] == "mine.toml"


def test_older_files_are_replaced_only_by_finished_ones(
    emsync: Emsync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a-1.mid").write_bytes(b"an older piece")
    (tmp_path / "a-2.mid").mkdir()
    before = tree(tmp_path)
    done = emsync("generate", *SHORT, "--takes", "2", "--out", "a.mid")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "a-2.mid is a folder" in done.err
    assert tree(tmp_path) == before
    (tmp_path / "a-2.mid").rmdir()
    written: list[Path] = []

    def fails(score: object, paths: list[Path], *, title: str) -> None:
        if written:
            raise OutputError("no room; free some space")
        paths[0].write_bytes(b"half of it")
        written.append(paths[0])

    with monkeypatch.context() as patch:
        patch.setattr("emsync_nb.session.pieces.write_piece", fails)
        assert emsync("generate", *SHORT, "--takes", "2", "--out", "a.mid").code == 2
    assert written
    assert tree(tmp_path) == {"a-1.mid": b"an older piece"}
    assert emsync("generate", *SHORT, "--takes", "2", "--out", "a.mid").code == 0
    assert tree(tmp_path)["a-1.mid"] != b"an older piece"


def test_the_python_face_gives_the_same(emsync: Emsync, tmp_path: Path) -> None:
    options = ("--valence", "-0.5:0.8", "--arousal", "0.1", "--seed", "3", *SHORT)
    assert emsync("generate", *options, "--out", "a.mid").code == 0
    score = emsync_nb.generate((-0.5, 0.8), 0.1, bars=3, ensemble="string-quartet", seed=3)
    write_midi(score, tmp_path / "b.mid")
    assert (tmp_path / "b.mid").read_bytes() == (tmp_path / "a.mid").read_bytes()


def test_the_emotion_asked_for_moves_in_a_straight_line(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def free_pieces(*given: Any, **_: object) -> list[object]:  # noqa: ANN401 - as free_pieces
        asked.extend(given)
        return []

    monkeypatch.setattr("emsync_nb.generation.free_pieces", free_pieces, raising=False)
    with pytest.raises(IndexError):
        emsync_nb.generate((-0.5, 0.5), 0.25, bars=5)
    (emotion,) = asked[2]
    assert emotion.tolist() == [[-0.5, 0.25], [-0.25, 0.25], [0, 0.25], [0.25, 0.25], [0.5, 0.25]]


def test_courses_are_read_as_they_are_meant() -> None:
    assert parse_course("-0.5:0.8", "valence") == (-0.5, 0.8)
    assert [parse_course(text, "valence") for text in ("1", ".5", "+0.25", "−1", " 0 ")] == [
        1,
        0.5,
        0.25,
        -1,
        0,
    ]
    for text in ("", "x", "0.5:", ":1", "0:0:0", "nan", "1e-3", "0,5", "--1", "inf", "9" * 5000):
        with pytest.raises(PlanError, match="neither a number nor two"):
            parse_course(text, "valence")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("valence", value) for value in (1.01, float("nan"), (0.0, -1.5))),
        *(("bars", value) for value in (0, 513)),
        *(("bpm", value) for value in (29.0, 241.0, float("nan"))),
        *(("takes", value) for value in (0, 9)),
        *(("seed", value) for value in (-1, 2**63)),
    ],
)
def test_settings_refuse_what_nobody_can_mean(field: str, value: Any) -> None:  # noqa: ANN401 - any of them
    with pytest.raises(PlanError, match=field):
        PieceSettings(**{field: value})


def test_files_have_their_names() -> None:
    out = Path("in/a.b.mid")
    assert session.piece_files(out, 1) == [[out]]
    assert session.piece_files(out, 2, musicxml=True) == [
        [Path(f"in/a.b-{take}.mid"), Path(f"in/a.b-{take}.musicxml")] for take in (1, 2)
    ]
