"""Weights on disk: safetensors with the network's shape in the header; nothing is unpickled."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emsync_nb.errors import CheckpointError
from emsync_nb.extras import require

if TYPE_CHECKING:
    from torch import Tensor

    from emsync_nb.generation.transformer import EventTransformer

#: changes whenever tokens, conditions or the network change their meaning
FORMAT = "emsync-events-3"
#: a larger file is not one of ours, nor is a deeper network
MAX_BYTES, MAX_LAYERS = 400_000_000, 256
#: the tensor of known runs, which is no weight
_RUNS = "known_runs"
_REMEDY = "reinstall emsync_nb, or unset EMSYNC_CHECKPOINT where that names the file"


def save(network: EventTransformer, path: Path, facts: dict[str, str]) -> None:
    """Write the weights as 16-bit floats with the network's settings and `facts` in the header."""
    require("torch")
    import torch

    save_file = require("safetensors.torch").save_file
    weights = {
        name: value.detach().cpu().to(torch.float16).contiguous()
        for name, value in network.state_dict().items()
    }
    if network.known_runs is not None:
        weights[_RUNS] = torch.from_numpy(network.known_runs)
    header = {**facts, "format": FORMAT, "settings": json.dumps(asdict(network.settings))}
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".partial")
    save_file(weights, str(beside), metadata=header)
    beside.replace(path)


def load(path: Path) -> EventTransformer:
    """Read a checkpoint into a network ready to compose (evaluation mode, 32-bit).

    Raises:
        CheckpointError: missing, damaged, of another format, or with weights that are not finite.
    """
    header, weights = _read(path)
    try:
        return _network(header, weights)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{path}: weights do not fit the network ({reason}); {_REMEDY}") from error


def _read(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """The header and the weights, as 32-bit floats."""
    torch, safetensors = require("torch"), require("safetensors")
    _check_file(path)
    try:
        with safetensors.safe_open(str(path), framework="pt") as archive:
            header = archive.metadata() or {}
            weights = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118
    except (OSError, safetensors.SafetensorError) as error:
        reason = " ".join(str(error).split())[:120]
        raise CheckpointError(f"{path}: damaged checkpoint ({reason}); {_REMEDY}") from error
    if header.get("format") != FORMAT:
        raise CheckpointError(
            f"{path}: format {header.get('format')!r:.60}, but this version reads {FORMAT!r}; {_REMEDY}"
        )
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise CheckpointError(f"{path}: holds weights that are not finite; {_REMEDY}")
    return header, {
        name: value if name == _RUNS else value.to(torch.float32) for name, value in weights.items()
    }


def _check_file(path: Path) -> None:
    try:
        if not path.is_file():
            raise CheckpointError(f"{path}: no such checkpoint; {_REMEDY}")
        size = path.stat().st_size
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    if size > MAX_BYTES:
        raise CheckpointError(
            f"{path}: larger than {MAX_BYTES // 1_000_000} MB, not a checkpoint of ours; {_REMEDY}"
        )


def _network(header: dict[str, str], weights: dict[str, Tensor]) -> EventTransformer:
    """The network of a header with its weights; takes no memory for shapes that the file does not hold."""
    torch = require("torch")
    from emsync_nb.generation.borrowing import BYTES
    from emsync_nb.generation.conditioning import WIDTH
    from emsync_nb.generation.tokens import SIZES
    from emsync_nb.generation.transformer import EventTransformer, settings_from

    settings = settings_from(json.loads(header["settings"]))
    if (settings.sizes, settings.condition_width) != (SIZES, WIDTH):
        raise ValueError("made for other events or conditions")
    if settings.layers > min(len(weights), MAX_LAYERS):
        raise ValueError(f"{len(weights)} tensors cannot fill {settings.layers} layers")
    with torch.device("meta"), _without_first_values():
        network = EventTransformer(replace(settings, dropout=0.0))
    runs = weights.pop(_RUNS, None)
    network.load_state_dict(weights, assign=True)
    if runs is not None:
        if runs.dtype != torch.uint8 or tuple(runs.shape) != (BYTES,):
            raise ValueError("known runs of another kind")
        network.known_runs = runs.numpy()
    return network.eval()


def _without_first_values() -> AbstractContextManager[object]:
    """Layers skip the random values that they begin with: the file's replace them.

    On the device "meta" drawing them would also import torch's compiler, which takes three seconds.
    """
    mode = require("torch.overrides").TorchFunctionMode

    class Skipping(mode):  # type: ignore[misc, valid-type] # torch is imported here only
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
            kwargs = kwargs or {}
            if getattr(function, "__module__", None) == "torch.nn.init":
                return args[0] if args else kwargs["tensor"]
            return function(*args, **kwargs)

    skipping: AbstractContextManager[object] = Skipping()
    return skipping
