"""Write a score as MusicXML 4.0 (partwise), bar by bar, without building a tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from emsync_nb.domain import Score, Track
from emsync_nb.errors import MidiError
from emsync_nb.notation.bars import Piece, WrittenBar, accidentals, by_bar, fill_bar, written_bars
from emsync_nb.notation.channels import assign_places, pan
from emsync_nb.notation.direction_xml import dynamics_marks, score_directions, xml_text
from emsync_nb.notation.drum_kit import drum_sound
from emsync_nb.notation.durations import DIVISIONS
from emsync_nb.notation.note_xml import Line, bar_rest, chord_notes, drum_id, rest
from emsync_nb.notation.saving import save_bytes
from emsync_nb.notation.staves import Clef, Staff, staves
from emsync_nb.notation.voicing import MAX_VOICES

#: lowest pitch that is written down: A0, the lowest key of a piano
LOWEST_PITCH = 21
#: ports that MusicXML can name
_PORTS = 16

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
    '<score-partwise version="4.0">\n'
)


def write_musicxml(score: Score, path: Path, *, title: str) -> None:
    """Write `score` to `path` for a notation program.

    Starts and ends of notes go to the nearest twelfth of a beat, which holds sixteenths and eighth triplets.
    Every track is a part; notes that overlap go to at most four voices a staff, beyond which earlier notes
    end where the next begin. Pitches are spelled by the key at the head of their bar.

    Raises:
        MidiError: a pitch below A0, or more tracks than MIDI has ports and channels for.
        OutputError: `path` cannot be written.
    """
    save_bytes(path, "".join(_document(score, title)).encode("utf-8"))


def _document(score: Score, title: str) -> Iterator[str]:
    _check(score)
    yield _HEAD
    yield f"<work><work-title>{xml_text(title)}</work-title></work>\n"
    yield "<identification><encoding><software>emsync_nb</software></encoding></identification>\n"
    yield from _part_list(score)
    bars = written_bars(score)
    above: Mapping[int, list[str]] = score_directions(score, bars)
    for number, track in enumerate(score.tracks, start=1):
        yield from _part(f"P{number}", track, bars, above)
        above = {}
    yield "</score-partwise>\n"


def _check(score: Score) -> None:
    for track in score.tracks:
        lowest = min((note.pitch for note in track.notes), default=LOWEST_PITCH)
        if lowest < LOWEST_PITCH and not track.is_drum:
            raise MidiError(
                f"track {track.name!r} holds pitch {lowest}, too low to be written. "
                f"Keep to {LOWEST_PITCH} (A0) and above"
            )


def _part_list(score: Score) -> Iterator[str]:
    yield "<part-list>\n"
    places = assign_places(score.tracks)
    for number, (track, place) in enumerate(zip(score.tracks, places, strict=True), start=1):
        part_id = f"P{number}"
        name = xml_text(track.name)
        sounds = _drum_sounds(part_id, track) if track.is_drum else [(f"{part_id}-I1", name, "")]
        yield f'<score-part id="{part_id}"><part-name>{name}</part-name>\n'
        for sound_id, sound_name, _ in sounds:
            yield f'<score-instrument id="{sound_id}"><instrument-name>{sound_name}</instrument-name>'
            yield "</score-instrument>\n"
        for sound_id, _, unpitched in sounds:
            if 0 < place.port < _PORTS:
                yield f'<midi-device id="{sound_id}" port="{place.port + 1}"/>\n'
            yield f'<midi-instrument id="{sound_id}"><midi-channel>{place.channel + 1}</midi-channel>'
            yield f"<midi-program>{track.program + 1}</midi-program>{unpitched}"
            # MusicXML's pan runs from −90 (left) to 90 (right)
            yield f"<pan>{(pan(track) - 64) * 90 // 64}</pan></midi-instrument>\n"
        yield "</score-part>\n"
    yield "</part-list>\n"


def _drum_sounds(part_id: str, track: Track) -> list[tuple[str, str, str]]:
    """(identifier, name, midi-unpitched element) of every percussion sound that the track plays."""
    pitches = sorted({note.pitch for note in track.notes})
    return [
        (drum_id(part_id, pitch), drum_sound(pitch).name, f"<midi-unpitched>{pitch + 1}</midi-unpitched>")
        for pitch in pitches
    ]


def _part(
    part_id: str, track: Track, bars: Sequence[WrittenBar], above: Mapping[int, list[str]]
) -> Iterator[str]:
    """All bars of one track."""
    layout = staves(track)
    filled = [_filled(staff, bars) for staff in layout]
    sounding = [any(line for staff in filled for line in staff[index]) for index in range(len(bars))]
    marks = dynamics_marks(track, bars, sounding)
    yield f'<part id="{part_id}">\n'
    before: WrittenBar | None = None
    for index, (bar, mark) in enumerate(zip(bars, marks, strict=True)):
        yield f'<measure number="{bar.number}">\n'
        yield _attributes(bar, before, layout, track.is_drum)
        yield from above.get(index, ())
        yield mark
        yield from _bar(part_id, bar, [staff[index] for staff in filled], track.is_drum)
        if index == len(bars) - 1:
            yield '<barline location="right"><bar-style>light-heavy</bar-style></barline>\n'
        yield "</measure>\n"
        before = bar
    yield "</part>\n"


def _filled(staff: Staff, bars: Sequence[WrittenBar]) -> list[list[list[Piece]]]:
    """By bar, then by voice: the pieces; an empty list where the voice rests throughout the bar."""
    voices = [by_bar(voice, bars) for voice in staff.voices]
    return [
        [fill_bar(voice[index], bar) if voice[index] else [] for voice in voices]
        for index, bar in enumerate(bars)
    ]


def _attributes(bar: WrittenBar, before: WrittenBar | None, layout: Sequence[Staff], is_drum: bool) -> str:
    parts = []
    if before is None:
        parts.append(f"<divisions>{DIVISIONS}</divisions>")
    if not is_drum and (before is None or before.key != bar.key):
        mode = f"<mode>{bar.key.mode}</mode>" if bar.key else ""
        parts.append(f"<key><fifths>{bar.fifths}</fifths>{mode}</key>")
    if before is None or before.beats != bar.beats:
        parts.append(f"<time><beats>{bar.beats}</beats><beat-type>4</beat-type></time>")
    if before is None:
        parts += [f"<staves>{len(layout)}</staves>"] if len(layout) > 1 else []
        parts += [_clef(staff.clef, number) for number, staff in enumerate(layout, start=1)]
    return f"<attributes>{''.join(parts)}</attributes>\n" if parts else ""


def _clef(clef: Clef, number: int) -> str:
    line = "" if clef.line is None else f"<line>{clef.line}</line>"
    octave = f"<clef-octave-change>{clef.octave}</clef-octave-change>" if clef.octave else ""
    return f'<clef number="{number}"><sign>{clef.sign}</sign>{line}{octave}</clef>'


def _bar(part_id: str, bar: WrittenBar, filled: Sequence[list[list[Piece]]], is_drum: bool) -> Iterator[str]:
    """All voices of a bar; between two of them time goes back to the bar line."""
    back = f"<backup><duration>{bar.end - bar.start}</duration></backup>\n"
    for staff, lines in enumerate(filled):
        shown = set() if is_drum else accidentals(lines, bar.fifths)
        for index, pieces in enumerate(lines or [[]]):
            if not pieces and index:
                continue
            number = staff + 1 if len(filled) > 1 else None
            line = Line(part_id, staff * MAX_VOICES + index + 1, number, bar.fifths, is_drum)
            yield back if staff or index else ""
            yield from _voice(pieces, line, bar, {key[1:] for key in shown if key[0] == index})


def _voice(
    pieces: Sequence[Piece], line: Line, bar: WrittenBar, shown: set[tuple[int, int]]
) -> Iterator[str]:
    if not pieces:
        yield bar_rest(line, bar.end - bar.start)
    for piece in pieces:
        if piece.chord is None:
            yield rest(piece, line)
        else:
            yield from chord_notes(piece, line, {pitch for start, pitch in shown if start == piece.start})
