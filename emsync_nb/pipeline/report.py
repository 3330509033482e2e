"""report.json: what was found, what was planned, and what the written file really holds."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emsync_nb import __version__
from emsync_nb.domain import ScorePlan, VideoInfo
from emsync_nb.pipeline.genre import genre_facts, genre_note, genre_of
from emsync_nb.pipeline.settings import ScoreSettings
from emsync_nb.weights import generator_checkpoint, sha256

if TYPE_CHECKING:
    from emsync_nb.analysis import Analysis
    from emsync_nb.notation import HitReading

#: packages whose version can change a result
_REPORTED = (
    "av", "decord", "librosa", "mido", "music21", "numpy", "pedalboard", "scenedetect-headless", "symusic", "torch",
)  # fmt: skip


def build_report(
    analysis: Analysis, plan: ScorePlan, midi: Path, settings: ScoreSettings, timings_s: dict[str, float]
) -> dict[str, Any]:
    """Everything as JSON values; onsets, tempo and tracks are read back from the written MIDI file."""
    from emsync_nb.notation import midi_facts, read_hits

    readings = read_hits(
        midi, [float(hit.boundary.time_s) for hit in plan.hits], end_s=float(plan.duration_s)
    )
    facts, genre = midi_facts(midi), genre_of(analysis)
    return {
        "video": video_facts(analysis.cues.video),
        "boundaries": boundary_facts(plan),
        "hits": [hit_facts(reading) for reading in readings],
        "hit_share": hit_share(readings, plan, analysis.cues.video.frame_s),
        "tempo": facts["tempo"],
        "tracks": facts["tracks"],
        "sections": section_facts(plan),
        "experts": expert_facts(analysis),
        "genre": genre_facts(genre),
        "genre_note": genre_note(analysis, genre),
        "timings_s": {name: round(seconds, 4) for name, seconds in timings_s.items()},
        "versions": versions(),
        "seed": settings.seed,
        "peak_rss_mb": peak_rss_mb(),
    }


def video_facts(info: VideoInfo) -> dict[str, Any]:
    """Duration in seconds, frame rate as "num/den", size in pixels as displayed."""
    return {
        "duration_s": float(info.duration_s),
        "fps": f"{info.fps.numerator}/{info.fps.denominator}",
        "width": info.width,
        "height": info.height,
    }


def boundary_facts(plan: ScorePlan) -> list[dict[str, Any]]:
    """Every boundary, and whether the music meets it."""
    met = {hit.boundary for hit in plan.hits}
    return [
        {"time_s": float(b.time_s), "kind": b.kind, "strength": b.strength, "is_hit": b in met}
        for b in plan.boundaries
    ]


def hit_facts(reading: HitReading) -> dict[str, float | None]:
    """A wanted time, where the file's chord begins, and the difference, in seconds."""
    return {"time_s": reading.time_s, "onset_s": reading.onset_s, "error_s": reading.error_s}


def hit_share(readings: Sequence[HitReading], plan: ScorePlan, frame_s: float) -> float | None:
    """Share of hits within one frame of the picture and on a beat; None where there are none."""
    if not plan.hits:
        return None
    good = [r for r in readings if r.error_s is not None and abs(r.error_s) <= frame_s and r.on_beat]
    return len(good) / len(plan.hits)


def section_facts(plan: ScorePlan) -> list[dict[str, Any]]:
    """Sections with their place in seconds, key and mean emotion."""
    return [
        {
            "name": section.name,
            "start_s": float(plan.tempo_map.seconds(section.start_beat)),
            "end_s": float(min(plan.duration_s, plan.tempo_map.seconds(section.end_beat))),
            "key": section.key.name,
            "valence": section.valence,
            "arousal": section.arousal,
        }
        for section in plan.sections
    ]


def expert_facts(analysis: Analysis) -> list[dict[str, Any]]:
    """Which experts answered, and how long each took."""
    return [
        {"name": e.name, "available": e.available, "seconds": round(e.seconds, 4), "note": e.note}
        for e in analysis.experts
    ]


def versions() -> dict[str, str]:
    """Versions of everything that can change a result."""
    found = {"emsync_nb": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for package in _REPORTED:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    checkpoint = generator_checkpoint()
    if checkpoint.is_file():
        found["checkpoint_sha256"] = sha256(checkpoint)
    return found


def peak_rss_mb() -> float | None:
    """Most memory that this process, and apart from it any child, ever held, in MB; None on Windows."""
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    largest = max(
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return round(largest * unit / 1e6, 1)
