"""What stands above and below the notes: tempo, rehearsal marks, dynamics."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from emsync_nb.domain import Score, Track
from emsync_nb.notation.bars import WrittenBar, bar_index
from emsync_nb.notation.voicing import grid_step

#: characters that XML 1.0 cannot hold, not even escaped
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: lowest CC11 of each mark; the steps are those of common notation programs
_MARKS = ((0, "ppp"), (25, "pp"), (41, "p"), (57, "mp"), (73, "mf"), (89, "f"), (105, "ff"), (121, "fff"))


def xml_text(text: str) -> str:
    """Text as element content or attribute value; characters that XML cannot hold become U+FFFD."""
    return escape(_NOT_XML.sub("\ufffd", text), {'"': "&quot;"})


def score_directions(score: Score, bars: Sequence[WrittenBar]) -> dict[int, list[str]]:
    """Tempo and markers by index of bar; they stand in the first part.

    Markers at bar lines are rehearsal marks, others words. Steps of tempo that round to the number shown last
    are played and not shown.
    """
    found: defaultdict[int, list[str]] = defaultdict(list)
    shown = None
    for change in score.tempo_map.changes:
        index, offset = _place(grid_step(change.beat), bars)
        found[index].append(_tempo(change.bpm, offset, visible=round(change.bpm) != shown))
        shown = round(change.bpm)
    for marker in score.markers:
        index, offset = _place(grid_step(marker.beat), bars)
        element = "words" if offset else "rehearsal"
        found[index].append(_direction(f"<{element}>{xml_text(marker.text)}</{element}>", offset))
    return found


def dynamics_marks(track: Track, bars: Sequence[WrittenBar], sounding: Sequence[bool]) -> Iterator[str]:
    """For each bar the track's dynamics at its bar line, where they call for another mark than before.

    Bars in which the track rests (`sounding` is false) bear none.
    """
    shown = ""
    for bar, sounds in zip(bars, sounding, strict=True):
        mark = _mark(track, bar)
        if not sounds or mark in ("", shown):
            yield ""
            continue
        shown = mark
        yield _direction(f"<dynamics><{mark}/></dynamics>", 0, placement="below")


def _mark(track: Track, bar: WrittenBar) -> str:
    index = bisect_right(track.dynamics, bar.start, key=lambda point: grid_step(point.beat))
    if not index:
        return ""
    value = track.dynamics[index - 1].value
    return next(mark for floor, mark in reversed(_MARKS) if value >= floor)


def _place(step: int, bars: Sequence[WrittenBar]) -> tuple[int, int]:
    """(index of the bar, grid steps from its bar line)."""
    index = bar_index(bars, step)
    return index, min(step, bars[index].end) - bars[index].start


def _tempo(bpm: float, offset: int, *, visible: bool) -> str:
    exact = f"{bpm:.6f}".rstrip("0").rstrip(".")
    if not visible:
        return f'<sound tempo="{exact}"><offset>{offset}</offset></sound>\n'
    metronome = f"<metronome><beat-unit>quarter</beat-unit><per-minute>{round(bpm)}</per-minute></metronome>"
    return _direction(metronome, offset, sound=f'<sound tempo="{exact}"/>')


def _direction(content: str, offset: int, *, placement: str = "above", sound: str = "") -> str:
    place = f'<offset sound="yes">{offset}</offset>' if offset else ""
    return (
        f'<direction placement="{placement}"><direction-type>{content}</direction-type>'
        f"{place}{sound}</direction>\n"
    )
