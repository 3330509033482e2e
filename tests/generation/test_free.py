"""Music without a film: only the emotion is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import mido
import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import Ensemble, Player, Score
from emsync_nb.errors import PlanError
from emsync_nb.notation import read_midi, write_midi
from emsync_nb.preset_library import load_ensemble
from tests.generation.promises import ENSEMBLES, check_pitches

torch = pytest.importorskip("torch")

from emsync_nb.generation import SamplingSettings, free_pieces  # noqa: E402 - after the check for torch
from emsync_nb.generation.free import MAX_BARS  # noqa: E402

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

QUICK = SamplingSettings(context=192, kept=64)
FloatArray = NDArray[np.float64]


def wish(*pairs: tuple[float, float]) -> FloatArray:
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def piece(
    network: EventTransformer, name: str, emotion: FloatArray, seed: int = 0, bpm: float | None = None
) -> Score:
    return free_pieces(network, [load_ensemble(name)], [emotion], [seed], QUICK, bpm=bpm)[0]


@pytest.mark.parametrize("name", ENSEMBLES)
def test_as_many_bars_as_wishes_played_by_who_can(network: EventTransformer, name: str) -> None:
    score = piece(network, name, wish(*[(0.4, -0.2)] * 5), seed=2)
    assert len(score.grid.bars) == 5
    assert {bar.beats for bar in score.grid.bars} <= {3, 4}
    players = {player.name: player for player in load_ensemble(name).players}
    for track in score.tracks:
        player = players[track.name]
        assert (track.program, track.is_drum) == (player.program, player.is_drum)
        check_pitches(track.notes)
        assert all(player.low <= note.pitch <= player.high for note in track.notes)
        assert all(note.end_beat <= score.grid.end_beat for note in track.notes)
    onsets = [note.start_beat for track in score.tracks for note in track.notes]
    assert all(any(bar.start_beat <= onset < bar.end_beat for onset in onsets) for bar in score.grid.bars)


def test_tempo_and_key_change_only_where_the_emotion_turns(network: EventTransformer) -> None:
    emotion = wish(*[(-0.8, -0.8)] * 3, *[(0.8, 0.8)] * 3, *[(-0.8, 0.8)] * 2)
    changes = 0
    for seed in range(4):
        score = piece(network, "piano-solo", emotion, seed)
        turns = {score.grid.bars[i].start_beat for i in (0, 3, 6)}
        assert {change.beat for change in score.tempo_map.changes} <= turns
        assert {change.beat for change in score.keys} <= turns
        changes += len(score.tempo_map.changes) + len(score.keys) - 2
        assert all(38 < change.bpm < 208 for change in score.tempo_map.changes)
    assert changes


def test_a_midi_file_holds_the_same_bars_tempi_and_keys(network: EventTransformer, tmp_path: Path) -> None:
    emotion = wish((-0.8, -0.8), (0.8, 0.8), (0.8, 0.7), (-0.5, 0.5), (-0.9, -0.9))
    for seed in range(3):
        score = piece(network, "band", emotion, seed)
        path = tmp_path / f"{seed}.mid"
        write_midi(score, path)
        again = read_midi(path)
        assert again.grid == score.grid
        assert again.tempo_map == score.tempo_map
        assert again.keys == score.keys
        assert [[(n.start_beat, n.end_beat, n.pitch) for n in t.notes] for t in again.tracks] == [
            [(n.start_beat, n.end_beat, n.pitch) for n in t.notes] for t in score.tracks
        ]
        # a reader of other people's hears the same length, to the bar line after the last note
        length_s = mido.MidiFile(path).length
        assert length_s == pytest.approx(float(score.tempo_map.seconds(score.grid.end_beat)), abs=0.01)


def test_the_tempo_can_be_fixed(network: EventTransformer) -> None:
    score = piece(network, "string-quartet", wish((-0.8, -0.8), (0.8, 0.8)), bpm=97.3)
    assert [round(change.bpm, 2) for change in score.tempo_map.changes] == [97.3]


@pytest.mark.parametrize("bpm", [0.0, 29.9, 321.0, -5.0, float("nan"), float("inf")])
def test_tempi_that_cannot_be_told_are_refused(network: EventTransformer, bpm: float) -> None:
    with pytest.raises(PlanError, match="tempo must lie in 30 … 320 beats a minute"):
        piece(network, "string-quartet", wish((0, 0)), bpm=bpm)


def test_pieces_composed_together_are_each_their_own(network: EventTransformer) -> None:
    names, seeds = ("piano-solo", "band", "piano-solo"), (4, 5, 4)
    emotions = [wish(*[(0.1, 0.2)] * bars) for bars in (3, 6, 3)]
    scores = free_pieces(network, [load_ensemble(name) for name in names], emotions, seeds, QUICK)
    assert [len(score.grid.bars) for score in scores] == [3, 6, 3]
    # a network this small hardly rounds: who sits beside does not matter
    assert scores[0] == scores[2] == piece(network, "piano-solo", emotions[0], 4)
    assert scores[0] != piece(network, "piano-solo", emotions[0], 6)


def test_dynamics_follow_arousal(network: EventTransformer) -> None:
    score = piece(network, "piano-solo", wish((0, -1.0), (0, -1.0), (0, 0.0), (0, 1.0)))
    bars = score.grid.bars
    points = [(point.beat, point.value) for point in score.tracks[0].dynamics]
    assert points == [(0, 82), (bars[2].start_beat, 98), (bars[3].start_beat, 114)]


@pytest.mark.parametrize(
    ("emotion", "message"),
    [
        (wish(), "1 to 4096 bars, got 0"),
        (np.zeros((MAX_BARS + 1, 2)), "1 to 4096 bars, got 4097"),
        (wish((0, 1.01)), "must lie in -1 … 1"),
        (wish((float("nan"), 0)), "must lie in -1 … 1"),
    ],
)
def test_senseless_wishes_are_refused(network: EventTransformer, emotion: FloatArray, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        piece(network, "piano-solo", emotion)


def test_ensembles_that_cannot_play_chords_are_refused(network: EventTransformer) -> None:
    lonely = Ensemble("lonely", (Player("Cello", "cello", 42, 36, 76, "bass"),))
    with pytest.raises(PlanError, match="cannot play chords"):
        free_pieces(network, [lonely], [wish((0, 0))], [0], QUICK)


def test_progress_rises_to_the_whole(network: EventTransformer) -> None:
    shares: list[float] = []
    tell: Callable[[float], None] = shares.append
    free_pieces(network, [load_ensemble("piano-solo")], [wish(*[(0, 0)] * 4)], [0], QUICK, on_progress=tell)
    assert shares == [0.25, 0.5, 0.75, 1.0]
