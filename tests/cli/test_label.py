"""`emsync label` and `emsync_nb.label`: every bar that the file's own meters give, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mido
import pytest
from music21 import converter, corpus, meter, stream
from music21 import note as notes

import emsync_nb
from tests.cli.conftest import Emsync
from tests.written_scores import score_xml


def labelled(emsync: Emsync, path: Path) -> list[dict[str, Any]]:
    """What `--json -` prints."""
    done = emsync("label", path, "--json", "-")
    assert (done.code, done.err) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.out)
    assert [entry["bar"] for entry in found] == list(range(1, len(found) + 1))
    assert all(set(entry) == {"bar", "valence", "arousal"} for entry in found)
    assert all(-1 <= entry[axis] <= 1 for entry in found for axis in ("valence", "arousal"))
    return found


def write_midi(path: Path, meters: list[tuple[int, int, int]]) -> int:
    """Quarters under (numerator, denominator, bars); how many bars there are."""
    track, quarters = mido.MidiTrack(), 0.0
    waiting = 0.0
    for numerator, denominator, bars in meters:
        track.append(
            mido.MetaMessage(
                "time_signature", numerator=numerator, denominator=denominator, time=round(waiting * 480)
            )
        )
        waiting = 4 * numerator / denominator * bars
        quarters += waiting
    played = mido.MidiTrack()
    played.append(mido.Message("note_on", note=60, velocity=80))
    played.append(mido.Message("note_off", note=60, time=round(quarters * 480)))
    mido.MidiFile(tracks=[track, played], ticks_per_beat=480).save(path)
    return sum(bars for *_, bars in meters)


@pytest.mark.parametrize(
    "meters",
    [
        [(4, 4, 5)],
        [(3, 4, 7)],
        [(6, 8, 4)],
        [(7, 8, 3), (5, 4, 2)],
        [(3, 8, 9), (2, 2, 4), (1, 4, 3)],
        [(5, 16, 6), (11, 8, 2)],
    ],
)
def test_bars_are_those_of_the_meters(
    emsync: Emsync, tmp_path: Path, meters: list[tuple[int, int, int]]
) -> None:
    bars = write_midi(tmp_path / "a.mid", meters)
    assert len(labelled(emsync, tmp_path / "a.mid")) == bars


@pytest.mark.parametrize("name", ["bwv66.6", "bwv57.8", "haydn/opus74no1/movement3"])
def test_bars_are_those_that_music21_counts(emsync: Emsync, tmp_path: Path, name: str) -> None:
    """Written bars, each once, whatever repeats ask for."""
    work = corpus.parse(name)
    path = work.write("musicxml", fp=tmp_path / "a.musicxml")
    measures = converter.parse(path).parts[0].getElementsByClass(stream.Measure)
    assert len(labelled(emsync, Path(path))) == len(measures)


def test_a_meter_that_changes_in_a_score(emsync: Emsync, tmp_path: Path) -> None:
    part = stream.Part()
    for beats, bars in ((3, 4), (5, 2)):
        for index in range(bars):
            measure = stream.Measure()
            if index == 0:
                measure.append(meter.TimeSignature(f"{beats}/4"))
            measure.repeatAppend(notes.Note("G4", quarterLength=1), beats)
            part.append(measure)
    path = part.write("musicxml", fp=tmp_path / "a.musicxml")
    assert len(labelled(emsync, Path(path))) == 6


def test_repeats_are_not_played(emsync: Emsync, tmp_path: Path) -> None:
    bar = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>4</duration></note>"
    end = '<barline location="right"><repeat direction="backward"/></barline>'
    text = score_xml({"Piano": f'<measure number="1"><attributes><divisions>1</divisions></attributes>{bar}</measure>'
                               f'<measure number="2">{bar}{end}</measure>'})  # fmt: skip
    (tmp_path / "a.musicxml").write_text(text)
    assert len(labelled(emsync, tmp_path / "a.musicxml")) == 2


def test_the_table_the_json_file_and_the_picture(emsync: Emsync, tmp_path: Path) -> None:
    write_midi(tmp_path / "a.mid", [(4, 4, 3)])
    done = emsync("label", tmp_path / "a.mid", "--json", tmp_path / "a.json", "--plot", tmp_path / "a.png")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["bar", "valence", "arousal"]
    stored = json.loads((tmp_path / "a.json").read_text())
    assert lines[-1] == f"{tmp_path / 'a.png'} written"
    for line, entry in zip(lines[1:-1], stored, strict=True):
        bar, valence, arousal = line.split()
        assert int(bar) == entry["bar"]
        assert float(valence) == pytest.approx(entry["valence"], abs=0.006)
        assert float(arousal) == pytest.approx(entry["arousal"], abs=0.006)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_the_python_face_gives_the_same(emsync: Emsync, tmp_path: Path) -> None:
    write_midi(tmp_path / "a.mid", [(4, 4, 3)])
    told = [(label.bar, label.valence, label.arousal) for label in emsync_nb.label(tmp_path / "a.mid")]
    assert told == [tuple(entry.values()) for entry in labelled(emsync, tmp_path / "a.mid")]
    assert emsync_nb.label(str(tmp_path / "a.mid")) == emsync_nb.label(tmp_path / "a.mid")


def test_rests_before_the_music_count_for_nothing_and_long_silence_is_neutral(
    emsync: Emsync, tmp_path: Path
) -> None:
    found = {}
    for name, rest in (("at once", 0), ("later", 4)):
        track = mido.MidiTrack()
        wait = rest * 4 * 480
        for index in range(32):
            track.append(mido.Message("note_on", note=(60, 64, 67, 72)[index % 4], velocity=80, time=wait))
            track.append(mido.Message("note_off", note=(60, 64, 67, 72)[index % 4], time=480))
            wait = 0 if index != 15 else 12 * 4 * 480  # twelve bars of silence in the middle
        path = tmp_path / f"{name}.mid"
        mido.MidiFile(tracks=[track], ticks_per_beat=480).save(path)
        found[name] = [(entry["valence"], entry["arousal"]) for entry in labelled(emsync, path)]
    assert found["later"][:4] == [(0, 0)] * 4
    assert found["later"][4:] == found["at once"]
    assert (
        found["at once"][8:15] == [(0, 0)] * 7
    )  # the first four quarters of bars of the pause still remember
    assert all(valence > 0 for valence, _ in found["at once"][:4])


def test_what_we_compose_can_be_labelled(emsync: Emsync, tmp_path: Path) -> None:
    """A score of ours: as MIDI and as MusicXML it has the same bars, and it needs no file."""
    from emsync_nb.domain import BarGrid, Note, Score, TempoMap, Track
    from emsync_nb.notation import write_midi as write_score_midi
    from emsync_nb.notation import write_musicxml

    tune = tuple(
        Note(start_beat=beat, duration_beats=1, pitch=60 + beat % 7, velocity=80) for beat in range(19)
    )  # type: ignore[arg-type]
    score = Score(
        (Track("Violin", 40, False, tune),), TempoMap.constant(100), BarGrid.from_lengths([4, 4, 3, 4, 4])
    )
    write_score_midi(score, tmp_path / "a.mid")
    write_musicxml(score, tmp_path / "a.musicxml", title="A tune")
    assert len(labelled(emsync, tmp_path / "a.mid")) == len(labelled(emsync, tmp_path / "a.musicxml")) == 5
    assert emsync_nb.label(score) == emsync_nb.label(tmp_path / "a.mid")
