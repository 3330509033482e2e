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

import io
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import AudioClip
from emsync_nb.errors import AudioError, CheckpointError
from emsync_nb.extras import require

FloatArray = NDArray[np.float64]

#: samples per second that YAMNet takes
RATE = 16_000
#: samples of one frame, 0.975 s
FRAME = 15_600
#: AudioSet classes
LABELS = 521
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
#: bytes; the file has 4.1 million
MAX_MODEL_BYTES = 64_000_000
_MAX_LIST_BYTES = 100_000
_LABEL_LIST = "yamnet_label_list.txt"
#: the name of the flatbuffer's schema, at bytes 4 … 8
_TFLITE = b"TFL3"
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
            MissingExtraError: the extra `evaluation` is not installed.
            CheckpointError: no file, not a tflite file, or another network than YAMNet.
        """
        interpreter = require("ai_edge_litert.interpreter")
        content = _content(path)
        self._classes = _places_of(CLASSES, _labels(path, content))
        self._network = _network(interpreter, path, content)
        self._input: int = self._network.get_input_details()[0]["index"]
        self._log_odds, self._step, self._zero = _log_odds_tensor(path, self._network)

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
        """(6,) log-odds. Taken before the last sigmoid, whose 8 bits leave nothing of odds below 1 : 500."""
        self._network.set_tensor(self._input, frame)
        self._network.invoke()
        levels = self._network.get_tensor(self._log_odds)[0, self._classes]
        return np.asarray((levels.astype(np.float64) - self._zero) * self._step)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_MODEL_BYTES + 1)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror}). {_REMEDY}") from error
    if len(content) > MAX_MODEL_BYTES:
        raise CheckpointError(f"{path} has more than {MAX_MODEL_BYTES // 10**6} MB. {_REMEDY}")
    if content[4:8] != _TFLITE:
        raise CheckpointError(f"{path} is not a TensorFlow Lite file. {_REMEDY}")
    return content


def _labels(path: Path, content: bytes) -> list[str]:
    """The 521 names, from the zip that begins after the network in the same file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(_LABEL_LIST) as stream:
            text = stream.read(_MAX_LIST_BYTES).decode()
    # RuntimeError: encrypted; ValueError holds UnicodeDecodeError
    except (zipfile.BadZipFile, KeyError, RuntimeError, ValueError, EOFError) as error:
        raise CheckpointError(f"{path} holds no {_LABEL_LIST}. {_REMEDY}") from error
    labels = text.splitlines()
    if len(labels) != LABELS:
        raise CheckpointError(f"{path} names {len(labels)} classes where YAMNet has {LABELS}. {_REMEDY}")
    return labels


def _places_of(classes: tuple[str, ...], labels: list[str]) -> NDArray[np.intp]:
    missing = [name for name in classes if name not in labels]
    if missing:
        raise CheckpointError(f"The network has no class {missing[0]}. {_REMEDY}")
    return np.array([labels.index(name) for name in classes], dtype=np.intp)


def _network(interpreter: Any, path: Path, content: bytes) -> Any:  # noqa: ANN401 - types of LiteRT stay here
    """An interpreter on one thread that keeps inner values; its plain kernels, which write nothing to stderr."""
    try:
        network = interpreter.Interpreter(
            model_content=content,
            num_threads=1,
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=interpreter.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        network.allocate_tensors()
    except (ValueError, RuntimeError) as error:  # the verifier; an operation unknown or ill-formed
        reason = " ".join(str(error).split()) or "damaged"
        raise CheckpointError(f"{path} cannot be loaded ({reason}). {_REMEDY}") from error
    _check_ends(path, network)
    return network


def _check_ends(path: Path, network: Any) -> None:  # noqa: ANN401 - as above
    ends = (
        ("takes", network.get_input_details(), [FRAME]),
        ("gives", network.get_output_details(), [1, LABELS]),
    )
    for verb, details, wanted in ends:
        shape = [int(length) for length in details[0]["shape"]] if len(details) == 1 else []
        if shape != wanted or details[0]["dtype"] is not np.float32:
            raise CheckpointError(f"{path} {verb} {shape} where YAMNet {verb} {wanted} float32. {_REMEDY}")


def _log_odds_tensor(path: Path, network: Any) -> tuple[int, float, int]:  # noqa: ANN401 - as above
    """(index, step, zero) of the inner values before the last sigmoid: the one row of classes that exceeds 1."""
    for detail in network.get_tensor_details():
        step, zero = detail["quantization"]
        if detail["dtype"] is np.int8 and list(detail["shape"]) == [1, LABELS] and 255 * step > 1:
            return int(detail["index"]), float(step), int(zero)
    raise CheckpointError(f"{path} holds no 8-bit log-odds of its classes. {_REMEDY}")


def _frames(sound: AudioClip) -> NDArray[np.float32]:
    """(frames, FRAME) at 16 kHz and LEVEL, at least one frame."""
    if sound.samples.size == 0 or not np.isfinite(sound.samples).all():
        raise AudioError("The sound is empty or has samples that are not finite. Render it again")
    mono = sound.samples.mean(axis=0, dtype=np.float64)
    common = math.gcd(sound.rate, RATE)
    mono = require("scipy.signal").resample_poly(mono, RATE // common, sound.rate // common)
    level = math.sqrt(np.mean(mono**2))
    if level > SILENCE:
        mono *= LEVEL / level
    frames = max(1, len(mono) // FRAME)
    whole = np.zeros(frames * FRAME, dtype=np.float32)
    whole[: len(mono)] = mono[: len(whole)]
    return whole.reshape(frames, FRAME)
