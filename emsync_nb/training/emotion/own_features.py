"""What our own experts say of many films, kept as feature files, so that heads can be trained on it.

One .npz a film, with an array for each expert that had an opinion. A film that is there already is passed over, unless
it has changed since; so a run that was broken off goes on where it was.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.expert import Opinion
from emsync_nb.analysis.genre import moments_of
from emsync_nb.errors import DataError, OutputError, VideoError
from emsync_nb.training.emotion.feature_files import FILMS, notes
from emsync_nb.training.whole_file import write_whole

#: of how features are made; another one makes all anew
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of watching films."""

    films: int
    #: made in this run
    made: int
    #: film: why it has no features
    failed: tuple[str, ...]


def watch_films(
    films: Path,
    out: Path,
    judge: Callable[[Path], Sequence[Opinion]],
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> Watched:
    """Keep the features of every film below a folder as OUT/NAME.npz, folders kept.

    Args:
        films: a folder of films.
        out: made where it is not there.
        judge: what all experts say of a film.
        on_progress: called with rising shares of the films.

    Raises:
        DataError: there is no film, or two would have one file.
        OutputError: `out` cannot be written.
    """
    paths = _paths(films)
    failed: list[str] = []
    made = 0
    for number, (film, target) in enumerate((path, _target(path, films, out)) for path in paths):
        on_progress(number / len(paths))
        if _is_current(film, target):
            continue
        try:
            features = moments_of(judge(film))
        except VideoError as error:  # one film of many; the others are not lost with it
            failed.append(f"{film.relative_to(films)}: {error}")
            continue
        _write(features, film, target)
        made += 1
    on_progress(1.0)
    return Watched(len(paths), made, tuple(failed))


def _paths(films: Path) -> list[Path]:
    paths = sorted(path for path in films.rglob("*") if path.suffix.lower() in FILMS and path.is_file())
    if not paths:
        raise DataError(f"{films} holds no film ({', '.join(FILMS)}); give the folder that does")
    for before, after in itertools.pairwise(paths):
        if before.with_suffix("") == after.with_suffix(""):
            raise DataError(f"{before} and {after} would have one file of features; rename one of them")
    return paths


def _target(film: Path, films: Path, out: Path) -> Path:
    return out / film.relative_to(films).with_suffix(".npz")


def _facts(film: Path) -> NDArray[np.int64]:
    """What tells whether features are still those of a film."""
    found = film.stat()
    return np.array([_VERSION, found.st_size, found.st_mtime_ns], dtype=np.int64)


def _is_current(film: Path, target: Path) -> bool:
    if not target.is_file():
        return False
    kept = notes(target).get("_film")
    return kept is not None and np.array_equal(kept, _facts(film))


def _write(features: dict[str, NDArray[np.float32]], film: Path, target: Path) -> None:
    """In one step, so that no half of a file stands for a film."""
    content = io.BytesIO()
    np.savez(content, _film=_facts(film), **features)  # type: ignore[arg-type] # its flags have other names
    try:
        write_whole(target, content.getvalue())
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error.strerror}); choose another --out") from error
