"""`emsync render`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emsync_nb.cli.output import JsonOption, checked_target, keep_apart, preset_names, say, write_json
from emsync_nb.errors import MidiError, OutputError
from emsync_nb.pipeline.settings import DEFAULT_MASTERING

if TYPE_CHECKING:
    from emsync_nb.domain import Sound
    from emsync_nb.rendering import MasteringSettings, Measures

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
    from emsync_nb.rendering import find_soundfont, load_mastering, perform

    if not midi.name:
        raise MidiError(f"{midi} is a folder, not a MIDI file. Name a MIDI file")
    target = checked_target(out or midi.with_suffix(".wav"))
    for written in (target, json_file):
        keep_apart(written, midi, soundfont, mastering)
    if json_file is not None and Path(json_file).resolve() == target.resolve():
        raise OutputError(f"--json names the WAV file {target} itself; choose another file")
    settings = load_mastering(mastering)
    sound = perform(midi, soundfont=find_soundfont(soundfont))
    measures = _mastered(sound, settings, target)
    facts = {
        "file": str(target),
        "duration_s": sound.frames / sound.rate,
        "loudness_lufs": round(measures.loudness_lufs, 2),
        "true_peak_dbtp": round(measures.true_peak_dbtp, 2),
    }
    write_json(facts, json_file)
    if measures.warning is not None:
        typer.echo(measures.warning, err=True)
    say(f"{target}: {facts['loudness_lufs']} LUFS, true peak {facts['true_peak_dbtp']} dBTP", json_file)


def _mastered(sound: Sound, settings: MasteringSettings, target: Path) -> Measures:
    """Write the mastered sound; on the way it lies beside the target, so that hours need no memory."""
    from emsync_nb.rendering import Tape, master_to, write_wav

    try:
        with (
            Tape(target.parent, sound.rate, sound.channels) as rendered,
            Tape(target.parent, sound.rate, sound.channels) as mastered,
        ):
            rendered.record(sound)
            measures = master_to(mastered, rendered, settings)
            write_wav(mastered, target)
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written ({error.strerror}). Free some space or choose another"
        ) from error
    return measures
