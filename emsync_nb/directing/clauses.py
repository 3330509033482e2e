"""A text's items as clauses, and each clause as changes whose times are still to be found."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from emsync_nb import text_embedding
from emsync_nb.directing.changes import Orchestration
from emsync_nb.directing.drafts import NOT_TO_DO, Draft, Modifiers, draft_of, feeling
from emsync_nb.directing.items import Item
from emsync_nb.directing.meaning import place_of
from emsync_nb.directing.preset_search import ensemble_like
from emsync_nb.directing.times import When, combined
from emsync_nb.errors import PlanError

#: more are no directions, and each may ask the model
MAX_CLAUSES = 100
#: what may stand within a run of words that the model is asked about, but not at its ends
_LOOSE = {
    "filler",
    "scale",
    "not",
    "less",
    "more",
    "turn",
    "head",
    "middle",
    "tail",
    "gradual",
    "build",
    "abrupt",
    "sequence",
}


@dataclass(slots=True)
class Piece:
    """Items between two splits, before they are read."""

    items: list[Item]
    #: pieces joined by "and" share a number
    group: int
    #: "then" stands before it
    sequential: bool


@dataclass(slots=True, eq=False)
class Clause:
    """What one piece of a text asks for."""

    words: str
    group: int
    sequential: bool
    when: When | None = None
    drafts: list[Draft] = field(default_factory=list)
    #: words that nothing came of, and why
    left: list[tuple[str, str]] = field(default_factory=list)
    gradual: bool = False
    #: "build to … at 0:40": the time is when it is there
    builds: bool = False
    turns: bool = False
    #: "start …", "… ending": the time, where none is given
    place: str = ""
    #: for "less tense and agitated", where the second takes over the "less"
    modifiers: Modifiers = field(default_factory=Modifiers)

    @property
    def has_no_time(self) -> bool:
        """Whether it asks only for what concerns the whole film or its end."""
        return bool(self.drafts) and all(draft.kind in {"ending", "big", "ensemble"} for draft in self.drafts)


def clauses(found: Sequence[Item], text: str) -> list[Clause]:
    """The clauses of a text, in its order.

    Raises:
        PlanError: there are more than 100.
    """
    pieces = list(_pieces(found))
    if len(pieces) > MAX_CLAUSES:
        raise PlanError(f"the directions hold {len(pieces)} clauses; give {MAX_CLAUSES} at most")
    read: list[Clause] = []
    for piece in pieces:
        before = read[-1] if read and read[-1].group == piece.group else None
        read.append(_Reader(piece, text).clause(before))
    _share_times(read)
    return read


def _pieces(found: Sequence[Item]) -> Iterator[Piece]:
    piece = Piece([], 0, False)
    for item in found:
        splits = item.kind in {"split", "sequence"}
        if not splits:
            piece.items.append(item)
            continue
        joins = item.value == "and" and bool(piece.items)
        sequential = item.kind == "sequence" or (not piece.items and piece.sequential)
        if piece.items:
            yield piece
        piece = Piece([], piece.group + (not joins), sequential)
    if piece.items:
        yield piece


def _share_times(read: Sequence[Clause]) -> None:
    """ "sad and slow from 0:10": a clause without a time takes that of its neighbour behind "and"."""
    for ordered in (list(read), list(reversed(read))):
        for before, clause in itertools.pairwise(ordered):
            own = clause.when is not None or clause.place or clause.has_no_time
            if not own and clause.group == before.group and before.when is not None:
                clause.when = before.when


class _Reader:
    """Reads one piece."""

    def __init__(self, piece: Piece, text: str) -> None:
        self._items = piece.items
        self._text = text
        self._clause = Clause(self._between(piece.items), piece.group, piece.sequential)
        self._modifiers = Modifiers()
        self._loose: list[Item] = []

    def clause(self, before: Clause | None) -> Clause:
        """The piece as a clause; `before` is the one that "and" joins it to."""
        clause = self._clause
        clause.when = combined([item.value for item in self._items if isinstance(item.value, When)])
        own = any(item.kind in {"not", "less", "more", "scale"} for item in self._items)
        if before is not None and not own and before.modifiers.is_relative:
            self._modifiers = before.modifiers
        clause.modifiers = self._modifiers
        for item in self._items:
            self._take(item)
        self._ask()
        return clause

    def _take(self, item: Item) -> None:
        self._note_manner(item)
        changed = self._modifiers.after(item)
        if changed != self._modifiers:
            self._ask()
            self._modifiers = self._clause.modifiers = changed
        if (
            item.kind in _LOOSE
            or item.kind == "instrument"
            or (item.kind is None and isinstance(item.value, str))
        ):
            self._loose.append(item)
            return
        self._ask()
        draft = draft_of(item, self._modifiers) if item.kind is not None else None
        if draft is not None:
            self._keep(draft, self._between([item]))

    def _keep(self, draft: Draft | str, words: str) -> None:
        if isinstance(draft, str):
            self._clause.left.append((words, draft))
        else:
            self._clause.drafts.append(draft)
        self._modifiers = Modifiers(scale=1.0)

    def _note_manner(self, item: Item) -> None:
        clause = self._clause
        clause.gradual |= item.kind in {"gradual", "build"} or item.value == "growing"
        clause.builds |= item.kind == "build"
        clause.turns |= item.kind in {"turn", "gradual", "build"}
        if item.kind in {"head", "middle", "tail"} and not clause.place:
            clause.place = str(item.value)

    def _ask(self) -> None:
        """What the words that are not known exactly mean; empties them."""
        run, self._loose = self._loose, []
        while run and run[0].kind in _LOOSE:
            run = run[1:]
        while run and run[-1].kind in _LOOSE:
            run = run[:-1]
        if not run:
            return
        words = self._between(run)
        if not any(item.kind is None and any(c.isalpha() for c in str(item.value)) for item in run):
            self._refuse(run, words)
            return
        place = place_of(words.lower())
        if place is not None:
            self._keep(feeling(place, self._modifiers), words)
        else:
            self._refuse(run, words)

    def _refuse(self, run: Sequence[Item], words: str) -> None:
        if any(item.kind == "instrument" for item in run):
            self._keep(self._ensemble(words), words)
        elif text_embedding.is_available():
            self._keep("no feeling, tempo, ensemble or time that is known", words)
        else:
            self._keep("none of the exact words; with the extra 'text' meanings are compared too", words)

    def _ensemble(self, words: str) -> Draft | str:
        """Instruments as the ensemble that is like them, unless they are only asked to do something at a time."""
        if self._modifiers.negative:
            return NOT_TO_DO
        if self._clause.when is not None or self._clause.turns:
            return "one instrument cannot be told what to do; name an ensemble for the whole film"
        name = ensemble_like(words.lower())
        if name is None:
            return "no ensemble is like that; name one of the presets"
        return Draft("ensemble", Orchestration(name, ""))

    def _between(self, run: Sequence[Item]) -> str:
        return " ".join(self._text[run[0].start : run[-1].end].split())
