"""Where General MIDI percussion sits on a staff in common drum-set notation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DrumSound:
    """One sound of the kit as it is written."""

    name: str
    #: letter and octave of its place on a treble staff
    step: str
    octave: int
    notehead: str = "normal"


#: by MIDI note number
_KIT: dict[int, DrumSound] = {
    35: DrumSound("Acoustic Bass Drum", "E", 4),
    36: DrumSound("Bass Drum", "F", 4),
    37: DrumSound("Side Stick", "C", 5, "x"),
    38: DrumSound("Snare", "C", 5),
    39: DrumSound("Hand Clap", "D", 5, "x"),
    40: DrumSound("Electric Snare", "C", 5),
    41: DrumSound("Low Floor Tom", "G", 4),
    42: DrumSound("Closed Hi-Hat", "G", 5, "x"),
    43: DrumSound("High Floor Tom", "A", 4),
    44: DrumSound("Pedal Hi-Hat", "D", 4, "x"),
    45: DrumSound("Low Tom", "B", 4),
    46: DrumSound("Open Hi-Hat", "G", 5, "circle-x"),
    47: DrumSound("Low-Mid Tom", "D", 5),
    48: DrumSound("High-Mid Tom", "D", 5),
    49: DrumSound("Crash Cymbal", "A", 5, "x"),
    50: DrumSound("High Tom", "E", 5),
    51: DrumSound("Ride Cymbal", "F", 5, "x"),
    52: DrumSound("China Cymbal", "B", 5, "x"),
    53: DrumSound("Ride Bell", "F", 5, "diamond"),
    54: DrumSound("Tambourine", "B", 4, "triangle"),
    55: DrumSound("Splash Cymbal", "B", 5, "x"),
    56: DrumSound("Cowbell", "E", 5, "triangle"),
    57: DrumSound("Crash Cymbal 2", "A", 5, "x"),
    59: DrumSound("Ride Cymbal 2", "F", 5, "x"),
}


def drum_sound(pitch: int) -> DrumSound:
    """How a percussion note is written; sounds outside the kit sit above the middle line as slashes."""
    return _KIT.get(pitch) or DrumSound(f"Percussion {pitch}", "C", 5, "slash")
