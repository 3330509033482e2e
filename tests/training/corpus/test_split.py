"""Who learns and who examines: no work does both."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.training.corpus.split import SHARES, assign, work_key
from emsync_nb.training.corpus.store import Provenance


def piece(name: str, composer: str, work: str, source: str = "openscore-lieder") -> Provenance:
    return Provenance(name, source, "CC0-1.0", composer, work)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Schubert, Franz", "Winterreise, D.911"), ("Franz Schubert", "Winterreise D 911")),
        (("Johanna Kinkel (as J. Mathieux)", "6 Lieder, Op.10"), ("Kinkel, Johanna", "6 Lieder, Op. 10")),
        (("Antonín Dvořák", "Písně"), ("Dvorak, Antonin", "Pisne")),
    ],
)
def test_one_work_however_it_is_written(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert work_key(piece("a", *one)) == work_key(piece("b", *other))


def test_works_of_two_composers_differ_even_with_one_title() -> None:
    assert work_key(piece("a", "Robert Franz", "6 Lieder")) != work_key(
        piece("b", "Fanny Hensel", "6 Lieder")
    )


def test_a_piece_that_states_nothing_is_a_work_of_its_own() -> None:
    assert work_key(piece("a", "", "")) != work_key(piece("b", "", ""))


pieces_of_works = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["openscore-lieder", "groove"]), st.integers(1, 5000)), min_size=1
)  # fmt: skip


@given(pieces_of_works, st.data())
def test_no_work_and_no_relation_crosses_a_split(
    drawn: list[tuple[int, str, int]], data: st.DataObject
) -> None:
    pieces = [piece(f"p{i}", "Nobody", f"work {work}", source) for i, (work, source, _) in enumerate(drawn)]
    index = st.integers(0, len(pieces) - 1)
    related = data.draw(st.lists(st.tuples(index, index), max_size=5))
    splits = assign(pieces, [notes for *_, notes in drawn], related)
    by_work = defaultdict(set)
    for own, split in zip(pieces, splits, strict=True):
        by_work[work_key(own)].add(split)
    assert all(len(found) == 1 for found in by_work.values())
    assert all(splits[low] == splits[high] for low, high in related)


def test_every_split_gets_its_share_of_every_collection() -> None:
    pieces = [
        piece(f"{source} {i}", "Nobody", f"{source} work {i // 3}", source)
        for source in ("openscore-lieder", "freedoom")
        for i in range(300)
    ]
    splits = assign(pieces, [100] * len(pieces), ())
    for source in ("openscore-lieder", "freedoom"):
        own = [split for split, p in zip(splits, pieces, strict=True) if p.source == source]
        for split, share in SHARES:
            assert share <= own.count(split) / 300 <= 2 * share


def test_the_choice_does_not_hang_on_the_order() -> None:
    pieces = [piece(f"p{i}", "Nobody", f"work {i}") for i in range(60)]
    forward = dict(zip(pieces, assign(pieces, [100] * 60, ()), strict=True))
    backward = dict(zip(pieces[::-1], assign(pieces[::-1], [100] * 60, ()), strict=True))
    assert forward == backward


def test_a_work_too_large_for_a_share_is_learnt_from() -> None:
    pieces = [piece("large", "Nobody", "large"), *(piece(f"p{i}", "Nobody", f"w{i}") for i in range(20))]
    assert assign(pieces, [5000, *[100] * 20], ())[0] == "train"
