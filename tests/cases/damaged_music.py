"""MIDI files and SoundFonts, sound and damaged, byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np


def midi(*tracks: bytes, kind: int = 1, division: int = 480, count: int | None = None) -> bytes:
    """A Standard MIDI File of finished tracks."""
    return (
        b"MThd"
        + struct.pack(">IHHH", 6, kind, len(tracks) if count is None else count, division)
        + b"".join(tracks)
    )


def track(events: bytes, length: int | None = None) -> bytes:
    """A track of events; `length` lets it lie about its bytes."""
    body = events + b"\x00\xff\x2f\x00"
    return b"MTrk" + struct.pack(">I", len(body) if length is None else length) + body


NOTE = b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x40"
TUNE = midi(track(b"\x00\xff\x51\x03\x07\xa1\x20" + 4 * NOTE))
#: nearly two minutes of ticks in one delta, over and over
LATE = midi(track(NOTE + 40 * b"\xff\xff\xff\x7f\x90\x3c\x40" + NOTE), division=1)
NO_TEMPO = midi(track(b"\x00\xff\x51\x03\x00\x00\x00" + NOTE))
FILM_FRAMES = midi(track(NOTE), division=0xE728)
NO_TICKS = midi(track(NOTE), division=0)
TYPE_2 = midi(track(NOTE), track(NOTE), kind=2)
TYPE_9 = midi(track(NOTE), kind=9)
MILLION = midi(track(NOTE + b"".join(b"\x01\x90\x3c\x40\x01\x90\x3c\x00" for _ in range(500_000))))
LONG_TRACK = midi(track(NOTE, length=10_000))
ENDLESS_TRACK = midi(track(NOTE, length=0xFFFFFFFF))
SHORT_TRACK = midi(track(NOTE, length=3))
ENDLESS_SYSEX = midi(track(b"\x00\xf0\xff\xff\xff\x7f\x01\x02"))
NO_STATUS = midi(track(b"\x00\x3c\x40" + NOTE))
ENDLESS_NUMBER = midi(track(b"\x00\xf0" + b"\xff" * 20_000 + b"\x7f" + NOTE))
MANY_TRACKS = midi(track(NOTE), count=60_000)
ODD_KEY = midi(track(b"\x00\xff\x59\x02\x7f\x07" + NOTE))
ODD_DATA = midi(track(b"\x00\x90\xff\xff" + NOTE))
NO_TRACK = midi()
SILENT = midi(track(b""))


def chunk(name: bytes, data: bytes, size: int | None = None) -> bytes:
    """A RIFF chunk; `size` lets it lie."""
    return name + struct.pack("<I", len(data) if size is None else size) + data + b"\0" * (len(data) % 2)


def soundfont(
    *,
    presets: Sequence[int] = (0,),
    zone: Sequence[tuple[int, int]] = ((54, 1), (53, 0)),
    instrument: int = 0,
    bag: int = 1,
    end: int = 480,
    loop: tuple[int, int] = (0, 480),
    kind: int = 1,
    smpl_size: int | None = None,
) -> bytes:
    """One instrument with one looped sine, after sections 5 to 7 of the specification 2.04."""
    wave = (16_000 * np.sin(2 * np.pi * np.arange(480) / 48)).astype("<i2").tobytes()
    heads = [struct.pack("<20s3H3I", b"Tone", program, 0, 0, 0, 0, 0) for program in presets]
    pdta = chunk(b"phdr", b"".join(heads) + struct.pack("<20s3H3I", b"EOP", 0, 0, bag, 0, 0, 0))
    pdta += chunk(b"pbag", struct.pack("<4H", 0, 0, 1, 0)) + chunk(b"pmod", bytes(10))
    pdta += chunk(b"pgen", struct.pack("<4H", 41, instrument, 0, 0))
    pdta += chunk(b"inst", struct.pack("<20sH20sH", b"Tone", 0, b"EOI", 1))
    pdta += chunk(b"ibag", struct.pack("<4H", 0, 0, len(zone), 0)) + chunk(b"imod", bytes(10))
    pdta += chunk(b"igen", b"".join(struct.pack("<Hh", *pair) for pair in zone) + bytes(4))
    pdta += chunk(
        b"shdr", struct.pack("<20s5IBbHH", b"Sine", 0, end, *loop, 48_000, 69, 0, 0, kind) + bytes(46)
    )
    body = b"sfbk" + chunk(b"LIST", b"INFO" + chunk(b"ifil", struct.pack("<2H", 2, 1)))
    body += chunk(b"LIST", b"sdta" + chunk(b"smpl", wave, smpl_size)) + chunk(b"LIST", b"pdta" + pdta)
    return chunk(b"RIFF", body)


TONE = soundfont()
