"""What two takes have in common and where they differ: by track, bar by bar."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from emsync_nb.domain import Note, Score, ScorePlan
from emsync_nb.session.locking import bar_runs

Cell = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where one track of two takes differs."""

    track: str
    #: numbers of the bars, from 1, as the first take counts them
    bars: tuple[int, ...]
    #: notes of the first that the second does not have, and the other way round
    only_first: int
    only_second: int

    def describe(self) -> str:
        """One line for people."""
        return f"{self.track}: bars {spans(self.bars)}, {counted(self.only_first)} against {self.only_second}"


def differences(first: Score, second: Score) -> list[Difference]:
    """The tracks that differ, in their order; two takes that sound alike have none."""
    ours, theirs = _cells(first, first), _cells(second, first)
    names = dict.fromkeys(track.name for score in (first, second) for track in score.tracks)
    found = []
    for name in names:
        bars = sorted(
            bar for track, bar in {*ours, *theirs} if track == name and ours[track, bar] != theirs[track, bar]
        )
        if bars:
            missing = [len(ours[name, bar] - theirs[name, bar]) for bar in bars]
            new = [len(theirs[name, bar] - ours[name, bar]) for bar in bars]
            found.append(Difference(name, tuple(bars), sum(missing), sum(new)))
    return found


def has_click_of(score: Score, plan: ScorePlan | Score) -> bool:
    """Whether beats and bars of a take lie where those of a plan or of another do; it may have fewer bars, or more."""
    pairs = zip(score.grid.bars, plan.grid.bars, strict=False)
    return score.tempo_map == plan.tempo_map and all(bar == planned for bar, planned in pairs)


def _cells(score: Score, clock: Score) -> defaultdict[Cell, set[Note]]:
    """The notes of each track in each bar of a clock."""
    cells: defaultdict[Cell, set[Note]] = defaultdict(set)
    for track in score.tracks:
        for note in track.notes:
            cells[track.name, clock.grid.at(note.start_beat).number].add(note)
    return cells


def counted(notes: int) -> str:
    """ "1 note", "2 notes"."""
    return f"{notes} note{'' if notes == 1 else 's'}"


def spans(bars: tuple[int, ...]) -> str:
    """ "1–3, 7"."""
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in bar_runs(bars))
