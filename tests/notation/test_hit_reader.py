"""The judge of hits, on files that mido wrote."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest

from emsync_nb.errors import MidiError
from emsync_nb.notation import TempoFact, TrackFact, midi_facts, read_hits

PER_BEAT = 100
#: beats last 0.5 s up to beat 4 (2 s), then 1 s
TEMPI = ((0, 500_000), (400, 1_000_000))
Tone = tuple[int, int, int]  # start tick, end tick, pitch
CHORD: list[Tone] = [(600, 800, 48), (600, 800, 64), (600, 800, 67)]


def _file(tmp_path: Path, *parts: list[Tone], drum: bool = False) -> Path:
    file = mido.MidiFile(type=1, ticks_per_beat=PER_BEAT)
    conductor = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=us, time=tick) for tick, us in TEMPI])
    file.tracks.append(conductor)
    for channel, part in enumerate(parts):
        used = 9 if drum else channel
        timed = [(start, "note_on", pitch) for start, _, pitch in part]
        timed += [(end, "note_off", pitch) for _, end, pitch in part]
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=f"Part {channel}")])
        now = 0
        for tick, kind, pitch in sorted(timed):
            track.append(mido.Message(kind, channel=used, note=pitch, velocity=64, time=tick - now))
            now = tick
        file.tracks.append(track)
    file.save(tmp_path / "hits.mid")
    return tmp_path / "hits.mid"


def test_a_chord_is_found_where_the_tempo_map_puts_it(tmp_path: Path) -> None:
    (reading,) = read_hits(_file(tmp_path, CHORD), [4.1])
    # beat 6 = 4 beats of 0.5 s and 2 of 1 s
    assert (reading.onset_s, reading.beat, reading.on_beat) == (4.0, 6.0, True)
    assert reading.error_s == pytest.approx(-0.1)


def test_a_chord_may_be_spread_over_tracks(tmp_path: Path) -> None:
    path = _file(tmp_path, CHORD[:1], CHORD[1:2], CHORD[2:])
    assert read_hits(path, [4.0])[0].onset_s == 4.0


def test_off_the_beat_is_told(tmp_path: Path) -> None:
    path = _file(tmp_path, [(start + 50, end + 50, pitch) for start, end, pitch in CHORD])
    reading = read_hits(path, [4.5])[0]
    assert (reading.onset_s, reading.beat, reading.on_beat) == (4.5, 6.5, False)


@pytest.mark.parametrize(
    "tones",
    [
        pytest.param(CHORD[:2], id="two pitches"),
        pytest.param([CHORD[0], CHORD[0], CHORD[1]], id="a pitch twice"),
        pytest.param([(600, 800, 56), *CHORD[1:]], id="no bass"),
        pytest.param([(600, 690, 48), *CHORD[1:]], id="bass let go"),
        pytest.param([(600, 690, 48), (600, 800, 60), *CHORD[1:]], id="bass let go under a chord"),
        pytest.param([*CHORD[:2], (600, 650, 67)], id="third pitch let go"),
        pytest.param([*CHORD[:2], (610, 800, 67)], id="third pitch late"),
    ],
)
def test_less_is_no_chord(tmp_path: Path, tones: list[Tone]) -> None:
    # a later note keeps the file's end away from the chord
    path = _file(tmp_path, [*tones, (900, 1000, 72)])
    reading = read_hits(path, [4.0])[0]
    assert (reading.onset_s, reading.error_s, reading.beat, reading.on_beat) == (None, None, None, False)


def test_drums_make_no_chord(tmp_path: Path) -> None:
    assert read_hits(_file(tmp_path, CHORD, drum=True), [4.0])[0].onset_s is None


def test_a_chord_may_be_cut_by_the_end_of_the_film(tmp_path: Path) -> None:
    path = _file(tmp_path, [(600, 650, pitch) for _, _, pitch in CHORD])
    assert read_hits(path, [4.0], end_s=4.5)[0].onset_s == 4.0
    assert read_hits(path, [4.0])[0].onset_s == 4.0
    assert read_hits(path, [4.0], end_s=5.0)[0].onset_s is None


def test_the_nearest_of_two_counts_and_none_beyond_half_a_second(tmp_path: Path) -> None:
    later = [(start + 200, end + 200, pitch) for start, end, pitch in CHORD]
    path = _file(tmp_path, CHORD + later)
    found = [reading.onset_s for reading in read_hits(path, [3.4, 4.4, 5.6, 6.5, 6.6])]
    assert found == [None, 4.0, 6.0, 6.0, None]


def test_facts_are_those_of_the_file(tmp_path: Path) -> None:
    facts = midi_facts(_file(tmp_path, CHORD, CHORD[:1]))
    assert facts["tempo"] == [TempoFact(beat=0.0, bpm=120.0), TempoFact(beat=4.0, bpm=60.0)]
    assert facts["tracks"] == [
        TrackFact(name="Part 0", program=0, notes=3),
        TrackFact(name="Part 1", program=0, notes=1),
    ]


@pytest.mark.parametrize("data", [b"", b"noise that is no MIDI file"])
def test_what_is_no_midi_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "noise.mid").write_bytes(data)
    with pytest.raises(MidiError, match="cannot read"):
        read_hits(tmp_path / "noise.mid", [0.0])
