"""Tables of labels, as text: comma or tab between columns, the names of the columns in the first line."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from emsync_nb.errors import DataError

#: a table is no larger
_MOST_BYTES = 1 << 26


def read_rows(path: Path, columns: Sequence[str], *, delimiter: str = ",") -> list[dict[str, str]]:
    """The lines of a table by column; empty cells are "", columns that are not asked for stay.

    Raises:
        DataError: missing, too large, no text, or without one of `columns`.
    """
    lines = _text(path).splitlines()
    try:
        table = csv.DictReader(lines, delimiter=delimiter, strict=True)
        names = [str(name).strip() for name in table.fieldnames or ()]
        table.fieldnames = names
        rows = [{name: str(row.get(name) or "").strip() for name in names} for row in table]
    except csv.Error as error:
        raise DataError(f"{path} is no table ({error}). Write it again") from error
    missing = [column for column in columns if column not in names]
    if missing or not rows:
        fault = f"lacks the column {missing[0]}" if missing else "holds no line"
        raise DataError(f"{path} {fault}; its first line must name {', '.join(columns)}")
    return rows


def read_names(path: Path) -> list[str]:
    """The lines of a list, without empty ones and those that begin with "#".

    Raises:
        DataError: missing, too large or no text.
    """
    lines = (line.strip() for line in _text(path).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def first_there(folder: Path, *names: str) -> Path:
    """The first of several files that a folder holds.

    Raises:
        DataError: none of them is there.
    """
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise DataError(
        f"{folder} holds no {' or '.join(names)}; give the folder that does (docs/emotion-data.md)"
    )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError(f"{path} has more than {_MOST_BYTES >> 20} MB, too much for a table of labels")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); give a folder that holds it") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text in UTF-8; save it as such") from error
