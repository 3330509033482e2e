"""A tiny network learns tiny music, goes on where it was stopped, and what it learned can be loaded."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from emsync_nb.errors import DataError
from emsync_nb.training import Piece
from emsync_nb.training.examples import make_example

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors")

from emsync_nb.generation import load  # noqa: E402 - after the check for torch
from emsync_nb.generation.transformer import count_parameters  # noqa: E402
from emsync_nb.training import NetworkSettings, TrainingReport, TrainingSettings, train  # noqa: E402
from emsync_nb.training.loop import BEGINNING_WEIGHT, evaluate  # noqa: E402

MakePiece = Callable[..., Piece]
TINY = NetworkSettings(width=32, layers=1, heads=2, hidden=48)
QUICK = TrainingSettings(
    steps=8, length=256, batch_size=2, learning_rate=1e-2, warmup_steps=4, seed=3, log_every=1,
    keep_every=0, compiled=False, half=False,
)  # fmt: skip


class Stopped(Exception):  # noqa: N818 - no error
    """What a person who has waited long enough raises."""


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def corpus(make_piece: MakePiece) -> list[Piece]:
    """Six pieces to learn from and two to hold out."""
    splits = ["train"] * 6 + ["validation"] * 2
    return [make_piece(f"piece {seed}", seed=seed, bars=30, split=split) for seed, split in enumerate(splits)]


def learn(corpus: list[Piece], out: Path, *, stop_at: int = 0, resume: bool = False, **changes: object) -> TrainingReport:  # fmt: skip # noqa: E501 - one line
    """Train a tiny network, and stop it while it tells of an update, before that one is kept."""
    told = 0

    def progress(_: float, __: float) -> None:
        nonlocal told
        told += 1
        if told == stop_at:
            raise Stopped

    settings = replace(QUICK, **changes)  # type: ignore[arg-type] # whatever the test names
    return train(corpus, out, network=TINY, settings=settings, resume=resume, on_progress=progress)


def state_of(path: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The tensors of a file as bytes, and its header."""
    with safetensors.safe_open(str(path), framework="np") as archive:
        return {name: archive.get_tensor(name).tobytes() for name in archive.keys()}, archive.metadata()  # noqa: SIM118


@pytest.fixture(scope="module")
def unbroken(corpus: list[Piece], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainingReport]:
    """What eight updates at one sitting come to."""
    out = tmp_path_factory.mktemp("unbroken") / "tiny.safetensors"
    return out, learn(corpus, out)


