"""What a desk shows besides its session: the film's facts and pictures, what each expert said, which music sounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emsync_nb.domain import VideoInfo
from emsync_nb.errors import PlanError, UserError
from emsync_nb.pipeline.film_analysis import known_findings
from emsync_nb.session.reading import SavedWork, take_file
from emsync_nb.widgets.desk.sound import Music
from emsync_nb.widgets.desk.view import DeskView, Document, expert_documents


def film_info(saved: SavedWork) -> VideoInfo:
    """The facts of a session's film, from its analysis or from the film itself.

    Raises:
        UserError: not analysed yet, and the film is not there or cannot be read.
    """
    from emsync_nb.video import probe

    spotting = saved.state.spotting
    return probe(saved.film.found(saved.folder)) if spotting is None else spotting.film.video


def film_document(saved: SavedWork) -> Document:
    """The trait `film`; what keeps the film from being shown stands in its `problem`."""
    from emsync_nb.widgets.desk.film_place import film_facts

    place, start = saved.film.place(saved.folder), saved.film.start_timecode
    try:
        info = film_info(saved)
    except UserError as error:
        return without_film(place, start, str(error))
    try:
        saved.film.found(saved.folder)
    except UserError as error:
        return {**without_film(place, start, str(error)), **_facts(info)}
    return film_facts(place, info, start, saved.folder)


def without_film(place: Path, start_timecode: str, problem: str) -> Document:
    """The trait `film` of a film that nothing is known of."""
    return {
        "name": place.name,
        "url": None,
        "duration_s": 0.0,
        "fps": [25, 1],
        "start_timecode": start_timecode,
        "width": 16,
        "height": 9,
        "has_sound": False,
        "problem": {"text": problem, "remedies": []},
    }


def _facts(info: VideoInfo) -> Document:
    return {
        "duration_s": float(info.duration_s),
        "fps": [info.fps.numerator, info.fps.denominator],
        "width": info.width,
        "height": info.height,
        "has_sound": info.has_audio,
    }


def thumbnail_traits(saved: SavedWork) -> dict[str, Any]:
    """The strip of pictures.

    Raises:
        UserError: the film is not there or cannot be read.
    """
    from emsync_nb.widgets.desk.film_place import thumbnails

    saved.film.found(saved.folder)
    document, jpeg = thumbnails(film_info(saved))
    return {"thumbnails": document, "thumbnails_jpeg": jpeg}


def music_of(view: DeskView, folder: Path) -> Music:
    """The music of the accepted take, as it will be under the film.

    Raises:
        PlanError: no take is accepted.
        OutputError: its file is missing or was edited.
    """
    state, spotting = view.state, view.spotting
    if state.accepted is None or spotting is None:
        raise PlanError("no take is accepted yet, so there is nothing to hear; make one, or accept one")
    take = state.take(state.accepted)
    cues = spotting.cues if view.plan is None else [planned.cue for planned in view.plan.cues]
    duration_s = float(spotting.film.video.duration_s)
    return Music.of_film(take.name, take_file(folder, take), take.sha256, duration_s, cues)


def expert_traits(saved: SavedWork) -> dict[str, Any]:
    """What each expert said, where that is kept: None before the analysis, [] where the cache has lost it.

    Raises:
        UserError: the film is not there, or the folder of weights is not.
    """
    if saved.state.spotting is None:
        return {"experts": None, "expert_columns": b""}
    found = known_findings(saved.film.found(saved.folder))
    rows, columns = expert_documents(*found) if found is not None else ([], b"")
    return {"experts": rows, "expert_columns": columns}
