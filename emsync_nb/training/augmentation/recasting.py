"""The same music for other players of about the same range."""

from __future__ import annotations

import numpy as np

from emsync_nb.domain import DRUMS, INSTRUMENT_RANGES, PARTS, MusicTable

#: who can stand in for whom; tried in an order drawn by lot, those that play already left out
STAND_INS: dict[str, tuple[str, ...]] = {
    "piano": ("keys", "harp", "organ", "mallets", "acoustic-guitar", "pad", "strings"),
    "keys": ("piano", "organ", "mallets", "harp", "pad"),
    "organ": ("pad", "strings", "keys"),
    "acoustic-guitar": ("harp", "electric-guitar", "keys"),
    "electric-guitar": ("acoustic-guitar", "keys", "strings", "lead"),
    "bass-guitar": ("double-bass", "cello", "tuba"),
    "double-bass": ("bass-guitar", "tuba"),
    "violin-1": ("flute", "lead", "oboe", "violin-2", "trumpet"),
    "violin-2": ("oboe", "clarinet", "flute", "violin-1"),
    "viola": ("clarinet", "horn", "saxophone", "choir"),
    "cello": ("bassoon", "trombone", "horn", "bass-guitar"),
    "strings": ("pad", "choir", "organ"),
    "choir": ("violin-1", "flute", "oboe", "horn", "lead", "saxophone", "strings", "pad"),
    "pad": ("strings", "choir", "organ"),
    "lead": ("electric-guitar", "violin-1", "trumpet", "flute"),
}


def recast(table: MusicTable, rng: np.random.Generator) -> MusicTable:
    """The music with about half of its parts given to others that can play all their notes.

    Every note keeps its pitch and its time; tracks are then the parts.
    """
    parts = np.unique(table.part[table.part != DRUMS]).tolist()
    taken, part = set(parts), table.part.copy()
    for index in parts:
        free = [
            PARTS.index(name) for name in STAND_INS.get(PARTS[index], ()) if PARTS.index(name) not in taken
        ]
        pitch = table.pitch[table.part == index]
        able = [
            new for new in free if INSTRUMENT_RANGES[PARTS[new]].holds(int(pitch.min()), int(pitch.max()))
        ]
        if able and rng.random() < 0.5:
            new = able[int(rng.integers(len(able)))]
            taken.add(new)
            part[table.part == index] = new
    rows = table.rows
    rows[:, 4] = part
    return MusicTable.build(rows, table.bar_start, table.bar_bpm)
