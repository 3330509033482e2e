"""`emsync analyze`: the JSON that programs read, and the lines that people do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.analysis import EKMAN, VERSIONS
from emsync_nb.analysis.genre import GENRES
from emsync_nb.cli.analysis_lines import missing_line, shot_lines
from tests.cli.conftest import Emsync
from tests.pipeline.genre_head import make_head
from tests.pipeline.tiny_film import CUTS, DURATION_S, FPS

#: keys and the types of their values, as docs promise them
SHAPE: dict[str, Any] = {
    "video": {"duration_s": float, "fps": str, "width": int, "height": int},
    "boundaries": [{"time_s": float, "kind": str, "strength": float}],
    "curve": [
        {
            **dict.fromkeys(("time_s", "valence", "arousal", "confidence"), float),
            "ekman": dict.fromkeys(EKMAN, float),
        }
    ],
    "genre": type(None),
    "experts": [{"name": str, "available": bool, "seconds": float, "note": str}],
    "fusion": {"method": str},
    "timings_s": {"probe": float, "analysis": float},
}
VOICE = {
    **dict.fromkeys(("valence", "arousal", "valence_confidence", "arousal_confidence"), float),
    "name": str,
    "evidence": str,
}
MOMENT = {**SHAPE["curve"][0], "experts": [VOICE]}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model files of others, and no head."""
    for name in ("EMSYNC_WEIGHTS", "EMSYNC_GENRE"):
        monkeypatch.delenv(name, raising=False)


