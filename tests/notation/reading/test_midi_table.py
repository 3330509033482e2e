"""MIDI files written and read by mido, against our tables."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.domain import DRUMS, GRID, PARTS
from emsync_nb.errors import MidiError
from emsync_nb.midi_input import MAX_BYTES
from emsync_nb.notation.reading.instruments import part_of_program
from emsync_nb.notation.reading.midi_table import MAX_BEATS, read_midi_table

mido = pytest.importorskip("mido")

TICKS = 480
#: seconds are of no concern here: (tick, pitch, velocity, length) of each note
Notes = list[tuple[int, int, int, int]]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes tracks of (program or "drums", notes) and (tick, message) facts as a MIDI file."""

    def written(tracks: list[tuple[int | str, Notes]], facts: list[tuple[int, object]] | None = None) -> Path:
        file = mido.MidiFile(ticks_per_beat=TICKS)
        file.tracks.append(_track(facts or []))
        for index, (program, notes) in enumerate(tracks):
            channel = 9 if program == "drums" else index
            events: list[tuple[int, object]] = []
            if program != "drums":
                events.append((0, mido.Message("program_change", channel=channel, program=program)))
            for tick, pitch, velocity, length in notes:
                events.append((tick, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)))
                events.append((tick + length, mido.Message("note_off", channel=channel, note=pitch)))
            file.tracks.append(_track(events))
        path = tmp_path / "piece.mid"
        file.save(path)
        return path

    return written


def _track(events: list[tuple[int, object]]) -> object:
    track, now = mido.MidiTrack(), 0
    for tick, message in sorted(
        events, key=lambda event: (event[0], getattr(event[1], "type", "") == "note_on")
    ):
        track.append(message.copy(time=tick - now))  # type: ignore[attr-defined]
        now = tick
    return track


def meter(numerator: int, denominator: int) -> object:
    return mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator)


def tempo(bpm: float) -> object:
    return mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm))


def test_notes_parts_bars_and_tempi(write: Write) -> None:
    path = write(
        [
            (0, [(0, 60, 80, 960), (480, 64, 90, 240)]),
            (32, [(0, 36, 100, 480)]),
            ("drums", [(2400, 38, 70, 60)]),
        ],
        [(0, meter(3, 4)), (1440, meter(2, 4)), (0, tempo(100)), (1440, tempo(150))],
    )
    table = read_midi_table(path)
    assert table.onset.tolist() == [0, 0, 12, 60]
    assert table.duration.tolist() == [12, 24, 6, 2]  # a 60th of a beat and a half is at least a step
    assert table.pitch.tolist() == [36, 60, 64, 38]
    assert table.velocity.tolist() == [100, 80, 90, 70]
    assert [PARTS[part] for part in table.part] == ["bass-guitar", "piano", "piano", "drums"]
    assert table.bar_start.tolist() == [0, 36, 60, 84]
    assert table.bar_bpm.tolist() == pytest.approx([100, 150, 150])


def test_without_meter_and_tempo_it_is_four_four_at_120(write: Write) -> None:
    table = read_midi_table(write([(0, [(0, 60, 80, 480), (1920, 60, 80, 480)])]))
    assert table.bar_start.tolist() == [0, 48, 96]
    assert table.bar_bpm.tolist() == [120, 120]


@pytest.mark.parametrize("change", [2000, 2880, 3360, 10_000])
def test_a_meter_that_changes_late_leaves_no_note_outside(write: Write, change: int) -> None:
    notes = [(0, 60, 80, 480), (2700, 62, 80, 100)]
    table = read_midi_table(write([(0, notes)], [(0, meter(4, 4)), (change, meter(1, 4))]))
    assert table.onset.max() < table.bar_start[-1]
    assert (np.diff(table.bar_start) > 0).all()
    assert len(table.bar_bpm) == len(table.bar_start) - 1


def test_six_eight_bars_have_three_beats(write: Write) -> None:
    table = read_midi_table(write([(0, [(0, 60, 80, 2880)])], [(0, meter(6, 8))]))
    assert table.bar_start.tolist() == [0, 36, 72]


def test_sound_effects_are_left_out(write: Write) -> None:
    table = read_midi_table(write([(127, [(0, 60, 80, 480)]), (40, [(0, 70, 80, 480)])]))
    assert table.pitch.tolist() == [70]


@pytest.mark.parametrize(
    ("program", "part"),
    [(0, "piano"), (7, "keys"), (40, "violin-1"), (43, "double-bass"), (46, "harp"), (47, "timpani"), (56, "trumpet"),
     (60, "horn"), (73, "flute"), (80, "lead"), (95, "pad"), (105, "acoustic-guitar"), (55, None), (127, None)],
)  # fmt: skip
def test_programs_have_parts(program: int, part: str | None) -> None:
    assert part_of_program(program) == (None if part is None else PARTS.index(part))


def test_every_program_has_an_answer() -> None:
    assert all(part_of_program(program) in {None, *range(len(PARTS))} for program in range(128))
    assert DRUMS not in {part_of_program(program) for program in range(128)}


