"""What a film's genre suggests where the composer left it open: a range of tempi, and who plays.

Habits of film scoring as we know them, not a measurement and from no source: so they only narrow what emotion chooses
within, and never go before a wish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from emsync_nb.domain import Spotting

#: so many of a film's genres count, the likeliest ones
_COUNTED = 2
#: a range of tempi is no narrower than this many times its slowest; emotion has to have room
_LEAST_ROOM = 1.3


@dataclass(frozen=True, slots=True)
class GenreHints:
    """Suggestions; None where a genre suggests nothing."""

    #: slowest and fastest tempo in beats a minute
    tempo_bpm: tuple[float, float] | None = None
    #: a preset of `presets/ensembles`
    ensemble: str | None = None


#: genre of MovieNet → what it suggests
HINTS: dict[str, GenreHints] = {
    "Action": GenreHints((80, 144), "full-orchestra"),
    "Adventure": GenreHints((76, 144), "full-orchestra"),
    "Animation": GenreHints((76, 144), "chamber-orchestra"),
    "Biography": GenreHints((60, 112), "chamber-orchestra"),
    "Comedy": GenreHints((80, 144), "chamber-orchestra"),
    "Crime": GenreHints((66, 126), "band"),
    "Documentary": GenreHints((60, 112), "ambient"),
    "Drama": GenreHints((58, 108), "piano-and-strings"),
    "Family": GenreHints((76, 138), "chamber-orchestra"),
    "Fantasy": GenreHints((66, 138), "full-orchestra"),
    "History": GenreHints((60, 120), "full-orchestra"),
    "Horror": GenreHints((54, 126), "ambient"),
    "Music": GenreHints(None, "band"),
    "Musical": GenreHints((76, 144), "band"),
    "Mystery": GenreHints((58, 112), "ambient"),
    "Romance": GenreHints((58, 104), "piano-and-strings"),
    "Sci-Fi": GenreHints((60, 132), "ambient"),
    "Sport": GenreHints((84, 144), "band"),
    "Thriller": GenreHints((66, 138), "ambient"),
    "War": GenreHints((60, 126), "full-orchestra"),
    "Western": GenreHints((66, 126), "chamber-orchestra"),
}


def genre_hints(genres: Sequence[str]) -> GenreHints:
    """What the two likeliest genres suggest together: the tempi that both know, and the ensemble of the first.

    Where hardly a tempo is common to both, the first decides.

    Args:
        genres: the likeliest first; unknown ones are passed over.
    """
    known = [HINTS[name] for name in genres if name in HINTS][:_COUNTED]
    ranges = [hint.tempo_bpm for hint in known if hint.tempo_bpm is not None]
    tempo = ranges[0] if ranges else None
    if len(ranges) == _COUNTED:
        low, high = max(low for low, _ in ranges), min(high for _, high in ranges)
        tempo = (low, high) if high >= _LEAST_ROOM * low else tempo
    return GenreHints(tempo, next((hint.ensemble for hint in known if hint.ensemble is not None), None))


def with_genre(spotting: Spotting, genres: Sequence[str], *, ensemble_is_open: bool) -> Spotting:
    """A spotting with what its genres suggest, where nothing was wished: tempi of the whole film, and the ensemble.

    Args:
        spotting: what is asked for; passages with tempi of their own keep them.
        genres: the likeliest first.
        ensemble_is_open: whether nobody chose the ensemble that it names.
    """
    hints = genre_hints(genres)
    if spotting.tempo_bpm is None and hints.tempo_bpm is not None:
        spotting = replace(spotting, tempo_bpm=hints.tempo_bpm)
    if ensemble_is_open and hints.ensemble is not None:
        spotting = replace(spotting, ensemble=hints.ensemble)
    return spotting
