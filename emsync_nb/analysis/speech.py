"""What is said, by ear: speech is recognised by Whisper (Radford et al. 2022, arXiv:2212.04356) and read as words.

faster-whisper (the extra `speech`, MIT) runs it; its weights are a folder that the user copies, and nothing is ever
downloaded. Without either the expert says so and hears nothing. Sound is kept for half a minute at most: stretches are
cut where it is quietest, so that few words are cut in two.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.expert import Opinion, Unavailable
from emsync_nb.analysis.words import features
from emsync_nb.analysis.words.judging import opinion_of
from emsync_nb.analysis.words.spoken import spoken
from emsync_nb.domain import AudioClip, Boundary
from emsync_nb.domain.curve import FloatArray
from emsync_nb.domain.words import Subtitle, readable, sane
from emsync_nb.errors import BrokenExtraError, WeightsError
from emsync_nb.extras import is_installed, require
from emsync_nb.weights import path_of

#: samples a second that Whisper hears
RATE = 16_000
#: the row of the table of weights that names its folder
WEIGHTS = "whisper-base"
#: a stretch is at most so long, and cut within its last part, in seconds
_STRETCH_S, _CUT_WITHIN_S, _QUIET_S = 30.0, 6.0, 0.2
#: a segment more likely to be no speech than this is left out (the recogniser's own usual bound)
_MAX_NO_SPEECH = 0.6
#: what is heard is doubted more than what is read
_DOUBT = 0.8


class SpeechExpert:
    """Recognises speech as the sound passes by."""

    name = "speech"

    def __init__(self) -> None:
        """Loads nothing yet; the model is loaded with the first block of sound."""
        self._stretch: list[NDArray[np.float32]] = []
        self._rate = 0
        self._start = 0
        self._lines: list[Subtitle] = []
        self._model: Any = None
        self._reason: str | None = None
        self._was_heard = False

    @property
    def note(self) -> str:
        """How much it understood."""
        return f"{len(self._lines)} sentences heard"

    def hear(self, block: AudioClip) -> None:
        """Recognise what is said up to the last quiet moment; blocks are of one rate."""
        self._was_heard = True
        if self._model is None and self._reason is None:
            self._load()
        if self._reason is not None:
            return
        self._rate = block.rate
        self._stretch.append(block.samples.mean(axis=0, dtype=np.float32))
        most = round(_STRETCH_S * block.rate)
        while sum(part.size for part in self._stretch) > most:
            sound = np.concatenate(self._stretch)
            cut = _quietest(sound[:most], block.rate)
            self._recognise(sound[:cut])
            self._stretch = [sound[cut:]]

    def judge(self, at_s: FloatArray, boundaries: Sequence[Boundary]) -> Opinion:
        """The emotion of what was said; boundaries play no part."""
        if not self._was_heard:
            raise Unavailable("the film is silent")
        if self._reason is None and self._stretch:
            self._recognise(np.concatenate(self._stretch))
            self._stretch = []
        if self._reason is not None:
            raise Unavailable(self._reason)
        lines = [line for line in readable(self._lines) if line.start_s <= at_s[-1]]
        if not lines:
            raise Unavailable("nobody was heard to speak")
        return opinion_of(self.name, at_s, lines, _DOUBT)

    def _load(self) -> None:
        """The model, or the reason why there is none."""
        if not features.is_available():
            self._reason = "the extra 'text' is not installed: pip install 'emsync_nb[text]'"
        elif not is_installed("faster_whisper"):
            self._reason = "the extra 'speech' is not installed: pip install 'emsync_nb[speech]'"
        else:
            try:
                self._model = _whisper(path_of(WEIGHTS))
            except (WeightsError, BrokenExtraError) as error:
                self._reason = str(error)

    def _recognise(self, sound: NDArray[np.float32]) -> None:
        """Understand a stretch, and go on after it."""
        start_s = self._start / self._rate
        self._start += sound.size
        try:
            self._lines += _sentences(self._model, _resampled(sound, self._rate), start_s)
        except RuntimeError as error:  # CTranslate2's only kind
            self._reason = (
                f"Whisper failed ({' '.join(str(error).split())[:120]}); try another folder of weights"
            )


def _whisper(folder: Path) -> Any:  # noqa: ANN401 - a type of faster_whisper, imported here only
    # read when huggingface_hub is first imported; a folder is given, so nothing is looked for, and this makes sure
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        return require("faster_whisper").WhisperModel(
            str(folder), device="cpu", compute_type="int8", local_files_only=True
        )
    except (RuntimeError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())[:120]
        raise WeightsError(f"{folder} does not hold Whisper's weights ({reason}); copy it again") from error


def _sentences(model: Any, sound: NDArray[np.float32], start_s: float) -> Iterator[Subtitle]:  # noqa: ANN401
    """What is said in English, or translated into it, in a stretch of sound at `RATE`."""
    segments, _ = model.transcribe(sound, task="translate", beam_size=1, condition_on_previous_text=False)
    for segment in segments:
        words = spoken(segment.text)
        if words and segment.no_speech_prob < _MAX_NO_SPEECH:
            line = sane(start_s + float(segment.start), start_s + float(segment.end), words)
            if line is not None:
                yield line


def _quietest(sound: NDArray[np.float32], rate: int) -> int:
    """The sample in the last seconds around which it is quietest."""
    within, width = round(_CUT_WITHIN_S * rate), max(1, round(_QUIET_S * rate))
    power = np.add.reduceat(sound[-within:].astype(np.float64) ** 2, np.arange(0, within - width + 1, width))
    return sound.size - within + int(power.argmin()) * width + width // 2


def _resampled(sound: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    if rate == RATE:
        return sound
    return np.asarray(require("librosa").resample(sound, orig_sr=rate, target_sr=RATE), dtype=np.float32)
