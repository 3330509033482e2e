"""What is heard: timing, velocity, controllers, programs, pedal, stems. Measured on the sound itself."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emsync_nb.domain import AudioClip
from emsync_nb.errors import AudioError, MidiError
from emsync_nb.rendering import perform, render, render_stems

RATE = 48_000
BEAT = 480
PIANO, ORGAN, STRINGS, FLUTE = 0, 19, 48, 73
SIDE_STICK, CLOSED_HAT, OPEN_HAT = 37, 42, 46
#: (tick, message)
Event = tuple[int, Any]


def note(tick: int, length: int, key: int, velocity: int = 100, channel: int = 0) -> list[Event]:
    return [
        (tick, mido.Message("note_on", note=key, velocity=velocity, channel=channel)),
        (tick + length, mido.Message("note_off", note=key, channel=channel)),
    ]


def control(tick: int, number: int, value: int, channel: int = 0) -> list[Event]:
    return [(tick, mido.Message("control_change", control=number, value=value, channel=channel))]


def program(tick: int, number: int, channel: int = 0) -> list[Event]:
    return [(tick, mido.Message("program_change", program=number, channel=channel))]


def saved(
    folder: Path, *tracks: tuple[str, list[Event]], tempi: tuple[tuple[int, int], ...] = ((0, 500_000),)
) -> Path:
    """A type 1 file: tempo track, then named tracks."""
    midi = mido.MidiFile(type=1, ticks_per_beat=BEAT)
    conductor: list[Event] = [(tick, mido.MetaMessage("set_tempo", tempo=us)) for tick, us in tempi]
    for name, events in (("Tempo", conductor), *tracks):
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        last = 0
        for tick, message in sorted(events, key=lambda event: event[0]):
            track.append(message.copy(time=tick - last))
            last = tick
        midi.tracks.append(track)
    path = folder / "test.mid"
    midi.save(path)
    return path


def heard(folder: Path, *events: list[Event], duration_s: float | None = None) -> AudioClip:
    return render(saved(folder, ("A", list(chain.from_iterable(events)))), rate=RATE, duration_s=duration_s)


def rms(clip: AudioClip, start_s: float, end_s: float, channel: int = 0) -> float:
    part = clip.samples[channel, round(start_s * clip.rate) : round(end_s * clip.rate)]
    return float(np.sqrt(np.mean(part.astype(np.float64) ** 2)))


def db(ratio: float) -> float:
    return float(20 * np.log10(ratio))


def test_onsets_follow_tempo_changes_to_the_millisecond(tmp_path: Path) -> None:
    # ticks per beat 480: 2 beats at 0.5 s, 2 at 1/3 s, 2 at 0.75 s, the rest at 0.25 s
    tempi = ((0, 500_000), (960, 333_333), (1920, 750_000), (2880, 250_000))
    ticks = [480, 960, 1440, 1920, 2400, 2880, 3360]
    expected = [0.5, 1.0, 1.333333, 1.666666, 2.416666, 3.166666, 3.416666]
    events = [event for tick in ticks for event in note(tick, 60, SIDE_STICK, 127, channel=9)]
    clip = render(saved(tmp_path, ("Drums", events), tempi=tempi), rate=RATE)
    loud = np.abs(clip.samples[0])
    for time_s in expected:
        at = round(time_s * RATE)
        assert loud[at - 480 : at - 2].max() < 0.02 * loud.max()
        assert loud[at : at + 96].max() > 0.1 * loud.max()


def test_a_file_without_a_tempo_plays_at_120(tmp_path: Path) -> None:
    path = saved(tmp_path, ("Drums", note(4 * BEAT, 60, SIDE_STICK, 127, channel=9)), tempi=())
    loud = np.abs(render(path, rate=RATE).samples[0])
    assert np.argmax(loud > 0.1 * loud.max()) / RATE == pytest.approx(2.0, abs=2e-3)


def test_the_pitch_is_that_of_the_key(tmp_path: Path) -> None:
    clip = heard(tmp_path, program(0, FLUTE), note(0, 4 * BEAT, 69), duration_s=2)
    part = clip.samples[0, RATE // 2 : RATE // 2 + RATE].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
    assert np.argmax(spectrum) == pytest.approx(440, abs=4)


@pytest.mark.parametrize(("velocity", "fall_db"), [(64, 11.9), (32, 23.9)])
def test_velocity_sets_the_level(tmp_path: Path, velocity: int, fall_db: float) -> None:
    # SoundFont 2.04, 8.4.2: concave, which is 40 log10(127 / velocity) dB
    loud = heard(tmp_path, program(0, ORGAN), note(0, BEAT, 60, 127))
    soft = heard(tmp_path, program(0, ORGAN), note(0, BEAT, 60, velocity))
    assert db(rms(loud, 0.1, 0.5) / rms(soft, 0.1, 0.5)) == pytest.approx(fall_db, abs=0.1)


@pytest.mark.parametrize("number", [7, 11])
def test_volume_and_expression_act_while_a_note_sounds(tmp_path: Path, number: int) -> None:
    still = control(0, number, 127)
    even = heard(tmp_path, program(0, ORGAN), still, note(0, 8 * BEAT, 60))
    moved = heard(tmp_path, program(0, ORGAN), still, control(4 * BEAT, number, 64), note(0, 8 * BEAT, 60))
    assert rms(moved, 0.5, 1.9) == pytest.approx(rms(even, 0.5, 1.9), rel=1e-4)
    # General MIDI 1 developer guidelines: 40 log10(value / 127) dB
    assert db(rms(even, 2.1, 3.9) / rms(moved, 2.1, 3.9)) == pytest.approx(11.9, abs=0.1)


def test_expression_at_zero_is_silence_and_leaves_no_click(tmp_path: Path) -> None:
    clip = heard(tmp_path, program(0, ORGAN), control(2 * BEAT, 11, 0), note(0, 4 * BEAT, 60))
    assert rms(clip, 1.02, 2.5) == 0
    steps = np.abs(np.diff(clip.samples[0].astype(np.float64)))
    assert steps[RATE - 100 : RATE + 1000].max() <= 1.1 * steps[RATE // 2 : RATE - 100].max()


def test_dense_controllers_do_not_lag(tmp_path: Path) -> None:
    swell = [event for tick in range(0, 512, 2) for event in control(tick, 11, min(127, tick // 4))]
    swell += control(600, 11, 127) + control(601, 11, 0)
    clip = heard(tmp_path, program(0, ORGAN), swell, note(0, 4 * BEAT, 60))
    assert rms(clip, 601 / 960 + 0.015, 2) == 0


def test_pan_moves_the_sound(tmp_path: Path) -> None:
    left = heard(tmp_path, program(0, FLUTE), control(0, 10, 0), note(0, BEAT, 72))
    assert rms(left, 0, 0.5, channel=1) < 1e-6 < rms(left, 0, 0.5, channel=0)


def test_programs_are_honoured_within_a_track(tmp_path: Path) -> None:
    alone = heard(tmp_path, program(0, FLUTE), note(2 * BEAT, BEAT, 72), duration_s=2)
    after = heard(
        tmp_path,
        program(0, PIANO),
        note(0, BEAT // 4, 40),
        program(2 * BEAT, FLUTE),
        note(2 * BEAT, BEAT, 72),
    )
    a, b = alone.samples[0, RATE + 9600 : RATE + 19200], after.samples[0, RATE + 9600 : RATE + 19200]
    assert np.corrcoef(a, b)[0, 1] > 0.98


def test_a_note_rings_out_after_its_end(tmp_path: Path) -> None:
    clip = heard(tmp_path, program(0, STRINGS), note(0, 2 * BEAT, 60))
    held, just_after, long_after = rms(clip, 0.5, 1.0), rms(clip, 1.0, 1.05), rms(clip, 2.5, 2.9)
    assert 0.1 * held < just_after
    assert long_after < 0.01 * held


def test_the_pedal_holds_notes(tmp_path: Path) -> None:
    pedal = control(0, 64, 127) + control(8 * BEAT, 64, 0)
    with_pedal = heard(tmp_path, program(0, ORGAN), pedal, note(0, BEAT, 60), duration_s=6)
    without = heard(tmp_path, program(0, ORGAN), note(0, BEAT, 60), duration_s=6)
    assert rms(with_pedal, 3, 3.9) > 100 * rms(without, 3, 3.9)
    assert rms(with_pedal, 5.5, 6) < 0.01 * rms(with_pedal, 3, 3.9)


def test_a_closed_hi_hat_ends_the_open_one(tmp_path: Path) -> None:
    open_hat = note(0, BEAT // 4, OPEN_HAT, 127, channel=9)
    ringing = heard(tmp_path, open_hat, duration_s=1)
    choked = heard(tmp_path, open_hat, note(BEAT // 4, BEAT // 4, CLOSED_HAT, 1, channel=9), duration_s=1)
    assert rms(choked, 0.2, 0.4) < 0.2 * rms(ringing, 0.2, 0.4)


@pytest.mark.parametrize("number", range(0, 128, 3))
def test_every_program_sounds_and_stays_within_bounds(tmp_path: Path, number: int) -> None:
    clip = heard(tmp_path, program(0, number), *(note(0, BEAT, key) for key in (36, 60, 84)))
    assert np.all(np.isfinite(clip.samples))
    assert 1e-3 < np.abs(clip.samples).max() < 1.5


def test_stems_carry_names_and_sum_to_the_mix(tmp_path: Path) -> None:
    tracks = (
        ("Flute", program(0, FLUTE) + note(0, BEAT, 72) + control(BEAT // 2, 11, 60)),
        ("Strings", program(0, STRINGS, 1) + note(0, 4 * BEAT, 48, channel=1)),
        ("Strings", program(0, STRINGS, 2) + note(BEAT, BEAT, 55, channel=2)),
        ("Drums", note(0, BEAT, SIDE_STICK, channel=9)),
        ("Empty", control(0, 7, 3, 4)),
    )
    path = saved(tmp_path, *tracks)
    stems = render_stems(path, duration_s=2.5)
    assert list(stems) == ["Flute", "Strings", "Strings 2", "Drums"]
    total = sum(stem.samples.astype(np.float64) for stem in stems.values())
    np.testing.assert_allclose(render(path, duration_s=2.5).samples, total, atol=1e-6)


def test_ports_keep_instruments_pedals_and_volumes_of_one_channel_apart(tmp_path: Path) -> None:
    port = [(0, mido.MetaMessage("midi_port", port=1))]
    low = program(0, ORGAN) + control(0, 7, 30) + control(0, 64, 127) + note(0, BEAT, 60)
    high = program(0, FLUTE) + control(0, 7, 127) + note(BEAT // 2, BEAT // 4, 60)
    both = render_stems(saved(tmp_path, ("Low", low), ("High", port + high)), duration_s=3)
    for name, alone in (("Low", low), ("High", high)):
        expected = render(saved(tmp_path, (name, alone)), duration_s=3)
        np.testing.assert_array_equal(both[name].samples, expected.samples)


def everything(folder: Path) -> Path:
    """Long chords, pedal, swells, a choked hi-hat, a bank of programs: whatever may reach over a border."""
    swell = [event for tick in range(0, 960, 7) for event in control(tick, 11, 127 - tick // 12)]
    return saved(
        folder,
        ("Strings", program(0, STRINGS) + swell + note(0, 3 * BEAT, 48) + note(200, 3 * BEAT, 55, 60)),
        (
            "Piano",
            program(0, PIANO, 1)
            + control(9, 64, 127, 1)
            + note(9, 90, 60, channel=1)
            + control(1900, 64, 0, 1),
        ),
        (
            "Hats",
            note(50, 9, OPEN_HAT, channel=9) + note(300, 9, CLOSED_HAT, channel=9) + control(310, 10, 0, 9),
        ),
    )


@given(size=st.integers(700, 200_000), rate=st.sampled_from([8_000, 22_050, 44_100]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sound_does_not_depend_on_the_blocks(tmp_path: Path, size: int, rate: int) -> None:
    performance = perform(everything(tmp_path), rate=rate)
    for sound in (performance, *performance.parts.values()):
        blocks = list(sound.blocks(size))
        assert all(block.shape == (2, size) for block in blocks[:-1])
        np.testing.assert_array_equal(np.concatenate(blocks, axis=1), AudioClip.of(sound).samples)


def test_a_performance_gives_the_same_again_to_all_who_listen(tmp_path: Path) -> None:
    performance = perform(everything(tmp_path), rate=8_000)
    for one, other in zip(performance.blocks(3000), performance.blocks(3000), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_file_without_notes_is_silence(tmp_path: Path) -> None:
    clip = heard(tmp_path, control(4 * BEAT, 7, 3))
    assert clip.samples.shape == (2, 4 * RATE)
    assert not clip.samples.any()


@pytest.mark.parametrize("duration_s", [0.0, 0.3, 1.0, 7.123])
def test_the_length_is_exact(tmp_path: Path, duration_s: float) -> None:
    clip = heard(tmp_path, note(0, 2 * BEAT, 60), duration_s=duration_s)
    assert clip.samples.shape == (2, round(duration_s * RATE))


def test_without_a_length_there_is_room_for_the_tail(tmp_path: Path) -> None:
    assert heard(tmp_path, note(0, 2 * BEAT, 60)).duration_s == pytest.approx(3.0)


def test_notes_that_are_never_ended_end_with_the_file(tmp_path: Path) -> None:
    clip = heard(tmp_path, program(0, ORGAN), note(0, BEAT, 60)[:1], control(2 * BEAT, 1, 0), duration_s=4)
    assert rms(clip, 0.5, 1) > 1e-3 > rms(clip, 3, 4)


def test_the_rate_changes_the_grid_not_the_sound(tmp_path: Path) -> None:
    path = saved(tmp_path, ("A", program(0, STRINGS) + note(0, BEAT, 60)))
    low, high = render(path, rate=24_000, duration_s=1), render(path, rate=RATE, duration_s=1)
    assert low.samples.shape[1] == 24_000
    assert rms(low, 0, 1) == pytest.approx(rms(high, 0, 1), rel=0.05)


def test_errors_name_what_is_wrong(tmp_path: Path) -> None:
    path = saved(tmp_path, ("A", note(0, BEAT, 60)))
    with pytest.raises(AudioError, match="8000 … 192000"):
        render(path, rate=100)
    with pytest.raises(AudioError, match="up to 14400 s"):
        render(path, duration_s=1e9)
    with pytest.raises(MidiError, match="There is no MIDI file"):
        render(tmp_path / "none.mid")
    endless = saved(tmp_path, ("A", note(0, 200_000_000, 60)))
    with pytest.raises(MidiError, match="would last"):
        render(endless)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=10))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_midi_raises_nothing_else(tmp_path: Path, damage: list[tuple[int, int]]) -> None:
    path = saved(
        tmp_path, ("A", program(0, FLUTE) + note(0, BEAT, 60) + control(9, 64, 127) + note(9, BEAT, 62))
    )
    data = bytearray(path.read_bytes())
    for place, value in damage:
        data[place % len(data)] = value
    path.write_bytes(data)
    try:
        clip = render(path, rate=8000, duration_s=0.5)
    except MidiError as error:
        assert "\n" not in str(error)
    else:
        assert np.all(np.isfinite(clip.samples))
