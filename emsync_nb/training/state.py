"""The state of a training run on disk: weights, optimisers and place, as safetensors; nothing is unpickled."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from emsync_nb.errors import DataError
from emsync_nb.training.whole_file import replacing


@dataclass(frozen=True, slots=True)
class RunState:
    """How far a run has come."""

    step: int
    #: spent learning, over all sittings
    seconds: float

    def __post_init__(self) -> None:
        if type(self.step) is not int or self.step < 0 or not 0 <= self.seconds < math.inf:
            raise ValueError(f"impossible place in a run: {asdict(self)}")


def state_path(checkpoint: Path) -> Path:
    """Where the state of a run lies: beside its checkpoint."""
    return checkpoint.with_suffix(".resume")


def save_state(
    path: Path,
    state: RunState,
    model: nn.Module,
    found: Sequence[torch.optim.Optimizer],
    fingerprint: dict[str, Any],
) -> None:
    """Write the state, whole or not at all."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    for number, optimiser in enumerate(found):
        for index, kept in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{index}.{name}": value for name, value in kept.items()}
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    header = {"state": json.dumps(asdict(state)), "run": json.dumps(fingerprint, sort_keys=True)}
    with replacing(path) as beside:
        save_file(tensors, str(beside), metadata=header)


def load_state(
    path: Path, model: nn.Module, found: Sequence[torch.optim.Optimizer], fingerprint: dict[str, Any]
) -> RunState:
    """Bring model and optimisers to a kept state.

    Raises:
        DataError: no state there, a damaged one, or one of a run with other settings.
    """
    if not path.is_file():
        raise DataError(f"{path} does not exist, so there is no run to go on with; leave out --resume")
    try:
        with safe_open(str(path), framework="pt") as archive:
            header = archive.metadata() or {}
            tensors = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118 - not a dict
        state = RunState(**json.loads(header["state"]))
        same = json.loads(header["run"]) == json.loads(json.dumps(fingerprint, sort_keys=True))
        if same:
            _restore(tensors, model, found, state)
    except (OSError, SafetensorError, LookupError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise DataError(f"{path} is damaged ({reason}); remove it and train anew") from error
    if not same:
        raise DataError(
            f"{path} is of a run with other settings or music; use the same, or leave out --resume"
        )
    return state


def _restore(
    tensors: dict[str, Tensor], model: nn.Module, found: Sequence[torch.optim.Optimizer], state: RunState
) -> None:
    model.load_state_dict({name[6:]: value for name, value in tensors.items() if name.startswith("model.")})
    for number, optimiser in enumerate(found):
        kept: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            kind, *where = name.split(".", 3)
            if kind == "optimiser" and int(where[0]) == number:
                kept.setdefault(int(where[1]), {})[where[2]] = value
        _check(kept, optimiser, state)
        optimiser.load_state_dict({**optimiser.state_dict(), "state": kept})


def _check(kept: dict[int, dict[str, Tensor]], optimiser: torch.optim.Optimizer, state: RunState) -> None:
    """What an optimiser knows has to fit its weights, and be there for all of them once there was an update.

    Raises:
        ValueError: it does not.
    """
    weights = [weight for group in optimiser.param_groups for weight in group["params"]]
    if set(kept) != (set(range(len(weights))) if state.step else set()):
        raise ValueError("not all that the optimisers know is there")
    for index, known in kept.items():
        if any(value.dim() and value.shape != weights[index].shape for value in known.values()):
            raise ValueError("what the optimisers know does not fit the weights")
