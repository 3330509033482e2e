"""A text as items: times, known phrases, words of feeling, and words that are not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from emsync_nb.directing.anchors import ANCHORS, Place
from emsync_nb.directing.changes import Scene
from emsync_nb.directing.times import TimeReader, When
from emsync_nb.directing.tokens import Token, number, tokens
from emsync_nb.directing.vocabulary import LONGEST, PHRASES, SIGNS, Entry, Kind

_FEELINGS: dict[tuple[str, ...], Place] = {tuple(words.split()): place for words, place in ANCHORS.items()}
#: endings of words → what stands there in the word of the table, and whether they compare
_SUFFIXES = (
    ("ily", "y", False), ("ly", "", False), ("iness", "y", False), ("ness", "", False), ("ier", "y", True),
    ("er", "", True), ("er", "e", True), ("ally", "", False),
)  # fmt: skip
#: beats a minute, and of the tempo in force, that music can follow
BPM = (Fraction(20), Fraction(300))
FACTOR = (Fraction(1, 4), Fraction(4))


@dataclass(frozen=True, slots=True)
class Bpm:
    """A tempo in beats a minute."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Exactly:
    """A factor of the tempo in force that no "much" or "a bit" changes."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Item:
    """One thing said, and where it stands in the text."""

    kind: Kind | None
    value: str | float | When | Place | Bpm | Exactly
    start: int
    end: int
    #: of a feeling: "calmer", not "calm"
    is_comparative: bool = False


def items(text: str, scene: Scene) -> list[Item]:
    """A cleaned text as items; a time has the value `When` and the kind None, an unknown word a string and None."""
    words = tokens(text)
    times = TimeReader(words, scene)
    found: list[Item] = []
    i = 0
    while i < len(words):
        item, behind = _item(words, i, times)
        found.append(Item(item.kind, item.value, words[i].start, words[behind - 1].end, item.is_comparative))
        i = behind
        _join_repeated(found)
    return found


def _join_repeated(found: list[Item]) -> None:
    """ "darker and darker", "faster and faster": once, and gradually."""
    if len(found) < 3 or found[-2].value != "and":
        return
    first, last = found[-3], found[-1]
    compares = last.is_comparative or last.kind == "tempo"
    if compares and (first.kind, first.value) == (last.kind, last.value):
        found[-3:] = [Item("gradual", "gradual", first.start, found[-2].end), last]


def _item(words: Sequence[Token], i: int, times: TimeReader) -> tuple[Item, int]:
    tempo = _tempo(words, i)
    if tempo is not None:
        return Item("tempo", tempo[0], 0, 0), tempo[1]
    phrase = _phrase(words, i)
    if phrase is not None and phrase[1] > i + 1:
        return Item(*phrase[0], 0, 0), phrase[1]
    time = times.read(i)
    if time is not None:
        return Item(None, time[0], 0, 0), time[1]
    return _word(words, i, phrase)


def _word(words: Sequence[Token], i: int, phrase: tuple[Entry, int] | None) -> tuple[Item, int]:
    word = words[i].word
    if word in SIGNS:
        return Item("split", word, 0, 0), i + 1
    feeling = _feeling(words, i)
    if feeling is not None:
        place, compares, behind = feeling
        return Item("feeling", place, 0, 0, compares), behind
    if phrase is not None:
        return Item(*phrase[0], 0, 0), phrase[1]
    return Item(None, word, 0, 0), i + 1


def _phrase(words: Sequence[Token], i: int) -> tuple[Entry, int] | None:
    """The longest known phrase that begins at word `i`."""
    for length in range(min(LONGEST, len(words) - i), 0, -1):
        entry = PHRASES.get(tuple(token.word for token in words[i : i + length]))
        if entry is not None:
            return entry, i + length
    return None


def _feeling(words: Sequence[Token], i: int) -> tuple[Place, bool, int] | None:
    for length in (2, 1):
        place = _FEELINGS.get(tuple(token.word for token in words[i : i + length]))
        if place is not None:
            return place, False, min(len(words), i + length)
    word = words[i].word
    for suffix, instead, compares in _SUFFIXES:
        stem = word.removesuffix(suffix) + instead
        if not word.endswith(suffix):
            continue
        for base in (stem, stem[:-1] if stem[-1:] == stem[-2:-1] else stem):  # sadder → sad
            if (base,) in _FEELINGS:
                return _FEELINGS[(base,)], compares, i + 1
    return None


def _tempo(words: Sequence[Token], i: int) -> tuple[Bpm | Exactly, int] | None:
    """ "90 bpm", "tempo 90", "20 % faster", "1.5 times as fast"."""
    text = [token.word for token in words[i : i + 5]] + [""] * 5
    if text[0] == "tempo":
        skipped = 1 + (text[1] in {"of", "at"})
        value = number(text[skipped] or "x")
        if value is not None:
            return Bpm(value), i + _behind_bpm(text, skipped + 1)
    value = number(text[0])
    if value is None:
        return None
    behind = _behind_bpm(text, 1)
    if behind > 1:
        return Bpm(value), i + behind
    if text[1] in {"%", "percent"} and text[2] in {"faster", "quicker", "slower"}:
        return Exactly(1 + value / 100 * (-1 if text[2] == "slower" else 1)), i + 3
    if text[1] in {"times", "x"} and (text[2] == "faster" or text[2:4] == ["as", "fast"]):
        return Exactly(value), i + (3 if text[2] == "faster" else 4)
    return None


def _behind_bpm(text: Sequence[str], k: int) -> int:
    """Behind "bpm" or "beats per minute" at place `k`; else `k`."""
    if text[k] == "bpm":
        return k + 1
    return k + 3 if text[k] == "beats" and text[k + 2] == "minute" else k