@pytest.fixture(scope="module")
def broken_off(corpus: list[Piece], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state that is left of a run stopped in its fifth update."""
    out = tmp_path_factory.mktemp("broken") / "tiny.safetensors"
    with pytest.raises(Stopped):
        learn(corpus, out, stop_at=5)
    assert [path.name for path in out.parent.iterdir()] == ["tiny.resume"]
    return out.with_suffix(".resume")


def test_the_loss_falls_and_the_checkpoint_loads(corpus: list[Piece], tmp_path: Path) -> None:
    out, losses, shares = tmp_path / "tiny.safetensors", [], []

    def progress(share: float, loss: float) -> None:
        shares.append(share)
        losses.append(loss)

    report = train(
        corpus, out, network=TINY, settings=replace(QUICK, steps=30, keep_every=5), on_progress=progress
    )
    assert report.steps == len(losses) == 30
    assert shares == [step / 30 for step in range(30)]
    # without knowledge each note costs the logarithm of the number of values of its fields, and more for heads
    blind = sum(math.log(size) for size in TINY.sizes[:5])
    assert losses[0] > 0.9 * blind
    assert losses[-1] < 0.95 * losses[0]  # a mean over many updates
    assert report.held_out.nll_per_note < 0.85 * blind
    assert (report.train_pieces, report.events) == (6, 30 * 2 * 256)
    assert report.events_per_s == pytest.approx(report.events / report.minutes / 60)
    assert 0 < report.share_of_peak < 1
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.safetensors"]  # no state is left
    network = load(out)
    assert network.settings == TINY
    assert report.parameters == count_parameters(network)
    held = [example for piece in corpus[6:] if (example := make_example(piece)) is not None]
    again = evaluate(network, held, QUICK.length)
    # but for half precision
    assert again.nll_per_note == pytest.approx(report.held_out.nll_per_note, abs=0.02)
    facts = state_of(out)[1]
    assert facts["sources"] == "freedoom (CC0-1.0)"
    assert (facts["pieces"], facts["steps"], facts["parameters"]) == ("6", "30", str(report.parameters))
    assert float(facts["heldout_nll_per_note"]) == pytest.approx(report.held_out.nll_per_note, abs=1e-4)


def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(
    corpus: list[Piece], unbroken: tuple[Path, TrainingReport], broken_off: Path, tmp_path: Path
) -> None:
    out, report = unbroken
    resumed = tmp_path / "tiny.safetensors"
    (tmp_path / "tiny.resume").write_bytes(broken_off.read_bytes())
    assert json.loads(state_of(broken_off)[1]["state"])["step"] == 4
    again = learn(corpus, resumed, resume=True)
    assert again.steps == report.steps == 8
    assert state_of(resumed)[0] == state_of(out)[0]
    assert again.held_out == report.held_out  # of weights in full precision
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.safetensors"]


def test_another_seed_learns_something_else(
    corpus: list[Piece], unbroken: tuple[Path, TrainingReport], tmp_path: Path
) -> None:
    other = tmp_path / "tiny.safetensors"
    learn(corpus, other, seed=4)
    assert state_of(other)[0] != state_of(unbroken[0])[0]


def test_lonely_bars_teach_and_are_not_in_the_loss_that_is_told(
    corpus: list[Piece], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[float]] = []

    def progress(_: float, loss: float) -> None:
        told[-1].append(loss)

    for weight in (0.0, BEGINNING_WEIGHT):
        monkeypatch.setattr("emsync_nb.training.loop.BEGINNING_WEIGHT", weight)
        told.append([])
        out = tmp_path / f"{weight}.safetensors"
        train(corpus, out, network=TINY, settings=replace(QUICK, steps=2), on_progress=progress)
    without, with_them = told
    assert without[0] == with_them[0]
    assert without[1] != with_them[1]


def test_a_run_by_the_clock_may_get_more_time(corpus: list[Piece], tmp_path: Path) -> None:
    out = tmp_path / "tiny.safetensors"
    with pytest.raises(Stopped):
        learn(corpus, out, stop_at=3, steps=0, minutes=60)
    report = learn(corpus, out, resume=True, steps=0, minutes=0.001)  # which is over by now
    assert report.steps == 2
    assert report.minutes > 0.001


@pytest.mark.parametrize(
    "changes",
    [{"seed": 4}, {"steps": 9}, {"batch_size": 3}, {"length": 300}, {"learning_rate": 1e-3}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_state_of_another_run_is_refused(
    corpus: list[Piece], broken_off: Path, tmp_path: Path, changes: dict[str, object]
) -> None:
    (tmp_path / "tiny.resume").write_bytes(broken_off.read_bytes())
    with pytest.raises(DataError, match="other settings or music; use the same, or leave out --resume"):
        learn(corpus, tmp_path / "tiny.safetensors", resume=True, **changes)
    with pytest.raises(DataError, match="other settings or music"):
        learn([corpus[0], *corpus[2:]], tmp_path / "tiny.safetensors", resume=True)
    assert (tmp_path / "tiny.resume").read_bytes() == broken_off.read_bytes()


def rewritten(state: Path, path: Path, tensors: dict[str, object], header: dict[str, str]) -> None:
    """The state with other tensors (None: without) and another header."""
    from safetensors.torch import save_file

    with safetensors.safe_open(str(state), framework="pt") as archive:
        kept = {name: archive.get_tensor(name) for name in archive.keys()} | tensors  # noqa: SIM118
        told = archive.metadata() | header
    save_file({name: value for name, value in kept.items() if value is not None}, str(path), metadata=told)


@pytest.mark.parametrize(
    ("tensors", "header"),
    [
        ({}, {"state": "[]"}),
        ({}, {"state": '{"step": -1, "seconds": 1}'}),
        ({}, {"state": '{"step": "4", "seconds": 1}'}),
        ({}, {"state": '{"step": 4, "seconds": NaN}'}),
        ({}, {"state": "nothing"}),
        ({}, {"run": "{"}),
        ({"model.final_norm.weight": None}, {}),
        ({"model.final_norm.weight": torch.ones(31)}, {}),
        ({"model.more": torch.ones(31)}, {}),
        ({"optimiser.0.0.momentum_buffer": None}, {}),
        ({"optimiser.0.0.momentum_buffer": torch.ones(31)}, {}),
        ({"optimiser.1.900.exp_avg": torch.ones(31)}, {}),
        ({"optimiser.x.y.z": torch.ones(31)}, {}),
        ({"optimiser": torch.ones(31)}, {}),
    ],
    ids=str,
)
def test_a_damaged_state_is_one_line(
    corpus: list[Piece], broken_off: Path, tmp_path: Path, tensors: dict[str, object], header: dict[str, str]
) -> None:
    rewritten(broken_off, tmp_path / "tiny.resume", tensors, header)
    with pytest.raises(DataError, match=r"is damaged .*; remove it and train anew") as told:
        learn(corpus, tmp_path / "tiny.safetensors", resume=True)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 400


#: pickled by hand: calls os.mkdir("unpickled")
PICKLE = b"cos\nmkdir\n(S'unpickled'\ntR."


@pytest.mark.parametrize("name", ["nothing", "cut", "half", "pickle", "torch", "text"])
def test_what_is_no_state_is_refused_and_never_unpickled(
    corpus: list[Piece], broken_off: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path, whole = tmp_path / "tiny.resume", broken_off.read_bytes()
    made = {
        "nothing": b"",
        "cut": whole[:-1],
        "half": whole[: len(whole) // 2],
        "pickle": PICKLE,
        "text": b"hi",
    }
    if name == "torch":
        torch.save({"model": torch.ones(3)}, path)
    else:
        path.write_bytes(made[name])
    with pytest.raises(DataError, match=r"is damaged .*; remove it and train anew") as told:
        learn(corpus, tmp_path / "tiny.safetensors", resume=True)
    assert "\n" not in str(told.value)
    assert [found.name for found in tmp_path.iterdir()] == ["tiny.resume"]


def test_without_a_state_there_is_nothing_to_go_on_with(corpus: list[Piece], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"does not exist, .*leave out --resume"):
        learn(corpus, tmp_path / "tiny.safetensors", resume=True)


def test_an_evaluation_is_the_same_every_time_and_adds_up(corpus: list[Piece]) -> None:
    from emsync_nb.generation.transformer import EventTransformer

    torch.manual_seed(0)
    network = EventTransformer(TINY)
    torch.nn.init.normal_(network.condition_state.weight)  # a fresh network is deaf to conditions
    examples = [example for piece in corpus[:2] if (example := make_example(piece)) is not None]
    first, again = (evaluate(network, examples, 128) for _ in range(2))
    assert first == again
    assert sum(first.by_field.values()) == pytest.approx(first.nll_per_note)
    assert list(first.by_field) == ["kind", "part", "pitch", "duration", "velocity", "density"]
    # one excerpt of each of two pieces, at least half full; of eleven events a bar nine are notes
    assert 2 * 63 * 0.75 < first.notes <= 2 * 127 * 9 / 11 + 4
    assert evaluate(network, examples, 128, conditions=False) != first


@pytest.mark.parametrize("kept", [slice(0, 6), slice(6, 8), slice(0, 0)])
def test_a_corpus_too_small_to_split_is_refused(corpus: list[Piece], kept: slice, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="too small"):
        train(corpus[kept], tmp_path / "tiny.safetensors", network=TINY, settings=QUICK)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": 0}, {"minutes": -1}, {"minutes": math.nan}, {"minutes": math.inf}, {"length": 255},
        {"batch_size": 0}, {"steps": -1}, {"seed": -1}, {"warmup_steps": 0}, {"log_every": 0},
    ],
    ids=str,
)  # fmt: skip
def test_senseless_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="impossible training settings"):
        TrainingSettings(**wrong)


#: what each of two processes runs: train, and keep its own weights and what it heard
TOGETHER = """
import json, os, sys
from dataclasses import asdict
from pathlib import Path
from safetensors.torch import save_file
from emsync_nb.training import NetworkSettings, TrainingSettings, load_corpus, loop, train

folder, settings, network = Path(sys.argv[1]), *map(json.loads, sys.argv[2:])
own, evaluate = folder / ("own-" + os.environ["RANK"]), loop.evaluate

def keep(model, *arguments, **options):
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, str(own))
    return evaluate(model, *arguments, **options)

