"""Weights on disk: what was saved comes back, and nothing else comes in."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from emsync_nb.errors import CheckpointError

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors")
stored = pytest.importorskip("safetensors.torch")

from emsync_nb.generation.checkpoint import FORMAT, load, save  # noqa: E402 - after the check for torch
from emsync_nb.generation.tokens import COLUMNS  # noqa: E402

if TYPE_CHECKING:
    from torch import Tensor

    from emsync_nb.generation.transformer import EventTransformer


class Trap:
    """Unpickling it would leave a trace."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.trace,)


@pytest.fixture
def saved(network: EventTransformer, tmp_path: Path) -> Path:
    path = tmp_path / "weights.safetensors"
    save(network, path, {"sources": "nothing at all"})
    return path


def rewrite(
    path: Path,
    *,
    header: dict[str, str] | None = None,
    settings: dict[str, Any] | None = None,
    **tensors: Tensor | None,
) -> None:
    """Write a checkpoint again with changes; a tensor that becomes None is left out."""
    with safetensors.safe_open(str(path), framework="pt") as archive:
        facts = archive.metadata() | (header or {})
        weights = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118
    facts["settings"] = json.dumps(json.loads(facts["settings"]) | (settings or {}))
    weights = {name: value for name, value in (weights | tensors).items() if value is not None}
    stored.save_file(weights, str(path), metadata=facts)


def refusal(path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def test_the_network_comes_back(network: EventTransformer, saved: Path) -> None:
    again = load(saved)
    assert again.settings == network.settings
    assert not again.training
    for name, value in network.state_dict().items():
        # half precision keeps eleven bits
        assert torch.allclose(again.state_dict()[name], value, rtol=2**-10, atol=1e-6), name
    steps = torch.ones(1, 3, COLUMNS, dtype=torch.long)
    wishes = torch.ones(1, 3, network.settings.condition_width)
    assert torch.isfinite(again.states(steps, wishes)).all()
    assert [entry.name for entry in saved.parent.iterdir()] == [saved.name]  # nothing is left beside


def test_the_header_tells_the_facts(saved: Path) -> None:
    with safetensors.safe_open(str(saved), framework="pt") as archive:
        assert archive.metadata()["sources"] == "nothing at all"
        assert archive.metadata()["format"] == FORMAT


def test_a_folder_that_is_not_there_yet_is_made(network: EventTransformer, tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "weights.safetensors"
    save(network, path, {})
    assert load(path).settings == network.settings


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    assert "no such checkpoint" in refusal(tmp_path / "absent.safetensors")
    assert "no such checkpoint" in refusal(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.999])
def test_a_truncated_file_is_damaged(saved: Path, share: float) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * share)])
    assert "damaged" in refusal(saved)


@pytest.mark.parametrize("seed", range(5))
def test_random_bytes_are_damaged(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "noise.safetensors"
    path.write_bytes(random.Random(seed).randbytes(5000))
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("seed", range(20))
def test_a_scribbled_header_is_refused_or_harmless(saved: Path, seed: int) -> None:
    rng, content = random.Random(seed), bytearray(saved.read_bytes())
    for _ in range(3):
        content[rng.randrange(400)] = rng.randrange(256)
    saved.write_bytes(content)
    try:
        network = load(saved)
    except CheckpointError as error:
        assert "\n" not in str(error)
    else:
        assert all(torch.isfinite(value).all() for value in network.state_dict().values())


def test_a_pickle_is_refused_and_never_opened(tmp_path: Path) -> None:
    trace, path = tmp_path / "trace", tmp_path / "weights.safetensors"
    path.write_bytes(pickle.dumps(Trap(trace)))
    assert "damaged" in refusal(path)
    torch.save({"weights": Trap(trace)}, path)
    assert "damaged" in refusal(path)
    assert not trace.exists()


@pytest.mark.parametrize("other", ["emsync-events-1", ""])
def test_another_format_is_refused(saved: Path, other: str) -> None:
    rewrite(saved, header={"format": other})
    assert FORMAT in refusal(saved)


def test_foreign_safetensors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    stored.save_file({"a": torch.zeros(3)}, str(path))
    assert "format None" in refusal(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(saved: Path, value: float) -> None:
    rewrite(saved, **{"final_norm.weight": torch.full((32,), value)})
    assert "not finite" in refusal(saved)


@pytest.mark.parametrize("tensor", [torch.zeros(31), torch.zeros(32, 1), None])
def test_wrong_shapes_and_gaps_are_refused(saved: Path, tensor: Tensor | None) -> None:
    rewrite(saved, **{"final_norm.weight": tensor})
    assert "do not fit" in refusal(saved)


def test_weights_that_nobody_asked_for_are_refused(saved: Path) -> None:
    rewrite(saved, stowaway=torch.zeros(3))
    assert "stowaway" in refusal(saved)


@pytest.mark.parametrize(
    "settings",
    [
        {"width": 64},
        {"width": 2**40},  # far more memory than there is
        {"layers": 10**9},
        {"layers": 2},
        {"heads": 0},
        {"heads": 3},
        {"width": "32"},
        {"width": 32.5},
        {"hidden": None},
        {"sizes": None},
        {"sizes": [2, 2, 2, 2, 2]},
        {"sizes": [2, 2, 2, 2, 2, 2]},
        {"condition_width": 3},
        {"colour": "blue"},
    ],
)
def test_settings_that_do_not_fit_are_refused(saved: Path, settings: dict[str, Any]) -> None:
    rewrite(saved, settings=settings)
    assert "do not fit" in refusal(saved)


@pytest.mark.parametrize("text", ["", "[]", "7", "{", "[" * 100_000])
def test_settings_that_are_no_settings_are_refused(saved: Path, text: str) -> None:
    with safetensors.safe_open(str(saved), framework="pt") as archive:
        weights = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118
    stored.save_file(weights, str(saved), metadata={"format": FORMAT, "settings": text})
    assert "do not fit" in refusal(saved)


def test_loading_does_not_bring_in_torchs_compiler(saved: Path) -> None:
    """Its import takes as long as all else of loading together."""
    program = (
        "import sys; from pathlib import Path; from emsync_nb.generation import load\n"
        "load(Path(sys.argv[1])); print('torch._dynamo' in sys.modules)"
    )
    command = [sys.executable, "-c", program, str(saved)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
