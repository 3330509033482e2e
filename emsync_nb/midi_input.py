"""Files of music from anywhere, opened and checked, for the rooms that read one."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from emsync_nb.errors import MidiError
from emsync_nb.extras import require

#: larger files are refused unread: mido takes 20 s for these already; an hour of orchestra is half of this
MAX_BYTES = 2 * 1024 * 1024
#: mido reads numbers of any length, in time quadratic in their bytes; no music holds a run like this
_ENDLESS_NUMBER = re.compile(rb"[\x80-\xff]{4096}")


def open_midi(path: Path, *, clip: bool = False) -> Any:  # noqa: ANN401 - a mido file
    """mido's view of a file of type 0 or 1 that counts in beats.

    Args:
        path: the file.
        clip: take data bytes above 127 as 127, as synthesizers do, instead of calling them damage.

    Raises:
        MidiError: the file is missing, too large, damaged, no Standard MIDI File, of type 2, or counts in film
            frames.
        MissingExtraError: mido is not installed.
    """
    mido = require("mido")
    data = read_bounded(path, kind="MIDI file", limit=MAX_BYTES)
    if not data.startswith(b"MThd"):
        raise MidiError(f"{path} is no MIDI file. Name one, such as the score.mid of a scored film")
    if _ENDLESS_NUMBER.search(data):
        raise MidiError(f"{path} is damaged: it holds a number without end. Export it again")
    try:
        midi = mido.MidiFile(file=io.BytesIO(data), clip=clip)
    except (OSError, EOFError, ValueError, LookupError, TypeError, mido.KeySignatureError) as error:
        reason = " ".join(str(error).split()) or "it ends too early"
        raise MidiError(f"{path} is not a readable MIDI file: {reason}. Export it again") from error
    if len(midi.tracks) < int.from_bytes(data[10:12], "big"):  # mido takes the number for a signed one
        raise MidiError(f"{path} is not a readable MIDI file: it ends too early. Export it again")
    if midi.type not in (0, 1):
        raise MidiError(f"{path} is a MIDI file of type {midi.type}. Export it as type 0 or 1")
    if midi.ticks_per_beat <= 0:
        raise MidiError(
            f"{path} counts in film frames instead of beats. Export it with ticks per quarter note"
        )
    return midi


def as_text(raw: str) -> str:
    """A text of a file as it was meant: mido hands bytes over as Latin-1; most programs write UTF-8."""
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return raw


def read_bounded(path: Path, *, kind: str, limit: int) -> bytes:
    """The bytes of a file that somebody named as a `kind`, such as "MIDI file".

    Raises:
        MidiError: it is missing, no plain file, not readable, or larger than `limit` bytes.
    """
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            found = "a folder" if path.is_dir() else "a pipe or a device"
            raise MidiError(f"{path} is {found}, not a {kind}. Name a {kind}")
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError as error:
        raise MidiError(f"There is no {kind} at {path}. Check the path") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise MidiError(f"{path} cannot be read ({reason}). Check the path and its rights") from error
    if len(data) > limit:
        raise MidiError(f"{path} is larger than {limit >> 20} MiB. Cut it into pieces")
    return data
