"""Where the model files lie: the folder of `EMSYNC_WEIGHTS`, then the user's own; each checked once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from emsync_nb.errors import WeightsError
from emsync_nb.weights.catalogue import ModelFile, entry

#: names a folder that is looked through first, with all below it
FOLDER_VARIABLE = "EMSYNC_WEIGHTS"
#: the cache folder of emsync, the same that prepared music lies in
_CACHE_VARIABLE = "EMSYNC_CACHE"
_ELSEWHERE = f"{FOLDER_VARIABLE} to a folder that holds {{}}"

#: (path, device, inode, size, nanoseconds of the last change) → SHA-256
_known: dict[tuple[str, int, int, int, int], str] = {}


def sha256(path: Path) -> str:
    """The SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def user_folder() -> Path:
    """Where fetched files are kept: `models` in `EMSYNC_CACHE`, else in ~/.cache/emsync_nb."""
    return Path(os.environ.get(_CACHE_VARIABLE) or Path.home() / ".cache" / "emsync_nb") / "models"


def find(name: str) -> Path | None:
    """A file of the catalogue, its size and SHA-256 checked; None where none that is whole is there.

    Each file is hashed once in a process, and again only when it has changed.

    Raises:
        WeightsError: no such name, or `EMSYNC_WEIGHTS` names no folder.
    """
    model = entry(name)
    return next((path for path in places(model) if damage_of(model, path) is None), None)


def path_of(name: str) -> Path:
    """The same, where the file is needed.

    Raises:
        WeightsError: as `paths_of`.
    """
    return paths_of(name)[0]


def paths_of(*names: str) -> list[Path]:
    """The files of all these names, where every one is needed.

    Raises:
        WeightsError: some are missing or damaged; the line is of `what_is_missing`.
    """
    line = what_is_missing(*names)
    if line is not None:
        raise WeightsError(line)
    return [path for path in map(find, names) if path is not None]


def what_is_missing(*names: str) -> str | None:
    """What is wrong with files that are all needed, and what to do, in a line; None where all are here.

    Raises:
        WeightsError: no such name, or `EMSYNC_WEIGHTS` names no folder.
    """
    missing = [entry(name) for name in names if find(name) is None]
    for model in missing:
        for path in places(model):
            damage = damage_of(model, path)
            return f"{path} is not the file that {model.name} names ({damage}). {remedy(model)}"
    return _in_words(missing) if missing else None


def _in_words(missing: Sequence[ModelFile]) -> str:
    """What is missing, and what to do, in one line that is short enough to be read beside a film."""
    *others, last = [model.name for model in missing]
    if not others:
        kind = "folder" if missing[0].is_folder else "file"
        return f"The model {kind} {last} is not here. {remedy(missing[0])}"
    names = f"{', '.join(others)} and {last}"
    return (
        f"The model files {names} are not here. Run: emsync weights fetch, or set {_ELSEWHERE.format('them')}"
    )


def remedy(model: ModelFile) -> str:
    """What to do where a file is missing."""
    if model.is_shipped:
        return "Run: pip install --force-reinstall emsync_nb"
    if model.is_folder:
        return f"Copy the folder {model.address} into one that {FOLDER_VARIABLE} names"
    return f"Run: emsync weights fetch {model.name}, or set {_ELSEWHERE.format('it')}"


def places(model: ModelFile) -> Iterator[Path]:
    """Everything of the right name, the better place first; not checked."""
    if model.is_shipped:
        yield from (path for path in (model.path,) if path.is_file())
        return
    for folder in _folders():
        yield from _named(model, folder)


def damage_of(model: ModelFile, path: Path) -> str | None:
    """What is wrong with a file that has the right name, in a few words; None where it is the very one.

    Of a folder nothing is known beyond its name; whoever opens it checks it.
    """
    if model.is_folder:
        return None
    try:
        size = path.stat().st_size
        if size != model.size:
            return f"{size:,} bytes in place of {model.size:,}"
        return None if _digest(path) == model.sha256 else "another SHA-256"
    except OSError as error:
        return error.strerror or "unreadable"


def forget_checks() -> None:
    """Hash every file anew when it is next asked for."""
    _known.clear()


def _folders() -> Iterator[Path]:
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        if not Path(chosen).is_dir():
            raise WeightsError(f"{FOLDER_VARIABLE} names {chosen}, which is no folder; correct or unset it")
        yield Path(chosen)
    yield user_folder()


def _named(model: ModelFile, folder: Path) -> Iterator[Path]:
    """Files, or folders, of the model's name in a folder and below, in an order that does not change."""
    for place, below, files in os.walk(folder):
        below.sort()  # os.walk goes on in this order
        if model.file_name in (below if model.is_folder else files):
            yield Path(place, model.file_name)


def _digest(path: Path) -> str:
    facts = path.stat()
    key = (str(path), facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
    if key not in _known:
        _known[key] = sha256(path)
    return _known[key]
