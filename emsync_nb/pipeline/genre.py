"""The genre of a film on its way: read where somebody has trained a head for it, and followed where nobody chose."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from emsync_nb.domain import Cue, Spotting, VideoCues
from emsync_nb.pipeline.settings import DEFAULT_ENSEMBLE

if TYPE_CHECKING:
    from emsync_nb.analysis import Analysis
    from emsync_nb.analysis.genre import Genre

#: longest side of the pictures that CLIP sees, which are then cut to squares of 224
_CLIP_SIDE = 336


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
    """The genres of a film by a trained head, or by CLIP where the user has it; None without either.

    A film that was analysed earlier, so that no expert was asked, has none.

    Raises:
        CheckpointError: the head is missing, damaged, or answers something else.
        WeightsError: what should be CLIP is something else.
        VideoError: CLIP is to see the film, and it cannot be read any more.
        MissingExtraError: safetensors is not installed.
    """
    from emsync_nb.analysis.genre import genre_checkpoint, read_genre

    if not analysis.opinions:
        return None
    checkpoint = genre_checkpoint()
    return _seen_by_clip(analysis.cues) if checkpoint is None else read_genre(analysis.opinions, checkpoint)


@lru_cache(maxsize=2)  # planning and the report ask one after the other
def _seen_by_clip(cues: VideoCues) -> Genre | None:
    """What CLIP, untrained, makes of a picture of each shot."""
    from emsync_nb.analysis.genre import genre_of_pictures, has_clip
    from emsync_nb.pipeline.stills import stills_of

    if not has_clip():
        return None
    return genre_of_pictures([still.rgb for still in stills_of(cues, _CLIP_SIDE)])


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
        return "Neither a trained head for genres nor CLIP is present; planning ignores the genre."
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
        CheckpointError, WeightsError, VideoError, MissingExtraError: as `genre_of`.
    """
    spotting = Spotting(analysis.cues, ensemble or DEFAULT_ENSEMBLE, seed, cues)
    genre = genre_of(analysis)
    if genre is None:
        return spotting
    from emsync_nb.planning.genre_hints import with_genre

    return with_genre(spotting, genre.names, ensemble_is_open=ensemble is None)
