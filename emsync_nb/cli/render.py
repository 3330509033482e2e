"""`emsync render`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emsync_nb.cli.output import JsonOption, checked_target, keep_apart, preset_names, say, write_json
from emsync_nb.errors import MidiError, OutputError
from emsync_nb.pipeline.settings import DEFAULT_MASTERING

_HELP = """Render a MIDI file to a mastered WAV file.

[bold]Examples[/bold]

  emsync render score.mid

  emsync render score.mid --out warm.wav --mastering warm --soundfont ~/sounds/orchestra.sf2
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("render", help=_HELP)(render)


def render(
    midi: Annotated[Path, typer.Argument(metavar="MIDI", help="A Standard MIDI File.", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="The WAV file. Default: MIDI with the ending .wav")] = None,
    mastering: Annotated[
        str, typer.Option(help=f"How it sounds: {preset_names('mastering')}.")
    ] = DEFAULT_MASTERING,
    soundfont: Annotated[Path | None, typer.Option(help="An .sf2 or .sf3 file.")] = None,
    json_file: JsonOption = None,
) -> None:
    """Render and master."""
    from emsync_nb.rendering import find_soundfont, load_mastering, master_measured, write_wav
    from emsync_nb.rendering import render as synthesize

    if not midi.name:
        raise MidiError(f"{midi} is a folder, not a MIDI file. Name a MIDI file")
    target = checked_target(out or midi.with_suffix(".wav"))
    for written in (target, json_file):
        keep_apart(written, midi, soundfont, mastering)
    if json_file is not None and Path(json_file).resolve() == target.resolve():
        raise OutputError(f"--json names the WAV file {target} itself; choose another file")
    settings = load_mastering(mastering)
    clip = synthesize(midi, soundfont=find_soundfont(soundfont))
    mastered = master_measured(clip, settings)
    write_wav(mastered.audio, target)
    facts = {
        "file": str(target),
        "duration_s": mastered.audio.duration_s,
        "loudness_lufs": round(mastered.loudness_lufs, 2),
        "true_peak_dbtp": round(mastered.true_peak_dbtp, 2),
    }
    write_json(facts, json_file)
    if mastered.warning is not None:
        typer.echo(mastered.warning, err=True)
    say(f"{target}: {facts['loudness_lufs']} LUFS, true peak {facts['true_peak_dbtp']} dBTP", json_file)
