"""The house stays in order: light imports, telling names, files in step with each other."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]

HEAVY = {
    "anywidget", "av", "cv2", "decord", "ipywidgets", "librosa", "matplotlib", "mido", "music21", "pedalboard",
    "pretty_midi", "rtmidi", "scenedetect", "scipy", "sentence_transformers", "soundfile", "symusic", "torch",
}  # fmt: skip

ROOMS = sorted(path.parent.name for path in (ROOT / "emsync_nb").glob("*/__init__.py"))


def _modules_after(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after a statement."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


@pytest.mark.parametrize("module", ["emsync_nb", "bridge", "bridge.ports", "bridge.player"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    assert not _modules_after(f"import {module}") & HEAVY


def test_importing_the_package_costs_little_beyond_the_interpreter() -> None:
    """`import emsync_nb` loads so few modules that it cannot take long."""
    bare, loaded = _modules_after("pass"), _modules_after("import emsync_nb")
    assert loaded - bare - sys.stdlib_module_names == {"emsync_nb"}


def test_the_bridge_starts_without_what_it_does_not_need(tmp_path: Path) -> None:
    """A MIDI file without notes, played as far as that goes."""
    import mido

    mido.MidiFile(tracks=[mido.MidiTrack()]).save(tmp_path / "rest.mid")
    arguments = ["emsync", "bridge", "play", str(tmp_path / "rest.mid"), "--json", str(tmp_path / "a.json")]
    play = f"import contextlib, io, sys; sys.argv = {arguments}; from emsync_nb.cli import main"
    quietly = "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit): main()"
    loaded = _modules_after(f"{play}\n{quietly}")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["finished"]
    assert "mido" in loaded
    assert not loaded & (HEAVY - {"mido"})


@pytest.mark.parametrize("room", ROOMS)
def test_importing_a_room_loads_no_torch(room: str) -> None:
    assert not _modules_after(f"import emsync_nb.{room}") & {
        "torch",
        "librosa",
        "cv2",
        "music21",
        "matplotlib.pyplot",
    }


def test_the_lazy_face_keeps_its_promises() -> None:
    import emsync_nb

    for name in emsync_nb.__all__:
        assert getattr(emsync_nb, name) is not None
    with pytest.raises(AttributeError, match="no_such_thing"):
        emsync_nb.no_such_thing  # noqa: B018 - the access is the test


def _sources() -> list[Path]:
    return [path for root in ("emsync_nb", "bridge", "tests") for path in (ROOT / root).rglob("*.py")]


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "helpers", "common", "misc", "util", "helper"}
    assert not [path for path in _sources() if path.stem in empty]


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_file_grows_past_400_lines(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 400


def _code(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_grows_past_50_lines(path: Path) -> None:
    functions = [node for node in ast.walk(_code(path)) if isinstance(node, ast.FunctionDef)]
    assert not [f.name for f in functions if (f.end_lineno or 0) - f.lineno + 1 > 50]


def test_nothing_is_printed_or_unpickled() -> None:
    for path in (path for root in ("emsync_nb", "bridge") for path in (ROOT / root).rglob("*.py")):
        names = {node.id for node in ast.walk(_code(path)) if isinstance(node, ast.Name)}
        imports = [node for node in ast.walk(_code(path)) if isinstance(node, ast.Import | ast.ImportFrom)]
        modules = {alias.name for node in imports for alias in node.names}
        modules |= {node.module for node in imports if isinstance(node, ast.ImportFrom) and node.module}
        assert not (names | modules) & {"print", "pickle", "marshal", "shelve"}, path


def test_every_room_has_its_tests() -> None:
    assert not [room for room in ROOMS if not list((ROOT / "tests" / room).glob("test_*.py"))]


def _requirements(extra: str) -> set[str]:
    """Requirements of an extra, extras of our own expanded."""
    found: set[str] = set()
    for line in EXTRAS[extra]:
        own = re.fullmatch(r"emsync_nb\[(.+)\]", line)
        found |= {r for name in own[1].split(",") for r in _requirements(name)} if own else {line}
    return found


def test_environment_yml_is_in_step_with_pyproject() -> None:
    content = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    pip = next(entry["pip"] for entry in content["dependencies"] if isinstance(entry, dict))
    assert set(pip) == _requirements("all") | set(PROJECT["project"]["dependencies"])


def test_every_import_name_has_its_extra() -> None:
    from emsync_nb.extras import EXTRA_OF

    assert set(EXTRA_OF.values()) <= set(EXTRAS)


def test_the_version_stands_once_in_each_place() -> None:
    import emsync_nb

    assert emsync_nb.__version__ == PROJECT["project"]["version"]
    assert f"## {emsync_nb.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_documents_name_only_files_that_exist() -> None:
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(
            r"\]\((?!https?://|#|mailto:)([^)#\s]+)", document.read_text(encoding="utf-8")
        ):
            assert (document.parent / target).exists(), f"{document.relative_to(ROOT)} names {target}"


def test_there_is_one_opencv() -> None:
    """Two OpenCV packages overwrite each other's files."""
    from importlib.metadata import distributions

    installed = {d.metadata["Name"].lower() for d in distributions() if d.metadata["Name"]}
    assert len({name for name in installed if name.startswith("opencv-")}) == 1
    assert not [
        line for line in _requirements("all") if line.startswith(("opencv", "scenedetect>", "scenedetect="))
    ]
