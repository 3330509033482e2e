"""Performances on an electronic drum kit, as General MIDI writes drums, and on the beat.

Gillick, Roberts, Engel, Eck and Bamman, "Learning to Groove with Inverse Sequence Transformations" (ICML 2019),
https://magenta.tensorflow.org/datasets/groove: drummers played to a click on a Roland TD-11.
"""

from __future__ import annotations

import numpy as np

from emsync_nb.domain import DRUMS, GRID, MusicTable

#: keys of the TD-11 that General MIDI does not know or calls something else → the key of the same drum. The pairs
#: are those of the dataset's own table ("paper mapping"); unlike there, what has a key of its own in General MIDI
#: keeps it: side stick, pedal hi-hat, ride bell, second crash, and six toms by their heads.
TO_GENERAL_MIDI = {
    22: 42,  # closed hi-hat, edge
    26: 46,  # open hi-hat, edge
    40: 38,  # snare, rim
    47: 45,  # tom 2, rim
    50: 48,  # tom 1, rim
    52: 57,  # crash 2, edge; General MIDI: Chinese cymbal
    55: 49,  # crash 1, edge; General MIDI: splash cymbal
    58: 43,  # tom 3, rim; General MIDI: vibraslap
    59: 51,  # ride, edge
}
_GENERAL_MIDI = np.array([TO_GENERAL_MIDI.get(key, key) for key in range(128)])


def general_midi(table: MusicTable) -> MusicTable:
    """A performance on a TD-11 with the keys that General MIDI has for its drums; nothing happens the second time."""
    rows = table.rows
    is_drum = rows[:, 4] == DRUMS
    rows[is_drum, 2] = _GENERAL_MIDI[rows[is_drum, 2]]
    return MusicTable.build(rows, table.bar_start, table.bar_bpm, tracks=table.tracks, track=table.track)


def on_the_beat(table: MusicTable) -> MusicTable:
    """A performance moved by one step of the grid where more strokes then meet the eighths; drums alone.

    One drummer in five of the dataset is ahead of the click or behind it by more than half a step (about 25 ms),
    all through. On the grid this becomes a whole step, and would sound wrong against music that is on the beat.
    """
    place = np.bincount(table.onset % (GRID // 2), minlength=GRID // 2)
    early, late = int(place[-1]), int(place[1])
    if max(early, late) <= place[0]:
        return table
    rows = table.rows
    rows[:, 0] = np.clip(rows[:, 0] + (1 if early > late else -1), 0, table.bar_start[-1] - 1)
    return MusicTable.build(rows, table.bar_start, table.bar_bpm, tracks=table.tracks, track=table.track)
