"""From MIDI to finished sound: a SoundFont synthesizer, cue fades, mastering, loudness, WAV."""

from emsync_nb.rendering.loudness import loudness_lufs, true_peak_dbtp
from emsync_nb.rendering.mastering import (
    Mastered,
    MasteringSettings,
    Stage,
    load_mastering,
    master,
    master_measured,
)
from emsync_nb.rendering.mixing import fade_cues, mix_with_original
from emsync_nb.rendering.soundfont import find_soundfont
from emsync_nb.rendering.synth import render, render_stems
from emsync_nb.rendering.wav_file import read_sound, write_wav

__all__ = [
    "Mastered",
    "MasteringSettings",
    "Stage",
    "fade_cues",
    "find_soundfont",
    "load_mastering",
    "loudness_lufs",
    "master",
    "master_measured",
    "mix_with_original",
    "read_sound",
    "render",
    "render_stems",
    "true_peak_dbtp",
    "write_wav",
]
