"""A score on paper, played: bars in their order, ties joined where the music goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from emsync_nb.notation.reading.written import WrittenNote, WrittenPart, WrittenScore

#: no piece has more notes when all its repeats are played; 50 hours of piano music
MAX_PLAYED_NOTES = 2_000_000
#: bars of all parts together; no piece of 100 parts has 20,000 bars
MAX_PART_BARS = 2_000_000


@dataclass(slots=True)
class PlayedNote:
    """A note as it sounds, ties joined."""

    #: ticks from the beginning of the piece
    onset: int
    #: ticks
    duration: int
    #: place in the order of bars where it begins
    place: int
    #: its first notehead
    written: WrittenNote


def played_starts(score: WrittenScore, order: Sequence[int]) -> list[int]:
    """(bars played + 1,) ticks from the beginning to each bar as played, and to the end."""
    starts = [0]
    for bar in order:
        starts.append(starts[-1] + score.bar_start[bar + 1] - score.bar_start[bar])
    return starts


def check_length(score: WrittenScore, order: Sequence[int]) -> None:
    """Refuse what repeats make endless.

    Raises:
        ValueError: more bars, notes or marks would be played than any piece has.
    """
    if len(order) * len(score.parts) > MAX_PART_BARS:
        raise ValueError(f"with its repeats it has more than {MAX_PART_BARS} bars in all parts together")
    notes, marks = [0] * score.bars, [0] * score.bars
    for part in score.parts:
        for bar, held in enumerate(part.bars):
            notes[bar] += len(held)
        for mark in part.dynamics:
            marks[mark.bar] += 1
    for what, counts in (("notes", notes), ("marks of loudness", marks)):
        if sum(counts[bar] for bar in order) > MAX_PLAYED_NOTES:
            raise ValueError(f"with its repeats it has more than {MAX_PLAYED_NOTES} {what}")


def play_part(part: WrittenPart, starts: Sequence[int], order: Sequence[int]) -> list[PlayedNote]:
    """The notes of one part; a tie that a jump leaves open ends, and one that a jump leads into begins anew."""
    played: list[PlayedNote] = []
    ties = _Ties()
    for place, bar in enumerate(order):
        if bar >= len(part.bars):
            continue
        start = starts[place]
        for note in part.bars[bar]:
            onset = start + note.onset
            held = ties.held(note, onset) if note.tied_from else None
            if held is None:
                held = PlayedNote(onset, note.duration, place, note)
                played.append(held)
            else:
                held.duration += note.duration
            if note.tied_to:
                ties.open(note, held)
    return played


@dataclass(slots=True)
class _Open:
    """A note that waits for its continuation, until that `came`."""

    held: PlayedNote
    came: bool = False


class _Ties:
    """Notes that wait for the notehead they are tied to: each stands in two queues, and leaves both once."""

    def __init__(self) -> None:
        #: by (tick, pitch), in the order they were opened
        self._open: dict[tuple[int, int], deque[_Open]] = {}
        #: by (tick, pitch, voice)
        self._of_voice: dict[tuple[int, int, str], deque[_Open]] = {}

    def open(self, note: WrittenNote, held: PlayedNote) -> None:
        """Wait at the end of a note for its continuation."""
        end, opened = held.onset + held.duration, _Open(held)
        self._open.setdefault((end, note.pitch), deque()).append(opened)
        self._of_voice.setdefault((end, note.pitch, note.voice), deque()).append(opened)

    def held(self, note: WrittenNote, onset: int) -> PlayedNote | None:
        """The note that goes on here: of this pitch, ending now, of this voice if there are several."""
        anyone = self._open.get((onset, note.pitch))
        for waiting in (self._of_voice.get((onset, note.pitch, note.voice)), anyone):
            while waiting:
                chosen = waiting.popleft()
                if not chosen.came:
                    chosen.came = True
                    return chosen.held
        return None
