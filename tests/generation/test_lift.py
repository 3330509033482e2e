"""What is added to logits: some values are drawn sooner, closed ones never."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from emsync_nb.generation.tokens import KIND, NOTE, SIZES

torch = pytest.importorskip("torch")

from emsync_nb.generation.sampling import Choice, Heard, Take, perform  # noqa: E402 - after the check for torch
from tests.generation.takes import condition, line, settings_of  # noqa: E402

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer


def test_a_lift_makes_a_value_likelier_and_cannot_open_a_closed_one(network: EventTransformer) -> None:
    lift = np.zeros(SIZES[KIND])
    lift[[NOTE + 3, NOTE + 4]] = 1e3
    allowed = np.isin(np.arange(SIZES[KIND]), [NOTE, NOTE + 1, NOTE + 3])

    def take() -> Take:
        yield Heard(line(), condition(1))
        value = yield Choice(KIND, allowed, lift=lift)
        assert value == NOTE + 3

    perform(network, settings_of(), [take() for _ in range(8)], [np.random.default_rng(i) for i in range(8)])
