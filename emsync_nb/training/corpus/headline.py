"""What a MusicXML score says of itself before its first note: title, composer, rights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emsync_nb.errors import MidiError
from emsync_nb.notation.reading.score_file import load_score

#: what a printed line must hold to count as a statement of rights
_SIGNS = ("copyright", "©", "public domain", "creative commons", "cc0", "licen")


@dataclass(frozen=True, slots=True)
class Headline:
    """The head of a score; empty where it is silent."""

    work: str
    movement: str
    composer: str
    #: all that is said of rights, one statement after the other
    rights: tuple[str, ...]


def read_headline(path: Path) -> Headline:
    """Read the head of a MusicXML score.

    Raises:
        MidiError: the file cannot be read, or is no MusicXML.
        MissingExtraError: lxml is not installed.
    """
    try:
        root = load_score(path)
    except ValueError as error:
        raise MidiError(f"{path} is not a readable MusicXML score ({error}). Export it again") from error
    creators = [c for c in root.iterfind("identification/creator") if c.get("type") in (None, "composer")]
    printed = (words for words in map(_text, root.iterfind("credit/credit-words")) if _is_of_rights(words))
    return Headline(
        work=_first(root.iterfind("work/work-title")),
        movement=_first(root.iterfind("movement-title")),
        composer=_first(creators),
        rights=(*map(_text, root.iterfind("identification/rights")), *printed),
    )


def _text(element: Any) -> str:  # noqa: ANN401 - an lxml element
    return " ".join("".join(element.itertext()).split())


def _first(elements: Any) -> str:  # noqa: ANN401 - lxml elements
    return next((text for text in map(_text, elements) if text), "")


def _is_of_rights(words: str) -> bool:
    lowered = words.lower()
    return any(sign in lowered for sign in _SIGNS)
