"""The genre of a film on its way: read where somebody has trained a head for it, and followed where nobody chose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emsync_nb.domain import Cue, Spotting
from emsync_nb.pipeline.settings import DEFAULT_ENSEMBLE

if TYPE_CHECKING:
    from emsync_nb.analysis import Analysis
    from emsync_nb.analysis.genre import Genre


def check_genre_head() -> None:
    """Make sure, before long work begins, that a head that was named can be read.

    Raises:
        CheckpointError: missing or damaged.
        MissingExtraError: safetensors is not installed.
    """
    from emsync_nb.analysis.genre import genre_checkpoint

    checkpoint = genre_checkpoint()
    if checkpoint is not None:
        from emsync_nb.analysis.feature_fusion import load_head

        load_head(checkpoint)


def genre_of(analysis: Analysis) -> Genre | None:
    """The genres of a film; None where no trained head is present, or no expert was asked.

    Raises:
        CheckpointError: the head is missing, damaged, or answers something else.
        MissingExtraError: safetensors is not installed.
    """
    from emsync_nb.analysis.genre import genre_checkpoint, read_genre

    return read_genre(analysis.opinions, genre_checkpoint())


def genre_facts(genre: Genre | None) -> dict[str, Any] | None:
    """The genres as JSON has them: the likely ones, the likeliest first, and the probability of each."""
    if genre is None:
        return None
    from emsync_nb.analysis.genre import GENRES

    shares = zip(GENRES, genre.probabilities.tolist(), strict=True)
    return {
        "names": list(genre.names),
        "probabilities": {name: round(share, 4) for name, share in shares},
        "source": genre.source,
    }


def genre_note(analysis: Analysis, genre: Genre | None) -> str:
    """What planning makes of the genre, in a sentence."""
    if not analysis.opinions:
        return "The film was analysed earlier, and what was asked for then stays; planning ignores the genre."
    if genre is None:
        return "No trained head for genres is present; planning ignores the genre."
    return "Planning takes tempi and the ensemble from the genre where nobody chose them."


def first_spotting(
    analysis: Analysis, ensemble: str | None = None, seed: int = 0, cues: tuple[Cue, ...] = ()
) -> Spotting:
    """What is asked of a film's music to begin with: what its genre suggests, where it is known and nobody chose.

    Args:
        analysis: of the film.
        ensemble: who plays; None where nobody chose.
        seed: of the plan.
        cues: stretches of music; empty: the whole film.

    Raises:
        CheckpointError, MissingExtraError: as `genre_of`.
    """
    spotting = Spotting(analysis.cues, ensemble or DEFAULT_ENSEMBLE, seed, cues)
    genre = genre_of(analysis)
    if genre is None:
        return spotting
    from emsync_nb.planning.genre_hints import with_genre

    return with_genre(spotting, genre.names, ensemble_is_open=ensemble is None)
