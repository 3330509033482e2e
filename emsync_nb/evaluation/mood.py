"""A second opinion on the emotion of rendered music: what YAMNet's six mood classes make of the sound.

YAMNet (Google Research; Gemmeke et al. 2017, "Audio Set") is a MobileNet v1 over log-mel patches of 0.975 s,
trained to tag recordings with 521 AudioSet classes, six of them moods of music. It knows no notes, and none of its
features is one of our labeller's, so the two can only agree through the music.

It is an uncalibrated opinion whose only use is a correlation (docstring of `Mood`). The file, Apache-2.0
`yamnet_audio_classifier_with_metadata.tflite`, belongs to whoever runs the evaluation; it is not part of the package.

How far to trust it, measured in November 2026 on the 150 piano pieces of VGMIDI, their first 40 s rendered with
TimGM6mb at 48 kHz, against the mean rating of about 30 people (standard error of each r about 0.08):

=========  ==================  ==================
this       r with their        r with their
           valence             arousal
=========  ==================  ==================
valence    0.37                0.31
arousal    0.26                0.44
=========  ==================  ==================

No weight was fitted, but those below were settled with these pieces in view. Eight bars written by hand show what
moves it: tempo with density (50 against 160 a minute: arousal + 2 to 3), instruments (piano against strings: valence
− 6, arousal + 1) and register (4 semitones up: valence + 1). Mode moves valence by less than 0.9, as often the wrong
way, and velocity not at all, as level is taken out. So correlate within one ensemble, never across ensembles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.yamnet import RATE, WINDOW, Tagger
from emsync_nb.domain import AudioClip
from emsync_nb.domain.curve import FloatArray
from emsync_nb.errors import AudioError, CheckpointError
from emsync_nb.extras import require

#: the classes that count, as the label list of the file spells them
CLASSES = ("Happy music", "Sad music", "Tender music", "Exciting music", "Angry music", "Scary music")
#: of log-odds, in the order of CLASSES. Each row sums to 0, so that what raises all classes alike (cleaner sound,
#: more of it "music") cancels. Angry music counts nowhere: on a SoundFont its log-odds are −17 to −13, noise.
VALENCE_WEIGHTS = (1.0, -0.75, 0.5, 0.0, 0.0, -0.75)
AROUSAL_WEIGHTS = (0.0, -0.5, -0.5, 1.0, 0.0, 0.0)
#: RMS that sound is brought to, −20 dB of full scale: a level set in mastering is no mood
LEVEL = 0.1
#: RMS below which sound counts as silence and stays as it is, −100 dB
SILENCE = 1e-5
_REMEDY = "Give the path of yamnet_audio_classifier_with_metadata.tflite"


@dataclass(frozen=True, slots=True, eq=False)
class Mood:
    """What was heard. Valence and arousal have neither unit, zero nor range: only their correlation over many
    pieces with something else means anything."""

    #: Σ VALENCE_WEIGHTS · mean log-odds; piano pieces lie around 7 ± 1
    valence: float
    #: Σ AROUSAL_WEIGHTS · mean log-odds; piano pieces lie around −2 ± 1
    arousal: float
    #: (frames, 6) log-odds of CLASSES, steps of 0.35, every 0.975 s
    scores: FloatArray


class MoodListener:
    """YAMNet, opened once; not to be shared by threads.

    One frame takes 3 ms of one core, resampling included about 240 times real time. The file has room for one frame
    at a time, so there is nothing to batch.
    """

    def __init__(self, path: Path) -> None:
        """Open the .tflite file, which is read by native code but verified by it first; nothing is unpickled.

        Raises:
            MissingExtraError: LiteRT is not installed.
            CheckpointError: no file, not a tflite file, or another network than YAMNet.
        """
        require("ai_edge_litert.interpreter")  # said before anything of the file
        self._tagger = Tagger(path, _REMEDY)
        self._classes = _places_of(CLASSES, self._tagger.labels)

    def listen(self, sound: AudioClip) -> Mood:
        """The mood of a whole sound, of any rate and number of channels.

        It is mixed to mono, resampled to 16 kHz, brought to LEVEL and cut into frames of 0.975 s, a last part of a
        frame left out; what is shorter than one frame is filled with silence.

        Raises:
            AudioError: no samples, or some are not finite.
            MissingExtraError: scipy is not installed.
        """
        scores = np.array([self._judge(frame) for frame in _frames(sound)])
        valence, arousal = np.array([VALENCE_WEIGHTS, AROUSAL_WEIGHTS]) @ scores.mean(axis=0)
        scores.setflags(write=False)
        return Mood(float(valence), float(arousal), scores)

    def _judge(self, frame: NDArray[np.float32]) -> FloatArray:
        """(6,) log-odds."""
        return self._tagger.log_odds(self._tagger.levels(frame)[self._classes])


def _places_of(classes: tuple[str, ...], labels: tuple[str, ...]) -> NDArray[np.intp]:
    missing = [name for name in classes if name not in labels]
    if missing:
        raise CheckpointError(f"The network has no class {missing[0]}. {_REMEDY}")
    return np.array([labels.index(name) for name in classes], dtype=np.intp)


def _frames(sound: AudioClip) -> NDArray[np.float32]:
    """(frames, WINDOW) at 16 kHz and LEVEL, at least one frame."""
    if sound.samples.size == 0 or not np.isfinite(sound.samples).all():
        raise AudioError("The sound is empty or has samples that are not finite. Render it again")
    mono = sound.samples.mean(axis=0, dtype=np.float64)
    common = math.gcd(sound.rate, RATE)
    mono = require("scipy.signal").resample_poly(mono, RATE // common, sound.rate // common)
    level = math.sqrt(np.mean(mono**2))
    if level > SILENCE:
        mono *= LEVEL / level
    frames = max(1, len(mono) // WINDOW)
    whole = np.zeros(frames * WINDOW, dtype=np.float32)
    whole[: len(mono)] = mono[: len(whole)]
    return whole.reshape(frames, WINDOW)
