"""The notebook that `emsync desk` opens: written beside the film, and left alone once somebody has changed it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any, NamedTuple

from emsync_nb.errors import OutputError

#: where a notebook tells what we wrote
_MARK = "emsync_desk"
_ENDING = ".desk.ipynb"
#: bytes of a name that nearly all disks take, and those that Jupyter adds for its own copies ("-checkpoint")
_LONGEST_NAME, _SPARE = 255, 12


class DeskNotebook(NamedTuple):
    """A notebook with a desk."""

    path: Path
    #: whether somebody has changed it since we wrote it, so that it was left as it is
    is_changed: bool
    #: whether the film's name was too long for a notebook's
    is_shortened: bool = False


def desk_notebook(film: Path, session: Path | None) -> DeskNotebook:
    """The notebook of a film, written unless it is there: beside the film, else beside its session.

    Args:
        film: an absolute path.
        session: folder of the session, absolute; None: beside the film.

    Raises:
        OutputError: it can be written in neither place.
    """
    place = _place(film, session)
    path = place / _name(film, place)
    is_shortened = path.name != _plain_name(film)
    content = _content(film, session, path.parent)
    try:
        if not path.exists():
            _write(path, content)
            return DeskNotebook(path, False, is_shortened)
        there = _read(path)
        if there is None or _digest(there) != _marked(there):
            return DeskNotebook(path, True, is_shortened)
        if _digest(there) != _digest(content):
            _write(path, content)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another --session") from error
    return DeskNotebook(path, False, is_shortened)


def _plain_name(film: Path) -> str:
    return f"{film.stem.lstrip('.') or 'film'}{_ENDING}"  # JupyterLab opens no hidden files


def _name(film: Path, place: Path) -> str:
    """The notebook's name; one that is too long is cut, and a digest tells it from others that begin alike."""
    plain, longest = _plain_name(film), longest_name(place) - _SPARE
    if len(os.fsencode(plain)) <= longest:
        return plain
    ending = f"-{hashlib.sha256(os.fsencode(film.name)).hexdigest()[:8]}{_ENDING}"
    # a letter that the cut divides goes
    return os.fsencode(plain)[: longest - len(ending)].decode(errors="ignore") + ending


def longest_name(folder: Path) -> int:
    """Bytes that the name of a file in a folder may have."""
    if not hasattr(os, "pathconf"):
        return _LONGEST_NAME
    try:
        return min(_LONGEST_NAME, os.pathconf(folder, "PC_NAME_MAX"))
    except (OSError, ValueError):  # a disk that does not say
        return _LONGEST_NAME


def _place(film: Path, session: Path | None) -> Path:
    """Where people look for it, if that is ours to write."""
    places = (
        [film.parent] if session is None else [film.parent, session if session.is_dir() else session.parent]
    )
    for place in places:
        if os.access(place, os.W_OK):
            return place
    raise OutputError(
        f"{film.parent} is not yours to write; name a folder for the session with --session, and the notebook goes "
        "there too"
    )


def _content(film: Path, session: Path | None, folder: Path) -> dict[str, Any]:
    """The notebook as JSON has it, marked with the digest of its cells."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": [
            {"cell_type": "markdown", "id": "about", "metadata": {}, "source": _about(film)},
            {
                "cell_type": "code",
                "id": "desk",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": _code(film, session, folder),
            },
        ],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    notebook["metadata"][_MARK] = _digest(notebook)  # type: ignore[index] # a dict, see above
    return notebook


def _about(film: Path) -> str:
    # a name may hold what commands a page
    name = "".join(letter if letter.isalnum() or letter in " -.," else "\\" + letter for letter in film.name)
    return (
        f"# {name}\n\nRun the cell below: Shift and Enter. It opens the scoring desk, where you see the film, its "
        "emotion, its cuts and the music, change them, and hear what comes of it. Press **?** in the desk for its keys."
    )


def _code(film: Path, session: Path | None, folder: Path) -> str:
    arguments = [_named(film, folder)]
    if session is not None:
        arguments.append(f"session={_named(session, folder)}")
    call = f"desk = ScoringDesk({', '.join(arguments)})"
    return f"from emsync_nb.widgets import ScoringDesk\n\n{call}\ndesk"


def _named(path: Path, folder: Path) -> str:
    """A path as Python writes it, short where it lies in the notebook's folder: both may move together."""
    is_near = path.is_relative_to(folder)
    return _literal(path.relative_to(folder).as_posix() if is_near else str(path))


def _literal(text: str) -> str:
    """A text as Python writes it, in double quotes; what cannot be seen is escaped."""
    shown = (
        text.replace("\\", "\\\\") if text.isprintable() else text.encode("unicode_escape").decode("ascii")
    )
    return '"' + shown.replace('"', '\\"') + '"'


def _digest(notebook: dict[str, Any]) -> str:
    """Of what the cells say; outputs come and go."""
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _marked(notebook: dict[str, Any]) -> object:
    return notebook["metadata"].get(_MARK)


def _read(path: Path) -> dict[str, Any] | None:
    """A notebook; None where the file is anything else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        _digest(found), _marked(found)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return found  # type: ignore[no-any-return] # looked through just now


def _write(path: Path, content: dict[str, Any]) -> None:
    """Replace a file in one step."""
    unfinished = path.with_name(f".emsync-{secrets.token_hex(8)}.part")
    try:
        unfinished.write_text(json.dumps(content, indent=1) + "\n", encoding="ascii")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
