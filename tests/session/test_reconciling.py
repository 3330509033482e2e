"""Edited takes find back to where they came from. What is expected stands in the edits, made with others' libraries."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest
import symusic

from emsync_nb.domain import BarGrid, Marker, Note, Score, TempoMap, Track
from emsync_nb.session.reconciling import Reconciled, reconcile
from tests.notation.hex_midi import END, hex_midi
from tests.session.conservation import back, obeys
from tests.session.edited_exports import BEATS, LINE, begin_later, edited, edited_events, part, take

TOTAL = 4 * LINE + BEATS


def counts(result: Reconciled) -> tuple[int, int, int, int]:
    """Kept, edited, added, removed."""
    return result.kept, result.edited, result.added, result.removed


@pytest.mark.parametrize("ticks", [96, 120, 480, 960, 1000])
def test_what_nobody_touched_comes_back_as_it_was(tmp_path: Path, ticks: int) -> None:
    result = back(take(), edited(take(), tmp_path / "a.mid", lambda score: None, ticks))
    assert counts(result) == (TOTAL, 0, 0, 0)
    assert result.score == take()
    assert not result.tempo_changed
    assert result.offset_beats == 0
    assert result.lines() == [f"{TOTAL} kept, 0 edited, 0 added, 0 removed of {TOTAL} notes"]


@pytest.mark.parametrize("ticks", [96, 480, 960])
@pytest.mark.parametrize("seed", range(5))
def test_counts_are_those_of_the_edits(tmp_path: Path, ticks: int, seed: int) -> None:
    """5 deleted, 20 played by hand, 3 transposed, 4 louder, 6 longer; a renamed, a numbered and a new track."""
    rng = random.Random(seed)

    def edit(score: symusic.Score) -> None:
        cello, viola = part(score, "Cello"), part(score, "Viola")
        _play_by_hand(part(score, "Violons I"), rng, 20)
        chosen = rng.sample(range(LINE), 8)
        for index in chosen[:3]:
            cello.notes[index].pitch += 12  # an octave, where the line has no notes
        _delete(cello, chosen[3:])
        for index in rng.sample(range(LINE), 4):
            viola.notes[index].velocity += 20
        for index in rng.sample(range(LINE), 6):
            part(score, "Harp").notes[index].duration += 200
        cello.name, viola.name = "Solo", "02 VIOLA"
        part(score, "Violons I").name = "violons i"
        new = symusic.Track(name="Flute", program=73)
        new.notes = [_note(beat * 480, 480, 110) for beat in range(7)]
        score.tracks.insert(0, new)

    result = back(take(), edited(take(), tmp_path / "a.mid", edit, ticks))
    assert counts(result) == (TOTAL - 5 - 20 - 3 - 4 - 6, 20 + 3 + 4 + 6, 7, 5)
    names = [track.name for track in result.score.tracks]
    assert names == ["Violons I", "Viola", "Solo", "Harp", "Drums", "Flute"]
    assert result.track_origin == (0, 1, 2, 3, 4, None)
    by_name = {changes.name: changes for changes in result.tracks}
    solo = by_name["Solo"]
    assert (solo.renamed_from, solo.kept, solo.edited, solo.removed) == ("Cello", LINE - 8, 3, 5)
    assert by_name["Violons I"].edited == 20
    assert by_name["Flute"].added == 7
    assert Counter(name for name, _ in result.edited_notes) == {
        "Violons I": 20,
        "Viola": 4,
        "Solo": 3,
        "Harp": 6,
        "Flute": 7,
    }
    assert "Solo (was Cello): 52 kept, 3 edited, 0 added, 5 removed" in result.lines()


def _note(start: int, duration: int, pitch: int) -> symusic.Note:
    return symusic.Note(time=start, duration=duration, pitch=pitch, velocity=77, ttype="tick")


def _play_by_hand(track: symusic.Track, rng: random.Random, count: int) -> None:
    # the first could only come earlier than the song begins
    for index in rng.sample(range(1, LINE), count):
        track.notes[index].time += rng.choice([-1, 1]) * rng.randrange(12, 100)


def _delete(track: symusic.Track, indices: list[int]) -> None:
    track.notes = [note for index, note in enumerate(track.notes) if index not in indices]


def test_transposed_notes_know_where_they_came_from(tmp_path: Path) -> None:
    def edit(score: symusic.Score) -> None:
        for index in (4, 20, 31):
            part(score, "Cello").notes[index].pitch += 13

    result = back(take(), edited(take(), tmp_path / "a.mid", edit))
    cello = take().tracks[2].notes
    found = dict(zip(result.origin[2], result.score.tracks[2].notes, strict=True))
    for index in (4, 20, 31):
        assert found[index] == replace(cello[index], pitch=cello[index].pitch + 13)
    assert set(found) == set(range(LINE))


def _changed_piece(*changes: tuple[int, Fraction | None]) -> Reconciled:
    """A scale of quarter beats, far from a long ending; notes by index come later, or go."""
    scale = [Note(Fraction(step, 4), Fraction(1, 4), 60 + 2 * (step % 2), 64) for step in range(4)]
    ending = [Note(Fraction(20 + step), Fraction(1), 40 + step, 64) for step in range(8)]
    score = replace(take(), tracks=(Track("Harp", 46, False, (*scale, *ending)),))
    found = dict(enumerate(score.tracks[0].notes))
    for index, later in changes:
        was = found.pop(index)
        if later is not None:
            found[index] = replace(was, start_beat=was.start_beat + later)
    notes = sorted(found.values(), key=lambda note: (note.start_beat, note.pitch))
    export = replace(score, tracks=(Track("Harp", 46, False, tuple(notes)),))
    result = reconcile(score, export)
    obeys(score, export, result)
    return result


def test_a_late_note_is_itself_and_not_its_neighbour_in_another_key() -> None:
    result = _changed_piece((0, Fraction(1, 4)), (1, None))
    assert result.origin[0][:3] == (0, 2, 3)


def test_late_notes_of_one_pitch_stay_in_order() -> None:
    """The second is where the first was nearest to; both still find themselves."""
    result = _changed_piece((0, Fraction(3, 10)), (2, Fraction(3, 10)))
    assert [index for index in result.origin[0] if index in (0, 2)] == [0, 2]
    assert counts(result) == (10, 2, 0, 0)


def test_quantised_notes_are_edited_and_those_on_the_grid_are_kept(tmp_path: Path) -> None:
    """Swung by a DAW: every second note of a line comes 1/6 beat late; drums stay."""

    def edit(score: symusic.Score) -> None:
        for note in part(score, "Harp").notes:
            note.time = note.time + 80 if note.time % 480 else note.time

    result = back(take(), edited(take(), tmp_path / "a.mid", edit))
    assert counts(result) == (TOTAL - LINE // 2, LINE // 2, 0, 0)


def test_a_phrase_that_moved_keeps_its_identity(tmp_path: Path) -> None:
    def edit(score: symusic.Score) -> None:
        harp = part(score, "Harp")
        for note in list(harp.notes)[50:]:
            note.time += 20 * 480

    result = back(take(), edited(take(), tmp_path / "a.mid", edit))
    assert counts(result) == (TOTAL - 10, 10, 0, 0)
    assert sorted(index for index in result.origin[3] if index is not None) == list(range(LINE))


@pytest.mark.parametrize("ticks", [4 * 480, 7 * 480, 1000, 13])
def test_a_start_offset_is_taken_out(tmp_path: Path, ticks: int) -> None:
    path = edited_events(take(), tmp_path / "a.mid", lambda file: begin_later(file, ticks))
    result = back(take(), path)
    assert result.offset_beats == Fraction(ticks, 480)
    assert counts(result) == (TOTAL, 0, 0, 0)
    assert result.score.tracks == take().tracks
    assert result.score.markers == take().markers
    assert not result.tempo_changed


def test_an_offset_is_found_under_edits(tmp_path: Path) -> None:
    def edit(score: symusic.Score) -> None:
        rng = random.Random(3)
        for track in score.tracks:
            for note in track.notes:
                note.time += 16 * 480 + (rng.randrange(-60, 60) if rng.random() < 0.6 else 0)

    result = back(take(), edited(take(), tmp_path / "a.mid", edit, 960))
    assert result.offset_beats == 16
    assert result.edited + result.kept == TOTAL


def test_an_offset_is_found_where_every_note_was_played_by_hand(tmp_path: Path) -> None:
    rng = random.Random(5)

    def edit(score: symusic.Score) -> None:
        for track in score.tracks:
            for note in track.notes:
                note.time += 8 * 480 + rng.randrange(4, 30)

    result = back(take(), edited(take(), tmp_path / "a.mid", edit))
    assert result.offset_beats == 8
    assert counts(result) == (0, TOTAL, 0, 0)


def test_music_in_another_key_has_not_moved(tmp_path: Path) -> None:
    def edit(score: symusic.Score) -> None:
        for track in score.tracks:
            if track.name != "Drums":
                for note in track.notes:
                    note.pitch += 5

    result = back(take(), edited(take(), tmp_path / "a.mid", edit))
    assert result.offset_beats == 0
    # the drums; here and there a new pitch is one that the old line had near
    assert result.kept >= BEATS
    assert result.removed <= LINE // 4


def test_notes_that_a_file_must_shorten_are_kept(tmp_path: Path) -> None:
    """On one channel a pitch ends where it begins again: that is no edit."""
    notes = tuple(Note(Fraction(beat), Fraction(5, 2), 60, 64) for beat in range(4))
    score = replace(take(), tracks=(Track("Bells", 14, False, notes),))
    result = back(score, edited(score, tmp_path / "a.mid", lambda opened: None))
    assert counts(result) == (4, 0, 0, 0)
    assert result.score == score


def test_an_export_from_the_middle_lies_earlier(tmp_path: Path) -> None:
    def edit(score: symusic.Score) -> None:
        for track in score.tracks:
            track.notes = [note for note in track.notes if note.time >= 14 * 480]
            for note in track.notes:
                note.time -= 14 * 480

    result = back(take(), edited(take(), tmp_path / "a.mid", edit))
    assert result.offset_beats == -14
    # 28 half beats of four lines and 14 kicks lie before
    assert counts(result) == (TOTAL - 4 * 28 - 14, 0, 0, 4 * 28 + 14)


def test_a_tempo_changed_on_purpose_stays_and_a_rounded_or_lost_one_does_not(tmp_path: Path) -> None:
    def play_at(*tempi: tuple[int, float]) -> Reconciled:
        def edit(score: symusic.Score) -> None:
            score.tempos = [symusic.Tempo(time=time, qpm=qpm, ttype="tick") for time, qpm in tempi]

        return back(take(), edited(take(), tmp_path / "a.mid", edit))

    # the take: 97.98 and 124.99974 a minute
    assert not play_at((0, 98.0), (16 * 480 + 2, 125.0)).tempo_changed
    changed = play_at((0, 98.0), (16 * 480, 120.0))
    assert changed.tempo_changed
    assert changed.score.tempo_map.bpm_at(20) == 120
    assert "The tempo was changed and taken over; hits may no longer fall on cuts" in changed.lines()

    def forget(file: mido.MidiFile) -> mido.MidiFile:
        file.tracks[0] = mido.MidiTrack()
        return file

    lost = back(take(), edited_events(take(), tmp_path / "a.mid", forget))
    assert not lost.tempo_changed
    assert lost.score == take()


def test_bars_and_markers_that_were_changed_stay(tmp_path: Path) -> None:
    def edit(score: symusic.Score) -> None:
        score.time_signatures = [symusic.TimeSignature(0, 5, 4, "tick")]
        score.markers[0].text = "The window"

    result = back(take(), edited(take(), tmp_path / "a.mid", edit))
    assert [bar.beats for bar in result.score.grid.bars][:7] == [5] * 7
    assert result.score.markers == (Marker(Fraction(7), "The window"), Marker(Fraction(21), "The end"))


def test_format_0_without_names_finds_its_tracks(tmp_path: Path) -> None:
    def flatten(file: mido.MidiFile) -> mido.MidiFile:
        return mido.MidiFile(type=0, ticks_per_beat=480, tracks=[mido.merge_tracks(file.tracks)])

    result = back(take(), edited_events(take(), tmp_path / "a.mid", flatten))
    assert counts(result) == (TOTAL, 0, 0, 0)
    assert result.score == take()


def test_programs_and_drums_that_a_daw_forgets_are_the_takes(tmp_path: Path) -> None:
    """As some DAWs export: everything on the first channel, without programs, controllers or names."""

    def strip(file: mido.MidiFile) -> mido.MidiFile:
        for track in file.tracks[1:]:
            lost = 0
            for message in list(track):
                if message.type in ("program_change", "control_change", "track_name"):
                    lost += message.time
                    track.remove(message)
                    continue
                message.time, lost = message.time + lost, 0
                if not message.is_meta:
                    message.channel = 0
        return file

    result = back(take(), edited_events(take(), tmp_path / "a.mid", strip))
    assert result.score == take()


def test_split_deleted_and_copied_tracks(tmp_path: Path) -> None:
    def edit(score: symusic.Score) -> None:
        harp, low = part(score, "Harp"), symusic.Track(name="Harp low", program=46)
        whole = list(harp.notes)
        low.notes, harp.notes = whole[:20], whole[20:]
        copy = part(score, "Cello").copy()
        copy.name = "Cello copy"
        score.tracks.extend([low, copy])
        score.tracks.remove(part(score, "Viola"))

    result = back(take(), edited(take(), tmp_path / "a.mid", edit))
    assert counts(result) == (TOTAL - LINE, 0, LINE, LINE)
    names = [track.name for track in result.score.tracks]
    assert names == ["Violons I", "Cello", "Harp", "Harp low", "Drums", "Cello copy"]
    assert result.track_origin == (0, 2, 3, 3, 4, None)
    assert result.origin[3] == tuple(range(20))
    gone = result.tracks[-1]
    assert (gone.name, gone.removed) == ("Viola", LINE)


def test_tracks_that_a_file_of_format_0_joined_are_parted_again(tmp_path: Path) -> None:
    """Two kits share the channel of all drums."""
    toms = [Note(Fraction(step, 3), Fraction(1, 6), 41 + step % 5, 80) for step in range(40)]
    score = replace(take(), tracks=(*take().tracks, Track("Toms", 0, True, tuple(toms))))

    def flatten(file: mido.MidiFile) -> mido.MidiFile:
        return mido.MidiFile(type=0, ticks_per_beat=480, tracks=[mido.merge_tracks(file.tracks)])

    result = back(score, edited_events(score, tmp_path / "a.mid", flatten))
    assert counts(result) == (TOTAL + 40, 0, 0, 0)
    assert result.score == score


def test_swapped_names_follow_the_music(tmp_path: Path) -> None:
    def edit(score: symusic.Score) -> None:
        viola, cello = part(score, "Viola"), part(score, "Cello")
        viola.name, cello.name = "Cello", "Viola"

    result = back(take(), edited(take(), tmp_path / "a.mid", edit))
    assert counts(result) == (TOTAL, 0, 0, 0)
    assert [track.name for track in result.score.tracks[1:3]] == ["Cello", "Viola"]
    assert result.tracks[1].renamed_from == "Viola"


def test_tracks_of_one_name_part_by_their_music(tmp_path: Path) -> None:
    score = take()
    twins = tuple(replace(track, name="Strings", program=48) for track in score.tracks[:3])

    def edit(opened: symusic.Score) -> None:
        opened.tracks = list(reversed(list(opened.tracks)))

    result = back(
        replace(score, tracks=twins), edited(replace(score, tracks=twins), tmp_path / "a.mid", edit)
    )
    assert counts(result) == (3 * LINE, 0, 0, 0)
    assert result.score.tracks == twins


def test_a_punch_in_with_a_hanging_note(tmp_path: Path) -> None:
    """A take of two notes; the second was cut by a punch-in, and one end is left of another."""
    notes = (Note(Fraction(0), Fraction(1), 60, 64), Note(Fraction(1), Fraction(1), 62, 65))
    score = Score((Track("Oboe", 68, False, notes),), TempoMap.constant(120), BarGrid.from_lengths([4]))
    track = f"""
        00 FF 03 04 4F 62 6F 65   # "Oboe"
        00 90 3C 40 60 3C 00      # C4 for a beat
        00 90 3E 41               # D4 without an end
        60 80 40 00               # the end of an E4 that never began
        81 40 {END[3:]}           # two beats later the track ends
        """
    (tmp_path / "a.mid").write_bytes(hex_midi(track))
    result = back(score, tmp_path / "a.mid")
    assert counts(result) == (1, 1, 0, 0)
    assert result.edited_notes == (("Oboe", Note(Fraction(1), Fraction(3), 62, 65)),)
    assert result.score.tracks[0].program == 68


def test_nothing_in_common_and_nothing_at_all() -> None:
    empty = replace(take(), tracks=())
    obeys(take(), empty, reconcile(take(), empty))
    obeys(empty, take(), reconcile(empty, take()))
    assert counts(reconcile(take(), empty)) == (0, 0, 0, TOTAL)
    assert counts(reconcile(empty, take())) == (0, 0, TOTAL, 0)
    assert reconcile(empty, empty).score == empty
