"""What was found in a film, kept: the second look at the same file takes no time.

A film is known by its bytes, not its name. What experts said is kept under everything that could change it: the film,
the subtitles beside it, the version of each expert, and which model files and packages were there. The curve itself is
joined anew each time, so that better layers need no new look.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import struct
import tempfile
import time
import tokenize
import zipfile
import zlib
from collections.abc import Collection, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from emsync_nb.domain import Boundary
from emsync_nb.domain.cues import BoundaryKind
from emsync_nb.extras import EXTRA_OF, is_installed
from emsync_nb.pipeline.film_digest import film_digest
from emsync_nb.weights import CATALOGUE, FUSION, GENERATOR, ModelFile, find, sha256, user_folder

if TYPE_CHECKING:
    from emsync_nb.analysis import Analysis, ExpertReport, Opinion

    #: boundaries, reports, opinions
    Found = tuple[tuple[Boundary, ...], tuple[ExpertReport, ...], tuple[Opinion, ...]]

#: changes whenever what is stored does
_FORMAT = "emsync-analysis-1"
#: what is kept at most: so many films, and files of so many bytes, packed and unpacked
_FILMS, _MAX_BYTES, _MAX_UNPACKED = 64, 64 * 1024 * 1024, 1024 * 1024 * 1024
#: what a killed process left is let go after so many seconds
_LEFT_S = 3600
_COLUMNS = ("times_s", "valence", "arousal", "valence_confidence", "arousal_confidence")
_HEADER = "header"
#: packages that give experts something to say
_PACKAGES = [
    name for name, extra in EXTRA_OF.items() if extra in ("video", "analysis", "text", "speech", "ocr")
]
_PACKAGES += ["safetensors"]
#: model files that no expert reads
_OTHER_FILES = {GENERATOR.name, FUSION.name, "genre"}
#: all that a damaged file may raise in numpy, its reader of headers, zipfile and json
_DAMAGE = (
    *(OSError, EOFError, ValueError, LookupError, TypeError, ArithmeticError, MemoryError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError),
)


class AnalysisCache:
    """The place of one film's analysis."""

    def __init__(self, film: Path, sidecar: Path | None, also: Collection[str] = ()) -> None:
        """Find its place; what cannot be read has none, and is looked at each time.

        Raises:
            WeightsError: `EMSYNC_WEIGHTS` names no folder.
        """
        self._folder = user_folder().parent / "analysis"
        self._path: Path | None = None
        with contextlib.suppress(OSError):  # subtitles that are not ours to read, say; their expert tells
            self._path = self._folder / f"{_key(film, sidecar, also, self._folder)}.npz"

    def load(self) -> Found | None:
        """Boundaries, reports and opinions; None where there are none, or they are damaged."""
        if self._path is None:
            return None
        try:
            _check_size(self._path)
            with np.load(self._path, allow_pickle=False) as archive:
                found = _read(archive)
        except _DAMAGE:
            return None  # whatever it is, a new look makes it good
        with contextlib.suppress(OSError):  # a folder that may only be read
            os.utime(self._path)  # the films looked at last stay longest
        return found

    def save(self, analysis: Analysis) -> None:
        """Keep an analysis, and let go of the oldest ones. A full disk is no reason to fail."""
        if self._path is None:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            _write_whole(self._path, _written(analysis))
            _prune(self._folder)


def _key(film: Path, sidecar: Path | None, also: Collection[str], folder: Path) -> str:
    """64 hexadecimal digits that stand for everything an analysis depends on."""
    from emsync_nb.analysis import VERSIONS

    facts = {
        "format": _FORMAT,
        "film": film_digest(film, folder),
        # the name too, for what its expert says holds it
        "subtitles": None if sidecar is None else (os.fsencode(sidecar.name).hex(), sha256(sidecar)),
        "experts": VERSIONS,
        "also": sorted(also),
        "files": {
            model.name: model.sha256
            for model in CATALOGUE
            if model.name not in _OTHER_FILES and _is_there(model)
        },
        "heads": {path.name: sha256(path) for path in sorted(user_folder().glob("*.safetensors"))},
        "packages": [name for name in _PACKAGES if is_installed(name)],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _is_there(model: ModelFile) -> bool:
    return find(model.name) is not None


def _check_size(path: Path) -> None:
    """Refuse what would fill the memory.

    Raises:
        ValueError: it is too large, packed or unpacked.
        OSError, zipfile.BadZipFile: it is not there, or no archive.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError("too large")
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED:
            raise ValueError("too large")


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as file:
        unfinished = Path(file.name)
        try:
            file.write(content)
            file.close()  # Windows renames no open file
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def _written(analysis: Analysis) -> bytes:
    arrays: dict[str, Any] = {}
    opinions = []
    for number, one in enumerate(analysis.opinions):
        arrays[f"{number}.columns"] = np.stack([getattr(one, name) for name in _COLUMNS])
        if one.ekman is not None:
            arrays[f"{number}.ekman"] = one.ekman
        evidence = [[float(noticed.time_s), noticed.words] for noticed in one.evidence]
        opinions.append({"name": one.name, "evidence": evidence})
    header = {
        "format": _FORMAT,
        "boundaries": [
            [*b.time_s.as_integer_ratio(), b.kind, float(b.strength)] for b in analysis.cues.boundaries
        ],
        "reports": [[one.name, one.available, one.seconds, one.note] for one in analysis.experts],
        "opinions": opinions,
    }
    arrays[_HEADER] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _read(
    archive: Any,  # noqa: ANN401 - numpy's view of an .npz file
) -> Found:
    from emsync_nb.analysis import ExpertReport

    header = json.loads(archive[_HEADER].tobytes())
    if header["format"] != _FORMAT:
        raise ValueError("another format")
    reports = tuple(
        ExpertReport(str(name), bool(available), float(seconds), str(note))
        for name, available, seconds, note in header["reports"]
    )
    opinions = tuple(_opinions(archive, header["opinions"]))
    at_s = [one.times_s for one in opinions]
    if any(not np.array_equal(times, at_s[0]) or not np.all(np.diff(times) > 0) for times in at_s):
        raise ValueError("no common grid")
    return tuple(_boundary(*row) for row in header["boundaries"]), reports, opinions


def _boundary(numerator: int, denominator: int, kind: BoundaryKind, strength: float) -> Boundary:
    if kind not in get_args(BoundaryKind):
        raise ValueError("no kind of boundary")
    return Boundary(Fraction(numerator, denominator), kind, float(strength))


def _opinions(archive: Any, rows: Sequence[dict[str, Any]]) -> list[Opinion]:  # noqa: ANN401 - as above
    from emsync_nb.analysis import Evidence, Opinion

    found = []
    for number, row in enumerate(rows):
        ekman = f"{number}.ekman"
        times_s, valence, arousal, sure_of_valence, sure_of_arousal = archive[f"{number}.columns"]
        evidence = tuple(Evidence(float(time_s), str(words)) for time_s, words in row["evidence"])
        trust = (sure_of_valence, sure_of_arousal)
        found.append(
            Opinion(str(row["name"]), times_s, valence, arousal, *trust, archive.get(ekman), evidence)
        )
    return found


def _prune(folder: Path) -> None:
    for pattern in ("*.npz", "*.digest"):
        files = sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[_FILMS:]:
            path.unlink(missing_ok=True)
    for path in folder.glob("*.partial"):
        if time.time() - path.stat().st_mtime > _LEFT_S:
            path.unlink(missing_ok=True)
