"""The element tree of a MusicXML score into what stands on its pages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from emsync_nb.domain import DRUMS
from emsync_nb.notation.reading.instruments import (
    VOICE,
    Instruments,
    instruments_of,
    is_percussion,
    program_and_part,
    program_of_name,
)
from emsync_nb.notation.reading.numbers import ticks_per_quarter
from emsync_nb.notation.reading.part_reader import PartReader
from emsync_nb.notation.reading.playing import MAX_PART_BARS
from emsync_nb.notation.reading.repeats import merged_signs
from emsync_nb.notation.reading.written import WrittenPart, WrittenScore

#: a longer score is not music; about 14 hours
MAX_QUARTERS = 100_000
MAX_BARS = 50_000
#: the largest choirs and orchestras on paper have about a hundred
MAX_PARTS = 1000
MAX_NAME = 80
#: so much of the names of a part's instruments is read
MAX_SOUNDS = 4000


def read_score(root: Any) -> WrittenScore:  # noqa: ANN401 - an lxml element
    """All parts, bars and signs of a score, partwise or timewise.

    Raises:
        ValueError: the score has no parts, more than any score has, or holds numbers that make no sense.
    """
    per_quarter = ticks_per_quarter(element.text for element in root.iter("divisions"))
    entries = {entry.get("id"): entry for entry in root.iterfind("part-list/score-part")}
    by_part = _measures_by_part(root)
    if len(by_part) > MAX_PARTS:
        raise ValueError(f"it has {len(by_part)} parts, and more than {MAX_PARTS} are not read")
    bars = max((len(measures) for _, measures in by_part), default=0)
    if bars * len(by_part) > MAX_PART_BARS:
        raise ValueError(f"it has more than {MAX_PART_BARS} bars in all parts together")
    named: dict[str | None, tuple[WrittenPart, Instruments]] = {}
    parts = []
    for identity, measures in by_part:
        if len(measures) > MAX_BARS:
            raise ValueError(f"it has more than {MAX_BARS} bars")
        if identity not in named:
            named[identity] = _named_part(entries.get(identity))
        known, instruments = named[identity]
        part = WrittenPart(known.name, known.program, known.part)
        parts.append(_settled(PartReader(part, instruments, per_quarter).read(measures), instruments))
    if not any(part.bars for part in parts):
        raise ValueError("it has no music")
    return _joined(parts, per_quarter)


def _measures_by_part(root: Any) -> list[tuple[str | None, list[Any]]]:  # noqa: ANN401
    if root.tag == "score-partwise":
        return [(part.get("id"), list(part.iterfind("measure"))) for part in root.iterfind("part")]
    by_part: dict[str | None, list[Any]] = {}
    for measure in root.iterfind("measure"):
        for part in measure.iterfind("part"):
            part.set("number", measure.get("number", ""))
            by_part.setdefault(part.get("id"), []).append(part)
    return list(by_part.items())


def _named_part(entry: Any) -> tuple[WrittenPart, Instruments]:  # noqa: ANN401
    """An empty part with its name and voice, and its drums."""
    if entry is None:
        return WrittenPart("", *program_and_part("", "", None)), Instruments()
    name = " ".join((entry.findtext("part-name") or "").split())[:MAX_NAME]
    sounds = " ".join(
        " ".join((found.text or "").split())[:MAX_NAME]
        for tag in ("instrument-sound", "instrument-name")
        for found in entry.iterfind(f"score-instrument/{tag}")
    )[:MAX_SOUNDS]
    instruments = instruments_of(entry, name.lower())
    number = (entry.findtext("midi-instrument/midi-program") or "").strip()
    program = int(number) - 1 if number.isdecimal() and 1 <= int(number[:4]) <= 128 else None
    if is_percussion(name) or (program_of_name(name) is None and is_percussion(sounds)):
        return WrittenPart(name, 0, DRUMS), instruments
    return WrittenPart(name, *program_and_part(name, sounds, program)), instruments


def _settled(part: WrittenPart, instruments: Instruments) -> WrittenPart:
    """The part with either drums or pitches: strokes in a part of pitches, and spoken words, are left out."""
    strokes = sum(note.unpitched for bar in part.bars for note in bar)
    pitched = sum(len(bar) for bar in part.bars) - strokes
    if strokes > pitched and part.program != VOICE:
        part.program, part.part = 0, DRUMS
    for index, bar in enumerate(part.bars):
        if part.part != DRUMS:
            part.bars[index] = [note for note in bar if not note.unpitched]
        else:
            for note in bar:
                note.pitch = note.pitch if note.unpitched else instruments.default_key
                note.unpitched = True
    return part


def _joined(parts: list[WrittenPart], per_quarter: int) -> WrittenScore:
    """The score with the bars that all its parts share."""
    bars = max(len(part.bars) for part in parts)
    meters = _meters(parts, bars)
    lengths = [_bar_length(parts, bar, meters[bar], per_quarter) for bar in range(bars)]
    starts = list(accumulate(lengths, initial=0))
    if starts[-1] > MAX_QUARTERS * per_quarter:
        raise ValueError(f"it is longer than {MAX_QUARTERS} quarters")
    signs = merged_signs([part.signs for part in parts])
    return WrittenScore(per_quarter, parts, starts, signs, [_beat(*meter) for meter in meters])


def _meters(parts: Sequence[WrittenPart], bars: int) -> list[tuple[int, int]]:
    """(beats, beat type) of every bar, from the first part that writes one there; 4/4 before any."""
    changes: dict[int, tuple[int, int]] = {}
    for part in parts:
        for bar, beats, kind in part.meters:
            changes.setdefault(bar, (beats, kind))
    meters, current = [], (4, 4)
    for bar in range(bars):
        current = changes.get(bar, current)
        meters.append(current)
    return meters


def _beat(beats: int, kind: int) -> float:
    """Quarters in a beat as musicians count: three eighths in 6/8, two quarters in 2/2."""
    if beats % 3 == 0 and beats > 3 and kind >= 8:
        return 12.0 / kind
    return 4.0 / kind


def _bar_length(parts: Sequence[WrittenPart], bar: int, meter: tuple[int, int], per_quarter: int) -> int:
    """Ticks of a bar: what its fullest part holds, as upbeats and split bars are short; its meter if it is empty.

    A bar that is too full by a sliver has rounded durations, and is as long as its meter.
    """
    written = max(1, round(per_quarter * 4 * meter[0] / meter[1]))
    busy = max((part.filled[bar] for part in parts if bar < len(part.filled) and part.busy[bar]), default=0)
    filled = max((part.filled[bar] for part in parts if bar < len(part.filled)), default=0)
    if busy:  # rests that are longer than their bar are a slip
        filled = max(busy, min(filled, written))
    reached = max((part.reached[bar] for part in parts if bar < len(part.reached)), default=0)
    if filled == 0 or (filled < reached == written and bar + 1 < max(len(part.bars) for part in parts)):
        return reached if 0 < reached <= written else written
    excess = filled - written
    if 0 < excess <= per_quarter // 2 and excess * 12 % per_quarter and excess * 16 % per_quarter:
        return written
    return filled
