"""What programs may rely on: names, signatures, fields, types. A change here is a change for users."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import operator
import re
import subprocess
import sys
from pathlib import Path

import pytest

import emsync_nb
from emsync_nb import domain, errors, extras, session

ROOT = Path(__file__).parents[1]
PROGRAMS = ROOT / "tests" / "typing"

#: public name → its signature as `inspect` tells it
SIGNATURES = {
    "analyze": (
        "(video: 'Path | str', *, fresh: 'bool' = False, also: 'Collection[Also]' = (), scale: 'Scale' = 'plane', "
        "watch: 'Stopwatch | None' = None) -> 'Analysis'"
    ),
    "plan": (
        "(film: 'VideoCues', settings: 'ScoreSettings | None' = None, *, "
        "ensemble: 'Ensemble | None' = None) -> 'ScorePlan'"
    ),
    "compose": "(plan: 'ScorePlan', seed: 'int' = 0, *, watch: 'Stopwatch | None' = None) -> 'Score'",
    "generate": (
        "(valence: 'Course' = 0.0, arousal: 'Course' = 0.0, *, bars: 'int' = 16, "
        "ensemble: 'Path | str' = 'chamber-orchestra', seed: 'int' = 0, bpm: 'float | None' = None, "
        "watch: 'Stopwatch | None' = None) -> 'Score'"
    ),
    "label": "(score: 'Score | Path | str') -> 'tuple[BarLabel, ...]'",
    "render": (
        "(score: 'Score | Path | str', *, soundfont: 'Path | str | None' = None, rate: 'int' = 48000) "
        "-> 'AudioClip'"
    ),
    "master": "(audio: 'AudioClip | Path | str', preset: 'Path | str' = 'film') -> 'AudioClip'",
    "score": (
        "(video: 'Path | str', out: 'Path | str | None' = None, settings: 'ScoreSettings | None' = None, *, "
        "progress: 'Progress | None' = None) -> 'ScoreResult'"
    ),
}
#: what programs ask of a session → its signature
SESSION = {
    "perform": (
        "(folder: 'Path | str', request: 'Mapping[str, Any]', *, progress: 'Progress | None' = None) "
        "-> 'dict[str, Any]'"
    ),
    "Session.answer": (
        "(self, request: 'dict[str, Any]', *, progress: 'Progress | None' = None, "
        "cancel: 'threading.Event | None' = None) -> 'dict[str, Any]'"
    ),
    "Session.lock": (
        "(self, track: 'str | None' = None, bars: 'tuple[int, int] | None' = None, "
        "notes: 'Sequence[tuple[Fraction, int]]' = ()) -> 'Lock'"
    ),
    "Session.unlock": (
        "(self, track: 'str | Lock | None' = None, bars: 'tuple[int, int] | None' = None, "
        "notes: 'Sequence[tuple[Fraction, int]]' = ()) -> 'None'"
    ),
}
SESSION_NAMES = """
    AnswerLost Lock Session State Take WorkFolder default_folder generate perform piece_files score
"""
#: what programs ask of the bridge → its signature
BRIDGE = {
    "bridge.music:piece_of_file": (
        "(path: 'Path', template: 'Template | None' = None, *, is_heard: 'Callable[[str], bool] | None' = None) "
        "-> 'Piece'"
    ),
    "bridge.music:piece_of_score": "(score: 'Score', template: 'Template | None' = None) -> 'Piece'",
    "bridge.player_process:PlayerProcess": (
        "(kind: 'SinkKind', ports: 'Sequence[str]', *, targets: 'Sequence[Sequence[str]]' = (), client: "
        "'str' = 'emsync', driver: 'str | None' = None) -> 'None'"
    ),
    "bridge.sinks:RecordingSink": (
        "(ports: 'Sequence[str]', clock: 'Clock', *, rate: 'int' = 48000) -> 'None'"
    ),
    "bridge.playback:Playback": (
        "(piece: 'Piece', sink: 'MidiSink', settings: 'PlaySettings | None' = None, *, clock: 'Clock | "
        "None' = None) -> 'None'"
    ),
    "bridge.playback:Playback.play": "(self) -> 'None'",
    "bridge.playback:Playback.stop": "(self) -> 'None'",
    "bridge.playback:Playback.locate": "(self, position_s: 'float') -> 'None'",
    "bridge.playback:Playback.locate_bar": "(self, number: 'int') -> 'None'",
    "bridge.playback:Playback.loop": "(self, bars: 'tuple[int, int] | None') -> 'None'",
    "bridge.playback:Playback.speed": "(self, factor: 'float') -> 'None'",
    "bridge.playback:Playback.replace": "(self, piece: 'Piece') -> 'None'",
    "bridge.playback:Playback.start": "(self) -> 'None'",
    "bridge.playback:Playback.close": "(self) -> 'None'",
    "emsync_nb.preset_library:load_template": "(name_or_path: 'str | Path') -> 'Template'",
}
#: public class → its fields
FIELDS = {
    "ScoreResult": ["plan", "score", "report", "files", "spotting"],
    "ScoreSettings": [
        "seed", "ensemble", "mastering", "cues", "soundfont", "stems", "keep_sound_db", "render",
        "theme", "theme_at", "direction", "keep_ensemble",
    ],
}  # fmt: skip
DOMAIN = """
    BASS_CEILING BLOCK CHORD_PITCHES DRUMS GRID INSTRUMENT_RANGES PARTS TEMPI_BPM Articulation AudioClip Bar
    BarGrid Boundary BoundaryKind Cue DynamicsPoint EmotionCurve Ending Ensemble Entry Frame Hit
    InstrumentRange Key KeyChange Marker Mode MusicTable Note Passage PlannedCue Player PortPlan Role Route
    Score ScorePlan Section Sound Spotting TableTrack Template TempoChange TempoMap Theme ThemeEntry Track
    VideoCues VideoInfo key_fit
