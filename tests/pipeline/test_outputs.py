"""What a full run leaves behind, as other people's programs read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import av
import mido
import music21
import numpy as np
import pyloudnorm
import pytest
import soundfile
from scipy.signal import resample_poly

from emsync_nb.notation import write_midi
from emsync_nb.pipeline import ScoreResult, ScoreSettings, analyze_film, compose_plan, plan_film
from emsync_nb.pipeline.sound import file_name
from tests.pipeline.tiny_film import CUTS, DURATION_S, FPS, TONE_AMPLITUDE, TONE_HZ, amplitude_at

PLAYERS = {"Lead", "Electric piano", "Electric guitar", "Electric bass", "Drums"}
FRAME_S = float(1 / FPS)


class Event(NamedTuple):
    """A message of a MIDI file at its time."""

    time_s: float
    track: str
    message: Any


def events(path: Path) -> list[Event]:
    """All messages with their times, by mido's own arithmetic."""
    file = mido.MidiFile(path, charset="utf-8")
    tempi = [(0, 500_000)]
    found = []
    for track in file.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "set_tempo":
                tempi.append((tick, message.tempo))
            found.append((tick, track.name, message))
    return [Event(_seconds(tick, tempi, file.ticks_per_beat), name, message) for tick, name, message in found]


def _seconds(tick: int, tempi: list[tuple[int, int]], per_beat: int) -> float:
    total = 0.0
    for (start, tempo), (end, _) in zip(tempi, [*tempi[1:], (tick, 0)], strict=True):
        if start < tick:
            total += mido.tick2second(min(end, tick) - start, per_beat, tempo)
    return total


def notes_on(path: Path) -> Iterator[Event]:
    """Where notes begin."""
    return (e for e in events(path) if e.message.type == "note_on" and e.message.velocity)


def packets(path: Path) -> list[bytes]:
    """The coded pictures of a film."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_a_full_run_writes_what_is_promised_and_no_more(full_run: ScoreResult) -> None:
    folder = full_run.files["session.json"].parent
    played = {track["name"] for track in full_run.report["tracks"]}
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == {
        *("session.json", "report.json", "score.mid", "score.musicxml", "emotion.png"),
        *("mix.wav", "master.wav", "scored.mp4"),
        *(f"stems/{name}.wav" for name in played),
    }
    assert {name: folder / name for name in written} == dict(full_run.files)
    assert full_run.files["emotion.png"].read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_the_picture_of_the_scored_film_is_the_films_own(full_run: ScoreResult, film: Path) -> None:
    scored = full_run.files["scored.mp4"]
    assert packets(scored) == packets(film)
    with av.open(str(scored)) as container:
        assert abs(container.duration / 1_000_000 - DURATION_S) <= FRAME_S
        assert [stream.type for stream in container.streams] == ["video", "audio"]


def test_sound_is_as_long_as_the_film(full_run: ScoreResult) -> None:
    for name in ("mix.wav", "master.wav"):
        facts = soundfile.info(full_run.files[name])
        assert (facts.channels, facts.samplerate, facts.subtype) == (2, 48_000, "PCM_24")
        assert abs(facts.frames / facts.samplerate - DURATION_S) <= FRAME_S


def test_the_master_meets_loudness_and_true_peak(full_run: ScoreResult) -> None:
    samples, rate = soundfile.read(full_run.files["master.wav"])
    assert pyloudnorm.Meter(rate).integrated_loudness(samples) == pytest.approx(-16, abs=0.5)
    peak = np.abs(resample_poly(samples, 8, 1, axis=0)).max()
    # the two filters of oversampling differ by hundredths of a decibel
    assert 20 * np.log10(peak) <= -1 + 0.05


def test_the_stems_sum_to_the_mix(full_run: ScoreResult) -> None:
    mix, _ = soundfile.read(full_run.files["mix.wav"])
    stems = [soundfile.read(path)[0] for name, path in full_run.files.items() if name.startswith("stems/")]
    assert len(stems) == len(full_run.report["tracks"])
    assert min(np.abs(stem).max() for stem in stems) > 1e-4
    # every file is rounded to 24 bits
    assert np.abs(sum(stems) - mix).max() <= (len(stems) + 1) * 2**-23


def test_kept_sound_lies_in_the_scored_film_only(full_run: ScoreResult) -> None:
    with av.open(str(full_run.files["scored.mp4"])) as container:
        blocks = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    wanted = TONE_AMPLITUDE * 10 ** (-12 / 20)
    # the whole is lowered where it would exceed the true peak
    assert 0.6 * wanted <= amplitude_at(np.concatenate(blocks), rate, TONE_HZ) <= 1.05 * wanted
    master, rate = soundfile.read(full_run.files["master.wav"])
    assert amplitude_at(master[:, 0], rate, TONE_HZ) < 0.1 * wanted


def test_music21_reads_the_score(full_run: ScoreResult) -> None:
    score = music21.converter.parse(full_run.files["score.musicxml"])
    assert {part.partName for part in score.parts} >= {t["name"] for t in full_run.report["tracks"]}
    assert score.metadata.bestTitle == "film"
    assert all(list(part.recurse().notesAndRests) for part in score.parts)


def test_mido_reads_the_midi_file(full_run: ScoreResult) -> None:
    file = mido.MidiFile(full_run.files["score.mid"], charset="utf-8")
    assert (file.type, file.ticks_per_beat >= 480) == (1, True)
    conductor, *tracks = file.tracks
    assert not [message for message in conductor if not message.is_meta]
    assert {track.name for track in tracks} <= PLAYERS
    for track in tracks:
        kinds = [message.type for message in track]
        assert kinds.index("program_change") < kinds.index("note_on")
    expression = [
        message.control for track in tracks for message in track if message.type == "control_change"
    ]
    assert 11 in expression


def test_markers_name_every_boundary_and_section(full_run: ScoreResult) -> None:
    markers = [
        (e.time_s, e.message.text) for e in events(full_run.files["score.mid"]) if e.message.type == "marker"
    ]
    for frame in CUTS:
        assert any(abs(time_s - float(frame / FPS)) <= FRAME_S and "cut" in text for time_s, text in markers)
    for section in full_run.report["sections"]:
        wanted = f"{section['name']}: {section['key']}"
        assert any(abs(t - section["start_s"]) <= FRAME_S and text == wanted for t, text in markers)


def test_drums_play_on_channel_10_alone(full_run: ScoreResult, film: Path, tmp_path: Path) -> None:
    path = full_run.files["score.mid"]
    plan = plan_film(analyze_film(film).cues, ScoreSettings(ensemble="band"))
    for seed in range(1, 6):
        if any(event.track == "Drums" for event in notes_on(path)):
            break
        path = tmp_path / f"{seed}.mid"
        write_midi(compose_plan(plan, seed), path)
    channels = {(event.track == "Drums", event.message.channel == 9) for event in notes_on(path)}
    assert channels == {(True, True), (False, False)}


def test_track_names_become_file_names() -> None:
    assert file_name("Clarinet in B♭") == "Clarinet in B♭"
    assert file_name("../../etc/passwd") == "_.._etc_passwd"
    assert file_name(" . ") == "track"
    assert len(file_name("♭" * 500).encode()) <= 200
