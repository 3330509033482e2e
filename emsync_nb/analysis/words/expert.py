"""The expert that reads subtitles."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from emsync_nb.analysis.expert import Opinion, Unavailable
from emsync_nb.analysis.words import features
from emsync_nb.analysis.words.judging import englishness, opinion_of
from emsync_nb.analysis.words.sidecar import read_sidecar
from emsync_nb.analysis.words.spoken import spoken
from emsync_nb.domain import Boundary
from emsync_nb.domain.curve import FloatArray
from emsync_nb.domain.words import Subtitle, Subtitles

_log = logging.getLogger(__name__)
_REMEDY = "save it as SubRip in UTF-8"


class WordsExpert:
    """Reads the subtitles; needs neither frames nor sound."""

    name = "words"

    def __init__(self, subtitles: Path | Subtitles | None) -> None:
        """For a file beside the film, for what was read from inside it, or for a film without words."""
        self._found = subtitles
        self._note = ""

    @property
    def note(self) -> str:
        """How much it read, and where."""
        return self._note

    def judge(self, at_s: FloatArray, boundaries: Sequence[Boundary]) -> Opinion:
        """The emotion of the words while they are shown and shortly after; boundaries play no part."""
        try:
            lines = self._within(float(at_s[-1]))
        except Unavailable as reason:
            if self._found is not None:  # whoever put it there would wonder
                _log.warning("The words of %s are not heard: %s", self._source, reason)
            raise
        return opinion_of(self.name, at_s, lines)

    @property
    def _source(self) -> str:
        return (
            self._found.name if isinstance(self._found, Path) else self._found.source if self._found else ""
        )

    def _within(self, end_s: float) -> list[Subtitle]:
        """The spoken lines up to the film's end; tells in one line what is wrong with where they are from.

        Raises:
            Unavailable: as `_read`, or there are none.
        """
        read = self._read()
        lines = [replace(line, text=spoken(line.text)) for line in read.lines if line.start_s <= end_s]
        lines = [line for line in lines if line.text]
        wrong = ", ".join(read.faults)
        if not lines:
            reason = f" ({wrong})" if wrong else ""
            raise Unavailable(f"no readable subtitle lies within the film{reason}; {_REMEDY}")
        if wrong:
            _log.warning("Of %s only %d subtitles are heard: %s; %s", read.source, len(lines), wrong, _REMEDY)
        self._note = f"{len(lines)} lines of {read.source}"
        if not englishness([line.text for line in lines]):
            self._note += ", which are not English and count for nothing"
        return lines

    def _read(self) -> Subtitles:
        """What the file or the stream holds.

        Raises:
            Unavailable: there is none, it cannot be opened, or the extra is missing.
        """
        if self._found is None:
            raise Unavailable("the film has no subtitles, neither beside it nor inside")
        if not features.is_available():
            raise Unavailable("the extra 'text' is not installed: pip install 'emsync_nb[text]'")
        if isinstance(self._found, Subtitles):
            return self._found
        try:
            return read_sidecar(self._found)
        except OSError as error:
            raise Unavailable(f"{self._found.name} cannot be read: {error.strerror}") from error