"""


def test_the_names_are_these() -> None:
    assert sorted(emsync_nb.__all__) == sorted([*SIGNATURES, *FIELDS, "__version__"])
    assert dir(emsync_nb) == sorted(emsync_nb.__all__)
    assert sorted(domain.__all__) == sorted(DOMAIN.split())
    assert sorted(session.__all__) == sorted(SESSION_NAMES.split())


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name: str) -> None:
    assert str(inspect.signature(getattr(emsync_nb, name))) == SIGNATURES[name]


@pytest.mark.parametrize("name", SESSION)
def test_signatures_of_a_session(name: str) -> None:
    assert str(inspect.signature(operator.attrgetter(name)(session))) == SESSION[name]


@pytest.mark.parametrize("name", BRIDGE)
def test_signatures_of_the_bridge(name: str) -> None:
    module, _, there = name.partition(":")
    found = operator.attrgetter(there)(importlib.import_module(module))
    assert str(inspect.signature(found)) == BRIDGE[name]


def test_how_the_bridge_plays() -> None:
    from bridge.playback import PlaySettings

    fields = {field.name: field.default for field in dataclasses.fields(PlaySettings)}
    assert fields == {
        "latency_ms": 0.0,
        "chases_notes": True,
        "lookahead_s": 1.0,
        "count_in_bars": 0,
        "click_port": 0,
    }


@pytest.mark.parametrize("name", FIELDS)
def test_fields(name: str) -> None:
    assert [field.name for field in dataclasses.fields(getattr(emsync_nb, name))] == FIELDS[name]


@pytest.mark.parametrize("name", SIGNATURES)
def test_every_function_names_errors_that_exist(name: str) -> None:
    text = inspect.getdoc(getattr(emsync_nb, name)) or ""
    named = re.findall(r"^ +(\w+Error): ", text.partition("Raises:")[2], flags=re.MULTILINE)
    assert named
    assert all(issubclass(getattr(errors, error), errors.UserError) for error in named)


@pytest.mark.parametrize("name", domain.__all__)
def test_every_noun_is_documented(name: str) -> None:
    noun = getattr(domain, name)
    if inspect.isclass(noun) or inspect.isfunction(noun):
        # a dataclass without words gets its signature as docstring
        assert noun.__doc__ and not noun.__doc__.startswith(f"{name}(")


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    drawn = set(re.findall(r"\b(\w+Error)\b", errors.__doc__ or ""))
    written = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert drawn == written


def test_every_extra_is_one_that_can_be_installed() -> None:
    import tomllib

    known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(extras.EXTRA_OF.values()) <= set(known["optional-dependencies"])


def _complaints(program: str) -> dict[int, set[str]]:
    """Line → error codes of mypy --strict."""
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--no-pretty", str(PROGRAMS / program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1), run.stderr
    found: dict[int, set[str]] = {}
    for line, code in re.findall(rf"{program}:(\d+): error: .*\[([\w-]+)\]$", run.stdout, flags=re.MULTILINE):
        found.setdefault(int(line), set()).add(code)
    return found


def test_programs_that_people_write_are_accepted() -> None:
    assert _complaints("programs.py") == {}


def test_each_mistake_is_refused_for_its_reason() -> None:
    lines = enumerate((PROGRAMS / "mistakes.py").read_text(encoding="utf-8").splitlines(), start=1)
    expected = {number: {line.partition("# refused: ")[2]} for number, line in lines if "# refused: " in line}
    assert len(expected) > 10
    assert _complaints("mistakes.py") == expected
