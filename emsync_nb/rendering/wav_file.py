"""Sound on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emsync_nb.domain import AudioClip
from emsync_nb.errors import AudioError, OutputError
from emsync_nb.extras import require


def write_wav(audio: AudioClip, path: Path) -> None:
    """Write 24-bit PCM; the file appears whole or not at all.

    Raises:
        AudioError: a sample lies beyond full scale and would be clipped.
        OutputError: the file cannot be written.
    """
    peak = float(np.abs(audio.samples).max(initial=0.0))
    if not peak <= 1:  # nan fails too
        raise AudioError(f"The sound peaks at {peak:.2f} of full scale and would be clipped. Master it first")
    soundfile = require("soundfile")
    unfinished = path.with_name(f".{path.name}.part")
    try:
        soundfile.write(unfinished, audio.samples.T, audio.rate, subtype="PCM_24", format="WAV")
        unfinished.replace(path)
    except (OSError, soundfile.LibsndfileError) as error:
        unfinished.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written ({error}). Choose another folder") from error
