"""EmoMV: music videos, and pairs of music and pictures, with the emotion that people gave them.

Thao, Roig & Herremans 2023, "EmoMV: Affective music-video correspondence learning datasets for classification and
retrieval", Information Fusion 91.

Layout::

    DIR/labels.csv    clip,label,split   any 2 to 32 emotions; "video" in place of "clip" will do
    DIR/features/     a file a clip, CLIP.npz or CLIP.safetensors, with arrays of any names, (moments, width) each,
                      of the pictures and of the music
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from emsync_nb.errors import DataError
from emsync_nb.training.emotion.clips import EmotionData, Row, first_there, gathered, one_hot, split_of
from emsync_nb.training.tables import read_lines

#: more different words than these are no emotions
_MOST_CLASSES = 32


def load_emomv(folder: Path, on_progress: Callable[[float], None] = lambda share: None) -> EmotionData:
    """The clips of a folder in the layout above; the classes are those of the table, in alphabetical order.

    Raises:
        DataError: another layout, a damaged file, or too few clips or classes.
    """
    table = first_there(folder, "labels.csv", "labels.tsv")
    lines = read_lines(table, ("label", "split"), delimiter="\t" if table.suffix == ".tsv" else ",")
    name = next((column for column in ("clip", "video") if column in lines[0].cells), None)
    if name is None:
        raise DataError(f"{table} lacks the column clip; its first line must name clip, label, split")
    classes = sorted({line["label"].lower() for line in lines if line["label"]})
    if not 2 <= len(classes) <= _MOST_CLASSES:
        raise DataError(f"{table} holds {len(classes)} different labels; 2 to {_MOST_CLASSES} can be learnt")
    rows = [
        Row(line[name], one_hot(classes, line["label"].lower()), split_of(line["split"], line.where))
        for line in lines
        if line["label"]
    ]
    skipped = [f"{line[name]:.80}: no label" for line in lines if not line["label"]]
    return gathered(
        "emomv", "classes", classes, rows, folder / "features", skipped=skipped, on_progress=on_progress
    )
