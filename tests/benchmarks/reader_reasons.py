"""Why our reader and music21 differ on some files, as looked into by hand: file name to reason."""

from __future__ import annotations

#: in the order of the pages
PAPER_REASONS: dict[str, str] = {}
#: as played
PLAYED_REASONS: dict[str, str] = {}
