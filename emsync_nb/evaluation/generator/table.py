"""The table of what the composer must show: measure, what to reach, what was reached."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One measure."""

    measure: str
    to_reach: str
    found: str
    #: None where it is only reported, or was not measured
    reached: bool | None


def table_of_results(facts: Mapping[str, Any]) -> list[Row]:
    """The rows of what was measured."""
    rows = [*_likelihood(facts), *_emotion(facts), *_picture(facts), *_health(facts), *_speed(facts)]
    return [row for row in rows if row is not None]


def verdicts(rows: list[Row]) -> tuple[int, int]:
    """How many measures were reached, of how many that have a goal."""
    judged = [row.reached for row in rows if row.reached is not None]
    return sum(judged), len(judged)


def _likelihood(f: Mapping[str, Any]) -> list[Row]:
    ours, untold, markov = (f[f"{n}_nll_per_note"] for n in ("heldout", "unconditional", "markov"))
    joint = f["joint_nll_per_note"]
    return [
        Row(
            "held-out loss, nats a note",
            "below Markov of order 3 (fields) and the network without conditions",
            f"{ours:.3f} against {markov:.3f} and {untold:.3f}",
            ours < min(untold, markov),
        ),
        Row("loss at the joints of gaps", "at most 10 % above held-out", f"{joint:.3f}", joint <= 1.1 * ours),
    ]


def _emotion(f: Mapping[str, Any]) -> list[Row]:
    rows = []
    for name, goal in (("arousal", 0.8), ("valence", 0.7)):
        r = f[f"{name}_r"]
        rows.append(Row(f"{name}: asked against labelled", f"r ≥ {goal}", f"r = {r:.3f}", r >= goal))
    for prefix, what in (("fixed_tempo", "tempo fixed"), ("yamnet", "heard by YAMNet")):
        if f"{prefix}_valence_r" in f:
            found = f"arousal r = {f[f'{prefix}_arousal_r']:.3f}, valence r = {f[f'{prefix}_valence_r']:.3f}"
            rows.append(Row(f"emotion, {what}", "reported", found, None))
    if f.get("guidance"):
        rows.append(_guidance(f["guidance"]))
    for name, goal in (("arousal", 0.95), ("valence", 0.85)):
        share = f[f"curve_followed_{name}"]
        rows.append(Row(f"{name} turns at half time", f"≥ {goal:.0%} follow", f"{share:.1%}", share >= goal))
    return rows


def _guidance(points: list[dict[str, float]]) -> Row:
    told = ", ".join(
        f"{p['guidance']:g}: {p['arousal_slope']:.2f} / {p['valence_slope']:.2f}" for p in points
    )
    rising = all(
        points[0][axis] < points[1][axis] and points[0][axis] < points[-1][axis]
        for axis in ("arousal_slope", "valence_slope")
    ) and all(
        later[axis] >= earlier[axis] - 0.02
        for earlier, later in itertools.pairwise(points)
        for axis in ("arousal_slope", "valence_slope")
    )
    return Row("slope of labels at each guidance (arousal / valence)", "monotone", told, rising)


def _picture(f: Mapping[str, Any]) -> list[Row]:
    met, worst = f["hit_rate"], 1000 * f["max_hit_error_s"]
    structure = f["structure"]
    rows = [
        Row(
            "a chord begins at every hit",
            "100 %, under one frame",
            f"{met:.1%} of {f['hits']}, at most {worst:.2f} ms off",
            met == 1.0 and worst < 1000 / 24,
        ),
        Row(
            "novelty at hits against elsewhere",
            "p < 0.01; sections change on hits",
            f"{structure['at_hits']:.2f} against {structure['elsewhere']:.2f}, p = {structure['p']:.4f}; "
            f"{f['sections_on_hits']:.0%} of sections",
            structure["p"] < 0.01,
        ),
    ]
    for name, effect in f.get("anticipation", {}).items():
        low, high, size = effect["low"], effect["high"], effect["effect_sd"]
        rows.append(
            Row(
                f"anticipation: {name} before a hit, told against untold",
                "interval above 0, ≥ 0.3 SD",
                f"{size:+.2f} SD, difference {low:.3g} … {high:.3g}",
                low > 0 and size >= 0.3,
            )
        )
    kept = f["locked_unchanged"]
    strangers = f["strangers_in_locked_cells"]
    rows.append(
        Row(
            "locked notes",
            "unchanged, 100 %",
            f"{kept:.1%} of {f['locked_notes']}",
            kept == 1 and not strangers,
        )
    )
    if "controls" in f:
        told = ", ".join(f"{name} r = {r:.2f}" for name, r in f["controls"].items())
        rows.append(Row("controls of one track", "reported", told, None))
    return rows


def _health(f: Mapping[str, Any]) -> list[Row]:
    run, rate = f["longest_shared_run_notes"], f["collapse_rate"]
    rows = [
        Row("longest run shared with the training music", "< 16 notes", f"{run} notes", run < 16),
        Row(
            "collapse",
            "< 1 %",
            f"{rate:.1%} of {f['long_pieces']} pieces of {f['shortest_piece_s']:.0f} s and more",
            rate < 0.01,
        ),
    ]
    for name, found in f.get("statistics", {}).items():
        ours, markov = found["composed"], found["markov"]
        closer = None if math.isnan(ours) or math.isnan(markov) else ours < markov
        told = f"{ours:.2f} against {markov:.2f}"
        rows.append(
            Row(f"{name.replace('_', ' ')}: distance to human music, in SD", "below Markov", told, closer)
        )
    return rows


def _speed(f: Mapping[str, Any]) -> list[Row]:
    rate, first, four = f["notes_per_s"], f["first_bar_s"], f["four_takes_cost_ratio"]
    memory = f["peak_rss_mb"]
    return [
        Row(
            "speed, notes a second",
            "≥ 150",
            f"{rate:.0f}, {f['real_time_factor']:.1f} times as fast as it plays",
            rate >= 150,
        ),
        Row("first bar", "≤ 0.3 s", f"{first:.2f} s", first <= 0.3),
        Row("four takes", "≤ 2.2 × one", f"{four:.2f} ×", four <= 2.2),
        Row("load", "≤ 1.2 s beyond torch", f"{f['load_s']:.2f} s", f["load_s"] <= 1.2),
        Row(
            "memory",
            "≤ 1.2 GB",
            "not told here" if memory is None else f"{memory:.0f} MB",
            None if memory is None else memory <= 1200,
        ),
        Row("parameters", "12 to 30 million", f"{f['parameters'] / 1e6:.1f} million", None),
        Row("checkpoint", "≤ 45 MB", f"{f['checkpoint_mb']:.1f} MB", f["checkpoint_mb"] <= 45),
    ]
