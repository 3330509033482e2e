"""Which MIDI channel each track plays on, and where it sits between left and right."""

from __future__ import annotations

from collections.abc import Sequence

from emsync_nb.domain import Track
from emsync_nb.errors import MidiError

#: General MIDI keeps its tenth channel for percussion; counted from 0 here
DRUM_CHANNEL = 9
#: every other channel, in the order in which they are given out
MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)
#: CC10 of a source in the middle
CENTRE = 64

#: CC10 by family of eight General MIDI programs, roughly an orchestra as the audience sees it
_FAMILY_PAN = (
    58,  # pianos
    80,  # chromatic percussion
    64,  # organs
    46,  # guitars
    64,  # basses
    64,  # solo strings; the instruments follow below
    64,  # string ensembles and choirs
    78,  # brass
    72,  # reeds
    54,  # flutes
    64,  # synth leads
    64,  # synth pads
    64,  # synth effects
    50,  # plucked instruments of the world
    76,  # percussive
    64,  # sound effects
)
#: CC10 of single programs that leave their family's seat
_PROGRAM_PAN = {
    26: 82,  # electric guitars face the acoustic ones
    27: 82,
    40: 38,  # violin
    41: 76,  # viola
    42: 86,  # cello
    43: 70,  # double bass
    46: 34,  # harp
    47: 64,  # timpani
    60: 50,  # horns sit opposite the other brass
    71: 60,  # clarinet
}


def assign_channels(tracks: Sequence[Track]) -> tuple[int, ...]:
    """The channel (0 … 15) of each track, in order.

    Drums share channel 9. The first track of every program has a channel of its own, and so have further
    tracks while channels last; the rest play on the channel of the first track with their program.

    Raises:
        MidiError: more than 15 different melodic programs.
    """
    melodic = [index for index, track in enumerate(tracks) if not track.is_drum]
    first: dict[int, int] = {}
    for index in melodic:
        first.setdefault(tracks[index].program, index)
    if len(first) > len(MELODIC_CHANNELS):
        raise MidiError(
            f"{len(first)} different instruments do not fit on the {len(MELODIC_CHANNELS)} melodic channels "
            "of a MIDI file. Choose a smaller ensemble"
        )
    further = [index for index in melodic if index not in set(first.values())]
    own = sorted([*first.values(), *further][: len(MELODIC_CHANNELS)])
    channels = dict(zip(own, MELODIC_CHANNELS, strict=False))
    return tuple(
        DRUM_CHANNEL if track.is_drum else channels[index if index in channels else first[track.program]]
        for index, track in enumerate(tracks)
    )


def pan(track: Track) -> int:
    """CC10 of a track: 0 left … 64 middle … 127 right."""
    if track.is_drum:
        return CENTRE
    return _PROGRAM_PAN.get(track.program, _FAMILY_PAN[track.program // 8])
