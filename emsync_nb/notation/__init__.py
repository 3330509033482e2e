"""Scores as files for other programs: MIDI and MusicXML, and an independent reader that judges the MIDI."""

from emsync_nb.notation.daw_export import ExportFacts, open_export, read_export
from emsync_nb.notation.hit_reader import HitReading, MidiFacts, TempoFact, TrackFact, midi_facts, read_hits
from emsync_nb.notation.midi_file import TICKS_PER_BEAT, write_midi
from emsync_nb.notation.midi_reader import read_midi
from emsync_nb.notation.musicxml import write_musicxml
from emsync_nb.notation.theme_file import find_entries, read_theme

__all__ = [
    "TICKS_PER_BEAT",
    "ExportFacts",
    "HitReading",
    "MidiFacts",
    "TempoFact",
    "TrackFact",
    "find_entries",
    "midi_facts",
    "open_export",
    "read_export",
    "read_hits",
    "read_midi",
    "read_theme",
    "write_midi",
    "write_musicxml",
]
