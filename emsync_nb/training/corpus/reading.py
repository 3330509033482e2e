"""One file of a collection, read, checked and labelled; what a worker does."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import numpy as np

from emsync_nb.domain import MusicTable
from emsync_nb.errors import DataError, MissingExtraError, UserError
from emsync_nb.labelling import label_bars
from emsync_nb.notation.reading import read_table
from emsync_nb.training.corpus.catalogue import GROOVE, Entry
from emsync_nb.training.corpus.drummers import general_midi, on_the_beat
from emsync_nb.training.corpus.headline import read_headline
from emsync_nb.training.corpus.store import Piece, Provenance, pack, unpack

#: raised with every change of what a reader makes of a file
READER = 5
#: shorter pieces teach nothing
MIN_NOTES = 64
#: the largest orchestral score has 36
MAX_TRACKS = 1000
#: what is printed over a part that is silent in concert
_PRACTICE = re.compile(r"for (practi[cs]e|rehearsal) only", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReadJob:
    """A file to read."""

    entry: Entry
    sha256: str


def read_piece(job: ReadJob) -> bytes | str:
    """The piece, packed as `store.pack` does, or the reason why it is left out: "name: reason"."""
    name = plain_name(job.entry.path.name)
    try:
        provenance, table = _provenance(job), _table(job.entry)
        packed = pack([Piece(provenance, table, label_bars(table))])
        unpack(io.BytesIO(packed))  # what cannot be read back must not be kept
    except MissingExtraError:
        raise
    except UserError as error:
        reason = str(error).removeprefix(str(job.entry.path)).strip()
        return f"{name}: {reason}"
    except Exception as error:  # one file must not end the work of all others
        reason = " ".join(str(error).split())[:200]
        return f"{name}: a fault of ours ({type(error).__name__}: {reason}); please report it with the file"
    return packed


def plain_name(name: str) -> str:
    """A file's name as text that can be written everywhere: names on disk may be any bytes."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _provenance(job: ReadJob) -> Provenance:
    """What is known of a file; MusicXML tells for itself.

    Raises:
        DataError: the file must grant its licence itself, and does not.
    """
    entry, rights = job.entry, job.entry.rights
    composer, work = entry.composer, entry.work
    if entry.path.suffix.lower() in (".mxl", ".xml", ".musicxml"):
        headline = read_headline(entry.path)
        composer, work = composer or headline.composer, work or headline.work or headline.movement
        if entry.grant is not None:
            rights = next((said for said in headline.rights if re.search(entry.grant, said)), "")
            if not rights:
                raise DataError("states no right to use it, so it is not free")
    return Provenance(
        plain_name(entry.path.stem), entry.source, entry.licence, composer, work, rights, job.sha256
    )


def _table(entry: Entry) -> MusicTable:
    """The music as it is performed; a drummer's with General MIDI's drums, and on the beat.

    Raises:
        DataError: too few notes, or too many tracks.
    """
    table = read_table(entry.path)
    if entry.source == GROOVE:
        table = on_the_beat(general_midi(table))
    table = _without_practice_parts(table)
    if len(table.onset) < MIN_NOTES:
        raise DataError(f"has fewer than {MIN_NOTES} notes")
    if len(table.tracks) > MAX_TRACKS:
        raise DataError(f"has more than {MAX_TRACKS} tracks")
    return table


def _without_practice_parts(table: MusicTable) -> MusicTable:
    """The music without a piano that doubles the choir in rehearsals only."""
    kept = [index for index, track in enumerate(table.tracks) if not _PRACTICE.search(track.name)]
    if len(kept) in (0, len(table.tracks)):
        return table
    place = np.full(len(table.tracks), -1)
    place[kept] = np.arange(len(kept))
    track = place[table.track]
    return MusicTable.build(
        table.rows[track >= 0],
        table.bar_start,
        table.bar_bpm,
        tracks=tuple(table.tracks[index] for index in kept),
        track=track[track >= 0],
    )
