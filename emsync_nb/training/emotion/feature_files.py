"""Feature files of clips: .npz and .safetensors, checked before they are trusted.

A file holds one array a modality, (moments, width) or (width,) numbers. Names that begin with "_" are notes of whoever
wrote the file, and passed over; an empty array is a modality that the clip lacks; a row of NaN is a moment at which
nothing is known. Nothing is unpickled.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.feature_fusion import MOMENTS, PICKLES, thinned
from emsync_nb.errors import DataError
from emsync_nb.extras import require
from emsync_nb.training.damage import DAMAGES

#: what may be read, the better first
SUFFIXES = (".npz", ".safetensors")
#: of videos, which names in tables may or may not carry
FILMS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".webm", ".wmv")
#: a clip's features take up no more, unpacked
_MOST_BYTES = 1 << 28
#: what 16-bit floats hold; what is larger stays in 32 bits
_HALF_REACH = 6e4
_CONVERT = (
    "it may run any program when it is opened. Where you trust it, open it yourself and write, for each video, "
    "numpy.savez('NAME.npz', clip=…, beats=…) (docs/emotion-data.md)"
)

Features = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class FeatureFolder:
    """The feature files below a folder, by name."""

    folder: Path
    #: path below the folder without suffix, and bare name → files; a bare name may stand for several
    _files: Mapping[str, tuple[Path, ...]]

    @classmethod
    def of(cls, folder: Path) -> FeatureFolder:
        """Look through a folder and all below it.

        Raises:
            DataError: there is no such folder, or nothing but pickles in it.
        """
        if not folder.is_dir():
            raise DataError(f"{folder} is no folder; put a .npz or .safetensors file of each video there")
        files: dict[str, tuple[Path, ...]] = {}
        pickled: Path | None = None
        for place, below, names in os.walk(folder):
            below.sort()
            for name in sorted(names):
                path = Path(place, name)
                if path.suffix.lower() in PICKLES:
                    pickled = path
                if path.suffix.lower() in SUFFIXES:
                    whole = path.relative_to(folder).with_suffix("").as_posix()
                    for key in {whole, path.stem}:
                        files[key] = (*files.get(key, ()), path)
        if not files and pickled is not None:
            raise DataError(f"{pickled} is not read: {_CONVERT}")
        return cls(folder, files)

    def find(self, *names: str) -> Path | None:
        """The file of the first name that has one.

        Raises:
            DataError: the name stands for several.
        """
        for name in names:
            found = [path for path in self._files.get(bare(name), ()) if path.suffix.lower() in SUFFIXES]
            if len({path.with_suffix("") for path in found}) > 1:
                raise DataError(f"{found[0]} and {found[1]} are both called {name:.80}; name them by folder")
            if found:
                return min(found, key=lambda path: SUFFIXES.index(path.suffix.lower()))
        return None


def bare(name: str) -> str:
    """A video's name without the suffix of a film, if it has one."""
    suffix = next((suffix for suffix in FILMS if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(suffix)]


def read_features(path: Path) -> Features:
    """(≤ 16, width) rows by modality, as 16-bit floats where these hold them.

    Raises:
        DataError: damaged, too large, a pickle, or holding something else than rows of finite numbers.
        MissingExtraError: a .safetensors file, and safetensors is not installed.
    """
    suffix = path.suffix.lower()
    if suffix in PICKLES:
        raise DataError(f"{path} is not read: {_CONVERT}")
    if suffix not in SUFFIXES:
        raise DataError(f"{path} is no file of features; give .npz or .safetensors")
    arrays = _npz(path) if suffix == ".npz" else _safetensors(path)
    checked = {name: _checked(path, name, array) for name, array in arrays.items()}
    return {name: array for name, array in checked.items() if array.size}


def notes(path: Path) -> Features:
    """The arrays of an .npz file whose names begin with "_"; none where it cannot be read."""
    try:
        return _npz(path, noted=True)
    except DataError:
        return {}


def _npz(path: Path, *, noted: bool = False) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MOST_BYTES:
                raise DataError(
                    f"{path} unpacks to more than {_MOST_BYTES >> 20} MB; thin its rows out to {MOMENTS}"
                )
            _check_headers(path, archive)
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files if name.startswith("_") == noted}
    except DAMAGES as error:
        raise _damaged(path, error) from error


def _check_headers(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse arrays of objects, and those that claim more than the file holds, before memory is taken for them."""
    for member in archive.infolist():
        with archive.open(member) as stream:
            version = np.lib.format.read_magic(stream)
            read = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, _, kind = read(stream)
        if kind.kind not in "fiu":
            raise DataError(f"{path}: {member.filename[:80]} holds no numbers; keep arrays of numbers alone")
        if np.prod(shape, dtype=np.float64) * kind.itemsize > member.file_size:
            raise DataError(f"{path}: {member.filename[:80]} claims more than it holds; write the file again")


def _safetensors(path: Path) -> dict[str, NDArray[Any]]:
    library = require("safetensors")
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError(f"{path} has more than {_MOST_BYTES >> 20} MB; thin its rows out to {MOMENTS}")
        with library.safe_open(path, framework="numpy") as file:
            return {name: file.get_tensor(name) for name in file.keys() if not name.startswith("_")}  # noqa: SIM118 - no mapping
    except (OSError, ValueError, KeyError, TypeError, library.SafetensorError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DataError:
    reason = " ".join(str(error).split())[:160] or type(error).__name__
    return DataError(f"{path} is not a readable file of features ({reason}). Write it again")


def _checked(path: Path, name: str, array: NDArray[Any]) -> NDArray[Any]:
    rows = array[None, :] if array.ndim == 1 and array.size else array
    if not rows.size:
        return np.zeros((0, 0), dtype=np.float32)
    if rows.ndim != 2 or rows.dtype.kind not in "fiu":
        raise DataError(f"{path}: {name:.40} must be (moments, width) numbers, got shape {array.shape}")
    with np.errstate(over="ignore"):
        thin = thinned(rows).astype(np.float32)
    unknown = np.isnan(thin)
    if np.isinf(thin).any() or np.any(unknown.any(axis=1) != unknown.all(axis=1)):
        raise DataError(
            f"{path}: {name:.40} holds numbers that are not finite; a row may be all NaN, or none of it"
        )
    if unknown.all():
        return np.zeros((0, 0), dtype=np.float32)
    return thin.astype(np.float16) if np.nanmax(np.abs(thin)) < _HALF_REACH else thin
