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
            raise DataError("RANK, WORLD_SIZE and LOCAL_RANK must be numbers; start through torchrun") from error
        has_gpu = torch.cuda.is_available()
        device = torch.device("cuda", local) if has_gpu else torch.device("cpu")
        if size > 1:
            distributed.init_process_group("nccl" if has_gpu else "gloo")
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


_VARIABLES = (("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0"))
