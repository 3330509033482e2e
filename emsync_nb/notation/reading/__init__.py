"""Scores from anywhere, as tables of what sounds: MIDI and MusicXML."""

from __future__ import annotations

from pathlib import Path

from emsync_nb.domain import MusicTable
from emsync_nb.errors import MidiError
from emsync_nb.notation.reading.midi_table import read_midi_table

__all__ = ["read_midi_table", "read_table"]

_MIDI_ENDINGS = {".mid", ".midi", ".kar", ".smf"}
_MUSICXML_ENDINGS = {".mxl", ".musicxml", ".xml"}


def read_table(path: Path, *, unfold: bool = True) -> MusicTable:
    """Read a Standard MIDI File or a MusicXML score, compressed or not; its name's ending tells which.

    Args:
        path: the file.
        unfold: play repeats as written in a score; without it, every bar stands once. MIDI files have none.

    Raises:
        MidiError: neither of them, missing, damaged, or without notes.
        MissingExtraError: mido or lxml is not installed.
    """
    ending = path.suffix.lower()
    if ending in _MIDI_ENDINGS:
        return read_midi_table(path)
    if ending in _MUSICXML_ENDINGS:
        from emsync_nb.notation.reading.musicxml_table import read_musicxml

        return read_musicxml(path, unfold=unfold)
    known = ", ".join(sorted(_MIDI_ENDINGS | _MUSICXML_ENDINGS))
    raise MidiError(f"{path} is no score that can be read. Name a file ending in {known}")
