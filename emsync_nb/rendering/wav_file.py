"""Sound on disk."""

from __future__ import annotations

import secrets
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import AudioClip, Sound
from emsync_nb.errors import AudioError, OutputError
from emsync_nb.extras import require

#: longer than any film; beyond it a file is broken or hostile
MAX_DURATION_S = 4 * 3600
_SAMPLE_BYTES = 3
#: bytes of samples that a WAV file's 32-bit sizes can tell, less some for its header
_LARGEST_WAV = (1 << 32) - (1 << 12)


def write_wav(sound: Sound, path: Path) -> None:
    """Write 24-bit PCM, block by block; the file appears whole or not at all.

    Where WAV's 4 GiB do not suffice, the file is RF64, which readers of long WAV files know.

    Raises:
        AudioError: a sample lies beyond full scale and would be clipped.
        OutputError: the file cannot be written.
    """
    # a name that nobody can have laid a link under
    unfinished = path.with_name(f".emsync-{secrets.token_hex(8)}.part")
    try:
        _write(sound, unfinished, path)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write(sound: Sound, unfinished: Path, path: Path) -> None:
    soundfile = require("soundfile")
    kind = "WAV" if sound.frames * sound.channels * _SAMPLE_BYTES <= _LARGEST_WAV else "RF64"
    try:
        with soundfile.SoundFile(
            unfinished, "w", sound.rate, sound.channels, subtype="PCM_24", format=kind
        ) as file:
            for block in sound.blocks():
                _check_peak(block)
                file.write(block.T)
    except (OSError, soundfile.LibsndfileError) as error:
        # libsndfile only knows that the system refused
        reason = getattr(error, "strerror", None) or "the disk is full, or the folder is not yours"
        raise OutputError(
            f"{path} cannot be written ({reason}). Free some space or choose another"
        ) from error


def _check_peak(block: NDArray[np.float32]) -> None:
    peak = float(np.abs(block).max(initial=0.0))
    if not peak <= 1:  # nan fails too
        raise AudioError(f"The sound peaks at {peak:.2f} of full scale and would be clipped. Master it first")


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
