"""Sound on disk."""

from __future__ import annotations

import secrets
from pathlib import Path

import numpy as np

from emsync_nb.domain import AudioClip
from emsync_nb.errors import AudioError, OutputError
from emsync_nb.extras import require

#: longer than any film; beyond it a file is broken or hostile
MAX_DURATION_S = 4 * 3600


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
    # a name that nobody can have laid a link under
    unfinished = path.with_name(f".emsync-{secrets.token_hex(8)}.part")
    try:
        soundfile.write(unfinished, audio.samples.T, audio.rate, subtype="PCM_24", format="WAV")
        unfinished.replace(path)
    except (OSError, soundfile.LibsndfileError) as error:
        # libsndfile only knows that the system refused
        reason = getattr(error, "strerror", None) or "the disk is full, or the folder is not yours"
        raise OutputError(
            f"{path} cannot be written ({reason}). Free some space or choose another"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def read_sound(path: Path) -> AudioClip:
    """Sound from a file that libsndfile reads: WAV, FLAC, OGG, MP3, AIFF.

    Raises:
        AudioError: no such file, no sound file, or one that is longer than four hours.
    """
    if not path.is_file():
        raise AudioError(f"There is no sound file at {path}. Check the path")
    soundfile = require("soundfile")
    try:
        with soundfile.SoundFile(path) as file:
            if file.frames > MAX_DURATION_S * file.samplerate:
                raise AudioError(f"{path} is longer than {MAX_DURATION_S // 3600} hours. Cut it first")
            samples = file.read(dtype="float32", always_2d=True)
            return AudioClip(np.ascontiguousarray(samples.T), file.samplerate)
    except (OSError, soundfile.LibsndfileError) as error:
        raise AudioError(f"{path} cannot be read as sound ({error}). Save it as WAV") from error
