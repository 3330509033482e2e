"""Pieces without a film: the emotion asked for goes in, a score comes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emsync_nb.domain import Score
from emsync_nb.extras import check_installed
from emsync_nb.labelling import label_bars
from emsync_nb.pipeline.progress import Silent, Stopwatch
from emsync_nb.pipeline.settings import DEFAULT_ENSEMBLE, Course, PieceSettings, ends
from emsync_nb.preset_library import load_ensemble
from emsync_nb.weights import generator_checkpoint

_NEEDED = ("torch", "safetensors", "mido")


def generate_piece(
    valence: Course = 0.0,
    arousal: Course = 0.0,
    *,
    bars: int = 16,
    ensemble: Path | str = DEFAULT_ENSEMBLE,
    seed: int = 0,
    bpm: float | None = None,
    watch: Stopwatch | None = None,
) -> Score:
    """A piece without a film, by the checkpoint that `weights` names.

    Args:
        valence: −1 dark … 1 bright; a pair goes in a straight line from the first bar to the last.
        arousal: −1 calm … 1 excited; likewise.
        bars: 1 … 512.
        ensemble: who plays: the name of a preset, or the path of a .toml file.
        seed: the same seed gives the same music on the same machine.
        bpm: beats a minute, 30 … 240; None: chosen by the composer.
        watch: hears how far the work is.

    Raises:
        PlanError: a value out of its range, or an ensemble that cannot play chords.
        PresetError: no such ensemble.
        CheckpointError: missing or damaged weights.
    """
    return generate_takes(PieceSettings(valence, arousal, bars, str(ensemble), seed, bpm), watch=watch)[0]


def generate_takes(settings: PieceSettings, *, watch: Stopwatch | None = None) -> list[Score]:
    """Several pieces of one kind, composed together; take n has the seed of the first plus n − 1.

    Sums are rounded differently when takes are composed together, so a take may differ from what its seed gives alone.

    Raises:
        UserError: as `generate_piece`.
    """
    check_installed(*_NEEDED)
    from emsync_nb.generation import free_pieces, load, quantised

    watch = watch or Stopwatch(Silent())
    players = load_ensemble(settings.ensemble)
    with watch.stage("model"):
        network = quantised(load(generator_checkpoint()))
    emotion = np.stack(
        [np.linspace(*ends(course), settings.bars) for course in (settings.valence, settings.arousal)], axis=1
    )
    takes = range(settings.takes)
    with watch.stage("generation") as advance:
        return free_pieces(
            network,
            [players for _ in takes],
            [emotion for _ in takes],
            [settings.seed + take for take in takes],
            bpm=settings.bpm,
            ear=label_bars,
            on_progress=advance,
        )


def write_piece(score: Score, paths: Sequence[Path], *, title: str) -> None:
    """Write a score into each of the files, as MusicXML where its name ends so, else as MIDI.

    Raises:
        OutputError: a file that cannot be written.
        MidiError: a score that no such file can hold.
    """
    from emsync_nb.notation import write_midi, write_musicxml

    for path in paths:
        if path.suffix == ".musicxml":
            write_musicxml(score, path, title=title)
        else:
            write_midi(score, path)


def piece_facts(score: Score) -> dict[str, Any]:
    """Notes, keys and tempi in the order in which they come, bars, and seconds to the last bar line."""
    return {
        "notes": score.note_count,
        "keys": list(dict.fromkeys(change.key.name for change in score.keys)),
        "bpm": list(dict.fromkeys(round(change.bpm, 2) for change in score.tempo_map.changes)),
        "bars": len(score.grid.bars),
        "seconds": round(float(score.tempo_map.seconds(score.grid.end_beat)), 3),
    }
