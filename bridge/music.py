"""Scores and MIDI files as pieces that a bridge can play."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bridge.outbox import CONTROL_CHANGE, PROGRAM_CHANGE
from bridge.piece import Piece
from bridge.routing import DRUM_CHANNEL, EXPRESSION, Beats, Line, LineNote, routed
from emsync_nb.domain import Score, Template, Track
from emsync_nb.errors import MidiError
from emsync_nb.midi_input import as_text, open_midi

#: what a file that names no tempo or meter plays at (Standard MIDI Files 1.0)
_DEFAULT_US_PER_BEAT, _DEFAULT_BAR_BEATS = 500_000, 4.0
#: more bars than any music has; beyond it a file is broken or hostile
_MAX_BARS = 100_000
#: events of a file; a million notes are two of its three, and take 18 s and 1.1 GB to load on one busy core
MAX_EVENTS = 3_000_000


def piece_of_score(score: Score, template: Template | None = None) -> Piece:
    """A score on the ports of a template: programs, dynamics, notes.

    Raises:
        MidiError: more melodic tracks than a port has channels.
    """
    changes = [(float(change.beat), change.us_per_beat) for change in score.tempo_map.changes]
    lines = [_line_of(track) for track in score.tracks]
    return routed(
        lines, template or Template(), Beats(changes), [float(bar.beats) for bar in score.grid.bars]
    )


def _line_of(track: Track) -> Line:
    settings = [(0.0, bytes((PROGRAM_CHANGE, track.program)))]
    settings += [
        (float(point.beat), bytes((CONTROL_CHANGE, EXPRESSION, point.value))) for point in track.dynamics
    ]
    notes = [
        LineNote(float(note.start_beat), float(note.end_beat), note.pitch, note.velocity)
        for note in track.notes
    ]
    return Line(track.name, track.is_drum, notes, settings)


def piece_of_file(
    path: Path, template: Template | None = None, *, is_heard: Callable[[str], bool] | None = None
) -> Piece:
    """A Standard MIDI File on the ports of a template. Its own channels are kept where all share one port.

    A file that names several ports (FF 21) keeps them apart there: the second is called as the first, and 2.

    Args:
        path: the file.
        template: where its tracks go.
        is_heard: whether a track of a name is; those that are not keep their ports and have no notes. None: all.

    Raises:
        MidiError: the file is missing, too large, damaged, no Standard MIDI File, or lasts too long.
        MissingExtraError: mido is not installed.
    """
    midi = open_midi(path, clip=True, exclusives=True, most=MAX_EVENTS)
    per_beat = midi.ticks_per_beat
    tracks = [list(_with_ticks(track)) for track in midi.tracks]
    everything = sorted(itertools.chain(*tracks), key=lambda event: event[0])
    end_tick = everything[-1][0] if everything else 0
    remarks: list[str] = []
    exclusives = sum(message.type == "sysex" for _, message in everything)
    if exclusives:
        remarks.append(f"{exclusives} system exclusive messages are left out")
    lines = [line for track in tracks for line in _lines(track, per_beat, remarks, is_heard)]
    beats = Beats(_tempi(everything, per_beat, path))
    try:
        return routed(lines, template or Template(), beats, _bars(everything, end_tick, per_beat), remarks)
    except MidiError as error:
        raise MidiError(f"{path}: {error}") from error


def _with_ticks(track: Any) -> Iterator[tuple[int, Any]]:  # noqa: ANN401 - a mido track
    tick = 0
    for message in track:
        tick += message.time
        yield tick, message


def _tempi(events: Sequence[tuple[int, Any]], per_beat: int, path: Path) -> list[tuple[float, int]]:
    """(beat, microseconds a beat) of each tempo; of several at one tick the last."""
    tempi = {0: _DEFAULT_US_PER_BEAT}
    for tick, message in events:
        if message.type == "set_tempo":
            if not message.tempo:
                raise MidiError(f"{path} is damaged: a tempo of no time at all. Export it again")
            tempi[tick] = message.tempo
    return [(tick / per_beat, us) for tick, us in tempi.items()]


def _bars(events: Sequence[tuple[int, Any]], end_tick: int, per_beat: int) -> list[float]:
    """Beats of each bar up to the end; where the meter changes within a bar, a new one begins."""
    meters = {0: _DEFAULT_BAR_BEATS}
    for tick, message in events:
        if message.type == "time_signature":
            meters[tick] = 4 * max(1, message.numerator) / max(1, message.denominator)
    edges = [*meters, max(end_tick, max(meters) + 1)]
    bars: list[float] = []
    for (start, beats), end in zip(meters.items(), edges[1:], strict=True):
        whole, rest = divmod((end - start) / per_beat, beats)
        if len(bars) + whole > _MAX_BARS:
            raise MidiError(f"it has more than {_MAX_BARS} bars. Export it again, or cut it")
        bars += [beats] * int(whole)
        if rest > 1e-9:
            bars.append(beats if end == edges[-1] else rest)
    return bars


def _lines(
    track: Sequence[tuple[int, Any]],
    per_beat: int,
    remarks: list[str],
    is_heard: Callable[[str], bool] | None,
) -> Iterator[Line]:
    """A line for each channel that a track of the file uses."""
    name = next((as_text(message.name) for _, message in track if message.type == "track_name"), "")
    port = next((message.port for _, message in track if message.type == "midi_port"), 0)
    channels: dict[int, list[tuple[int, Any]]] = defaultdict(list)
    for tick, message in track:
        if not message.is_meta and hasattr(message, "channel"):
            channels[message.channel].append((tick, message))
    for channel, events in sorted(channels.items()):
        called = name.strip() or f"Channel {channel + 1}"
        if len(channels) > 1:
            called = f"{called} {channel + 1}" if name.strip() else called
        settings = [
            (tick / per_beat, bytes(message.bin()))
            for tick, message in events
            if message.type not in ("note_on", "note_off")
        ]
        heard = is_heard is None or is_heard(name.strip())
        notes = list(_notes(events, track[-1][0], per_beat, called, remarks)) if heard else []
        yield Line(called, channel == DRUM_CHANNEL, notes, settings, channel, port)


def _notes(
    events: Sequence[tuple[int, Any]], end_tick: int, per_beat: int, name: str, remarks: list[str]
) -> Iterator[LineNote]:
    """Note-ons with their note-offs. A key that is struck again ends what sounds; what is never let go of ends last."""
    sounding: dict[int, tuple[int, int]] = {}
    for tick, message in events:
        if message.type not in ("note_on", "note_off"):
            continue
        begun = sounding.pop(message.note, None)
        if begun is not None and tick > begun[0]:
            yield LineNote(begun[0] / per_beat, tick / per_beat, message.note, begun[1])
        if message.type == "note_on" and message.velocity:
            sounding[message.note] = (tick, message.velocity)
    if sounding:
        remarks.append(f"{name}: {len(sounding)} notes are never let go of; they end with the track")
    for key, (tick, velocity) in sounding.items():
        yield LineNote(tick / per_beat, max(end_tick, tick + 1) / per_beat, key, velocity)