def shape_of(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The same with types in place of values; of a list, the shapes of its entries, each once."""
    if isinstance(value, dict):
        return {name: shape_of(entry) for name, entry in value.items()}
    if isinstance(value, list):
        shapes: list[Any] = []
        for entry in map(shape_of, value):
            if entry not in shapes:
                shapes.append(entry)
        return shapes
    return type(value)


def facts_of(emsync: Emsync, *arguments: str | Path) -> dict[str, Any]:
    done = emsync("analyze", *arguments, "--json", "-")
    assert (done.code, done.err) == (0, "")
    facts: dict[str, Any] = json.loads(done.out)
    return facts


def test_the_json_is_what_programs_rely_on(emsync: Emsync, cli_film: Path) -> None:
    facts = facts_of(emsync, cli_film)
    assert shape_of(facts) == SHAPE
    assert [point["time_s"] for point in facts["curve"]] == [
        number / 4 for number in range(round(DURATION_S * 4 + 0.5))
    ]
    for point in facts["curve"]:
        assert all(-1 <= point[axis] <= 1 for axis in ("valence", "arousal"))
        assert 0 <= point["confidence"] <= 1
        assert sum(point["ekman"].values()) == pytest.approx(1, abs=6 * 5e-5)
        values = [point["valence"], point["arousal"], point["confidence"], *point["ekman"].values()]
        assert values == [round(value, 4) for value in values]
    assert {expert["name"] for expert in facts["experts"]} == set(VERSIONS) - {
        "boundaries",
        "speech",
        "screen",
    }
    assert facts["fusion"]["method"] in ("attention", "averaging by confidence")


def test_the_second_time_it_says_the_same(emsync: Emsync, cli_film: Path) -> None:
    first, second, third = (facts_of(emsync, cli_film, *more) for more in ((), (), ("--fresh",)))
    for facts in (first, second, third):
        del facts["timings_s"]
    assert first == second
    assert first["curve"] == third["curve"]
    assert first["experts"] != third["experts"]  # the seconds of another look


def test_an_answer_from_the_cache_loads_nothing_that_takes_long(
    emsync: Emsync, cli_film: Path, tmp_path: Path
) -> None:
    """Half a second beyond the start of Python has no room for the packages that look at films."""
    emsync("analyze", cli_film)
    program = (
        "import json, sys; sys.argv = ['emsync', 'analyze', sys.argv[1], '--json', 'a.json']\n"
        "from emsync_nb.cli.main import _run\n_run()\nprint(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(cli_film)], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    heavy = {"cv2", "librosa", "scipy", "scenedetect", "torch", "sentence_transformers", "music21", "mido"}
    rooms = {"emsync_nb.analysis.one_pass", "emsync_nb.pipeline.stages", "emsync_nb.planning"}
    assert "emsync_nb.pipeline.analysis_cache" in loaded
    assert not loaded & (heavy | rooms)


def test_what_is_missing_is_one_line(emsync: Emsync, cli_film: Path) -> None:
    lines = emsync("analyze", cli_film).out.splitlines()
    assert len(lines) == 1 + len(CUTS) + 1 + 1
    assert lines[-1].startswith("3 experts are missing: scene, faces, events; run emsync weights fetch")
    assert lines[-1].endswith("not heard: words (the film has no subtitles, neither beside it nor inside)")


def test_every_shot_has_its_line(emsync: Emsync, cli_film: Path) -> None:
    facts = facts_of(emsync, cli_film)
    header, *shots = emsync("analyze", cli_film).out.splitlines()[: len(CUTS) + 2]
    assert header.split() == ["from", "kind", "valence", "arousal", "confidence", "likeliest"]
    assert [line.split()[1] for line in shots] == ["start", "cut", "cut", "cut"]
    starts = [0.0, *(float(cut / FPS) for cut in CUTS)]
    for line, start, end in zip(shots, starts, [*starts[1:], 99], strict=True):
        inside = [point for point in facts["curve"] if start <= point["time_s"] < end]
        time_s, _, valence, arousal, confidence, likeliest, share = line.split()
        told = [float(valence), float(arousal), float(confidence)]
        names = ("valence", "arousal", "confidence")
        means = [sum(point[name] for point in inside) / len(inside) for name in names]
        assert told == pytest.approx(means, abs=0.006)
        assert float(time_s) == pytest.approx(start, abs=0.006)
        shares = {name: sum(point["ekman"][name] for point in inside) / len(inside) for name in EKMAN}
        assert likeliest == max(shares, key=shares.__getitem__)
        assert float(share) == pytest.approx(shares[likeliest], abs=0.006)


def point(time_s: float, valence: float, **shares: float) -> dict[str, Any]:
    ekman = dict.fromkeys(EKMAN, 1 / 6) | shares
    return {"time_s": time_s, "valence": valence, "arousal": 0.0, "confidence": 0.5, "ekman": ekman}


def test_a_shot_between_two_points_is_told_by_the_one_before() -> None:
    curve = [point(0, 0.1), point(0.25, 0.2, joy=0.9), point(0.5, 0.3)]
    cuts = [{"time_s": time_s, "kind": "cut", "strength": 0.5} for time_s in (0.3, 0.4)]
    lines = shot_lines({"curve": curve, "boundaries": cuts})[1:]
    assert [line.split()[2] for line in lines] == ["+0.15", "+0.20", "+0.30"]
    assert [line.split()[-1] for line in lines[1:]] == ["0.90", "unknown"]


NOTES = {
    "scene": "The model file mobilenet-v2 is not here. Run: emsync weights fetch mobilenet-v2, or set EMSYNC_WEIGHTS",
    "words": "the extra 'text' is not installed: pip install 'emsync_nb[text]'",
    "sound": "the film has no sound",
    "faces": "yunet.onnx is not a face detector that OpenCV can run. Run: emsync weights verify",
    # which no fetch brings
    "speech": "the weights of Whisper are not here: copy the folder into one that EMSYNC_WEIGHTS names",
}


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ((), None),
        (("scene",), "1 expert is missing: scene; run emsync weights fetch"),
        (("faces",), "1 expert is missing: faces; run emsync weights verify"),
        (("sound",), "not heard: sound (the film has no sound)"),
        (("speech",), f"not heard: speech ({NOTES['speech']})"),
        (
            ("scene", "words", "sound"),
            "2 experts are missing: scene, words; run emsync weights fetch and pip install 'emsync_nb[text]'; "
            "not heard: sound (the film has no sound)",
        ),
    ],
)
def test_the_line_says_what_to_do(names: tuple[str, ...], line: str | None) -> None:
    experts = [{"name": name, "available": False, "note": NOTES[name]} for name in names]
    assert missing_line([*experts, {"name": "picture", "available": True, "note": "x"}]) == line


def test_moments_are_explained(emsync: Emsync, cli_film: Path) -> None:
    facts = facts_of(emsync, cli_film, "--explain", "0:04.1", "--explain", "7.5")
    assert shape_of(facts["explain"]) == [MOMENT]
    assert [moment["time_s"] for moment in facts["explain"]] == [4.1, 7.5]
    first = facts["explain"][0]
    at_four = next(point for point in facts["curve"] if point["time_s"] == 4)
    assert {name: first[name] for name in at_four} == at_four | {"time_s": 4.1}
    trust = [voice["valence_confidence"] + voice["arousal_confidence"] for voice in first["experts"]]
    assert trust == sorted(trust, reverse=True)
    assert {voice["name"] for voice in first["experts"]} == {"picture", "motion", "rhythm", "sound"}
    lines = emsync("analyze", cli_film, "--explain", "4.1").out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("at 4.10 s: valence "))
    told = lines[start + 1 : start + 5]
    assert [line.split()[0] for line in told] == [voice["name"] for voice in first["experts"]]
    for line, voice in zip(told, first["experts"], strict=True):
        assert line.endswith(voice["evidence"])
    assert lines[-1].startswith("3 experts are missing")


@pytest.mark.parametrize(
    ("time", "line"),
    [
        ("later", "emsync: 'later' is not a time; write seconds or minutes:seconds, such as 75.5 or 1:15.5"),
        ("1:00", "emsync: explain 1:00: the film lasts only 8.51 s; name a time before its end"),
    ],
)
def test_a_time_that_is_none_of_the_films_is_said_before_the_analysis(
    emsync: Emsync, cli_film: Path, time: str, line: str
) -> None:
    done = emsync("analyze", cli_film, "--explain", time)
    assert (done.code, done.err, done.out) == (2, f"{line}\n", "")


def test_a_trained_head_names_genres(
    emsync: Emsync, cli_film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMSYNC_GENRE", str(make_head(tmp_path / "genre.safetensors", "Western")))
    genre = facts_of(emsync, cli_film)["genre"]
    assert (genre["names"], list(genre["probabilities"])) == (["Western"], list(GENRES))
    assert "genre: Western" in emsync("analyze", cli_film).out.splitlines()
