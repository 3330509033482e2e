"""A preset file, read and checked: text in, tables with typed getters out.

Every error is one line with the file, the line, the field and what would be right.
"""

from __future__ import annotations

import difflib
import re
import reprlib
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from emsync_nb.errors import PresetError

#: presets are written by hand; anything larger is not one
MAX_BYTES = 256 * 1024
MAX_TEXT = 500
_MAX_ENTRIES = 64
#: a key of thousands of parts, a.a.a…, costs its parser time and memory in their square
_MAX_DOTS_IN_A_LINE = 100


class PresetTable:
    """One table of a preset file. Getters check type and range; `finish` refuses what nobody asked for."""

    def __init__(self, values: dict[str, Any], path: Path, source: str, first_line: int = 1) -> None:
        """`source` is the file's text, in which lines are looked up from `first_line` on."""
        self.path = path
        self._values = values
        self._source = source
        self._first_line = first_line
        self._known: set[str] = set()

    def text(self, field: str, *, choices: Collection[str] | None = None, default: str | None = None) -> str:
        """A string, one of `choices` where they are given.

        Raises:
            PresetError: it is missing without a default, empty, too long or no choice.
        """
        value = self._take(field, default)
        if not isinstance(value, str):
            raise self.wrong(field, f"must be text, got {_shown(value)}")
        if choices is not None and value not in choices:
            raise self.wrong(field, f"must be one of {', '.join(choices)}{nearest(value, choices)}")
        if not value.strip() or len(value) > MAX_TEXT or not value.isprintable():
            raise self.wrong(field, f"must be one line of 1 to {MAX_TEXT} printable characters")
        return value

    def number(self, field: str, low: float, high: float, *, default: float | None = None) -> float:
        """A number within [low, high].

        Raises:
            PresetError: it is missing without a default, no number or out of range.
        """
        value = self._take(field, default)
        # bool is an int to Python, but `true` is no number to a person
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(field, f"must be a number from {low:g} to {high:g}, got {_shown(value)}")
        if not low <= value <= high:  # nan fails too
            raise self.wrong(field, f"must lie in {low:g} … {high:g}, got {_shown(value)}")
        return float(value)

    def integer(self, field: str, low: int, high: int, *, default: int | None = None) -> int:
        """A whole number within [low, high].

        Raises:
            PresetError: it is missing without a default, no whole number or out of range.
        """
        value = self._take(field, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(field, f"must be a whole number from {low} to {high}, got {_shown(value)}")
        if not low <= value <= high:
            raise self.wrong(field, f"must lie in {low} … {high}, got {_shown(value)}")
        return value

    def flag(self, field: str, *, default: bool | None = None) -> bool:
        """true or false.

        Raises:
            PresetError: it is missing without a default, or neither.
        """
        value = self._take(field, default)
        if not isinstance(value, bool):
            raise self.wrong(field, f"must be true or false, got {_shown(value)}")
        return value

    def tables(self, field: str) -> tuple[PresetTable, ...]:
        """The entries of an array of tables, `[[field]]`, 1 to 64 of them.

        Raises:
            PresetError: it is missing, something else, or of another length.
        """
        value = self._take(field, None)
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self.wrong(field, f"must be a list of tables, each under [[{field}]]")
        if not 1 <= len(value) <= _MAX_ENTRIES:
            raise self.wrong(field, f"must hold 1 to {_MAX_ENTRIES} entries, got {len(value)}")
        lines = self._header_lines(field)
        # an inline list has no header lines; its entries then share the line of the field
        lines += [self._line(field)] * (len(value) - len(lines))
        return tuple(
            PresetTable(entry, self.path, self._source, line)
            for entry, line in zip(value, lines, strict=False)
        )

    def texts(self, field: str) -> tuple[str, ...]:
        """A list of 1 to 64 strings.

        Raises:
            PresetError: it is missing, something else, or of another length; or one is empty or too long.
        """
        value = self._take(field, None)
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.wrong(field, f'must be a list of texts, such as ["Violin*"], got {_shown(value)}')
        if not 1 <= len(value) <= _MAX_ENTRIES:
            raise self.wrong(field, f"must hold 1 to {_MAX_ENTRIES} entries, got {len(value)}")
        for entry in value:
            if not entry.strip() or len(entry) > MAX_TEXT or not entry.isprintable():
                raise self.wrong(field, f"must hold lines of 1 to {MAX_TEXT} printable characters")
        return tuple(value)

    def pair(self, field: str, low: int, high: int) -> tuple[int, int]:
        """Two whole numbers within [low, high], as [1, 2].

        Raises:
            PresetError: it is missing, something else, or out of range.
        """
        value = self._take(field, None)
        if not isinstance(value, list) or len(value) != 2 or not all(type(entry) is int for entry in value):
            raise self.wrong(field, f"must be two whole numbers, such as [0, 3], got {_shown(value)}")
        if not all(low <= entry <= high for entry in value):
            raise self.wrong(field, f"must lie in {low} … {high}, got {_shown(value)}")
        return value[0], value[1]

    def has(self, field: str) -> bool:
        """Whether a field is there; asking makes it a known one."""
        self._known.add(field)
        return field in self._values

    def finish(self) -> None:
        """Refuse fields that no getter asked for.

        Raises:
            PresetError: there is one; the message names the nearest known field.
        """
        for field in self._values:
            if field not in self._known:
                known = sorted(self._known)
                hint = nearest(field, known)
                raise self.wrong(field, f"is no field here{hint}. Known: {', '.join(known)}")

    def wrong(self, field: str, what: str) -> PresetError:
        """The error for a field of this table, to be raised by the caller."""
        return PresetError(f"{self.path}, line {self._line(field)}: {field!r} {what}")

    def _take(self, field: str, default: Any) -> Any:  # noqa: ANN401 - whatever TOML holds; getters check it
        self._known.add(field)
        value = self._values.get(field, default)
        if value is None:
            raise PresetError(
                f"{self.path}, line {self._first_line}: the field {field!r} is missing"
                f"{nearest(field, self._values.keys() - self._known)}. Add it"
            )
        return value

    def _line(self, field: str) -> int:
        """The line of a field within this table; the table's first line where none is found."""
        pattern = re.compile(rf"""^\s*\[*\s*["']?{re.escape(field)}["']?\s*(=|\.|\])""")
        lines = self._source.split("\n")  # as TOML counts them; splitlines knows more ends of lines
        for number, line in enumerate(lines[self._first_line - 1 :], start=self._first_line):
            if pattern.match(line):
                return number
        return self._first_line

    def _header_lines(self, field: str) -> list[int]:
        """Where entries under [[field]] or [[parent.field]] begin, from this table on."""
        pattern = re.compile(rf"^\s*\[\[\s*(?:[\w.-]+\.)?{re.escape(field)}\s*\]\]")
        lines = list(enumerate(self._source.split("\n"), start=1))
        return [number for number, line in lines[self._first_line - 1 :] if pattern.match(line)]


def read_preset(path: Path) -> PresetTable:
    """The outermost table of a file.

    Raises:
        PresetError: it is missing, no TOML, no text, or too large.
    """
    source = _text(path)
    try:
        return PresetTable(tomllib.loads(source), path, source)
    except tomllib.TOMLDecodeError as error:
        raise PresetError(
            f"{path} is not valid TOML: {_one_line(error)}. Correct it there, or start from a copy of a preset"
        ) from error
    except (ValueError, RecursionError) as error:
        raise PresetError(f"{path} holds a number or brackets of absurd length. Shorten them") from error


def nearest(word: str, known: Collection[str]) -> str:
    """What was meant perhaps, as a message ends with it; empty where nothing is near."""
    close = difflib.get_close_matches(word[:100], list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _text(path: Path) -> str:
    data = _bytes(path)
    if len(data) > MAX_BYTES:
        raise PresetError(f"{path} is larger than {MAX_BYTES >> 10} KiB, which no preset is. Check the path")
    try:
        text = data.decode("utf-8-sig")  # editors of Windows put a mark in front
    except UnicodeDecodeError as error:
        raise PresetError(f"{path} is no text ({_one_line(error)}). Save it as UTF-8") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > _MAX_DOTS_IN_A_LINE:
            raise PresetError(f"{path}, line {number}: holds too many dots for a preset. Shorten the line")
    return text


def _bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            raise PresetError(f"{path} is no file. Give the path of a .toml file")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise PresetError(f"There is no preset file at {path}. Check the path") from error
    except OSError as error:
        raise PresetError(
            f"{path} cannot be read ({error.strerror}). Check the path and its rights"
        ) from error


def _shown(value: object) -> str:
    """A value as the person wrote it, shortened; an integer of thousands of digits has no repr."""
    try:
        return reprlib.repr(value)
    except ValueError:
        return "a number of thousands of digits"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
