"""Clips with features and what people said of them, and how tables of labels become such clips."""

from __future__ import annotations

import logging
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.feature_fusion import HeadSpec, Task
from emsync_nb.errors import DataError
from emsync_nb.training.emotion.feature_files import FeatureFolder, Features, read_features

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
#: words that tables use
_SPLIT_WORDS: dict[str, Split] = {
    **dict.fromkeys(("train", "training", "trn", "learn", "learning"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
    **dict.fromkeys(("test", "testing", "tst"), "test"),
}
#: of clips to learn from, one in so many is held out where nobody says which are
_HELD_OUT_OF = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A line of a table of labels."""

    #: the video, with or without its suffix
    name: str
    #: (answers,) 0 and 1, or valence and arousal in [-1, 1]
    wanted: NDArray[np.float64]
    split: Split
    #: a folder its features may lie in, such as its class
    folder: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip that can be learnt from."""

    name: str
    #: (≤ 16, width) by modality
    features: Features
    wanted: NDArray[np.float64]
    split: Split


@dataclass(frozen=True, slots=True, eq=False)
class EmotionData:
    """A data set that a user brought."""

    #: "ekman6", …
    name: str
    task: Task
    answers: tuple[str, ...]
    #: (name, width) of all modalities that occur
    modalities: tuple[tuple[str, int], ...]
    clips: tuple[Clip, ...]
    #: what was left out and why, a line each
    skipped: tuple[str, ...]

    def split(self, name: Split) -> list[Clip]:
        """The clips of one split."""
        return [clip for clip in self.clips if clip.split == name]

    def counts(self) -> dict[str, int]:
        """Split → how many clips."""
        return {name: len(self.split(name)) for name in SPLITS}


def split_of(word: str, where: str) -> Split:
    """What a table calls a split.

    Raises:
        DataError: none of the words that are used for one.
    """
    try:
        return _SPLIT_WORDS[word.strip().lower()]
    except KeyError:
        raise DataError(f"{where}: {word!r:.40} is no split; write train, validation or test") from None


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


def gathered(
    name: str,
    task: Task,
    answers: Sequence[str],
    rows: Iterable[Row],
    folder: Path,
    *,
    skipped: Iterable[str] = (),
    on_progress: Callable[[float], None] = lambda share: None,
) -> EmotionData:
    """Read the features of every row from the files below `folder`; rows without are told of and left out.

    Where no row is for validation, one in eight of those to learn from is, chosen by its name: the same in every run.

    Raises:
        DataError: a damaged file, a modality of two widths or with an odd name, or too few clips to learn from and to
            hold out.
    """
    rows, files, left_out = list(rows), FeatureFolder.of(folder), list(skipped)
    doubled = [video for video, count in Counter(row.name for row in rows).items() if count > 1]
    if doubled:
        raise DataError(f"{doubled[0]:.80} stands twice in the table of {name}; keep one line of it")
    clips: list[Clip] = []
    for number, row in enumerate(rows):
        path = files.find(*([f"{row.folder}/{row.name}"] if row.folder else []), row.name)
        features = {} if path is None else read_features(path)
        if features:
            clips.append(Clip(row.name, features, row.wanted, row.split))
        else:
            reason = "no file of features" if path is None else "no features in its file"
            left_out.append(f"{row.name:.80}: {reason}")
        on_progress((number + 1) / len(rows))
    clips = _with_validation(clips)
    if not all(any(clip.split == split for clip in clips) for split in SPLITS[:2]):
        raise DataError(
            f"{folder} holds features of {len(clips)} of {len(rows)} videos in the table: too few to learn from and to "
            "hold out. Name the files as the table does"
        )
    widths = _widths(name, clips)
    try:
        HeadSpec(task, tuple(answers), widths, name)
    except ValueError as error:
        raise DataError(f"no head can take the features of {name}: {error}. Write the files again") from error
    return EmotionData(name, task, tuple(answers), widths, tuple(clips), tuple(left_out))


def _with_validation(clips: Sequence[Clip]) -> list[Clip]:
    if any(clip.split == "validation" for clip in clips):
        return list(clips)
    log.warning("nobody says which clips to validate on: one in %d is, chosen by name", _HELD_OUT_OF)
    return [
        replace(clip, split="validation")
        if clip.split == "train" and zlib.crc32(clip.name.encode(errors="replace")) % _HELD_OUT_OF == 0
        else clip
        for clip in clips
    ]


def _widths(name: str, clips: Sequence[Clip]) -> tuple[tuple[str, int], ...]:
    widths: dict[str, int] = {}
    for clip in clips:
        for modality, rows in clip.features.items():
            if widths.setdefault(modality, rows.shape[1]) != rows.shape[1]:
                raise DataError(
                    f"{name}: {modality:.40} of {clip.name:.80} has {rows.shape[1]} numbers, others have "
                    f"{widths[modality]}. Make all with one model"
                )
    return tuple(sorted(widths.items()))


def one_hot(answers: Sequence[str], *given: str) -> NDArray[np.float64]:
    """(answers,) 1 at those that are given."""
    return np.array([float(answer in given) for answer in answers])


def told(counts: Mapping[str, int]) -> str:
    """Counts as words, such as "3 train, 1 test"."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
