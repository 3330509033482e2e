"""The rules alone: whatever is drawn among what they allow, the bar ends well."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from music21 import chord, scale

from emsync_nb.domain import (
    BASS_CEILING,
    CHORD_PITCHES,
    DRUMS,
    GRID,
    PARTS,
    Ensemble,
    Key,
    Mode,
    Player,
)
from emsync_nb.generation.rules import VELOCITY_REACH, VOICES, BarRules, Beside, can_strike
from emsync_nb.generation.tokens import BAR, DURATIONS, FIRST_LEVEL, NOTE, SIZES, VELOCITY, velocity_of_bin
from emsync_nb.preset_library import load_ensemble
from tests.generation.promises import ENSEMBLES

Event = tuple[int, ...]


def by_part(ensemble: Ensemble) -> dict[int, Player]:
    return {PARTS.index(player.part): player for player in ensemble.players}


def write(rules: BarRules, rng: random.Random, greed: str = "any") -> list[Event]:
    """Draw until the bar line; `greed` takes the highest, the lowest or any of what is allowed."""
    written: list[Event] = []
    for _ in range(2000):
        chosen: list[int] = []
        for field, size in enumerate(SIZES[:-1]):  # notes have no density
            mask = rules.allowed(field, chosen)
            assert mask.shape == (size,)
            options = np.flatnonzero(mask).tolist()
            assert options, f"nothing is allowed in field {field} after {chosen}, {written}"
            if field == 2 and greed != "any":
                chosen.append(max(options) if greed == "high" else min(options))
            else:
                chosen.append(rng.choice(options))
            if chosen == [BAR]:
                return written
        rules.note(chosen)
        written.append(tuple(chosen))
    raise AssertionError("the bar never ends")


def is_chord(notes: list[Event]) -> bool:
    """Held for a beat, three pitches, a bass below all."""
    pitched = [note for note in notes if note[1] != DRUMS]
    held = {note[2] for note in pitched if DURATIONS[note[3]] >= GRID}
    lowest = min(note[2] for note in pitched)
    return len(held) >= CHORD_PITCHES and lowest <= BASS_CEILING and lowest in held


def check_bar(written: list[Event], players: dict[int, Player], hits: tuple[int, ...], steps: int) -> None:
    for hit in hits:
        assert is_chord([note for note in written if note[0] - NOTE == hit])
    order = [(note[0], note[1] == DRUMS, note[2], note[1]) for note in written]
    assert order == sorted(set(order))
    for position, part, pitch, duration, velocity in written:
        assert 0 <= position - NOTE < steps
        assert players[part].low <= pitch <= players[part].high
        assert duration < len(DURATIONS)
        assert 0 <= velocity < FIRST_LEVEL


@settings(max_examples=150)
@given(
    st.sampled_from(ENSEMBLES),
    st.integers(2, 8),
    st.sets(st.integers(0, 7), max_size=3),
    st.sampled_from([0.5, 4.0, 12.0]),
    st.sampled_from(["any", "high", "low"]),
    st.integers(0, 10**6),
)
def test_every_bar_ends_and_every_hit_has_its_chord(
    name: str, beats: int, hit_beats: set[int], density: float, greed: str, seed: int
) -> None:
    players = by_part(load_ensemble(name))
    hits = tuple(beat * GRID for beat in sorted(hit_beats) if beat < beats)
    rng = random.Random(seed)
    held: dict[tuple[int, int], int] = {}
    for _ in range(3):  # with what the bar before leaves sounding
        rules = BarRules(beats * GRID, players, hits, density, held=dict(held))
        written = write(rules, rng, greed)
        check_bar(written, players, hits, beats * GRID)
        assert written
        # a chord more than asked for, at the most, and the rest of a last one
        assert len(written) <= max(6, 3 * density * beats) + CHORD_PITCHES * len(hits) + 1
        held = {key: until - beats * GRID for key, until in rules.held.items() if until > beats * GRID}


def has_chord(players: list[Player]) -> bool:
    """Try every order of three voices, each taking the lowest pitch that rises."""
    voices = [p for p in players for _ in range(min(3, VOICES.get(p.part, 1)))]
    for order in itertools.permutations(voices, 3):
        pitch, chord = -1, []
        for player in order:
            pitch = max(pitch + 1, player.low)
            chord.append(pitch <= player.high)
            if len(chord) == 1:
                chord.append(pitch <= BASS_CEILING)
        if all(chord):
            return True
    return False


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(PARTS[:-1]), st.integers(20, 90), st.one_of(st.integers(0, 6), st.integers(0, 60))
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda player: player[0],
    ),
    st.sampled_from(["any", "high", "low"]),
    st.integers(0, 10**6),
)
def test_whoever_can_strike_a_chord_always_strikes_it(
    wished: list[tuple[str, int, int]], greed: str, seed: int
) -> None:
    players = [Player(part, part, 0, low, min(127, low + span), "bass") for part, low, span in wished]
    table = {PARTS.index(player.part): player for player in players}
    assert can_strike(players) is has_chord(players)
    if can_strike(players):
        rng = random.Random(seed)
        held: dict[tuple[int, int], int] = {}
        for _ in range(3):
            rules = BarRules(48, table, (0, 12, 36), 2.0, held=dict(held))
            check_bar(write(rules, rng, greed), table, (0, 12, 36), 48)
            held = {key: until - 48 for key, until in rules.held.items() if until > 48}


@pytest.mark.parametrize(
    ("players", "can"),
    [
        ([("piano", 21, 108)], True),
        ([("flute", 60, 96), ("violin-1", 55, 100)], True),  # G3 is a bass
        ([("flute", 60, 96), ("violin-1", 56, 100)], False),
        ([("cello", 36, 76)], False),  # two voices
        ([("cello", 36, 76), ("viola", 48, 88)], True),
        ([("tuba", 40, 40), ("horn", 40, 40)], False),
        ([("tuba", 40, 41), ("horn", 40, 42)], False),  # two players, one mouth each
        ([("tuba", 40, 41), ("horn", 40, 42), ("flute", 60, 96)], True),
        ([("piano", 54, 55)], False),
        ([("piano", 55, 57)], True),
        ([("piano", 56, 108)], False),
    ],
)
def test_who_can_strike_a_chord(players: list[tuple[str, int, int]], can: bool) -> None:
    assert can_strike(Player(part, part, 0, low, high, "bass") for part, low, high in players) is can


def test_drums_make_no_chord() -> None:
    drums = Player("Drums", "drums", 0, 35, 81, "rhythm", is_drum=True)
    assert not can_strike([drums, Player("Cello", "cello", 42, 36, 76, "bass")])


def test_a_held_pitch_is_not_struck_again_while_it_sounds() -> None:
    part = PARTS.index("piano")
    players = {part: Player("Piano", "piano", 0, 40, 60, "bass")}
    rules = BarRules(48, players, (), 4.0, held={(part, 50): 24})
    struck = np.flatnonzero(rules.allowed(2, [NOTE + 23, part]))
    assert struck.tolist() == [pitch for pitch in range(40, 61) if pitch != 50]
    assert rules.allowed(2, [NOTE + 24, part])[50]


@pytest.mark.parametrize("may_rest", [True, False])
def test_only_some_bars_may_rest(may_rest: bool) -> None:
    players = by_part(load_ensemble("piano-solo"))
    assert BarRules(48, players, (), 4.0, may_rest=may_rest).allowed(0, [])[0] == may_rest
    assert not BarRules(48, players, (24,), 4.0, may_rest=may_rest).allowed(0, [])[0]


def test_a_hit_cannot_be_passed_by() -> None:
    rules = BarRules(48, by_part(load_ensemble("piano-solo")), (24,), 4.0)
    assert np.flatnonzero(rules.allowed(0, [])).tolist() == list(range(NOTE, NOTE + 25))


def classes_at(written: list[Event], position: int) -> set[int]:
    """Pitch classes of the pitched notes that begin at a position."""
    return {pitch % 12 for at, part, pitch, _, _ in written if at == NOTE + position and part != DRUMS}


@pytest.mark.parametrize("name", ["string-quartet", "chamber-orchestra", "piano-solo"])
@pytest.mark.parametrize("mode", ["major", "minor"])
def test_notes_keep_to_the_key_and_hits_are_its_triads(name: str, mode: Mode) -> None:
    triads = 0
    for seed in range(48):
        tonic = TONICS[seed % 12]
        # music21 says which notes the key has; minor with its raised seventh
        minor = [scale.MinorScale(tonic), scale.HarmonicMinorScale(tonic)]
        scales = [scale.MajorScale(tonic)] if mode == "major" else minor
        allowed = {pitch.pitchClass for kind in scales for pitch in kind.getPitches()}
        rules = BarRules(48, by_part(load_ensemble(name)), (0, 24), 4.0, key=Key(seed % 12, mode))
        written = write(rules, random.Random(seed), "any")
        assert all(
            classes_at(written, position) <= allowed for position in range(48) if position not in (0, 24)
        )
        triads += sum(is_triad(classes_at(written, hit)) for hit in (0, 24))
    # drawn at random, a chord can run out of room at the top and take what there is; hardly ever
    assert triads >= 0.97 * 2 * 48


def is_triad(classes: set[int]) -> bool:
    heard = chord.Chord(sorted(pitch + 60 for pitch in classes))
    thirds = {3, 4, 5, 7, 8, 9}  # of a triad without one of its notes
    steps = {(a - b) % 12 for a in classes for b in classes if a != b}
    return steps <= thirds if len(classes) < 3 else heard.isMajorTriad() or heard.isMinorTriad()


TONICS = ("C", "D-", "D", "E-", "E", "F", "F#", "G", "A-", "A", "B-", "B")


PITCHES = st.frozensets(st.integers(36, 75), max_size=3)
CASTS = st.lists(
    st.tuples(st.sampled_from(PARTS[:-1]), st.integers(30, 70), st.integers(0, 25)),
    min_size=1,
    max_size=4,
    unique_by=lambda player: player[0],
)


@settings(max_examples=200)
@given(CASTS, PITCHES, PITCHES, st.sampled_from([55, 55, 44]), st.booleans(), st.integers(0, 10**6))
def test_a_hit_is_completed_around_given_notes(
    wished: list[tuple[str, int, int]],
    begun: frozenset[int],
    taken: frozenset[int],
    ceiling: int,
    keyed: bool,
    seed: int,
) -> None:
    players = [Player(part, part, 0, low, low + span, "bass") for part, low, span in wished]
    beside, rng = Beside(begun, taken, ceiling), random.Random(seed)
    assert can_strike(players, beside) is can_complete(players, beside)
    if not beside.lacking() or not can_strike(players, beside):
        return
    table = {PARTS.index(player.part): player for player in players}
    key = Key(seed % 12, "minor") if keyed else None
    written = write(BarRules(48, table, (24,), 2.0, key=key, beside={24: beside}), rng)
    pitches = [note[2] for note in written if note[0] - NOTE == 24]
    chord_notes = pitches[: beside.lacking()]
    assert not set(chord_notes) & (taken | begun)
    assert len(begun | set(chord_notes)) >= CHORD_PITCHES
    assert min(begun | set(pitches)) <= ceiling
    assert all(DURATIONS[note[3]] >= GRID for note in written if note[0] - NOTE == 24)


def test_who_joins_a_given_chord_holds_their_notes() -> None:
    table = by_part(load_ensemble("string-quartet"))
    joined = 0
    for seed in range(30):
        rules = BarRules(12, table, (0,), 8.0, beside={0: Beside(frozenset((50, 62, 66)))}, may_rest=True)
        assert rules.allowed(0, [])[BAR]  # nothing is owed
        notes = [note for note in write(rules, random.Random(seed)) if note[0] == NOTE]
        assert all(DURATIONS[note[3]] >= GRID for note in notes)
        joined += len(notes)
    assert joined


def can_complete(players: list[Player], beside: Beside) -> bool:
    """Try every choice of voices and pitches, the lowest ones first."""
    lacking = beside.lacking()
    voices = [p for p in players for _ in range(min(3, VOICES.get(p.part, 1)))]
    for order in itertools.permutations(voices, lacking):
        pitches: list[int] = []
        for player in order:
            free = (
                pitch
                for pitch in range(max(player.low, max(pitches, default=-1) + 1), player.high + 1)
                if pitch not in beside.pitches | beside.taken
            )
            pitches.append(next(free, 1000))
        if max(pitches, default=0) < 1000 and min((*pitches, *beside.pitches)) <= beside.ceiling:
            return True
    return False


def test_velocities_keep_near_the_loudness_foretold() -> None:
    players = by_part(load_ensemble("piano-solo"))
    soft = BarRules(48, players, (), 4.0, velocity=40).allowed(VELOCITY, [NOTE, 0, 60, 9])
    allowed = [velocity_of_bin(i) for i in np.flatnonzero(soft).tolist()]
    assert allowed == [v for v in range(4, 128, 8) if abs(v - 40) <= VELOCITY_REACH]
    free = BarRules(48, players, (), 4.0, velocity=None).allowed(VELOCITY, [NOTE, 0, 60, 9])
    assert np.flatnonzero(free).tolist() == list(range(FIRST_LEVEL))


@pytest.mark.parametrize(("density", "least", "most"), [(2.0, 4, 13), (6.0, 12, 39)])
def test_a_bar_holds_about_as_many_notes_as_were_foretold(density: float, least: int, most: int) -> None:
    for seed in range(30):
        rules = BarRules(48, by_part(load_ensemble("piano-solo")), (), density)
        written = write(rules, random.Random(seed))
        # fewer where the last beat is reached
        assert least <= len(written) <= most or (len(written) < least and written[-1][0] - NOTE >= 36)


@settings(max_examples=150)
@given(
    st.sampled_from(ENSEMBLES),
    st.integers(-60, 20),
    st.integers(12, 40),
    st.lists(st.tuples(st.integers(0, 47), st.integers(1, 20)), max_size=3),
    st.booleans(),
    st.integers(0, 10_000),
)
def test_no_silence_is_longer_than_the_longest_rest(
    name: str, sounds: int, rest: int, given_: list[tuple[int, int]], may_rest: bool, seed: int
) -> None:
    """From what sounds at the bar line to the next one, given notes included."""
    spans = sorted((onset, onset + length) for onset, length in given_)
    rules = BarRules(
        48, by_part(load_ensemble(name)), (), 2.0, sounds=sounds, rest=rest, given=spans, may_rest=may_rest
    )
    written = write(rules, random.Random(seed))
    heard = sorted(spans + [(n[0] - NOTE, n[0] - NOTE + int(DURATIONS[n[3]])) for n in written])
    end = max(sounds, -rest)  # silence that is too long already ends at the bar line
    for onset, until in [*heard, (48, 48)]:
        assert onset - end <= rest
        end = max(end, until)


def test_a_bar_that_nothing_hurries_may_begin_anywhere() -> None:
    players = by_part(load_ensemble("piano-solo"))
    anywhere, soon = (
        BarRules(48, players, (), 2.0, sounds=6, rest=rest).allowed(0, []) for rest in (None, 12)
    )
    assert np.flatnonzero(anywhere).tolist() == [NOTE + position for position in range(48)]
    assert np.flatnonzero(soon).tolist() == [NOTE + position for position in range(19)]


def test_what_bores_is_played_only_where_there_is_nothing_else() -> None:
    players = by_part(load_ensemble("piano-solo"))
    part = next(iter(players))
    free, bored, alone = (
        np.flatnonzero(BarRules(48, players, (), 4.0, tired={part: bits}).allowed(2, [NOTE, part])).tolist()
        for bits in (0, 1 << 60 | 1 << 62, -1)
    )
    assert bored == [pitch for pitch in free if pitch not in (60, 62)]
    assert alone == free
