"""Ekman-6: 1,637 videos of six emotions, with features such as those that Sulun published for VEMOCLAP.

Xu, Fu, Jiang, Li & Sigal 2018, "Heterogeneous knowledge transfer in video emotion recognition, attribution and
summarization", IEEE Transactions on Affective Computing 9; Sulun, Viana & Davies 2024, "VEMOCLAP", ISM.

Layout::

    DIR/labels.csv       video,label,split   label: anger, disgust, fear, joy, sadness or surprise
    DIR/blacklist.txt    a video a line that is left out (optional)
    DIR/features/        a file a video, VIDEO.npz or VIDEO.safetensors, or in a folder for each class, with arrays
                         clip (16, 512), beats (16, 768), asr (768,), ocr (768,), face (16, 768); each may be missing,
                         and others may be there

In place of labels.csv: files in class folders (features/anger/VIDEO.npz …), and train.txt, test.txt and, if there is
one, validation.txt, with a video a line, as VIDEO or as anger/VIDEO.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from emsync_nb.analysis.circumplex import EKMAN
from emsync_nb.errors import DataError
from emsync_nb.training.emotion.clips import SPLITS, EmotionData, Row, gathered, one_hot, split_of
from emsync_nb.training.emotion.feature_files import SUFFIXES, bare
from emsync_nb.training.tables import read_lines, read_names


def load_ekman6(folder: Path, on_progress: Callable[[float], None] = lambda share: None) -> EmotionData:
    """The videos of a folder in the layout above.

    Raises:
        DataError: another layout, a label that is none of the six, a damaged file, or too few videos.
    """
    table = folder / "labels.csv"
    rows = list(_listed(table) if table.is_file() else _in_class_folders(folder))
    banned = folder / "blacklist.txt"
    out = {_bare_name(line) for line in read_names(banned)} if banned.is_file() else set()
    kept = [row for row in rows if _bare_name(row.name) not in out]
    skipped = [f"{row.name:.80}: on the blacklist" for row in rows if _bare_name(row.name) in out]
    return gathered(
        "ekman6", "classes", EKMAN, kept, folder / "features", skipped=skipped, on_progress=on_progress
    )


def _bare_name(name: str) -> str:
    return PurePosixPath(bare(name)).name


def _listed(table: Path) -> Iterator[Row]:
    for line in read_lines(table, ("video", "label", "split")):
        label = line["label"].lower()
        if label not in EKMAN:
            raise DataError(
                f"{line.where}: {label!r:.40} is no emotion of Ekman-6; they are {', '.join(EKMAN)}"
            )
        yield Row(line["video"], one_hot(EKMAN, label), split_of(line["split"], line.where), folder=label)


def _in_class_folders(folder: Path) -> Iterator[Row]:
    """The videos of the lists, each of the class in whose folder it lies."""
    label_of = {
        path.stem: label
        for label in EKMAN
        for path in sorted((folder / "features" / label).glob("*"))
        if path.suffix.lower() in SUFFIXES
    }
    lists = {split: folder / f"{split}.txt" for split in SPLITS if (folder / f"{split}.txt").is_file()}
    if "train" not in lists:
        raise DataError(f"{folder} holds no labels.csv and no train.txt; see emsync train fusion --help")
    for split, path in lists.items():
        for line in read_names(path):
            parent = PurePosixPath(line).parent.name.lower()
            label = parent if parent in EKMAN else label_of.get(_bare_name(line))
            if label is None:
                raise DataError(f"{path}: {line!r:.80} lies in no folder of a class; write it as CLASS/VIDEO")
            yield Row(_bare_name(line), one_hot(EKMAN, label), split, folder=label)
