"""Reads GoEmotions' tables of sentences (Demszky et al. 2020; Apache-2.0): text, label ids, id, with tabs between.

The labels' names stand in labels.txt beside the table, in the order of their ids: Ekman's six with neutral, or all 28.
A table is hostile until checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.words.labels import FINE, SEVEN
from emsync_nb.errors import DataError
from emsync_nb.training.tables import read_text

#: the three tables together have 5 MB and 54,263 sentences
MAX_BYTES, MAX_ROWS, MAX_CHARACTERS = 50_000_000, 500_000, 5_000
_COLUMNS = 3
_REMEDY = "give a table of GoEmotions: text, label ids and id, with tabs between"


@dataclass(frozen=True, slots=True, eq=False)
class Sentences:
    """One table."""

    texts: tuple[str, ...]
    #: (n, 7) or (n, 28): whether a sentence has a label, in the order of `names`; every row has one at least
    labels: NDArray[np.bool_]
    #: `SEVEN` or `FINE`
    names: tuple[str, ...]


def read_sentences(path: Path) -> Sentences:
    """A table with its labels in the order of `SEVEN` or `FINE`.

    Without a labels.txt beside it, ids up to 6 are the seven in the order of their names in GoEmotions, and higher
    ones make it the 28.

    Raises:
        DataError: it cannot be read, or is no such table; the message names the line.
    """
    rows = _rows(path)
    ids = [_ids(path, number, row[1]) for number, row in rows]
    order = _order(path, max(max(some) for some in ids))
    names = SEVEN if len(order) == len(SEVEN) else FINE
    labels = np.zeros((len(rows), len(names)), dtype=np.bool_)
    for (number, _), row, some in zip(rows, labels, ids, strict=True):
        if max(some) >= len(order):
            raise DataError(f"{path}, line {number}: there is no label {max(some)}; {_REMEDY}")
        row[[names.index(order[one]) for one in some]] = True
    return Sentences(tuple(row[0].strip() for _, row in rows), labels, names)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Line numbers and columns of what is not empty."""
    found = []
    # not splitlines: sentences hold signs that it takes for ends of lines
    for number, line in enumerate(read_text(path, MAX_BYTES, _REMEDY).split("\n"), start=1):
        row = line.rstrip("\r").split("\t")
        if row == [""]:
            continue
        if len(row) != _COLUMNS:
            raise DataError(f"{path}, line {number}: {len(row)} columns in place of {_COLUMNS}; {_REMEDY}")
        if not row[0].strip() or len(row[0]) > MAX_CHARACTERS:
            raise DataError(
                f"{path}, line {number}: no text, or more than {MAX_CHARACTERS:,} letters; {_REMEDY}"
            )
        found.append((number, row))
        if len(found) > MAX_ROWS:
            raise DataError(f"{path} has more than {MAX_ROWS:,} sentences; give a part of it")
    if not found:
        raise DataError(f"{path} holds no sentence; {_REMEDY}")
    return found


def _ids(path: Path, number: int, column: str) -> list[int]:
    """The label ids of a line, "3" or "3,4"."""
    parts = [part.strip() for part in column.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        raise DataError(f"{path}, line {number}: {column!r:.40} are no label ids; {_REMEDY}")
    return [int(part) for part in parts]


def _order(path: Path, highest: int) -> tuple[str, ...]:
    """Names of the labels by id."""
    listing = path.with_name("labels.txt")
    if not listing.is_file():
        return tuple(sorted(SEVEN)) if highest < len(SEVEN) else FINE
    names = tuple(
        line.strip().lower() for line in read_text(listing, MAX_BYTES, _REMEDY).split("\n") if line.strip()
    )
    if sorted(names) not in (sorted(SEVEN), sorted(FINE)):
        raise DataError(f"{listing} names other labels than GoEmotions' 7 or 28; {_REMEDY}")
    return names
