"""Which MIDI port and channel each track plays on, and where it sits between left and right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from emsync_nb.domain import Track
from emsync_nb.errors import MidiError

#: General MIDI keeps its tenth channel for percussion; counted from 0 here
DRUM_CHANNEL = 9
#: every other channel, in the order in which they are given out
MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)
#: ports that a MIDI file can name: a data byte of them
PORTS = 128
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


class Place(NamedTuple):
    """Where a track plays; no other track of its file does."""

    #: 0 … 127; each port has 16 channels
    port: int
    #: 0 … 15
    channel: int


def assign_places(tracks: Sequence[Track]) -> tuple[Place, ...]:
    """The port and channel of each track, in order; every track has a place of its own.

    Drums play on channel 9. On port 0 lie the first track of every program and, while channels last, further
    ones. The rest go to higher ports, there on a channel that has their program on port 0 if any is free: who
    knows nothing of ports then plays them on the right instrument all the same.

    Raises:
        MidiError: more tracks than 128 ports carry.
    """
    first = _on_first_port(tracks)
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for index, channel in first.items():
        alike[tracks[index].program].append(channel)
    taken = {Place(0, channel) for channel in first.values()}
    places: list[Place] = []
    for index, track in enumerate(tracks):
        wanted = ((DRUM_CHANNEL,),) if track.is_drum else (alike[track.program], MELODIC_CHANNELS)
        place = Place(0, first[index]) if index in first else _free(taken, wanted)
        taken.add(place)
        places.append(place)
    return tuple(places)


def _on_first_port(tracks: Sequence[Track]) -> dict[int, int]:
    """The channels of the melodic tracks on port 0, by index."""
    melodic = [index for index, track in enumerate(tracks) if not track.is_drum]
    first: dict[int, int] = {}
    for index in melodic:
        first.setdefault(tracks[index].program, index)
    leading = set(first.values())
    further = [index for index in melodic if index not in leading]
    own = sorted([*first.values(), *further][: len(MELODIC_CHANNELS)])
    return dict(zip(own, MELODIC_CHANNELS, strict=False))


def _free(taken: set[Place], wanted: Sequence[Sequence[int]]) -> Place:
    """The first place that is free, of the best channels that have one."""
    for channels in wanted:
        for port in range(PORTS):
            for channel in channels:
                if (port, channel) not in taken:
                    return Place(port, channel)
    raise MidiError(
        f"a MIDI file carries {PORTS * len(MELODIC_CHANNELS)} melodic tracks and {PORTS} of drums, and this score "
        "has more. Merge some of its tracks"
    )


def pan(track: Track) -> int:
    """CC10 of a track: 0 left … 64 middle … 127 right."""
    if track.is_drum:
        return CENTRE
    return _PROGRAM_PAN.get(track.program, _FAMILY_PAN[track.program // 8])