loop.evaluate = keep
report = train(load_corpus(folder), folder / "tiny.safetensors", network=NetworkSettings(**network),
               settings=TrainingSettings(**settings))
own.with_suffix(".json").write_text(json.dumps(asdict(report)))
"""


def test_two_processes_learn_one_network(corpus: list[Piece], tmp_path: Path) -> None:
    from emsync_nb.training.corpus.store import pack

    (tmp_path / "corpus.npz").write_bytes(pack(corpus))
    (tmp_path / "together.py").write_text(TOGETHER, encoding="utf-8")
    shapes = asdict(TINY) | {"sizes": list(TINY.sizes)}
    done = subprocess.run(
        [
            sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2",
            str(tmp_path / "together.py"), str(tmp_path), json.dumps(asdict(replace(QUICK, steps=3))),
            json.dumps(shapes),
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    weights = [state_of(tmp_path / f"own-{rank}")[0] for rank in (0, 1)]
    assert weights[0] == weights[1]
    reports = [json.loads((tmp_path / f"own-{rank}.json").read_text()) for rank in (0, 1)]
    assert reports[0]["held_out"] == reports[1]["held_out"]
    assert (reports[0]["steps"], reports[0]["events"]) == (3, 3 * 2 * 2 * 256)
    written = {path.name for path in tmp_path.iterdir()} - {"own-0", "own-1", "own-0.json", "own-1.json"}
    assert written == {"corpus.npz", "together.py", "tiny.safetensors"}
    # the two saw different music: alone, the first one would have learned something else
    learn(corpus, tmp_path / "alone.safetensors", steps=3)
    assert state_of(tmp_path / "alone.safetensors")[0] != state_of(tmp_path / "tiny.safetensors")[0]
