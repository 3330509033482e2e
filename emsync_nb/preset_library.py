"""The shelves: presets/<kind>/*.toml, read and checked.

A preset is found in a checkout (`<repository>/presets`) or in the installed wheel (`emsync_nb/_presets`).
Every error is one line with the file, the line, the field and what would be right.

Fields of an ensemble (`presets/ensembles`): `name`, `description`, and one `[[players]]` per track with
`name`, `part` (one of `domain.PARTS`), `program` (General MIDI, 0 … 127), `low` and `high` (MIDI note
numbers), `role` (melody, harmony, bass or rhythm), `density` (typical notes a beat where it plays, at middling
arousal, above 0 … 16; what is usual for the role unless given) and, for percussion, `is_drum = true`. A range
may go beyond `domain.INSTRUMENT_RANGES`: libraries of samples do too.
"""

from __future__ import annotations

import difflib
import re
import reprlib
import tomllib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, get_args

from emsync_nb.domain import PARTS, Ensemble, Player, Role
from emsync_nb.domain.ensemble import MAX_DENSITY
from emsync_nb.errors import InternalError, PresetError

#: presets are written by hand; anything larger is not one
MAX_BYTES = 256 * 1024
MAX_TEXT = 500
_MAX_ENTRIES = 64
#: a key of thousands of parts, a.a.a…, costs its parser time and memory in their square
_MAX_DOTS_IN_A_LINE = 100
ENSEMBLES = "ensembles"
#: role → notes a beat of a player whose file gives no density
_USUAL_DENSITY: dict[Role, float] = {"melody": 1.2, "harmony": 1.0, "bass": 0.8, "rhythm": 1.5}
#: the same for a drum kit: a hi-hat in quavers, with bass drum and snare on the beats
_USUAL_DENSITY_OF_DRUMS = 3.0


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
            raise self.wrong(field, f"must be one of {', '.join(choices)}{_nearest(value, choices)}")
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

    def finish(self) -> None:
        """Refuse fields that no getter asked for.

        Raises:
            PresetError: there is one; the message names the nearest known field.
        """
        for field in self._values:
            if field not in self._known:
                known = sorted(self._known)
                hint = _nearest(field, known)
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
                f"{_nearest(field, self._values.keys() - self._known)}. Add it"
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
        pattern = re.compile(rf"^\s*\[\[\s*{re.escape(field)}\s*\]\]")
        return [n for n, line in enumerate(self._source.split("\n"), start=1) if pattern.match(line)]


def names(kind: str) -> tuple[str, ...]:
    """The names of the presets of one kind ("ensembles", "mastering"), in alphabetical order."""
    return tuple(sorted(path.stem for path in (_shelf() / kind).glob("*.toml")))


def load(kind: str, name_or_path: str | Path) -> PresetTable:
    """A preset by name, or from a file of the user's own (anything that ends in .toml).

    Raises:
        PresetError: there is none of that name or path, or the file is no TOML or too large.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = _by_name(kind, str(name_or_path))
    source = _text(path)
    try:
        return PresetTable(tomllib.loads(source), path, source)
    except tomllib.TOMLDecodeError as error:
        raise PresetError(
            f"{path} is not valid TOML: {_one_line(error)}. Correct it there, or start from a copy of a preset"
        ) from error
    except (ValueError, RecursionError) as error:
        raise PresetError(f"{path} holds a number or brackets of absurd length. Shorten them") from error


def load_ensemble(name_or_path: str | Path) -> Ensemble:
    """An ensemble by name ("string-quartet") or from a .toml file.

    Raises:
        PresetError: as `load`, or a field is missing, unknown or out of range.
    """
    table = load(ENSEMBLES, name_or_path)
    name = table.text("name")
    table.text("description")
    entries = table.tables("players")
    players = tuple(_player(entry) for entry in entries)
    table.finish()
    _refuse_doubled_parts(entries, players)
    try:
        return Ensemble(name, players)
    except ValueError as error:
        raise table.wrong("players", f"do not make an ensemble: {error}. Give it to the lowest") from error


def _player(entry: PresetTable) -> Player:
    roles: dict[str, Role] = {role: role for role in get_args(Role)}
    low = entry.integer("low", 0, 127)
    role = roles[entry.text("role", choices=tuple(roles))]
    part, is_drum = _part(entry)
    player = Player(
        name=entry.text("name"),
        part=part,
        program=entry.integer("program", 0, 127),
        low=low,
        high=entry.integer("high", low, 127),
        role=role,
        is_drum=is_drum,
        density=_density(entry, _USUAL_DENSITY_OF_DRUMS if is_drum else _USUAL_DENSITY[role]),
    )
    entry.finish()
    return player


def _part(entry: PresetTable) -> tuple[str, bool]:
    """The part, and whether it is drums: both fields must say so."""
    part, is_drum = entry.text("part", choices=PARTS), entry.flag("is_drum", default=False)
    if is_drum and part != "drums":
        raise entry.wrong("is_drum", f"is for the part 'drums', and this is {part!r}. Correct one of them")
    if part == "drums" and not is_drum:
        raise entry.wrong("part", "is drums, whose notes are no pitches. Add is_drum = true")
    return part, is_drum


def _density(entry: PresetTable, usual: float) -> float:
    density = entry.number("density", 0, MAX_DENSITY, default=usual)
    if not density:
        raise entry.wrong("density", "must be above 0. Give the notes a beat, or leave out who never plays")
    return density


def _refuse_doubled_parts(entries: Sequence[PresetTable], players: Sequence[Player]) -> None:
    names_of_parts: dict[str, str] = {}
    for entry, player in zip(entries, players, strict=True):
        if player.part in names_of_parts:
            taken = f"{player.part!r} is already played by {names_of_parts[player.part]!r}"
            raise entry.wrong("part", f"must be another: {taken}. Give each player a part of its own")
        names_of_parts[player.part] = player.name


def _shelf() -> Path:
    package = Path(__file__).resolve().parent
    for folder in (package / "_presets", package.parent / "presets"):
        if folder.is_dir():
            return folder
    raise InternalError(f"The presets are missing beside {package}. Install emsync_nb again")


def _by_name(kind: str, name: str) -> Path:
    known = names(kind)
    if name not in known:
        raise PresetError(
            f"There is no preset {name[:60]!r} among {kind}{_nearest(name, known)}. "
            f"Choose one of {', '.join(known)}, or give the path of a .toml file"
        )
    return _shelf() / kind / f"{name}.toml"


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


def _nearest(word: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(word[:100], list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
