"""Weights on disk: safetensors with the network's shape in the header; nothing is unpickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from emsync_nb.errors import CheckpointError
from emsync_nb.extras import require

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

#: changes whenever tokens or conditions change their meaning
FORMAT = "emsync-events-1"
#: a larger file is not one of ours
MAX_BYTES = 400_000_000


def save(network: EventTransformer, path: Path, facts: dict[str, str]) -> None:
    """Write the weights as 16-bit floats with the network's settings and `facts` in the header."""
    require("torch")
    from dataclasses import asdict

    import torch

    save_file = require("safetensors.torch").save_file
    weights = {
        name: value.detach().cpu().to(torch.float16).contiguous()
        for name, value in network.state_dict().items()
    }
    header = {**facts, "format": FORMAT, "settings": json.dumps(asdict(network.settings))}
    beside = path.with_suffix(".partial")
    save_file(weights, str(beside), metadata=header)
    beside.replace(path)


def load(path: Path) -> EventTransformer:
    """Read a checkpoint into a network ready to compose (evaluation mode, 32-bit).

    Raises:
        CheckpointError: missing, damaged, of another format, or with weights that are not finite.
    """
    torch, safetensors = require("torch"), require("safetensors")
    from emsync_nb.generation.transformer import EventTransformer, settings_from

    if not path.is_file():
        raise CheckpointError(f"{path}: no such checkpoint; reinstall emsync_nb or run emsync train fit")
    if path.stat().st_size > MAX_BYTES:
        raise CheckpointError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB, not a checkpoint of ours")
    try:
        with safetensors.safe_open(str(path), framework="pt") as archive:
            header = archive.metadata() or {}
            weights = {name: archive.get_tensor(name).to(torch.float32) for name in archive.keys()}  # noqa: SIM118
    except (OSError, safetensors.SafetensorError) as error:
        raise CheckpointError(f"{path}: damaged checkpoint ({error}); reinstall emsync_nb") from error
    if header.get("format") != FORMAT:
        raise CheckpointError(f"{path}: format {header.get('format')!r}, but this version reads {FORMAT!r}")
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise CheckpointError(f"{path}: holds weights that are not finite; train or fetch it again")
    try:
        network = EventTransformer(settings_from(json.loads(header["settings"])))
        network.load_state_dict(weights)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"{path}: weights do not fit the network ({reason}); reinstall emsync_nb"
        ) from error
    return network.eval()
