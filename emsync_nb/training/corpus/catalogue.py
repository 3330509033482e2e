"""Which music may be learnt from: the collections, their licences, and the words that grant them.

A licence counts only where its words are found: in each score itself, or in the file that its collection keeps
beside the music. What states nothing is not free.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emsync_nb.errors import DataError
from emsync_nb.extras import is_installed, require
from emsync_nb.training.tables import lines_of


@dataclass(frozen=True, slots=True)
class Collection:
    """A folder of music under one licence."""

    folder: str
    #: as SPDX names it
    licence: str
    #: what grants it, as a regular expression
    grant: str
    #: the file beside the music that holds the grant; None where every score states it itself
    notice: str | None = None


#: of licences and listings; the longest has 0.2 MB
MAX_TEXT_BYTES = 5_000_000
#: drummers alone
GROOVE = "groove"
#: columns of their listing
_LISTED = ("midi_filename", "beat_type", "session", "drummer")
#: of scores; whatever else lies in a collection is no music
_ENDINGS = (".mxl", ".musicxml", ".mid", ".midi")

COLLECTIONS = (
    Collection("openscore-orchestra", "CC0-1.0", r"CC0"),
    Collection("openscore-string-quartets", "CC0-1.0", r"CC0"),
    # some state CCO, with the letter
    Collection("openscore-lieder", "CC0-1.0", r"CC[0O]"),
    Collection("freedoom", "BSD-3-Clause", r"Redistribution and use in source and binary forms", "COPYING.adoc"),
    Collection(GROOVE, "CC-BY-4.0", r"Creative Commons Attribution 4\.0 International", "LICENSE"),
)  # fmt: skip

#: works of music21's own corpus, with the words in each file that free it for commercial use. Share-alike and
#: GPL encodings (Ciconia, Luca, Clara Schumann, Josquin) are left out, and all that state nothing.
MUSIC21_ALLOWED: dict[str, tuple[str, str]] = {
    "corelli/opus3no1/1grave.xml": ("LicenseRef-CC-BY", "© 2014, Creative Commons License (CC-BY)"),
    "johnson_j_r/lift_every_voice.mxl": ("CC0-1.0", "Public Domain (Encoding by MSAC: CC0)"),
    "leadSheet/fosterBrownHair.mxl": ("LicenseRef-public-domain", "Public Domain"),
    "liliuokalani/aloha_oe.mxl": (
        "CC0-1.0", "Copyright 1884 by LILIUOKALANI (Now, Public Domain; Encoding by MSAC, CC0)",
    ),
    "lusitano/allor_che_ignuda.mxl": (
        "CC0-1.0", "Copyright 2022 Michael Scott Asato Cuthbert: released as CC0/Public Domain",
    ),
    "weber/concertino_clarinet.mxl": ("LicenseRef-public-domain", "Released to Public Domain in 1998"),
}  # fmt: skip
MUSIC21 = "music21"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that is to be read."""

    path: Path
    source: str
    licence: str
    #: what its own statement of rights must hold, as a regular expression; None where `rights` stands beside it
    grant: str | None
    #: the grant beside the file
    rights: str = ""
    #: the whole it belongs to, where the collection's listing or the file's name tells
    work: str = ""
    composer: str = ""


def catalogue(data: Path) -> list[Entry]:
    """Every file below `data`, and of music21's corpus, that is free to learn from.

    Raises:
        DataError: none of the collections is there, one cannot be looked into, or one lost the file that states its
            licence.
    """
    try:
        found = [e for collection in COLLECTIONS for e in _entries(data / collection.folder, collection)]
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{data} cannot be looked through ({reason}). Check its rights") from error
    if not found:
        names = ", ".join(collection.folder for collection in COLLECTIONS)
        raise DataError(f"{data} holds none of the collections {names}; give the folder that does")
    return found + list(_music21_entries())


def _entries(folder: Path, collection: Collection) -> Iterator[Entry]:
    if not folder.is_dir():
        return
    if collection.folder == GROOVE:
        yield from _groove_entries(folder, collection)
        return
    rights = "" if collection.notice is None else _granted(folder, collection)
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in _ENDINGS and path.is_file():
            grant = collection.grant if collection.notice is None else None
            yield Entry(path, collection.folder, collection.licence, grant, rights)


def _granted(folder: Path, collection: Collection) -> str:
    """The line of the notice that grants the licence."""
    path = folder / str(collection.notice)
    try:
        text = _small_text(path)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror or error}), and without it {collection.folder} is not free. "
            "Fetch it again"
        ) from error
    match = re.search(collection.grant, text)
    if match is None:
        raise DataError(f"{path} does not grant {collection.licence}. Fetch {collection.folder} again")
    line = text[text.rfind("\n", 0, match.start()) + 1 :].partition("\n")[0]
    return " ".join(line.split())


def _groove_entries(folder: Path, collection: Collection) -> Iterator[Entry]:
    """Groove's listing names each performance and the session it was played in; fills of a bar are left out."""
    listing = folder / "info.csv"
    if not listing.is_file():
        return
    rights = _granted(folder, collection)
    try:
        for line in lines_of(_small_text(listing), listing, _LISTED):
            path = folder / line["midi_filename"]
            if line["beat_type"] != "beat":
                continue
            if not path.resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"{line['midi_filename']} leads out of the folder")
            yield Entry(path, GROOVE, collection.licence, None, rights, line["session"], line["drummer"])
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{listing} is not groove's listing ({reason}). Fetch it again") from error


def _small_text(path: Path) -> str:
    """A text file that a person could have written, with or without a byte order mark.

    Raises:
        OSError: it cannot be read, is no plain file, or is endless.
    """
    if path.exists() and not path.is_file():  # opening a pipe would wait for ever
        raise OSError("it is no plain file")
    with path.open("rb") as stream:
        data = stream.read(MAX_TEXT_BYTES + 1)
    if len(data) > MAX_TEXT_BYTES:
        raise OSError("it is too long")
    return data.decode("utf-8-sig", errors="replace")


def _music21_entries() -> Iterator[Entry]:
    """The allowed works of music21's corpus, where music21 is installed with it."""
    if not is_installed("music21"):
        return
    root = Path(require("music21.common").getCorpusFilePath())
    for name, (licence, words) in MUSIC21_ALLOWED.items():
        path = root / name
        if path.is_file():
            yield Entry(path, MUSIC21, licence, re.escape(words), work=name.rpartition("/")[0])
