"""All measures at once, in processes of their own, on a composer that has learnt nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emsync_nb.errors import DataError
from emsync_nb.evaluation.generator import Scale, evaluate_generator, table_of_results, verdicts

#: what the issue's contract names
CONTRACT = {
    "notes_per_s", "real_time_factor", "first_bar_s", "four_takes_cost_ratio", "valence_r", "arousal_r",
    "curve_followed_valence", "curve_followed_arousal", "hit_rate", "max_hit_error_s", "locked_unchanged",
    "longest_shared_run_notes", "collapse_rate", "peak_rss_mb", "heldout_nll_per_note", "markov_nll_per_note",
    "unconditional_nll_per_note", "parameters", "checkpoint_mb",
}  # fmt: skip
TINY = Scale(
    levels=(-0.6, 0.0, 0.6),
    grid_each=1,
    fixed_each=0,
    guided_each=0,
    turning=2,
    films=2,
    film_s=12,
    sparse_films=2,
    sparse_s=30,
    run_ups=2,
    refills=1,
    long_pieces=2,
    original=2,
    controlled=1,
    held_out=3,
    compared=2,
    rendered=0,
    speed_s=12,
)


@pytest.fixture(scope="module")
def facts(cache: Path, tiny_checkpoint: Path) -> dict[str, object]:
    return evaluate_generator(TINY, cache, workers=2)


def test_everything_of_the_contract_is_told_as_json(facts: dict[str, object]) -> None:
    assert facts.keys() >= CONTRACT
    assert json.loads(json.dumps(facts)).keys() == facts.keys()


def test_promises_hold_whatever_the_network_has_learnt(facts: dict[str, object]) -> None:
    assert facts["hit_rate"] == 1.0
    assert facts["locked_unchanged"] == 1.0
    assert facts["strangers_in_locked_cells"] == 0


def test_a_network_that_has_learnt_nothing_is_found_out(facts: dict[str, object]) -> None:
    rows = {row.measure: row for row in table_of_results(facts)}
    assert rows["held-out loss, nats a note"].reached is False
    reached, judged = verdicts(list(rows.values()))
    assert 0 < reached < judged


def test_without_a_corpus_it_says_how_to_get_one(tmp_path: Path, tiny_checkpoint: Path) -> None:
    with pytest.raises(DataError, match="emsync train prepare"):
        evaluate_generator(TINY, tmp_path, workers=1)
