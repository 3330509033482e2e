"""`emsync evaluate generator`: the table, the page and its picture, the JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Emsync
from tests.evaluation.generator.test_run import CONTRACT
from tests.training.conftest import _piece

pytest.importorskip("torch")

#: what is measured again with --speed-again
SPEED = {
    "notes_per_s", "real_time_factor", "first_bar_s", "slowest_first_bar_s", "four_takes_cost_ratio", "load_s",
    "peak_rss_mb",
}  # fmt: skip


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared corpus of four pieces to learn from and two to examine."""
    from emsync_nb.training.corpus.store import CORPUS_FILE, pack

    splits = ["train"] * 4 + ["test"] * 2
    pieces = [_piece(f"piece {seed}", seed=seed, bars=30, split=split) for seed, split in enumerate(splits)]
    folder = tmp_path_factory.mktemp("music")
    (folder / CORPUS_FILE).write_bytes(pack(pieces))
    return folder


def test_quick_writes_the_table_a_page_and_json(emsync: Emsync, cache: Path) -> None:
    arguments = ("--quick", "--cache", cache, "--page", "page.md", "--json", "facts.json")
    done = emsync("evaluate", "generator", *arguments)
    assert done.code == 0
    facts = json.loads(Path("facts.json").read_text(encoding="utf-8"))
    assert facts.keys() >= CONTRACT
    assert done.out.splitlines()[-1].endswith("measures reached")
    page = Path("page.md").read_text(encoding="utf-8")
    assert "page.png" in page and Path("page.png").read_bytes().startswith(b"\x89PNG")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(rows) == len(done.out.splitlines())  # a head more, the count of measures less
    again = emsync("evaluate", "generator", "--quick", "--speed-again", "facts.json", "--json", "-")
    later = json.loads(again.out)
    assert later.keys() == facts.keys()
    assert later["notes_per_s"] != facts["notes_per_s"]
    assert {name for name in facts if later[name] != facts[name]} <= SPEED


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--cache", "nowhere"), "emsync train prepare"),
        (("--page", "missing/page.md"), "missing"),
        (("--page", "same.md", "--json", "same.md"), "same.md"),
        (("--workers", "0"), "--workers"),
        (("--speed-again", "nowhere.json"), "nowhere.json"),
        (("--yamnet", "nowhere.tflite"), "nowhere.tflite"),
    ],
)
def test_mistakes_are_answered_in_a_line(emsync: Emsync, arguments: tuple[str, ...], told: str) -> None:
    done = emsync("evaluate", "generator", *arguments)
    assert done.code == 2 and done.out == ""
    assert len(done.err.splitlines()) == 1 and told in done.err
    assert list(Path.cwd().iterdir()) == []
