"""Tables of labels, as text: comma or tab between columns, the names of the columns in the first line.

Whoever reads one asks here, so that a wrong encoding, a missing column or a number that is none is told of in the same
way everywhere: file, line, column.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emsync_nb.errors import DataError

#: a table is no larger, unless its reader says so
MOST_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table."""

    path: Path
    #: in the file, from 1
    number: int
    #: by column; None where the line is too short
    cells: Mapping[str, str | None]

    @property
    def where(self) -> str:
        """File and line, for whoever has to correct it."""
        return f"{self.path}, line {self.number}"

    def __getitem__(self, column: str) -> str:
        """What stands in a column, without spaces around it; "" where there is nothing."""
        return (self.cells[column] or "").strip()

    def number_in(self, column: str, lowest: float, highest: float, remedy: str) -> float:
        """A number of a column.

        Raises:
            DataError: it is none, not finite, or outside of the two; ends with the remedy.
        """
        cell = self.cells[column]
        try:
            value = float(cell or "")
        except ValueError:
            value = math.nan
        if not lowest <= value <= highest:  # nan fails too
            raise DataError(f"{self.where}: {column} is {cell!r:.40}; {remedy}")
        return value


def read_text(path: Path, most_bytes: int = MOST_BYTES, remedy: str = "check the path") -> str:
    """A text file in UTF-8, with or without a byte order mark; the remedy is for one that cannot be read.

    Raises:
        DataError: missing, too large, or no such text.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(most_bytes + 1)
        if len(raw) > most_bytes:
            raise DataError(
                f"{path} has more than {most_bytes // 10**6} MB, too much for a table; give a part of it"
            )
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text in UTF-8 (byte {error.start:,}); save it as such") from error
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{path} cannot be read ({reason}); {remedy}") from error


def read_lines(
    path: Path, columns: Sequence[str], *, delimiter: str = ",", most_bytes: int = MOST_BYTES
) -> list[Line]:
    """The lines of a table; columns that are not asked for stay.

    Raises:
        DataError: missing, too large, no text in UTF-8, no table, or without one of `columns` or any line.
    """
    text = read_text(path, most_bytes)
    try:
        lines = lines_of(text, path, columns, delimiter=delimiter)
        if not lines:
            raise ValueError("it holds no line")
    except ValueError as error:
        raise DataError(f"{path}: {error}; the columns {', '.join(columns)} are needed") from error
    return lines


def lines_of(text: str, path: Path, columns: Sequence[str], *, delimiter: str = ",") -> list[Line]:
    """The lines of a table that was read from `path`.

    Raises:
        ValueError: it is no table, or lacks one of `columns`; told as of "it".
    """
    # newline="" leaves line breaks in cells to csv; splitlines would also break at signs that titles hold
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip() for name in table.fieldnames or ()]
        missing = [column for column in columns if column not in names]
        if missing:
            raise ValueError(f"it has no column {missing[0]}")
        table.fieldnames = names
        return [Line(path, table.line_num, {name: row[name] for name in names}) for row in table]
    except csv.Error as error:
        raise ValueError(f"it is no table (line {table.reader.line_num}: {error})") from error


def read_names(path: Path) -> list[str]:
    """The lines of a list, without empty ones and those that begin with "#".

    Raises:
        DataError: missing, too large or no text.
    """
    lines = (line.strip() for line in read_text(path).splitlines())
    return [line for line in lines if line and not line.startswith("#")]
