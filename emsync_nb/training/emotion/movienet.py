"""Trailers of MovieNet with their genres.

Huang, Xiong, Rao, Wang & Lin 2020, "MovieNet: A holistic dataset for movie understanding", ECCV; splits of Sulun,
Viana & Davies 2024, "Movie trailer genre classification using multimodal pretrained features", Expert Systems with
Applications 258: 18,488 trailers to learn from, 2,642 to validate on, 5,282 to test on.

Layout::

    DIR/trailers_genres.csv   imdb_id,youtube_id,genres,title,duration   genres: "['Action', 'Drama']", or with | or ,
                              between them; trailers_genres_clean.csv and labels.csv will do
    DIR/splits.json           {"trn": [youtube_id, …], "val": […], "tst": […]}; or train.txt, validation.txt, test.txt
    DIR/features/             a file a trailer, YOUTUBE_ID.npz …; `emsync train features` makes them of the trailers

Without lists of splits the YouTube ids are cut in alphabetical order, 70, 10 and 20 in 100, as the published ones were.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from emsync_nb.analysis.genre import GENRES
from emsync_nb.errors import DataError
from emsync_nb.training.emotion.clips import (
    SPLITS,
    EmotionData,
    Row,
    Split,
    first_there,
    gathered,
    one_hot,
    split_of,
    told,
)
from emsync_nb.training.emotion.feature_files import bare
from emsync_nb.training.tables import read_lines, read_names, read_text

#: how many trailers the published splits hold
PUBLISHED: dict[str, int] = {"train": 18_488, "validation": 2_642, "test": 5_282}
#: shares up to which trailers, sorted by id, are to learn from and to validate on
_CUTS = (0.7, 0.8)
_TABLES = ("trailers_genres.csv", "trailers_genres_clean.csv", "labels.csv")

log = logging.getLogger(__name__)


def load_movienet(folder: Path, on_progress: Callable[[float], None] = lambda share: None) -> EmotionData:
    """The trailers of a folder in the layout above.

    A label that is none of the 21 genres is told of and left out, such as the published "-1ru6xV7SOMDrama"; so is a
    trailer that has no other.

    Raises:
        DataError: another layout, a trailer in two splits, a damaged file, or too few trailers.
    """
    table = first_there(folder, *_TABLES)
    lines = read_lines(table, ("youtube_id", "genres"))
    splits = _splits(folder, [line["youtube_id"] for line in lines])
    rows, skipped = [], []
    for line in lines:
        name, given = line["youtube_id"], genres_of(line["genres"])
        skipped += [f"{name:.80}: {label!r:.60} is no genre" for label in given if label not in GENRES]
        known = [label for label in given if label in GENRES]
        if not known:
            skipped.append(f"{name:.80}: no genre")
        elif name not in splits:
            skipped.append(f"{name:.80}: in no split")
        else:
            rows.append(Row(name, one_hot(GENRES, *known), splits[name]))
    counts: dict[str, int] = {split: sum(row.split == split for row in rows) for split in SPLITS}
    if counts != PUBLISHED:
        log.warning("the splits hold %s; the published ones %s", told(counts), told(PUBLISHED))
    return gathered(
        "movienet", "labels", GENRES, rows, folder / "features", skipped=skipped, on_progress=on_progress
    )


def genres_of(cell: str) -> list[str]:
    """The labels of a cell, each once; `['Action', 'Drama']`, `Action|Drama` and `Action, Drama` are alike."""
    labels = (part.strip(" \t'\"[]()") for part in re.split(r"[|,;]", cell))
    return list(dict.fromkeys(label for label in labels if label))


def _splits(folder: Path, names: Sequence[str]) -> dict[str, Split]:
    """YouTube id → split."""
    if (folder / "splits.json").is_file():
        lists = _json_lists(folder / "splits.json")
    else:
        there = [split for split in SPLITS if (folder / f"{split}.txt").is_file()]
        lists = {split: read_names(folder / f"{split}.txt") for split in there}
    if not lists:
        ordered = sorted(set(names))
        first, second = (round(cut * len(ordered)) for cut in _CUTS)
        lists = {"train": ordered[:first], "validation": ordered[first:second], "test": ordered[second:]}
    found: dict[str, Split] = {}
    for split, members in lists.items():
        for name in map(bare, members):
            if found.setdefault(name, split) != split:
                raise DataError(
                    f"{folder}: {name:.80} is in the splits {found[name]} and {split}; take it out of one"
                )
    return found


def _json_lists(path: Path) -> dict[Split, list[str]]:
    text = read_text(path)
    try:
        content = json.loads(text)
        lists = {split_of(word, str(path)): [str(name) for name in names] for word, names in content.items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"{path} holds no lists of trailers ({error!s:.120}); fetch it again") from error
    return lists
