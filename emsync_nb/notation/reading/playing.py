"""A score on paper, played: bars in their order, ties joined where the music goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emsync_nb.notation.reading.written import WrittenNote, WrittenPart, WrittenScore

#: no piece has more notes when all its repeats are played; 50 hours of piano music
MAX_PLAYED_NOTES = 2_000_000


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
        ValueError: more notes would be played than any piece has.
    """
    counts = [
        sum(len(part.bars[bar]) for part in score.parts if bar < len(part.bars)) for bar in range(score.bars)
    ]
    if sum(counts[bar] for bar in order) > MAX_PLAYED_NOTES:
        raise ValueError(f"with its repeats it has more than {MAX_PLAYED_NOTES} notes")


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


class _Ties:
    """Notes that wait for the notehead they are tied to."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], list[tuple[str, PlayedNote]]] = {}

    def open(self, note: WrittenNote, held: PlayedNote) -> None:
        """Wait at the end of a note for its continuation."""
        self._open.setdefault((held.onset + held.duration, note.pitch), []).append((note.voice, held))

    def held(self, note: WrittenNote, onset: int) -> PlayedNote | None:
        """The note that goes on here: of this pitch, ending now, of this voice if there are several."""
        waiting = self._open.get((onset, note.pitch))
        if not waiting:
            return None
        chosen = next((pair for pair in waiting if pair[0] == note.voice), waiting[0])
        waiting.remove(chosen)
        return chosen[1]
