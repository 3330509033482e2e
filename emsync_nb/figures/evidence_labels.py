"""What an expert noticed, as short words along a time axis, as far as there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from emsync_nb.figures.style import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: points
_SIZE = 6.5
#: letters of this size that fit into an inch, capitals and digits being wider
_LETTERS_AN_INCH = 21.0
#: letters of a quotation that are kept at least, and where what follows gives way
_SHORTEST, _ENOUGH = 6, 14
#: letters left free between two
_GAP = 2
#: where they stand in the lane, in its units
_HEIGHT = 1.55


class Noticed(Protocol):
    """One thing that was noticed, as `emsync_nb.analysis.Evidence` says it."""

    @property
    def time_s(self) -> float: ...
    @property
    def words(self) -> str: ...


def write_evidence(ax: Axes, evidence: Sequence[Noticed], duration_s: float) -> None:
    """Words with a tick at their times; what has no room is left out."""
    figure = ax.get_figure(root=True)
    width_in = 1.0 if figure is None else ax.get_position().width * figure.get_size_inches()[0]
    letters_a_second = width_in * _LETTERS_AN_INCH / duration_s
    for time_s, words in placed(evidence, letters_a_second, duration_s):
        ax.plot([time_s, time_s], [_HEIGHT - 0.4, _HEIGHT + 0.4], color=FAINT, linewidth=0.8)
        ax.text(
            time_s + 0.5 / letters_a_second,
            _HEIGHT,
            words,
            color=INK,
            fontsize=_SIZE,
            va="center",
            parse_math=False,
        )


def placed(
    evidence: Sequence[Noticed], letters_a_second: float, duration_s: float
) -> Iterator[tuple[float, str]]:
    """(seconds, words) of what has room, in order of time; words are shortened before the next are left out."""
    free_s = 0.0
    for number, one in enumerate(evidence):
        if one.time_s < free_s or one.time_s >= duration_s:
            continue
        following = (other.time_s for other in evidence[number + 1 :])
        until_s = next(following, duration_s)
        words = shortened(one.words, int((until_s - one.time_s) * letters_a_second) - _GAP)
        if not words:  # then what follows gives way
            words = shortened(one.words, _least(one.words))
        end_s = one.time_s + (len(words) + _GAP) / letters_a_second
        if words and end_s <= duration_s + 1 / letters_a_second:
            yield one.time_s, words
            free_s = end_s


def shortened(words: str, letters: int) -> str:
    """As much as `letters` can hold: all, the first of several things, or a part of a quotation; else nothing.

    >>> shortened("stillness, 0.02 widths a second", 12)
    'stillness'
    >>> shortened("“What a lovely day! Look how high it flies!” joy 0.57", 24)
    '“What a lovel…” joy 0.57'
    """
    if len(words) <= letters:
        return words
    quotation, mark, rest = words.rpartition("” ")
    if mark:
        keep = letters - len(mark) - len(rest) - 1
        return f"{quotation[:keep].rstrip()}…{mark}{rest}" if keep >= _SHORTEST else ""
    first = _first(words)
    return first if len(first) <= letters else ""


def _least(words: str) -> int:
    """Letters without which words say too little."""
    quotation, mark, rest = words.rpartition("” ")
    return _ENOUGH + len(mark) + len(rest) + 1 if quotation else len(_first(words))


def _first(words: str) -> str:
    """The first of several things; a quotation is one."""
    return words if words.startswith("“") else words.partition(", ")[0]
