"""Pieces without a film, as files: all of them or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emsync_nb.pipeline import (
    PieceSettings,
    Progress,
    Stopwatch,
    generate_takes,
    piece_facts,
    write_piece,
)
from emsync_nb.pipeline.progress import Silent
from emsync_nb.session.work_folder import WorkFolder

#: ending of the score for notation programs that stands beside the MIDI file
_MUSICXML = ".musicxml"


def piece_files(out: Path, takes: int, *, musicxml: bool = False) -> list[list[Path]]:
    """The files of each take: `out`, or for several `out` with −1, −2, … before its ending; and their MusicXML."""
    names = [out] if takes == 1 else [out.with_stem(f"{out.stem}-{take}") for take in range(1, takes + 1)]
    return [[name, name.with_suffix(_MUSICXML)] if musicxml else [name] for name in names]


def generate(
    out: Path, settings: PieceSettings, *, musicxml: bool = False, progress: Progress | None = None
) -> list[dict[str, Any]]:
    """Compose pieces and write them; files of these names are replaced when all are made, or stay as they are.

    Args:
        out: the MIDI file, see `piece_files`.
        settings: the emotion asked for, the ensemble, the seed and more.
        musicxml: write each as MusicXML too.
        progress: hears how far the work is.

    Returns:
        For each take its files, its seed and what `piece_facts` says of it.

    Raises:
        UserError: with one line that says what is wrong and what to do; nothing is left behind.
    """
    files = piece_files(out, settings.takes, musicxml=musicxml)
    work = WorkFolder(out.parent, [path.name for paths in files for path in paths])
    with work as unfinished:
        scores = generate_takes(settings, watch=Stopwatch(progress or Silent()))
        for score, paths in zip(scores, files, strict=True):
            write_piece(score, [unfinished / path.name for path in paths], title=paths[0].stem)
        work.finish()
    return [
        {"files": [str(path) for path in paths], "seed": seed, **piece_facts(score)}
        for seed, (score, paths) in enumerate(zip(scores, files, strict=True), start=settings.seed)
    ]
