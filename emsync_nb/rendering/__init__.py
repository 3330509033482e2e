"""From MIDI to finished sound: a SoundFont synthesizer, cue fades, mastering, loudness, WAV.

All of it works in blocks, so that a film of hours takes no more memory than one of minutes; the functions
that take and give an `AudioClip` do the same in memory.
"""

from emsync_nb.rendering.effects import Effect, Metered, Scaled, Watched, span
from emsync_nb.rendering.loudness import loudness_lufs, true_peak_dbtp
from emsync_nb.rendering.mastering import (
    Mastered,
    MasteringSettings,
    Measures,
    Stage,
    load_mastering,
    master,
    master_measured,
    master_to,
)
from emsync_nb.rendering.mixing import Faded, WithOriginal, fade_cues, lowered, mix_with_original
from emsync_nb.rendering.soundfont import find_soundfont
from emsync_nb.rendering.synth import Performance, perform, render, render_stems
from emsync_nb.rendering.tape import Tape
from emsync_nb.rendering.wav_file import read_sound, write_wav

__all__ = [
    "Effect",
    "Faded",
    "Mastered",
    "MasteringSettings",
    "Measures",
    "Metered",
    "Performance",
    "Scaled",
    "Stage",
    "Tape",
    "Watched",
    "WithOriginal",
    "fade_cues",
    "find_soundfont",
    "load_mastering",
    "loudness_lufs",
    "lowered",
    "master",
    "master_measured",
    "master_to",
    "mix_with_original",
    "perform",
    "read_sound",
    "render",
    "render_stems",
    "span",
    "true_peak_dbtp",
    "write_wav",
]
