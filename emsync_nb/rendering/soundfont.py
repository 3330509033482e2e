"""Find the SoundFont to render with, and read the tables of SoundFont files.

Source: SoundFont Technical Specification 2.04 (Creative, 2006), sections 4 to 7. SF3 files (MuseScore's
variant, samples as Ogg Vorbis) are read too.
"""

from __future__ import annotations

import importlib.util
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.errors import SoundFontError
from emsync_nb.extras import require

ENVIRONMENT_VARIABLE = "EMSYNC_SOUNDFONT"
_REMEDY = (
    f"Give another one with --soundfont or {ENVIRONMENT_VARIABLE}, for example after: "
    "apt install musescore-general-soundfont"
)
#: flag of a sample header: the sample is an Ogg Vorbis stream (SF3)
_VORBIS = 0x10
#: an hour; a few bytes of Ogg Vorbis can stand for more than fits into memory
_MAX_FRAMES = 3600 * 48_000
#: spec 7.10: samples in the ROM of a sound card, which no file holds
_ROM = 0x8000

_RECORDS = {
    "phdr": np.dtype(
        [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("unused", "<u4", 3)]
    ),
    "pbag": np.dtype([("gen", "<u2"), ("mod", "<u2")]),
    "pgen": np.dtype([("kind", "<u2"), ("amount", "<i2")]),
    "inst": np.dtype([("name", "S20"), ("bag", "<u2")]),
    "ibag": np.dtype([("gen", "<u2"), ("mod", "<u2")]),
    "igen": np.dtype([("kind", "<u2"), ("amount", "<i2")]),
    "shdr": np.dtype(
        [
            ("name", "S20"),
            ("start", "<u4"),
            ("end", "<u4"),
            ("loop_start", "<u4"),
            ("loop_end", "<u4"),
            ("rate", "<u4"),
            ("key", "u1"),
            ("correction_cents", "i1"),
            ("link", "<u2"),
            ("type", "<u2"),
        ]
    ),
}
Record = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One recording of a SoundFont; positions count from its first sample."""

    #: (n,) float32 within [-1, 1]
    wave: NDArray[np.float32]
    loop_start: int
    loop_end: int
    #: samples per second of the recording
    rate: int
    #: MIDI note number it was recorded at
    key: int
    #: to add to its pitch, in cents
    correction_cents: int


class SoundFontTables:
    """The chunks of one SoundFont file, as arrays; the samples stay on disk until they are asked for."""

    def __init__(self, path: Path) -> None:
        """Open and check `path`.

        Raises:
            SoundFontError: it is missing, no SoundFont, cut off, or its tables contradict each other.
        """
        self.path = path
        self._bytes = _mapped(path)
        chunks = dict(_soundfont_chunks(self._bytes, path))
        self._samples = self._bytes[_required(chunks, "smpl", path)]
        self.records = {
            name: _table(self._bytes[_required(chunks, name, path)], name, path) for name in _RECORDS
        }
        _check_counts(self.records, path)

    def sample(self, index: int) -> Sample:
        """The recording with this number.

        Raises:
            SoundFontError: there is none, or it lies outside the file.
        """
        headers = self.records["shdr"]
        if not 0 <= index < len(headers) - 1:
            raise damaged(self.path, f"names sample {index} of {len(headers) - 1}")
        header = headers[index]
        if header["type"] & _ROM:
            raise damaged(self.path, f"keeps sample {index} in the ROM of a sound card")
        vorbis = bool(header["type"] & _VORBIS)
        wave = self._vorbis(header) if vorbis else self._pcm(header)
        # SF3 counts loops from the sample's own start, SF2 from the start of the chunk
        origin = 0 if vorbis else int(header["start"])
        return Sample(
            wave,
            int(header["loop_start"]) - origin,
            int(header["loop_end"]) - origin,
            max(1, int(header["rate"])),
            int(header["key"]),
            int(header["correction_cents"]),
        )

    def _pcm(self, header: Record) -> NDArray[np.float32]:
        start, end = int(header["start"]), int(header["end"])
        if not 0 <= start < end <= len(self._samples) // 2:
            raise damaged(self.path, f"has a sample from {start} to {end}, outside its sample chunk")
        words = self._samples[2 * start : 2 * end].view("<i2")
        return (words / np.float32(32768)).astype(np.float32)

    def _vorbis(self, header: Record) -> NDArray[np.float32]:
        soundfile = require("soundfile")
        encoded = self._samples[int(header["start"]) : int(header["end"])].tobytes()
        try:
            with soundfile.SoundFile(io.BytesIO(encoded)) as stream:
                if stream.frames > _MAX_FRAMES:
                    raise damaged(self.path, f"has a sample of {stream.frames} frames")
                wave = stream.read(dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise damaged(self.path, "has a sample that is no Ogg Vorbis") from error
        return np.ascontiguousarray(wave[:, 0], dtype=np.float32)


def find_soundfont(explicit: Path | None = None) -> Path:
    """The SoundFont to render with, checked: `explicit`, else $EMSYNC_SOUNDFONT, else pretty_midi's.

    pretty_midi itself is not imported; its package only carries the file TimGM6mb.sf2.

    Raises:
        SoundFontError: the file is missing or damaged; the message names the remedy.
        MissingExtraError: nothing was named and pretty_midi is not installed.
    """
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    path = explicit or (Path(named).expanduser() if named else _bundled())
    SoundFontTables(path)
    return path


def damaged(path: Path, what: str) -> SoundFontError:
    """The error for a file that breaks the format."""
    return SoundFontError(f"The SoundFont {path} is damaged: it {what}. {_REMEDY}")


def _bundled() -> Path:
    spec = importlib.util.find_spec("pretty_midi")
    if spec is None or spec.origin is None:
        require("pretty_midi")
        raise SoundFontError(f"pretty_midi lies in no folder of its own. {_REMEDY}")
    return Path(spec.origin).with_name("TimGM6mb.sf2")


def _check_counts(records: dict[str, Record], path: Path) -> None:
    """Look now for what would else be found when the film has been analysed and the music written."""
    if len(records["phdr"]) < 2:
        raise damaged(path, "holds no preset")
    for owner, bag, generator in (("phdr", "pbag", "pgen"), ("inst", "ibag", "igen")):
        for table, column, counted in ((owner, "bag", bag), (bag, "gen", generator)):
            if records[table][column].max(initial=0) > len(records[counted]):
                raise damaged(path, f"counts more in its table {counted!r} than that holds")


def _mapped(path: Path) -> NDArray[np.uint8]:
    try:
        if not path.exists():
            raise SoundFontError(f"There is no SoundFont at {path}. {_REMEDY}")
        if not path.is_file():
            raise SoundFontError(f"{path} is no file. {_REMEDY}")
        return np.memmap(path, dtype=np.uint8, mode="r")
    except OSError as error:
        raise SoundFontError(f"{path} cannot be read ({error.strerror}). {_REMEDY}") from error
    except ValueError as error:  # numpy's answer to an empty file
        raise damaged(path, "is empty") from error


def _soundfont_chunks(data: NDArray[np.uint8], path: Path) -> Iterator[tuple[str, slice]]:
    """The chunks within the three LISTs of the file, by name."""
    if data[:4].tobytes() != b"RIFF" or data[8:12].tobytes() != b"sfbk":
        raise SoundFontError(f"{path} is not a SoundFont (no RIFF sfbk header). {_REMEDY}")
    size = int(data[4:8].view("<u4")[0])
    if size + 8 > len(data):
        raise damaged(path, f"ends after {len(data)} of {size + 8} bytes")
    for name, body in _chunks(data, slice(12, size + 8), path):
        if name == "LIST":
            yield from _chunks(data, slice(body.start + 4, body.stop), path)


def _chunks(data: NDArray[np.uint8], within: slice, path: Path) -> Iterator[tuple[str, slice]]:
    at = within.start
    while at + 8 <= within.stop:
        name = data[at : at + 4].tobytes().decode("latin-1")
        size = int.from_bytes(data[at + 4 : at + 8].tobytes(), "little")
        if at + 8 + size > within.stop:
            raise damaged(path, f"has a chunk {name!r} that runs over its end")
        yield name, slice(at + 8, at + 8 + size)
        at += 8 + size + size % 2


def _required(chunks: dict[str, slice], name: str, path: Path) -> slice:
    if name not in chunks:
        raise damaged(path, f"lacks the chunk {name!r}")
    return chunks[name]


def _table(data: NDArray[np.uint8], name: str, path: Path) -> Record:
    record = _RECORDS[name]
    # every table closes with a terminal record, so a useful one has two
    if len(data) % record.itemsize or len(data) < record.itemsize:
        raise damaged(path, f"has a table {name!r} of {len(data)} bytes")
    return np.frombuffer(data.tobytes(), dtype=record)
