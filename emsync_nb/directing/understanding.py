"""Directions in words as changes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from emsync_nb.directing.changes import Change, Directions, Orchestration, Scene
from emsync_nb.directing.clauses import Clause, clauses
from emsync_nb.directing.items import items
from emsync_nb.directing.placing import Placer
from emsync_nb.directing.tokens import cleaned


def understand(text: str, scene: Scene) -> Directions:
    """What directions such as "start uneasy, turn hopeful at 0:20, big finish" ask for.

    Args:
        text: English, 2,000 characters at most.
        scene: the film they speak of.

    Returns:
        changes whose times lie within the film, in the order of the text, and the words of which nothing came.
        Without the extra `text`, words of feeling are understood only where they are known exactly.

    Raises:
        PlanError: the text is too long.
    """
    plain = cleaned(text)
    read = clauses(items(plain, scene), plain)
    placer = Placer(scene)
    changes = placer.place([clause for clause in read if not (clause.when and clause.when.problem)])
    changes = _one_ensemble(changes, placer.refused)
    left = _left(read, placer.refused)
    if not changes and not left and plain.strip():
        left = [f"{' '.join(plain.split())} (nothing that can be read)"]
    return Directions(tuple(changes), tuple(left))


def _one_ensemble(changes: Sequence[Change], refused: list[tuple[str, str]]) -> list[Change]:
    """One ensemble plays the whole film: of several, none is taken."""
    asked = [change for change in changes if isinstance(change, Orchestration)]
    if len({change.ensemble for change in asked}) > 1:
        refused += [(change.words, "one ensemble plays the whole film; name one") for change in asked]
        return [change for change in changes if change not in asked]
    return [change for change in changes if change not in asked[1:]] if asked else list(changes)


def _left(read: Sequence[Clause], refused: Sequence[tuple[str, str]]) -> list[str]:
    """Everything of which nothing came, with the reason in brackets."""
    left: list[str] = []
    for _, group in groupby(read, key=lambda clause: clause.group):
        members = list(group)
        lost = [clause for clause in members if clause.left and not clause.drafts]
        if len(lost) == len(members) > 1 and not any(c.when and c.when.problem for c in members):
            left.append(f"{' and '.join(clause.words for clause in members)} ({lost[0].left[0][1]})")
            continue
        for clause in members:
            left += _left_of(clause)
    return left + [f"{words} ({why})" for words, why in refused]


def _left_of(clause: Clause) -> list[str]:
    if clause.when and clause.when.problem:
        return [f"{clause.words} ({clause.when.problem})"]
    if clause.left and not clause.drafts:
        return [f"{clause.words} ({clause.left[0][1]})"]
    return [f"{words} ({why})" for words, why in clause.left]