def refusal(path: Path) -> str:
    with pytest.raises(MidiError) as caught:
        read_midi_table(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


def test_files_without_notes_are_refused(write: Write) -> None:
    assert "holds no notes" in refusal(write([(0, [])]))
    assert "holds no notes" in refusal(write([(127, [(0, 60, 80, 480)])]))


@pytest.mark.parametrize("content", [b"", b"MThd", b"RIFF" + bytes(100), b"no midi at all"])
def test_what_is_no_midi_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "piece.mid"
    path.write_bytes(content)
    assert "MIDI file" in refusal(path)


def test_very_large_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "piece.mid"
    with path.open("wb") as stream:
        stream.write(b"MThd")
        stream.truncate(MAX_BYTES + 1)
    assert "is larger than 32 MiB" in refusal(path)


def test_endless_pieces_are_refused(write: Write) -> None:
    path = write([(0, [((MAX_BEATS + 1) * TICKS, 60, 80, 480)])])
    assert "longer than" in refusal(path)


def test_a_meter_far_behind_the_end_makes_no_bars(write: Write) -> None:
    path = write([(0, [(0, 60, 80, 480)])], [(0, meter(1, 4)), (2 * MAX_BEATS * TICKS, meter(4, 4))])
    assert read_midi_table(path).bars == 1


@pytest.mark.parametrize("seed", range(30))
def test_scribbled_files_are_refused_or_read(write: Write, seed: int) -> None:
    rng = random.Random(seed)
    path = write(
        [(0, [(at * 480, 60 + at, 80, 480) for at in range(8)]), ("drums", [(0, 36, 90, 60)])],
        [(0, tempo(90))],
    )
    content = bytearray(path.read_bytes())
    for _ in range(4):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(content[: rng.randrange(len(content))] if seed % 4 == 0 else content)
    try:
        table = read_midi_table(path)
    except MidiError as error:
        assert "\n" not in str(error)
    else:
        assert table.onset.max() < table.bar_start[-1]
        assert np.isfinite(table.bar_seconds).all()


@pytest.mark.data
def test_real_files_hold_what_mido_reads(data_folder: Path) -> None:
    paths = sorted((data_folder / "music" / "freedoom").glob("*.mid"))[:40:20]
    assert paths
    for path in paths:
        wanted: set[tuple[int, int, bool]] = set()
        file = mido.MidiFile(path)
        programs = dict.fromkeys(range(16), 0)
        for track in file.tracks:
            tick = 0
            for message in track:
                tick += message.time
                if message.type == "program_change":
                    programs[message.channel] = message.program
                elif message.type == "note_on" and message.velocity:
                    drum = message.channel == 9
                    if drum or part_of_program(programs[message.channel]) is not None:
                        wanted.add((round(tick * GRID / file.ticks_per_beat), message.note, drum))
        table = read_midi_table(path)
        found = set(
            zip(table.onset.tolist(), table.pitch.tolist(), (table.part == DRUMS).tolist(), strict=True)
        )
        assert len(found & wanted) > 0.98 * len(found | wanted), path.name


def control(number: int, value: int, channel: int = 0) -> object:
    return mido.Message("control_change", channel=channel, control=number, value=value)


def test_a_bar_whose_tempo_changes_has_the_mean_that_keeps_its_seconds(write: Write) -> None:
    # two beats at 120 and two at 60: 1 s and 2 s, so four beats in 3 s
    table = read_midi_table(write([(0, [(0, 60, 80, 3840)])], [(0, tempo(120)), (960, tempo(60))]))
    assert table.bar_bpm.tolist() == pytest.approx([80, 60])
    assert table.bar_seconds.tolist() == pytest.approx([3, 4])


def test_volume_and_expression_are_heard(write: Write) -> None:
    notes = [(0, 60, 80, 480), (480, 62, 80, 480), (960, 64, 80, 480)]
    facts = [(0, control(7, 50)), (480, control(7, 100)), (960, control(11, 64))]
    table = read_midi_table(write([(0, notes)], facts))
    assert table.velocity.tolist() == [40, 80, round(80 * 64 / 127)]
    curve = table.tracks[0]
    assert curve.dynamics_step.tolist() == [0, 0, 12, 12, 24, 24]
    assert curve.dynamics_level.tolist() == pytest.approx([127, 63.5, 63.5, 127, 127, 64])


def test_a_channel_that_changes_its_program_is_two_tracks(write: Write) -> None:
    path = write(
        [(40, [(0, 60, 80, 480), (960, 62, 80, 480)])],
        [
            (0, mido.MetaMessage("track_name", name="no notes here")),
            (900, mido.Message("program_change", program=73)),
        ],
    )
    table = read_midi_table(path)
    assert [(track.program, PARTS[track.part]) for track in table.tracks] == [(40, "violin-1"), (73, "flute")]
    assert table.track.tolist() == [0, 1]
    assert [PARTS[part] for part in table.part] == ["violin-1", "flute"]


def test_bars_shorter_than_a_step_of_the_grid_are_refused_or_joined(write: Write) -> None:
    path = write([(0, [(0, 60, 80, 480 * 2000)])], [(0, meter(1, 128))])
    assert "bars" in refusal(path)


def test_odd_meters_drift_by_less_than_a_step(write: Write) -> None:
    table = read_midi_table(write([(0, [(0, 60, 80, 480 * 70)])], [(0, meter(7, 32))]))  # 10.5 steps
    assert table.bar_start[:5].tolist() == [0, 10, 21, 32, 42]
