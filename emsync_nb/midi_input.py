"""Files of music from anywhere, opened and checked, for the rooms that read one."""

from __future__ import annotations

import io
import re
from itertools import islice
from pathlib import Path
from typing import Any

from emsync_nb.errors import MidiError
from emsync_nb.extras import require

#: larger files are refused unread; an hour of orchestra is 1 MiB, a million notes are 8
MAX_BYTES = 32 * 1024 * 1024
#: files of more events are refused before any is made: mido takes 5 s and 200 MB for so many, and who makes a score of
#: them 15 s and 550 MB in all, on one busy core
MAX_EVENTS = 1_000_000
#: meta events that music is read from: names of tracks and instruments, markers, ports, tempi, meters, keys
_READ_METAS = frozenset((0x03, 0x04, 0x06, 0x21, 0x51, 0x58, 0x59))
#: system messages that belong on cables and not in files → their data bytes
_SYSTEM = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0, 0xF8: 0, 0xFA: 0, 0xFB: 0, 0xFC: 0, 0xFE: 0}
_END_OF_TRACK, _EMPTY_EXCLUSIVE = b"\xff\x2f\x00", b"\xf0\x01\xf7"
#: more tracks than this mido takes for fewer than none
_MOST_TRACKS = 0x7FFF
#: what to do about too many, where a part of the music may be taken as well
THIN_OR_CUT = "Thin out its controllers in your DAW and export it again, or cut it into pieces"
_DELTA = rb"[\x80-\xff]{0,3}+[\x00-\x7f]"
_ONE, _TWO = (rb"(?:%b[\x00-\x7f]{%d})*+" % (_DELTA, count) for count in (1, 2))
#: channel messages, each with those that share its status; the group is the last status
_SHARED = rb"(?:%b([\x80-\xef])(?:(?<=[\xc0-\xdf])[\x00-\x7f]%b|(?<![\xc0-\xdf])[\x00-\x7f]{2}%b))*+"
_SHARED %= (_DELTA, _ONE, _TWO)
#: data bytes of the status in force → all channel messages up to the next that is none
_CHANNEL_MESSAGES = {
    0: re.compile(_SHARED),
    1: re.compile(_ONE + _SHARED),
    2: re.compile(_TWO + _SHARED),
}
#: one status with all that share it, one message each that shares a status in force, by its data bytes
_GROUP = re.compile(rb"%b(?:[\xc0-\xdf][\x00-\x7f](%b)|[\x80-\xef][\x00-\x7f]{2}(%b))" % (_DELTA, _ONE, _TWO))
_SINGLE = {count: re.compile(rb"%b[\x00-\x7f]{%d}" % (_DELTA, count)) for count in (1, 2)}


class TooManyEventsError(ValueError):
    """A file holds more events than are taken."""


def open_midi(
    path: Path,
    *,
    clip: bool = False,
    exclusives: bool = False,
    most: int = MAX_EVENTS,
    advice: str = THIN_OR_CUT,
) -> Any:  # noqa: ANN401 - a mido file
    """mido's view of a file of type 0 or 1 that counts in beats.

    It holds channel messages and the meta events that music is read from. All else, such as sysex, the DAW's own
    meta events and foreign chunks, is passed over, and what follows it stays at its time.

    Args:
        path: the file.
        clip: take data bytes above 127 as 127, as synthesizers do, instead of calling them damage.
        exclusives: keep system exclusive messages, empty, for whoever wants to say that they were there.
        most: events that it may hold.
        advice: what to do about a file that is too large or holds more.

    Raises:
        MidiError: the file is missing, too large, of too many events, damaged, no Standard MIDI File, of type 2, or
            counts in film frames.
        MissingExtraError: mido is not installed.
    """
    mido = require("mido")
    data = read_bounded(path, kind="MIDI file", limit=MAX_BYTES, begins=b"MThd", advice=advice)
    try:
        midi = mido.MidiFile(file=io.BytesIO(_cleaned(data, exclusives, most)), clip=clip)
    except TooManyEventsError as error:
        raise MidiError(f"{path} holds more than {most:,} events. {advice}") from error
    except (OSError, EOFError, ValueError, LookupError, TypeError, mido.KeySignatureError) as error:
        reason = " ".join(str(error).split()) or "it ends too early"
        raise MidiError(f"{path} is not a readable MIDI file: {reason}. Export it again") from error
    if midi.type not in (0, 1):
        raise MidiError(f"{path} is a MIDI file of type {midi.type}. Export it as type 0 or 1")
    if midi.ticks_per_beat <= 0:
        raise MidiError(
            f"{path} counts in film frames instead of beats. Export it with ticks per quarter note"
        )
    return midi


