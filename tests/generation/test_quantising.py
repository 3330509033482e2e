"""Light weights in the blocks: nearly the same answers, the network itself untouched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")

from emsync_nb.generation.conditioning import WIDTH  # noqa: E402 - after the check for torch
from emsync_nb.generation.quantising import quantised  # noqa: E402
from emsync_nb.generation.tokens import BAR_EVENT, NO_HEAD  # noqa: E402
from emsync_nb.generation.transformer import EventTransformer, NetworkSettings  # noqa: E402

if TYPE_CHECKING:
    from torch import Tensor


def states(network: EventTransformer) -> Tensor:
    step = torch.tensor([[*BAR_EVENT, 0, *NO_HEAD]])[None]
    with torch.inference_mode():
        return network.states(step.expand(1, 6, -1), torch.zeros(1, 6, WIDTH))


def test_answers_hardly_change_and_the_network_does_not() -> None:
    torch.manual_seed(3)
    network = EventTransformer(NetworkSettings(width=64, layers=2, heads=2, hidden=96)).eval()
    before, kinds = states(network), {type(module) for module in network.modules()}
    light = quantised(network)
    after = states(light)
    assert {type(module) for module in network.modules()} == kinds
    torch.testing.assert_close(states(network), before)
    error = float((after - before).norm() / before.norm())
    assert 0 < error < 0.05
    assert light.embeddings is network.embeddings


@pytest.mark.parametrize("missing", ["engine", "function"])
def test_where_torch_has_no_8_bits_the_network_is_used_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, missing: str
) -> None:
    class Engines:
        engine = "none"

    if missing == "engine":
        monkeypatch.setattr(torch.backends, "quantized", Engines)
    else:
        monkeypatch.delattr(torch, "quantize_per_channel")
    network = EventTransformer(NetworkSettings(width=32, layers=1, heads=2, hidden=48))
    with caplog.at_level("INFO"):
        assert quantised(network) is network
    assert "half as long" in caplog.text
