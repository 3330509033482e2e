"""What is said in a film, with its times, wherever it was found: in a file beside it, inside it, or by ear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: subtitles kept of one film, and characters kept of one subtitle
MAX_SUBTITLES, MAX_CHARACTERS = 20_000, 500
#: a subtitle shown longer than this is damaged or a watermark; its end is brought forward, in seconds
MAX_SHOWN_S = 20.0
#: subtitles kept that begin within one second: more cannot be read, and every one costs the expert its time
MAX_A_SECOND = 4
#: what begins later than this belongs to no film, in seconds
MAX_START_S = 1_000 * 3600.0


@dataclass(frozen=True, slots=True)
class Subtitle:
    """One text on the screen, or one sentence heard."""

    start_s: float
    end_s: float
    #: as it stands in the file, lines apart, markup and speakers' names included
    text: str


@dataclass(frozen=True, slots=True)
class Subtitles:
    """What could be read of a file or a stream."""

    #: which file or stream it was, for a person
    source: str
    #: in order of time
    lines: tuple[Subtitle, ...]
    #: what is wrong with it, in a few words each; empty where it is sound
    faults: tuple[str, ...] = ()


def sane(start_s: float, end_s: float, text: str) -> Subtitle | None:
    """The subtitle with its end and text cut to what a film may hold; None without text, length or a sane time."""
    plain = text.strip()[:MAX_CHARACTERS]
    if not plain or not 0 <= start_s <= MAX_START_S or not end_s > start_s:
        return None
    return Subtitle(start_s, min(end_s, start_s + MAX_SHOWN_S), plain)


def dialogue(text: str) -> str:
    r"""The text of a line of SubStation Alpha with its line breaks, \N and \n, and its hard spaces, \h, as such."""
    return text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")


def readable(subtitles: Iterable[Subtitle]) -> Iterator[Subtitle]:
    """Those that a person could read, in order of time: no more than `MAX_A_SECOND`."""
    begun: Counter[int] = Counter()
    for subtitle in sorted(subtitles, key=lambda item: item.start_s):
        second = int(subtitle.start_s)
        begun[second] += 1
        if begun[second] <= MAX_A_SECOND:
            yield subtitle


def collected(source: str, found: list[Subtitle], damaged: int, faults: Iterable[str] = ()) -> Subtitles:
    """What a reader found, with its faults told.

    Args:
        source: which file or stream it was.
        found: what `sane` let pass.
        damaged: how many subtitles could not be read.
        faults: what else is wrong.
    """
    kept = tuple(readable(found))
    told = list(faults)
    if damaged:
        told.append(f"{damaged} of its subtitles cannot be read")
    if len(kept) < len(found):
        told.append(f"more than {MAX_A_SECOND} of its subtitles begin within one second")
    return Subtitles(source, kept, tuple(told))
