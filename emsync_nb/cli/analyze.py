"""`emsync analyze`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emsync_nb.cli.output import JsonOption, keep_apart, progress, say, write_json

if TYPE_CHECKING:
    from emsync_nb.analysis import Analysis
    from emsync_nb.pipeline import Stopwatch

_HELP = """Find the boundaries and the emotion of VIDEO.

[bold]Examples[/bold]

  emsync analyze film.mp4

  emsync analyze film.mp4 --json - | jq .boundaries
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("analyze", help=_HELP)(analyze)


def analyze(
    video: Annotated[
        Path,
        typer.Argument(
            metavar="VIDEO", help="A film that FFmpeg can read, 2 s or longer.", show_default=False
        ),
    ],
    json_file: JsonOption = None,
) -> None:
    """Analyse a film."""
    from emsync_nb.pipeline import Stopwatch, analyze_film

    keep_apart(json_file, video)
    with progress() as bars:
        watch = Stopwatch(bars)
        analysis = analyze_film(video, watch=watch)
    facts = _facts(analysis, watch)
    write_json(facts, json_file)
    for line in _lines(facts):
        say(line, json_file)


def _facts(analysis: Analysis, watch: Stopwatch) -> dict[str, Any]:
    from emsync_nb.pipeline.report import expert_facts, video_facts

    curve, cues = analysis.cues.curve, analysis.cues
    points = zip(curve.times_s.tolist(), curve.valence.tolist(), curve.arousal.tolist(), strict=True)
    return {
        "video": video_facts(cues.video),
        "boundaries": [
            {"time_s": float(b.time_s), "kind": b.kind, "strength": b.strength} for b in cues.boundaries
        ],
        "curve": [{"time_s": t, "valence": round(v, 4), "arousal": round(a, 4)} for t, v, a in points],
        "experts": expert_facts(analysis),
        "timings_s": {name: round(seconds, 4) for name, seconds in watch.timings_s.items()},
    }


def _lines(facts: dict[str, Any]) -> list[str]:
    """One line a shot: where it begins, how, and its mean emotion."""
    starts = [{"time_s": 0.0, "kind": "start", "strength": 0.0}, *facts["boundaries"]]
    ends = [boundary["time_s"] for boundary in facts["boundaries"]] + [facts["video"]["duration_s"]]
    lines = ["   from  kind      valence  arousal"]
    for start, end in zip(starts, ends, strict=True):
        inside = [p for p in facts["curve"] if start["time_s"] <= p["time_s"] < end] or facts["curve"][-1:]
        valence, arousal = (sum(p[axis] for p in inside) / len(inside) for axis in ("valence", "arousal"))
        lines.append(f"{start['time_s']:7.2f}  {start['kind']:8}  {valence:+7.2f}  {arousal:+7.2f}")
    absent = [f"{e['name']}: {e['note']}" for e in facts["experts"] if not e["available"]]
    return lines + [f"not heard: {line}" for line in absent]
