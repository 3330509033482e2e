"""Who learns and who examines: whole works, never excerpts, a share of every collection."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from emsync_nb.training.corpus.store import Provenance, Split

#: of the notes of each collection, at least this much validates and this much tests
SHARES: tuple[tuple[Split, float], ...] = (("test", 0.08), ("validation", 0.08))


def work_key(provenance: Provenance) -> str:
    """Composer and work, told alike however they are written: "Schubert, Franz" is "Franz Schubert"."""
    surname, comma, _ = provenance.composer.partition(",")
    if not comma:
        words = re.sub(r"\(.*?\)", "", provenance.composer).split()
        surname = words[-1] if words else provenance.source
    return f"{_plain(surname)}/{_plain(provenance.work or provenance.name)}"


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", bare.lower()).strip() or text


def assign(
    pieces: Sequence[Provenance], notes: Sequence[int], related: Iterable[tuple[int, int]]
) -> list[Split]:
    """The split of each piece.

    Pieces of one work, and `related` pieces, form a group and stay together. Groups follow the order of a hash of
    their names, so that the choice is the same everywhere.
    """
    groups = _groups([work_key(piece) for piece in pieces], related)
    total: defaultdict[str, int] = defaultdict(int)
    for piece, count in zip(pieces, notes, strict=True):
        total[piece.source] += count
    given: defaultdict[tuple[str, Split], int] = defaultdict(int)
    splits: list[Split] = ["train"] * len(pieces)
    for members in sorted(groups, key=lambda group: _order(pieces, group)):
        source = pieces[members[0]].source
        size = sum(notes[index] for index in members)
        chosen = _choose(source, size, total, given)
        for index in members:
            splits[index] = chosen
    return splits


def _choose(source: str, size: int, total: dict[str, int], given: dict[tuple[str, Split], int]) -> Split:
    """The first split that still lacks notes of this collection; no group may fill one to twice its share."""
    for split, share in SHARES:
        wanted = share * total[source]
        if given[source, split] < wanted and given[source, split] + size <= 2 * wanted:
            given[source, split] += size
            return split
    return "train"


def _order(pieces: Sequence[Provenance], members: Sequence[int]) -> str:
    name = min(f"{pieces[index].source}/{work_key(pieces[index])}" for index in members)
    return hashlib.sha256(name.encode()).hexdigest()


def _groups(keys: Sequence[str], related: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Indices that share a key or are related, through others too."""
    parent = list(range(len(keys)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first: dict[str, int] = {}
    for index, key in enumerate(keys):
        parent[root(index)] = root(first.setdefault(key, index))
    for low, high in related:
        parent[root(high)] = root(low)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for index in range(len(keys)):
        groups[root(index)].append(index)
    return list(groups.values())
