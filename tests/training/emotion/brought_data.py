"""Small data sets in the layouts that users bring, with a signal that can be learnt, or with none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.circumplex import EKMAN
from emsync_nb.analysis.genre import GENRES

#: widths of the published features, made small
WIDTHS = {"clip": 12, "beats": 10, "face": 8}


def features(
    rng: np.random.Generator, direction: NDArray[np.float64], *, frames: int = 5
) -> dict[str, NDArray[np.float32]]:
    """Noise with a direction in "clip" and "beats"; "face" is noise alone, and is missing now and then."""
    made = {name: rng.normal(size=(frames, width)) for name, width in WIDTHS.items()}
    made["clip"][:, : len(direction)] += direction
    made["beats"][:, : min(10, len(direction))] += direction[:10]
    if rng.random() < 0.3:
        del made["face"]
    return {name: rows.astype(np.float32) for name, rows in made.items()}


def save(folder: Path, name: str, arrays: Mapping[str, NDArray[Any]]) -> Path:
    """Write folder/name.npz."""
    path = folder / f"{name}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def splits(count: int) -> list[str]:
    """Three fifths to learn from, a fifth to validate, a fifth to test."""
    return [("train", "train", "train", "val", "test")[index % 5] for index in range(count)]


def make_ekman6(folder: Path, *, count: int = 300, seed: int = 0, shuffled: bool = False) -> Path:
    """Videos whose features point where their class does; or, shuffled, where another one's does."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(6, size=count)
    shown = rng.permutation(kinds) if shuffled else kinds
    lines = ["video,label,split"]
    for number, (kind, split) in enumerate(zip(kinds, splits(count), strict=True)):
        save(folder / "features", f"v{number}", features(rng, 1.5 * np.eye(6)[shown[number]]))
        lines.append(f"v{number}.mp4,{EKMAN[kind]},{split}")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def make_liris(folder: Path, *, count: int = 300, seed: int = 0, shuffled: bool = False) -> Path:
    """Excerpts whose features lie along their valence and arousal."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(1.4, 4.4, size=(count, 2))
    shown = rng.permutation(values) if shuffled else values
    code = {"train": 1, "val": 2, "test": 0}
    ranking = [
        "id\tname\tvalenceRank\tarousalRank\tvalenceValue\tarousalValue\tvalenceVariance\tarousalVariance"
    ]
    sets = ["id\tname\tset"]
    for number, split in enumerate(splits(count)):
        name = f"ACCEDE{number:05d}"
        save(folder / "features", name, features(rng, shown[number] - 3))
        valence, arousal = values[number]
        ranking.append(f"{number}\t{name}.mp4\t{number}\t{number}\t{valence:.6f}\t{arousal:.6f}\t0.1\t0.1")
        sets.append(f"{number}\t{name}.mp4\t{code[split]}")
    (folder / "ACCEDEranking.txt").write_text("\n".join(ranking) + "\n", encoding="utf-8")
    (folder / "ACCEDEsets.txt").write_text("\n".join(sets) + "\n", encoding="utf-8")
    return folder


def make_movienet(
    folder: Path, *, count: int = 300, seed: int = 0, shuffled: bool = False, extra: Sequence[str] = ()
) -> Path:
    """Trailers of one to three of eight genres, each with a direction of its own; `extra` lines end the table."""
    rng = np.random.default_rng(seed)
    used = [
        GENRES.index(name)
        for name in ("Action", "Comedy", "Drama", "Horror", "Romance", "Sci-Fi", "War", "Sport")
    ]
    given = [sorted(rng.choice(8, size=rng.integers(1, 4), replace=False)) for _ in range(count)]
    shown = [given[index] for index in rng.permutation(count)] if shuffled else given
    lines, lists = ["imdb_id,youtube_id,genres,title,duration"], {"trn": [], "val": [], "tst": []}
    keys = {"train": "trn", "val": "val", "test": "tst"}
    for number, split in enumerate(splits(count)):
        name = f"-y{number:04d}"
        save(folder / "features", name, features(rng, 2.0 * np.eye(8)[shown[number]].sum(axis=0)))
        genres = [GENRES[used[index]] for index in given[number]]
        lines.append(f'tt{number},{name},"{genres}","A film, again",120.5')
        lists[keys[split]].append(name)
    (folder / "trailers_genres.csv").write_text("\n".join([*lines, *extra]) + "\n", encoding="utf-8")
    (folder / "splits.json").write_text(json.dumps(lists), encoding="utf-8")
    return folder
