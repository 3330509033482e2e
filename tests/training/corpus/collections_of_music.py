"""A data folder as people have it: small collections, each with the words that free it."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import mido

from tests.written_scores import score_xml

CC0 = "OpenScore (CC0)"
BSD = "= Licence\n\nRedistribution and use in source and binary forms, with or without\nmodification\n"
CC_BY = "This work is licensed under the Creative Commons Attribution 4.0 International License.\n"
_HEADINGS = ("drummer", "session", "style", "bpm", "beat_type", "time_signature", "midi_filename", "split")


def tune(bars: int, *, seed: int = 0, octave: int = 4, step: int = 0) -> str:
    """Measures of eight quavers that wander by chance; `step` moves the tune up by so many letters."""
    state, measures = seed, []
    for number in range(1, bars + 1):
        notes = []
        for _ in range(8):
            state = (state * 1103515245 + 12345) % 2**31
            letter = (state >> 16) % 7 + step
            pitch = f"<step>{'CDEFGAB'[letter % 7]}</step><octave>{octave + letter // 7}</octave>"
            notes.append(f"<note><pitch>{pitch}</pitch><duration>1</duration></note>")
        attributes = (
            "<attributes><divisions>2</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
            if number == 1
            else ""
        )
        measures.append(f'<measure number="{number}">{attributes}{"".join(notes)}</measure>')
    return "".join(measures)


def write_song(
    path: Path,
    measures: str,
    *,
    composer: str = "Nobody",
    work: str = "",
    rights: str = CC0,
    name: str = "Piano",
    others: dict[str, str] | None = None,
) -> None:
    """A score with a head, and `others`: measures of other parts by name."""
    head = (
        f"<work><work-title>{work}</work-title></work><identification>"
        f'<creator type="lyricist">Somebody</creator><creator type="composer">{composer}</creator>'
        + (f"<rights>{rights}</rights>" if rights else "")
        + "</identification><part-list>"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "score.xml", score_xml({name: measures} | (others or {})).replace("<part-list>", head)
        )


def write_midi(path: Path, notes: int, *, channel: int = 0, seed: int = 0) -> None:
    """A file of quavers."""
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(mido.MidiTrack())
    state = seed
    for _ in range(notes):
        state = (state * 1103515245 + 12345) % 2**31
        note = 40 + (state >> 16) % 40
        file.tracks[0].append(mido.Message("note_on", channel=channel, note=note, velocity=80, time=0))
        file.tracks[0].append(mido.Message("note_off", channel=channel, note=note, time=240))
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(path)


def write_groove(folder: Path, performances: list[tuple[str, str, int]]) -> None:
    """Performances of (session, beat or fill, hits), with the listing and the licence."""
    rows = []
    for index, (session, kind, hits) in enumerate(performances):
        name = f"{session}/{index}_rock_120_{kind}_4-4.mid"
        write_midi(folder / name, hits, channel=9, seed=1000 + index)
        rows.append([session.split("/")[0], session, "rock", "120", kind, "4-4", name, "train"])
    with (folder / "info.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([_HEADINGS, *rows])
    (folder / "LICENSE").write_text(CC_BY)


def write_freedoom(folder: Path, files: dict[str, int]) -> None:
    """Files of so many notes, with the licence beside them."""
    for index, (name, notes) in enumerate(files.items()):
        write_midi(folder / name, notes, seed=500 + index)
    (folder / "COPYING.adoc").write_text(BSD)
