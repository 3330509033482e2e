"""The nouns: frozen values that the stages exchange. Standard library and numpy only.

Scores count in beats, films in seconds; `TempoMap` is the only bridge between the two.
"""

from emsync_nb.domain.cues import Boundary, BoundaryKind, Cue, Ending, Entry, VideoCues
from emsync_nb.domain.curve import EmotionCurve
from emsync_nb.domain.ensemble import PARTS, Ensemble, Player, Role
from emsync_nb.domain.media import BLOCK, AudioClip, Frame, Sound, VideoInfo
from emsync_nb.domain.plan import BASS_CEILING, CHORD_PITCHES, Hit, PlannedCue, ScorePlan, Section
from emsync_nb.domain.ranges import INSTRUMENT_RANGES, InstrumentRange
from emsync_nb.domain.score import DynamicsPoint, Key, KeyChange, Marker, Mode, Note, Score, Track
from emsync_nb.domain.spotting import TEMPI_BPM, Passage, Spotting
from emsync_nb.domain.table import DRUMS, GRID, MusicTable, TableTrack
from emsync_nb.domain.template import Articulation, PortPlan, Route, Template
from emsync_nb.domain.tempo import Bar, BarGrid, TempoChange, TempoMap
from emsync_nb.domain.theme import Theme, ThemeEntry
from emsync_nb.domain.tonality import key_fit

__all__ = [
    "BASS_CEILING",
    "BLOCK",
    "CHORD_PITCHES",
    "DRUMS",
    "GRID",
    "INSTRUMENT_RANGES",
    "PARTS",
    "TEMPI_BPM",
    "Articulation",
    "AudioClip",
    "Bar",
    "BarGrid",
    "Boundary",
    "BoundaryKind",
    "Cue",
    "DynamicsPoint",
    "EmotionCurve",
    "Ending",
    "Ensemble",
    "Entry",
    "Frame",
    "Hit",
    "InstrumentRange",
    "Key",
    "KeyChange",
    "Marker",
    "Mode",
    "MusicTable",
    "Note",
    "Passage",
    "PlannedCue",
    "Player",
    "PortPlan",
    "Role",
    "Route",
    "Score",
    "ScorePlan",
    "Section",
    "Sound",
    "Spotting",
    "TableTrack",
    "Template",
    "TempoChange",
    "TempoMap",
    "Theme",
    "ThemeEntry",
    "Track",
    "VideoCues",
    "VideoInfo",
    "key_fit",
]
