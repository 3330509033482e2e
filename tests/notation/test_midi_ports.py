"""Scores of more tracks than a port carries: no note of one track touches those of another."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import mido
import pytest

from emsync_nb.domain import BarGrid, DynamicsPoint, Note, Score, TempoMap, Track
from emsync_nb.errors import MidiError
from emsync_nb.notation import read_midi, write_midi, write_musicxml
from emsync_nb.notation.channels import Place, assign_places
from emsync_nb.notation.daw_export import read_export


def _score(tracks: Sequence[Track]) -> Score:
    return Score(tuple(tracks), TempoMap.constant(120), BarGrid.from_lengths([4, 4, 4]))


def _unisons(count: int, programs: int) -> list[Track]:
    """Tracks that strike one pitch in turn, each while those before it sound."""
    return [
        Track(
            f"T{index}",
            index % programs,
            False,
            (
                Note(Fraction(index, 8), Fraction(7) - Fraction(index, 8), 60, 20 + index),
                Note(Fraction(9), Fraction(2), 60, 90),
            ),
            (DynamicsPoint(Fraction(0), 40 + index),),
        )
        for index in range(count)
    ]


def _written(tracks: Sequence[Track], folder: Path) -> Path:
    path = folder / "score.mid"
    write_midi(_score(tracks), path)
    return path


def _places(chunk: mido.MidiTrack) -> set[tuple[int, int]]:
    """(port, channel) that a chunk plays on."""
    port = next((message.port for message in chunk if message.type == "midi_port"), 0)
    return {(port, message.channel) for message in chunk if not message.is_meta}


def _by_name(path: Path) -> dict[str, set[tuple[float, float, int, int]]]:
    """Notes as symusic finds them: (start, duration, pitch, velocity) in beats."""
    symusic = pytest.importorskip("symusic")
    file = symusic.Score(path)
    return {
        track.name: {
            (note.time / 480, note.duration / 480, note.pitch, note.velocity) for note in track.notes
        }
        for track in file.tracks
        if len(track.notes)
    }


def _wanted(tracks: Sequence[Track]) -> dict[str, set[tuple[float, float, int, int]]]:
    return {
        track.name: {
            (float(note.start_beat), float(note.duration_beats), note.pitch, note.velocity)
            for note in track.notes
        }
        for track in tracks
    }


@pytest.mark.parametrize(("count", "programs"), [(40, 3), (40, 40)])
def test_every_note_of_forty_tracks_is_there_for_readers_of_all_makes(
    tmp_path: Path, count: int, programs: int
) -> None:
    tracks = _unisons(count, programs)
    path = _written(tracks, tmp_path)
    assert _by_name(path) == _wanted(tracks)
    assert read_midi(path).tracks == tuple(tracks)
    assert read_export(path).tracks == tuple(tracks)
    music21 = pytest.importorskip("music21")
    parts = music21.converter.parse(path, quantizePost=False).parts
    found = [
        {
            (float(note.getOffsetInHierarchy(part)), note.pitch.midi, note.volume.velocity)
            for note in part.flatten().notes
        }
        for part in (part.stripTies() for part in parts)
    ]
    assert found == [
        {(start, pitch, velocity) for start, _, pitch, velocity in notes}
        for notes in _wanted(tracks).values()
    ]


def test_no_two_tracks_share_port_and_channel(tmp_path: Path) -> None:
    kits = [
        Track(name, 0, True, (Note(Fraction(0), Fraction(1), 36, 90),)) for name in ("Kit", "Toms", "Toys")
    ]
    path = _written([*_unisons(35, 5), *kits], tmp_path)
    used = [_places(chunk) for chunk in mido.MidiFile(path).tracks[1:]]
    assert all(len(places) == 1 for places in used)
    places = [place for found in used for place in found]
    assert len(set(places)) == len(places)
    assert places[-3:] == [(0, 9), (1, 9), (2, 9)]
    assert all(channel != 9 for _, channel in places[:-3])


def test_whoever_knows_no_ports_hears_the_right_instruments() -> None:
    tracks = _unisons(50, 15)
    programs: dict[int, int] = {}
    for track, place in zip(tracks, assign_places(tracks), strict=True):
        assert programs.setdefault(place.channel, track.program) == track.program
    more = [Track(f"T{index}", min(index, 14), False, ()) for index in range(17)]
    assert assign_places(more)[14:] == (Place(0, 15), Place(1, 15), Place(2, 15))


def test_what_one_port_carries_names_none(tmp_path: Path) -> None:
    tracks = [*_unisons(15, 15), Track("Kit", 0, True, ())]
    file = mido.MidiFile(_written(tracks, tmp_path))
    assert not [message for chunk in file.tracks for message in chunk if message.type == "midi_port"]
    assert {place.port for place in assign_places(tracks)} == {0}


def test_every_track_has_its_own_dynamics(tmp_path: Path) -> None:
    tracks = _unisons(20, 2)
    chunks = mido.MidiFile(_written(tracks, tmp_path)).tracks[1:]
    found = [[m.value for m in chunk if m.is_cc(11)] for chunk in chunks]
    assert found == [[40 + index] for index in range(20)]


def test_what_no_file_can_hold_is_a_line(tmp_path: Path) -> None:
    most = [Track(f"T{index}", index % 128, False, ()) for index in range(128 * 15)]
    assert len(set(assign_places(most))) == len(most)
    with pytest.raises(MidiError, match="carries 1920 melodic tracks and 128 of drums"):
        write_midi(_score([*most, Track("One more", 0, False, ())]), tmp_path / "score.mid")
    kits = [Track(f"Kit {index}", 0, True, ()) for index in range(129)]
    with pytest.raises(MidiError, match="128 of drums"):
        write_midi(_score(kits), tmp_path / "score.mid")


def test_musicxml_names_the_port_too(tmp_path: Path) -> None:
    path = tmp_path / "score.musicxml"
    write_musicxml(_score(_unisons(17, 15)), path, title="Many")
    parts = ET.parse(path).getroot().findall("part-list/score-part")  # noqa: S314 - written just now
    ports = [[device.get("port") for device in part.findall("midi-device")] for part in parts]
    assert ports == [[]] * 15 + [["2"], ["2"]]
