"""Which track goes where: how a DAW template or a library of samples wants to be played."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

#: what `Template.ports` may say
PortPlan = Literal["one", "each"]
#: controllers that carry dynamics: the modulation wheel, as most libraries of samples want it, or expression
DYNAMICS_CONTROLLERS = (1, 11)
_DEFAULT_PORT = "EMSYNC"
_CHANNELS = range(1, 17)


@dataclass(frozen=True, slots=True)
class Articulation:
    """One way of playing of an instrument, and what switches to it: just one of the three."""

    #: such as "legato"
    name: str
    #: MIDI note number that is pressed shortly before
    keyswitch: int | None = None
    #: controller number and value
    controller: tuple[int, int] | None = None
    #: General MIDI program, 0 … 127
    program: int | None = None
    #: taken for notes of at most so many beats; None: for all that no shorter one takes
    up_to_beats: float | None = None

    def __post_init__(self) -> None:
        switches = [self.keyswitch, self.controller, self.program]
        if sum(switch is not None for switch in switches) != 1:
            raise ValueError(f"{self.name!r} needs one of keyswitch, controller and program")
        for number in (self.keyswitch, self.program, *(self.controller or ())):
            if number is not None and not 0 <= number <= 127:
                raise ValueError(f"{self.name!r} names {number}, which MIDI cannot send; give 0 … 127")
        if self.up_to_beats is not None and not self.up_to_beats > 0:
            raise ValueError(f"{self.name!r} is for notes of no length; give more than 0 beats")


@dataclass(frozen=True, slots=True)
class Route:
    """Where the tracks of some names go; None leaves a thing to the template, or to the track."""

    #: names of tracks, * and ? standing for any letters; their case does not matter
    tracks: tuple[str, ...]
    port: str | None = None
    #: 1 … 16
    channel: int | None = None
    #: bank select, coarse and fine
    bank: tuple[int, int] | None = None
    #: General MIDI program, 0 … 127
    program: int | None = None
    #: shorter ones first
    articulations: tuple[Articulation, ...] = ()

    def __post_init__(self) -> None:
        if not self.tracks:
            raise ValueError("a route needs the names of tracks")
        if self.channel is not None and self.channel not in _CHANNELS:
            raise ValueError(f"channel must lie in 1 … 16, got {self.channel}")
        for number in (self.program, *(self.bank or ())):
            if number is not None and not 0 <= number <= 127:
                raise ValueError(f"bank and program must lie in 0 … 127, got {number}")

    def takes(self, track: str) -> bool:
        """Whether a track of this name goes here."""
        return any(fnmatchcase(track.casefold(), pattern.casefold()) for pattern in self.tracks)

    def articulation_for(self, beats: float) -> Articulation | None:
        """How a note of a length is played; None where the template says nothing."""
        fitting = [
            one for one in self.articulations if one.up_to_beats is not None and beats <= one.up_to_beats
        ]
        longest = [one for one in self.articulations if one.up_to_beats is None]
        return next(iter((*sorted(fitting, key=lambda one: one.up_to_beats or 0), *longest)), None)


@dataclass(frozen=True, slots=True)
class Template:
    """Ports, channels and programs for the tracks of a score."""

    name: str = "General MIDI"
    #: "one": a port with channels, drums on 10; "each": a port for each track, on channel 1
    ports: PortPlan = "one"
    #: name of the one port
    port: str = _DEFAULT_PORT
    #: number of the controller that carries dynamics; one of DYNAMICS_CONTROLLERS
    dynamics: int = 11
    #: whether programs are sent; libraries of samples have their instruments loaded already
    sends_programs: bool = True
    #: the first that takes a track counts
    routes: tuple[Route, ...] = ()

    def __post_init__(self) -> None:
        if self.dynamics not in DYNAMICS_CONTROLLERS:
            raise ValueError(f"dynamics must be controller 1 or 11, got {self.dynamics}")

    def route_of(self, track: str) -> Route | None:
        """The route that a track takes; None: the usual one."""
        return next((route for route in self.routes if route.takes(track)), None)
