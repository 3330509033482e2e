"""Not a piano detector: who plays does not matter, the key hardly, loudness and register as they should."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emsync_nb.domain import DRUMS, PARTS, MusicTable
from emsync_nb.labelling import label_bars
from emsync_nb.training.label_fit import quieter, transposed
from tests.labelling.conftest import ReadPiece
from tests.labelling.hand_made import any_table, scored, with_also

ENSEMBLES = {
    "string quartet": ("violin-1", "violin-2", "viola", "cello"),
    "winds": ("flute", "oboe", "clarinet", "bassoon"),
    "band": ("lead", "electric-guitar", "keys", "bass-guitar"),
    "brass": ("trumpet", "horn", "trombone", "tuba"),
}
PIECES = (
    "vgmidi/midi/Banjo-Kazooie_N64_Banjo-Kazooie_Gobis_Valley.mid",
    "vgmidi/midi/Other_NES_Tetris_Music_A.mid",
    "vgmidi/midi/Final_Fantasy_PS1_Final_Fantasy_VII_Battle_Theme.mid",
    "vgmidi/midi/Star_Fox_SNES_Star_Fox_SpaceArmada.mid",
    "vgmidi/midi/Mana_SNES_Secret_of_Mana_Meridian_Dance.mid",
    "freedoom/d_e2m1.mid",
    "openscore-orchestra/Bach_BWV.1049_2.mxl",
    "openscore-orchestra/Bach_BWV.232_15.mxl",
    "openscore-orchestra/Beethoven_Op.93_2.mxl",
    "openscore-string-quartets/sq10307350.mxl",
    "openscore-string-quartets/sq7070319.mxl",
    "openscore-string-quartets/sq9071492.mxl",
)
real_pieces = pytest.mark.parametrize("name", PIECES)


def moved(music: MusicTable, change: Callable[[MusicTable], MusicTable]) -> np.ndarray:
    """(2,) by how much a change moves the mean valence and arousal of a piece."""
    return np.asarray((label_bars(change(music)) - label_bars(music)).mean(axis=0))


@settings(max_examples=60)
@given(any_table(), st.sampled_from(sorted(ENSEMBLES)))
def test_who_plays_does_not_matter(music: MusicTable, ensemble: str) -> None:
    other = scored(music, *ENSEMBLES[ensemble])
    pitched = scored(music, "piano")
    assert label_bars(other) == pytest.approx(label_bars(pitched), abs=1e-9)


@settings(max_examples=40)
@given(any_table())
def test_on_how_many_staves_it_stands_does_not_matter(music: MusicTable) -> None:
    shared = MusicTable.build(
        music.rows, music.bar_start, music.bar_bpm, track=np.arange(len(music.onset), dtype=np.int64)
    )
    assert label_bars(shared) == pytest.approx(label_bars(music), abs=1e-9)


@settings(max_examples=40)
@given(any_table())
def test_a_unison_is_one_voice(music: MusicTable) -> None:
    pitched = scored(music, "piano")
    doubled = with_also(pitched, (pitched.pitch >= 12) & (pitched.pitch <= 108), 0, "flute")
    assert label_bars(doubled) == pytest.approx(label_bars(pitched), abs=1e-9)


@pytest.mark.data
@real_pieces
def test_real_music_in_other_scorings(name: str, read_piece: ReadPiece) -> None:
    music = read_piece(name)
    wanted = label_bars(music)
    for parts in ENSEMBLES.values():
        assert label_bars(scored(music, *parts)) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.data
@real_pieces
def test_octaves_above_the_tune_or_all_of_it_matter_little(name: str, read_piece: ReadPiece) -> None:
    music = read_piece(name)
    is_last = np.append(music.onset[1:] != music.onset[:-1], True)
    tune = moved(music, lambda table: with_also(table, is_last, 12, "flute"))
    everything = moved(music, lambda table: with_also(table, np.ones(len(table.onset), bool), 12, "flute"))
    assert np.abs(tune).max() < 0.1
    # higher by half an octave, all of it: valence within 0.1, arousal may rise a little further
    assert np.abs(everything[0]) < 0.1
    assert np.abs(everything[1]) < 0.15


@pytest.mark.data
@real_pieces
@pytest.mark.parametrize("semitones", [-5, -3, -2, -1, 1, 2, 3, 5])
def test_the_key_matters_little(name: str, semitones: int, read_piece: ReadPiece) -> None:
    change = moved(read_piece(name), lambda table: transposed(table, semitones))
    # beyond a minor third register begins to count
    assert np.abs(change).max() < (0.1 if abs(semitones) <= 3 else 0.15)


@pytest.mark.data
@real_pieces
def test_loudness_moves_arousal_and_hardly_valence(name: str, read_piece: ReadPiece) -> None:
    music = read_piece(name)
    soft = moved(music, lambda table: quieter(table, 0.7))
    assert np.abs(soft[0]) < 0.1
    assert -0.25 < soft[1] < 0.0


def test_drums_drive() -> None:
    """A kit on the eighths over held chords: livelier."""
    piano = PARTS.index("piano")
    rows = [(bar * 48, 48, pitch, 80, piano) for bar in range(16) for pitch in (48, 60, 64, 67)]
    beats = [(at, 3, 42, 80, DRUMS) for at in range(0, 16 * 48, 6)]
    starts, bpm = np.arange(17) * 48, np.full(16, 100.0)
    held = MusicTable.build(np.array(rows), starts, bpm)
    driven = MusicTable.build(np.array(rows + beats), starts, bpm)
    assert label_bars(driven)[:, 1].mean() > label_bars(held)[:, 1].mean() + 0.1
