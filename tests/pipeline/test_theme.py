"""A theme through the stages: in the file as it was placed, hits still met, told in the report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest

import emsync_nb
from emsync_nb.domain import Boundary, EmotionCurve, Note, Score, ScorePlan, Theme, VideoCues, VideoInfo
from emsync_nb.errors import MidiError, PlanError
from emsync_nb.generation import Cells, ComposeSettings, compose, load
from emsync_nb.notation import read_hits, write_midi
from emsync_nb.pipeline import ScoreSettings, plan_film
from emsync_nb.pipeline.theme import given_notes
from emsync_nb.pipeline.theme_room import room_for_theme
from emsync_nb.planning import place_theme
from tests.generation.promises import ENSEMBLES
from tests.pipeline.tiny_film import FPS

#: (quarters, pitch): G C B C D E, in C major, its first note shorter than a hit's chord
TUNE = [(0.5, 67), (1, 72), (0.25, 71), (0.25, 72), (1, 74), (1, 76)]


def write_tune(path: Path, tune: Sequence[tuple[float, int]] = TUNE) -> Path:
    """A MIDI file of one line."""
    track = mido.MidiTrack()
    for quarters, pitch in tune:
        track.append(mido.Message("note_on", note=pitch, velocity=90))
        track.append(mido.Message("note_off", note=pitch, time=round(480 * quarters)))
    mido.MidiFile(tracks=[track], ticks_per_beat=480).save(path)
    return path


def notes_of(midi: Path, name: str) -> list[tuple[int, int, int, int]]:
    """(onset, length) in ticks, pitch, velocity of a track, as mido reads them."""
    file = mido.MidiFile(midi, charset="utf-8")
    track = next(track for track in file.tracks if track.name == name)
    found, begun, now = [], dict[int, tuple[int, int]](), 0
    for message in track:
        now += message.time
        if message.type == "note_on" and message.velocity:
            begun[message.note] = (now, message.velocity)
        elif message.type in ("note_on", "note_off"):
            start, velocity = begun.pop(message.note)
            found.append((start, now - start, message.note, velocity))
    return sorted(found)


@pytest.fixture(scope="module")
def scored(film: Path, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401
    """A film scored with a theme, without sound."""
    folder = tmp_path_factory.mktemp("theme")
    settings = ScoreSettings(
        theme=write_tune(folder / "tune.mid"), theme_at=(Fraction(3), Fraction(7)), render=False
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMSYNC_CHECKPOINT", str(checkpoint))
        return emsync_nb.score(film, folder / "out", settings)


def test_the_report_tells_where_the_theme_returns(scored: Any, film: Path) -> None:  # noqa: ANN401
    report = json.loads(scored.files["report.json"].read_text(encoding="utf-8"))
    theme = report["theme"]
    assert theme == scored.report["theme"]
    assert (theme["key"], theme["notes"], theme["beats"]) == ("C major", 6, 4.0)
    assert Path(theme["file"]).name == "tune.mid"
    assert theme["planned"] == theme["found"] == len(theme["occurrences"]) == 2
    hits = [hit["time_s"] for hit in report["hits"]]
    for entry, hit in zip(theme["occurrences"], hits, strict=True):
        assert abs(entry["time_s"] - hit) < float(1 / FPS)
        section = next(s for s in report["sections"] if s["name"] == entry["section"])
        assert entry["key"] == section["key"]
        assert entry["track"] in [track["name"] for track in report["tracks"]]
    assert report["hit_share"] == 1.0


def test_mido_finds_the_theme_in_the_file(scored: Any) -> None:  # noqa: ANN401
    """Rhythm and contour of the first entry; nothing else sounds on its track meanwhile."""
    first, last = scored.report["theme"]["occurrences"]
    start = 480 * first["beat"]
    played = [note for note in notes_of(scored.files["score.mid"], first["track"]) if note[0] >= start][:6]
    assert [length for _, length, _, _ in played] == [round(480 * quarters) for quarters, _ in TUNE]
    ends = np.cumsum([length for _, length, _, _ in played])
    assert [onset for onset, *_ in played] == [start, *(start + ends[:-1]).tolist()]
    rises = np.sign(np.diff([pitch for _, _, pitch, _ in played])).tolist()
    assert rises == np.sign(np.diff([pitch for _, pitch in TUNE])).tolist()
    assert last["notes"] <= 6  # the film ends before it does


def test_the_session_remembers_the_theme(scored: Any) -> None:  # noqa: ANN401
    settings = json.loads(scored.files["session.json"].read_text(encoding="utf-8"))["settings"]
    assert (Path(settings["theme"]).name, settings["theme_at"]) == ("tune.mid", [3.0, 7.0])


def test_without_a_theme_the_report_has_none(full_run: emsync_nb.ScoreResult) -> None:
    assert "theme" not in full_run.report


def test_what_is_wrong_with_a_theme_is_said_before_the_analysis(film: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.mid").write_bytes(b"no music")
    wide = write_tune(tmp_path / "wide.mid", [(1, 10), (1, 120)])
    for theme, error in (
        (tmp_path / "bad.mid", MidiError),
        (wide, PlanError),
        (tmp_path / "gone.mid", MidiError),
    ):
        with pytest.raises(error):
            emsync_nb.score(film, tmp_path / "out", ScoreSettings(theme=theme))
    with pytest.raises(PlanError, match="name one with --theme"):
        ScoreSettings(theme_at=(Fraction(1),))
    assert not (tmp_path / "out").exists()


def a_plan(ensemble: str) -> ScorePlan:
    """40 seconds with five hits."""
    cuts = tuple(Boundary(Fraction(n), "cut", 0.9 - n / 100) for n in (4, 11, 18, 27, 34))
    info = VideoInfo(Path("film.mp4"), Fraction(40), Fraction(25), 640, 360, 0, False, "h264")
    times = np.linspace(0, 40, 41)
    film = VideoCues(info, cuts, EmotionCurve(times, np.sin(times / 5) / 2, np.cos(times / 7) / 2))
    return plan_film(film, ScoreSettings(ensemble=ensemble, seed=1))


@pytest.mark.parametrize("ensemble", ENSEMBLES)
@pytest.mark.parametrize("kind", ["short", "long", "low"])
def test_every_ensemble_plays_it_as_placed_and_meets_the_hits(
    checkpoint: Path, tmp_path: Path, ensemble: str, kind: str
) -> None:
    """A long theme sounds over the next hits; by a network that has learned nothing."""
    steps, shift = {"short": (3, 0), "long": (18, 0), "low": (12, -24)}[kind]
    pitches = [67, 67, 67, 63, 65, 65, 65, 62] * (2 if kind == "long" else 1)
    theme = Theme.of([(n * steps, steps, pitch + shift, 90) for n, pitch in enumerate(pitches)])
    plan = a_plan(ensemble)
    entries = place_theme(plan, theme)
    assert len(entries) >= (1 if kind == "long" else 2)
    score = compose(load(checkpoint), plan, ComposeSettings(seed=3), given=given_notes(plan, entries))
    write_midi(score, tmp_path / "score.mid")
    names = {player.part: player.name for player in plan.ensemble.players}
    for entry in entries:
        played = set(notes_of(tmp_path / "score.mid", names[entry.part]))
        assert {(40 * on, 40 * length, pitch, loud) for on, length, pitch, loud in entry.notes} <= played
    times = [float(hit.boundary.time_s) for hit in plan.hits]
    readings = read_hits(tmp_path / "score.mid", times, end_s=40.0)
    assert [r.error_s is not None and abs(r.error_s) < 1e-3 and r.on_beat for r in readings] == [True] * 5


@pytest.mark.parametrize("ensemble", ["chamber-orchestra", "string-quartet"])
def test_its_player_plays_nothing_beside_it(checkpoint: Path, tmp_path: Path, ensemble: str) -> None:
    """Nor holds on what was written before."""
    theme = Theme.of([(n * 12, 12, 67 + n, 90) for n in range(8)])
    plan = a_plan(ensemble)
    entries = place_theme(plan, theme)
    names = {player.part: player.name for player in plan.ensemble.players}
    for seed in range(3):
        score = compose(load(checkpoint), plan, ComposeSettings(seed=seed), given=given_notes(plan, entries))
        write_midi(score, tmp_path / "score.mid")
        for entry in entries:
            start, end = (40 * edge for edge in (entry.notes[0][0], sum(entry.notes[-1][:2])))
            notes = notes_of(tmp_path / "score.mid", names[entry.part])
            assert len([1 for on, length, *_ in notes if on < end and on + length > start]) == 8


def test_new_notes_make_way_for_it_and_those_that_stay_do_not() -> None:
    """A theme that is put among notes that stay: held ones end where it begins."""
    plan = a_plan("string-quartet")
    theme = Theme.of([(n * 6, 6, 67 + n, 90) for n in range(4)])
    (entry,) = place_theme(plan, theme, [Fraction(11)])
    bar = plan.grid.at(entry.beat)
    empty = Score((), plan.tempo_map, plan.grid)
    cells = [Cells(bar.number - 1, bar.number + 1)]
    themed = room_for_theme(replace(plan, theme=(entry,)), empty, cells, ())
    (track,) = themed.score.tracks
    assert [(n.start_beat, n.duration_beats, n.pitch) for n in track.notes] == [
        (entry.beat + Fraction(n, 2), Fraction(1, 2), pitch)
        for n, pitch in enumerate(pitch for _, _, pitch, _ in entry.notes)
    ]
    assert (track.name, bar.number) not in {(c.tracks[0], c.first_bar) for c in themed.cells if c.tracks}
    held = Note(Fraction(entry.beat - 1), Fraction(3), 55, 80)
    written = replace(themed.score, tracks=(replace(track, notes=(held, *track.notes)),))
    assert themed.make_way(written).tracks[0].notes[0].duration_beats == 1
    stays = replace(empty, tracks=(replace(track, notes=(held,)),))
    themed = room_for_theme(replace(plan, theme=(entry,)), stays, cells, [(track.name, held)])
    assert themed.make_way(themed.score).tracks[0].notes[0] == held
    assert len(themed.score.tracks[0].notes) == 5
