"""report.json against the film that was made, and against what other readers find in the files."""

from __future__ import annotations

import hashlib
import json
import math
import platform
import resource
from itertools import product
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest

from emsync_nb.pipeline import ScoreResult
from tests.pipeline.test_outputs import notes_on
from tests.pipeline.tiny_film import CUTS, DURATION_S, FPS, HEIGHT, WIDTH

FRAME_S = float(1 / FPS)
#: how far apart two boundaries must lie for both to be hits whatever their strengths
HIT_DISTANCE_S = 4
STAGES = {
    *("probe", "analysis", "planning", "model", "generation", "notation", "figures"),
    *("rendering", "mastering", "mux"),
}


@pytest.fixture(scope="module")
def report(full_run: ScoreResult) -> dict[str, Any]:
    """As it lies on disk."""
    content: dict[str, Any] = json.loads(full_run.files["report.json"].read_text(encoding="utf-8"))
    return content


def test_it_is_what_the_python_interface_gives(report: dict[str, Any], full_run: ScoreResult) -> None:
    assert report == full_run.report


def test_the_film(report: dict[str, Any]) -> None:
    video = report["video"]
    assert video["duration_s"] == pytest.approx(DURATION_S, abs=1e-3)
    assert (video["fps"], video["width"], video["height"]) == ("12000/1001", WIDTH, HEIGHT)


def test_every_cut_is_found_on_its_frame(report: dict[str, Any]) -> None:
    boundaries = report["boundaries"]
    assert [b["kind"] for b in boundaries] == ["cut"] * len(CUTS)
    assert [b["time_s"] for b in boundaries] == pytest.approx(
        [float(frame / FPS) for frame in CUTS], abs=1e-6
    )
    strengths = [b["strength"] for b in boundaries]
    assert len(set(strengths)) == len(CUTS)
    assert all(0 <= strength <= 1 for strength in strengths)


def test_a_boundary_is_a_hit_where_no_stronger_one_is_near(report: dict[str, Any]) -> None:
    outdone = {
        one["time_s"]
        for one, other in product(report["boundaries"], repeat=2)
        if other["strength"] > one["strength"] and abs(other["time_s"] - one["time_s"]) <= HIT_DISTANCE_S
    }
    assert outdone
    for boundary in report["boundaries"]:
        assert boundary["is_hit"] == (boundary["time_s"] not in outdone)
    assert [hit["time_s"] for hit in report["hits"]] == [
        b["time_s"] for b in report["boundaries"] if b["is_hit"]
    ]


def test_hits_are_where_mido_finds_chords(report: dict[str, Any], full_run: ScoreResult) -> None:
    assert len(report["hits"]) == 2
    onsets = [
        (e.time_s, e.message.note) for e in notes_on(full_run.files["score.mid"]) if e.message.channel != 9
    ]
    for hit in report["hits"]:
        pitches = {pitch for time_s, pitch in onsets if abs(time_s - hit["onset_s"]) < 1e-6}
        assert len(pitches) >= 3
        assert abs(hit["onset_s"] - hit["time_s"]) < FRAME_S
        assert hit["error_s"] == pytest.approx(hit["onset_s"] - hit["time_s"], abs=1e-9)
    assert report["hit_share"] == 1.0


def test_tempo_and_tracks_are_those_of_the_file(report: dict[str, Any], full_run: ScoreResult) -> None:
    file = mido.MidiFile(full_run.files["score.mid"], charset="utf-8")
    steps, tick = [], 0
    for message in file.tracks[0]:
        tick += message.time
        if message.type == "set_tempo":
            steps.append({"beat": tick / file.ticks_per_beat, "bpm": mido.tempo2bpm(message.tempo)})
    assert [step["beat"] for step in report["tempo"]] == [step["beat"] for step in steps]
    assert [step["bpm"] for step in report["tempo"]] == pytest.approx([step["bpm"] for step in steps])
    tracks = []
    for track in file.tracks[1:]:
        notes = sum(message.type == "note_on" and message.velocity > 0 for message in track)
        program = next(message.program for message in track if message.type == "program_change")
        tracks.append({"name": track.name, "program": program, "notes": notes})
    assert report["tracks"] == tracks


def test_sections_follow_each_other_through_the_film(report: dict[str, Any]) -> None:
    sections = report["sections"]
    assert sections[0]["start_s"] == 0
    assert sections[-1]["end_s"] == pytest.approx(DURATION_S, abs=FRAME_S)
    assert [s["end_s"] for s in sections[:-1]] == [s["start_s"] for s in sections[1:]]
    assert all(-1 <= s[axis] <= 1 for s in sections for axis in ("valence", "arousal"))


def test_every_stage_is_timed(report: dict[str, Any]) -> None:
    assert set(report["timings_s"]) == STAGES
    assert all(math.isfinite(seconds) and seconds >= 0 for seconds in report["timings_s"].values())


def test_versions_seed_and_memory(report: dict[str, Any], checkpoint: Path) -> None:
    versions = report["versions"]
    assert versions["python"] == platform.python_version()
    assert versions["numpy"] == np.__version__
    assert versions["checkpoint_sha256"] == hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    assert report["seed"] == 0
    held = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    most_mb = max(held) * 1024 / 1e6
    assert 50 < report["peak_rss_mb"] <= most_mb + 1


def test_experts_say_whether_they_answered(report: dict[str, Any]) -> None:
    experts = {expert["name"]: expert for expert in report["experts"]}
    assert experts["sound"]["available"]
    assert not experts["words"]["available"]
    assert experts["words"]["note"]
