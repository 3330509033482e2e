"""The house stays in order: light imports, telling names, files in step with each other."""

from __future__ import annotations

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

STAGES = ("analysis", "cli", "figures", "generation", "labelling", "notation", "pipeline", "planning", "rendering")


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
    assert loaded - bare <= {"__future__", "emsync_nb", "importlib", "typing", "collections", "re", "copyreg"} | bare | {
        name for name in loaded if name in sys.stdlib_module_names
    }
    assert "numpy" not in loaded


@pytest.mark.parametrize("room", STAGES)
def test_importing_a_room_loads_no_torch(room: str) -> None:
    assert not _modules_after(f"import emsync_nb.{room}") & {"torch", "librosa", "cv2", "music21", "matplotlib.pyplot"}


def test_the_lazy_face_keeps_its_promises() -> None:
    import emsync_nb

    for name in emsync_nb.__all__:
        assert getattr(emsync_nb, name) is not None
    with pytest.raises(AttributeError, match="no_such_thing"):
        emsync_nb.no_such_thing  # noqa: B018 - the access is the test


def test_the_public_names_are_these() -> None:
    import emsync_nb

    assert sorted(emsync_nb.__all__) == [
        "ScoreResult",
        "ScoreSettings",
        "__version__",
        "analyze",
        "compose",
        "plan",
        "score",
    ]


def _sources() -> list[Path]:
    return [path for root in ("emsync_nb", "bridge", "tests") for path in (ROOT / root).rglob("*.py")]


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "helpers", "common", "misc", "util", "helper"}
    assert not [path for path in _sources() if path.stem in empty]


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_file_grows_past_400_lines(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 400


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
        for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.relative_to(ROOT)} names {target}"
