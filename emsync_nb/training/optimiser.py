"""How weights are changed: Muon for the matrices inside the network, AdamW for all else.

Muon (Jordan et al. 2024) makes the update of each matrix orthogonal, which learns faster from few events; its steps
are scaled as those of AdamW (Liu et al. 2025), so that one learning rate serves both.
"""

from __future__ import annotations

import torch
from torch import nn

#: the rate of embeddings, norms and biases against that of the matrices
ADAM_SHARE = 1.0


def optimisers(model: nn.Module, rate: float, decay: float) -> list[torch.optim.Optimizer]:
    """The two optimisers, their groups marked with the full rate as `initial`."""
    inner = {id(p) for name, p in model.named_parameters() if p.dim() == 2 and _is_inner(name)}
    matrices = [p for p in model.parameters() if id(p) in inner]
    others = [p for p in model.parameters() if id(p) not in inner]
    groups = [
        {"params": [p for p in others if p.dim() > 1], "weight_decay": decay},
        {"params": [p for p in others if p.dim() <= 1], "weight_decay": 0.0},
    ]
    found: list[torch.optim.Optimizer] = [
        torch.optim.Muon(matrices, lr=rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(groups, lr=rate * ADAM_SHARE, betas=(0.9, 0.97)),
    ]
    for optimiser in found:
        for group in optimiser.param_groups:
            group["initial"] = group["lr"]
    return found


def _is_inner(name: str) -> bool:
    """Whether a matrix maps the network's width to itself or its like: no embedding, no logits, no conditions.

    Conditions are the same over a whole excerpt, so their gradients are of few samples: made orthogonal, they would be
    mostly noise.
    """
    return "blocks." in name or ".inner." in name


def set_share(found: list[torch.optim.Optimizer], share: float) -> None:
    """Set all rates to a share of the full ones."""
    for optimiser in found:
        for group in optimiser.param_groups:
            group["lr"] = group["initial"] * share
