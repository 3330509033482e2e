"""Which changes a piece of music goes through is drawn; the same generator draws the same again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from emsync_nb.domain import MusicTable
from emsync_nb.training.augmentation.pitch_and_tempo import allowed_shifts, scale_tempo, transpose
from emsync_nb.training.augmentation.recasting import recast
from emsync_nb.training.augmentation.tracks import drop_tracks, merge_tracks, merges_for
from emsync_nb.training.grooves import Groove, lay_groove, matching


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How often and how far music is changed."""

    #: probability of a transposition; the shift itself is uniform over what all instruments can play
    transpose: float = 0.9
    #: largest transposition either way
    semitones: int = 5
    #: probability of another tempo
    retime: float = 0.9
    #: largest change of tempo either way, as a natural logarithm: 0.12 is about ±12 %
    tempo: float = 0.12
    #: probability that tracks are dropped, where there are several
    drop: float = 0.15
    #: probability that a family of tracks is merged into one, where there is such a family
    merge: float = 0.15
    #: probability that drums are laid over music without, where a performance matches: about one excerpt in 14
    groove: float = 0.3
    #: probability that other players of the same range take parts over
    recast: float = 0.25

    def __post_init__(self) -> None:
        chances = (self.transpose, self.retime, self.drop, self.merge, self.groove, self.recast)
        if not all(0 <= chance <= 1 for chance in chances):
            raise ValueError(f"probabilities lie in 0 … 1: {asdict(self)}")
        if not 0 <= self.semitones <= 24 or not 0 <= self.tempo <= 0.7:
            raise ValueError(f"transpose by at most 24 semitones and retime by at most 0.7: {asdict(self)}")


@dataclass(frozen=True, slots=True, eq=False)
class Augmented:
    """Music that is no longer what its composer wrote, and how it came to be."""

    table: MusicTable
    #: each change in the order they were made, such as "transposed +3" or "groove: 1_funk_80_beat_4-4 (CC-BY-4.0)"
    changes: tuple[str, ...]


def augment(
    table: MusicTable,
    settings: Augmentation,
    rng: np.random.Generator,
    *,
    grooves: Sequence[Groove] = (),
    split: str = "train",
) -> Augmented:
    """Change music at random: fewer tracks, merged tracks, other players, another key or tempo, drums laid over.

    Bars stay where they are on the grid. Drums come only from grooves of the given split. Labels, key and density
    have to be measured again.
    """
    changes: list[str] = []
    table = _orchestrated(table, settings, rng, changes)
    table = _moved(table, settings, rng, changes)
    if grooves and rng.random() < settings.groove:
        table = _with_drums(table, grooves, split, rng, changes)
    return Augmented(table, tuple(changes))


def _orchestrated(
    table: MusicTable, settings: Augmentation, rng: np.random.Generator, changes: list[str]
) -> MusicTable:
    if rng.random() < settings.drop:
        fewer = drop_tracks(table, rng)
        gone = len(np.unique(table.track)) - len(np.unique(fewer.track))
        changes += [f"tracks dropped: {gone}"] if gone else []
        table = fewer
    if rng.random() < settings.merge and (merges := merges_for(table)):
        merge = merges[int(rng.integers(len(merges)))]
        changes.append(f"merged: {merge.name}")
        table = merge_tracks(table, merge)
    if rng.random() < settings.recast:
        changes.append("recast")
        table = recast(table, rng)
    return table


def _moved(
    table: MusicTable, settings: Augmentation, rng: np.random.Generator, changes: list[str]
) -> MusicTable:
    if rng.random() < settings.transpose:
        semitones = int(rng.choice(allowed_shifts(table, settings.semitones)))
        changes += [f"transposed {semitones:+d}"] if semitones else []
        table = transpose(table, semitones)
    if rng.random() < settings.retime and settings.tempo > 0:
        factor = float(np.exp(rng.uniform(-settings.tempo, settings.tempo)))
        changes.append(f"tempo ×{factor:.4f}")
        table = scale_tempo(table, factor)
    return table


def _with_drums(
    table: MusicTable, grooves: Sequence[Groove], split: str, rng: np.random.Generator, changes: list[str]
) -> MusicTable:
    found = matching(table, grooves, split)
    if not found:
        return table
    groove, stretch = found[int(rng.integers(len(found)))]
    changes.append(f"groove: {groove.name} ({groove.licence})")
    return lay_groove(table, groove, int(rng.integers(groove.table.bars)), stretch)
