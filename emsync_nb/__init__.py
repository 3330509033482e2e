"""emsync_nb watches a film, reads its emotion and its cuts, and composes MIDI that follows both."""

__version__ = "0.1.0"
