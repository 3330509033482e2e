"""Where training runs: this process alone, or several through torchrun, each on its device."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn

from emsync_nb.errors import DataError

#: how many times as fast 16-bit products have to be to be worth their roundings
FASTER = 1.5


@dataclass(frozen=True, slots=True)
class World:
    """This process among those that train together."""

    rank: int
    size: int
    device: torch.device

    @classmethod
    @contextmanager
    def joined(cls) -> Iterator[World]:
        """The world that torchrun's variables describe; this process alone without them.

        Raises:
            DataError: variables of torchrun that make no world.
        """
        try:
            rank, size, local = (int(os.environ.get(n, d)) for n, d in _VARIABLES)
        except ValueError as error:
            raise DataError(
                "RANK, WORLD_SIZE and LOCAL_RANK must be numbers; start through torchrun"
            ) from error
        device = _own_device(local)
        if size > 1:
            _join(device)
        try:
            yield cls(rank, size, device)
        finally:
            if size > 1:
                distributed.destroy_process_group()

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def shared(self, model: nn.Module) -> nn.Module:
        """The model, with gradients averaged over all processes."""
        return nn.parallel.DistributedDataParallel(model) if self.size > 1 else model

    def agreed(self, value: float) -> float:
        """The first process's value, so that all stop at once."""
        if self.size == 1:
            return value
        told = torch.tensor([value], dtype=torch.float64, device=self.device)
        distributed.broadcast(told, 0)
        return float(told)

    def is_half_fast(self) -> bool:
        """Whether 16-bit brain floats are multiplied faster than 32-bit floats here; measured by the first process."""
        return self.agreed(self.peak(half=True) / self.peak(half=False)) > FASTER

    def peak(self, *, half: bool) -> float:
        """Floating-point operations a second that one large product of matrices reaches on this device."""
        kind = torch.bfloat16 if half else torch.float32
        size = 4096 if self.device.type == "cuda" else 1536
        left, right = (torch.randn(size, size, device=self.device, dtype=kind) for _ in range(2))
        times = []
        for _ in range(6):
            start = time.perf_counter()
            (left @ right).sum().item()
            times.append(time.perf_counter() - start)
        return float(2 * size**3 / min(times))


def is_first_process() -> bool:
    """Whether this process, alone or through torchrun, is the one that tells and writes; by its environment."""
    return os.environ.get(*_VARIABLES[0]) == "0"


def _own_device(local: int) -> torch.device:
    """The accelerator with this number, where there is one.

    Raises:
        DataError: more processes than accelerators.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    if local >= torch.cuda.device_count():
        raise DataError(
            f"{torch.cuda.device_count()} accelerators for more processes; lower --nproc_per_node"
        )
    device = torch.device("cuda", local)
    torch.cuda.set_device(device)
    return device


def _join(device: torch.device) -> None:
    """Meet the other processes.

    Raises:
        DataError: they cannot be met.
    """
    try:
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise DataError(f"the other processes cannot be met ({reason}); start through torchrun") from error


_VARIABLES = (("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0"))