def _cleaned(data: bytes, exclusives: bool, most: int = MAX_EVENTS) -> bytes:
    """The file without what music is not read from.

    mido loses the time before unknown meta events, refuses foreign chunks, trips over rare meta events, and reads
    numbers of any length in time quadratic in their bytes.

    Raises:
        TooManyEventsError: there are more than `most`.
        ValueError: the bytes make no sense.
        EOFError: they end too early.
    """
    tracks: list[bytes] = []
    left = most
    size, count = int.from_bytes(data[4:8], "big"), int.from_bytes(data[10:12], "big")
    if size < 6:
        raise ValueError("its header is too short")
    at = 8 + size
    while len(tracks) < count:  # what follows the last track is no music
        begin, length = at + 8, int.from_bytes(data[at + 4 : at + 8], "big")
        if begin > len(data):
            raise EOFError
        at = begin + length
        if data[begin - 8 : begin - 4] == b"MTrk":
            if at > len(data):
                raise EOFError
            track, left = _cleaned_track(data[begin:at], exclusives, left)
            tracks.append(track)
    if count > _MOST_TRACKS:
        raise ValueError(f"it holds {count} tracks")
    chunks = (b"MTrk" + len(track).to_bytes(4, "big") + track for track in tracks)
    return b"MThd\x00\x00\x00\x06" + data[8:14] + b"".join(chunks)


def _cleaned_track(data: bytes, exclusives: bool, left: int) -> tuple[bytes, int]:
    """One track, and how many of the `left` events may follow it; the time of what goes is added to what follows it."""
    cleaned, waited, status, at = bytearray(), 0, 0, 0
    while at < len(data):
        run = _CHANNEL_MESSAGES[_data_bytes(status)].match(data, at)
        delta, behind = _number(data, at)
        waited += delta
        if run and run.end() > at:
            end, kept = run.end(), True
            left -= _messages(data, at, end, status, left)
            status = run[1][0] if run[1] else status
        else:
            end, kept, status = _event(data, behind, status)
            left -= 1
        if end > len(data):
            raise EOFError
        if left < 0:
            raise TooManyEventsError
        if kept or (exclusives and data[behind] == 0xF0):
            cleaned += _as_number(waited) + (data[behind:end] if kept else _EMPTY_EXCLUSIVE)
            waited = 0
        at = end
    return bytes(cleaned + _as_number(waited) + _END_OF_TRACK), left


def _messages(data: bytes, at: int, end: int, status: int, most: int) -> int:
    """How many channel messages there are from `at` to `end`, where nothing else is; or a little over `most`."""
    count = 0
    while status and count <= most and (single := _SINGLE[_data_bytes(status)].match(data, at, end)):
        count, at = count + 1, single.end()
    for group in _GROUP.finditer(data, at, end):
        count += 1
        for size in (1, 2):
            if group[size]:
                sharing = _SINGLE[size].finditer(data, group.start(size), group.end(size))
                count += sum(1 for _ in islice(sharing, most + 1))
        if count > most:
            break
    return count


def _event(data: bytes, at: int, status: int) -> tuple[int, bool, int]:
    """Where the event ends that begins at `at`, whether music is read from it, and the status in force then."""
    first = _byte(data, at)
    if first == 0xFF:
        length, behind = _number(data, at + 2)
        return behind + length, data[at + 1] in _READ_METAS, status
    if first in (0xF0, 0xF7):
        length, behind = _number(data, at + 1)
        return behind + length, False, status
    if first > 0xF0:
        if first not in _SYSTEM:
            raise ValueError(f"undefined status byte 0x{first:02x}")
        return at + 1 + _SYSTEM[first], False, status
    if first >= 0x80:
        status, at = first, at + 1
    if not status:
        raise ValueError("data without a status")
    return at + _data_bytes(status), True, status  # running status may go on past meta events


def _data_bytes(status: int) -> int:
    """Of a channel message; 0 where no status is in force."""
    return 0 if not status else 1 if 0xC0 <= status < 0xE0 else 2


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise EOFError
    return data[at]


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length quantity of at most four bytes, as the specification has it, and where it ends."""
    value = 0
    for behind in range(at + 1, at + 5):
        byte = _byte(data, behind - 1)
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, behind
    raise ValueError("it holds a number without end")


def _as_number(value: int) -> bytes:
    """A variable-length quantity; time that was added up may need a fifth byte, which mido reads."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def as_text(raw: str) -> str:
    """A text of a file as it was meant: mido hands bytes over as Latin-1; most programs write UTF-8."""
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return raw


def read_bounded(
    path: Path, *, kind: str, limit: int, begins: bytes = b"", advice: str = "Cut it into pieces"
) -> bytes:
    """The bytes of a file that somebody named as a `kind`, such as "MIDI file", all of which begin alike.

    Raises:
        MidiError: it is missing, no plain file, not readable, none of its kind, or larger than `limit` bytes, with
            the `advice` what to do then.
    """
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            found = "a folder" if path.is_dir() else "a pipe or a device"
            raise MidiError(f"{path} is {found}, not a {kind}. Name a {kind}")
        with path.open("rb") as stream:
            data = stream.read(len(begins))  # a film is told so, however large
            is_one = data == begins
            data += stream.read(limit + 1 - len(begins)) if is_one else b""
    except FileNotFoundError as error:
        raise MidiError(f"There is no {kind} at {path}. Check the path") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise MidiError(f"{path} cannot be read ({reason}). Check the path and its rights") from error
    if not is_one:
        raise MidiError(f"{path} is no {kind}. Name one, such as the score.mid of a scored film")
    if len(data) > limit:
        raise MidiError(f"{path} is larger than {limit >> 20} MiB. {advice}")
    return data
