"""YAMNet as it hears one window: the log-odds of 521 kinds of sound.

YAMNet (Plakal & Ellis 2020, Google Research) is a MobileNet v1 over log-mel patches of 0.975 s, trained to tag the
clips of Audio Set (Gemmeke et al. 2017). Its last sigmoid has 8 bits, which leave nothing of odds below 1 : 500; so
the values before it are taken, also 8 bits, in steps of about 0.35 nats.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain.curve import FloatArray
from emsync_nb.errors import CheckpointError
from emsync_nb.tflite import Network, Tensor, check_ends, open_network, read_content

#: samples per second that it takes
RATE = 16_000
#: samples of one window, 0.975 s
WINDOW = 15_600
#: kinds of sound
LABELS = 521
_LABEL_LIST = "yamnet_label_list.txt"
_MAX_LIST_BYTES = 100_000
_REMEDY = "Run: emsync weights verify"


class Tagger:
    """The opened network; not to be shared by threads. A window takes 3 ms of one core."""

    def __init__(self, path: Path, remedy: str = _REMEDY) -> None:
        """Open the .tflite file, with the list of labels that is a zip behind the network in the same file.

        Args:
            path: of the file.
            remedy: what to do about a wrong one, the end of each message.

        Raises:
            MissingExtraError: LiteRT is not installed.
            CheckpointError: no file, not a tflite file, or another network than YAMNet.
        """
        content = read_content(path, remedy)
        #: names of the classes, in their order
        self.labels = _labels(path, content, remedy)
        self._network = open_network(path, content, keep_inner=True, remedy=remedy)
        check_ends(self._network, "YAMNet", ((WINDOW,), "float32"), ((1, LABELS), "float32"), remedy)
        self._inner = _before_sigmoid(self._network, remedy)

    def levels(self, window: NDArray[np.float32]) -> NDArray[np.int8]:
        """(521,) the network's own 8-bit log-odds for (15600,) samples at 16 kHz in [-1, 1]."""
        self._network.run(window)
        return np.asarray(self._network.inner(self._inner)[0], dtype=np.int8)

    def log_odds(self, levels: NDArray[np.int8]) -> FloatArray:
        """Levels in nats, natural logarithms of odds; any shape."""
        return self._inner.real(levels).astype(np.float64)


def _labels(path: Path, content: bytes, remedy: str) -> tuple[str, ...]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(_LABEL_LIST) as stream:
            text = stream.read(_MAX_LIST_BYTES).decode()
    # RuntimeError: encrypted; NotImplementedError: packed in another way; ValueError holds UnicodeDecodeError
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        RuntimeError,
        NotImplementedError,
        ValueError,
        EOFError,
    ) as error:
        raise CheckpointError(f"{path} holds no {_LABEL_LIST}. {remedy}") from error
    labels = tuple(text.splitlines())
    if len(labels) != LABELS:
        raise CheckpointError(f"{path} names {len(labels)} classes where YAMNet has {LABELS}. {remedy}")
    return labels


def _before_sigmoid(network: Network, remedy: str) -> Tensor:
    """The inner values before the last sigmoid: the one row of 8-bit classes whose span exceeds that of odds."""
    for tensor in network.tensors():
        if tensor.dtype is np.int8 and tensor.shape == (1, LABELS) and 255 * tensor.step > 1:
            return tensor
    raise CheckpointError(f"{network.path} holds no 8-bit log-odds of its classes. {remedy}")
