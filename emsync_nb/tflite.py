"""TensorFlow Lite networks, opened once and with care, run by LiteRT on one thread.

The file is a flatbuffer that native code reads, so it is verified first and nothing in it is unpickled. LiteRT's plain
kernels are used: they write nothing to standard error and need no XNNPACK memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.errors import CheckpointError
from emsync_nb.extras import require

#: bytes; none of the networks that we know has more than 5 million
MAX_BYTES = 64_000_000
#: the name of the flatbuffer's schema, at bytes 4 … 8
_MAGIC = b"TFL3"

AnyArray = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Tensor:
    """What a network takes, gives or keeps inside."""

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: type[np.generic]
    #: of 8-bit values: (value − zero) · step is what they mean; 0 and 0 where they are no 8-bit values
    step: float
    zero: int

    def real(self, values: AnyArray) -> NDArray[np.float32]:
        """The values that are meant, in the same shape."""
        if self.step == 0:
            return values.astype(np.float32)
        return (values.astype(np.float32) - np.float32(self.zero)) * np.float32(self.step)


class Network:
    """An opened network; not to be shared by threads."""

    def __init__(self, interpreter: Any, path: Path) -> None:  # noqa: ANN401 - types of LiteRT stay in this module
        self._interpreter = interpreter
        self.path = path
        self.inputs = tuple(_tensor(detail) for detail in interpreter.get_input_details())
        self.outputs = tuple(_tensor(detail) for detail in interpreter.get_output_details())

    def run(self, *arrays: AnyArray) -> list[AnyArray]:
        """What the network gives, an array for each output, raw and copied.

        Args:
            arrays: one for each input, of its shape and dtype.

        Raises:
            ValueError: another number, shape or dtype than the network takes.
        """
        if len(arrays) != len(self.inputs):
            raise ValueError(f"{self.path.name} takes {len(self.inputs)} arrays, got {len(arrays)}")
        for tensor, array in zip(self.inputs, arrays, strict=True):
            if array.shape != tensor.shape or array.dtype != tensor.dtype:
                raise ValueError(f"{self.path.name} takes {_words(tensor)}, got {array.shape} {array.dtype}")
            self._interpreter.set_tensor(tensor.index, array)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(tensor.index) for tensor in self.outputs]

    def inner(self, tensor: Tensor) -> AnyArray:
        """An inner value after the last `run`, raw and copied; of a network opened with `keep_inner`."""
        return np.asarray(self._interpreter.get_tensor(tensor.index))

    def tensors(self) -> tuple[Tensor, ...]:
        """Everything that the network holds, inputs, weights and inner values."""
        return tuple(_tensor(detail) for detail in self._interpreter.get_tensor_details())


def read_content(path: Path, remedy: str) -> bytes:
    """The bytes of a TensorFlow Lite file.

    Args:
        path: of the file.
        remedy: what to do about a wrong one, the end of each message.

    Raises:
        CheckpointError: unreadable, too large, or of another kind.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror}). {remedy}") from error
    if len(content) > MAX_BYTES:
        raise CheckpointError(f"{path} has more than {MAX_BYTES // 10**6} MB. {remedy}")
    if content[4:8] != _MAGIC:
        raise CheckpointError(f"{path} is not a TensorFlow Lite file. {remedy}")
    return content


def open_network(
    path: Path,
    content: bytes | None = None,
    *,
    keep_inner: bool = False,
    remedy: str = "Run: emsync weights verify",
) -> Network:
    """Open a network.

    Args:
        path: of the file.
        content: its bytes, where they have been read already.
        keep_inner: whether inner values outlast a run.
        remedy: what to do about a wrong file, the end of each message.

    Raises:
        MissingExtraError: LiteRT is not installed.
        CheckpointError: unreadable, too large, of another kind, or damaged.
    """
    litert = require("ai_edge_litert.interpreter")
    content = read_content(path, remedy) if content is None else content
    try:
        interpreter = litert.Interpreter(
            model_content=content,
            num_threads=1,
            experimental_preserve_all_tensors=keep_inner,
            experimental_op_resolver_type=litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:  # the verifier; an operation unknown or ill-formed
        reason = " ".join(str(error).split()) or "damaged"
        raise CheckpointError(f"{path} cannot be loaded ({reason}). {remedy}") from error
    return Network(interpreter, path)


def check_ends(
    network: Network,
    kind: str,
    takes: tuple[tuple[int, ...], str],
    gives: tuple[tuple[int, ...], str],
    remedy: str,
) -> None:
    """Refuse a network whose one input and one output have other shapes or types.

    Args:
        network: just opened.
        kind: what it should be, such as "YAMNet".
        takes: shape and dtype of the input.
        gives: shape and dtype of the output.
        remedy: what to do about a wrong one.

    Raises:
        CheckpointError: it is another network.
    """
    for verb, tensors, (shape, dtype) in (
        ("takes", network.inputs, takes),
        ("gives", network.outputs, gives),
    ):
        if len(tensors) != 1 or tensors[0].shape != shape or np.dtype(tensors[0].dtype) != dtype:
            found = ", ".join(map(_words, tensors))
            raise CheckpointError(
                f"{network.path} {verb} {found} where {kind} {verb} {list(shape)} {dtype}. {remedy}"
            )


def _tensor(detail: dict[str, Any]) -> Tensor:
    step, zero = detail["quantization"]
    return Tensor(
        index=int(detail["index"]),
        name=str(detail["name"]),
        shape=tuple(int(length) for length in detail["shape"]),
        dtype=detail["dtype"],
        step=float(step),
        zero=int(zero),
    )


def _words(tensor: Tensor) -> str:
    return f"{list(tensor.shape)} {np.dtype(tensor.dtype).name}"
