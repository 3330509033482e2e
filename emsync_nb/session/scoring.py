"""Score a film into its folder, with the session that says how."""

from __future__ import annotations

import itertools
import json
import logging
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from emsync_nb import __version__
from emsync_nb.errors import OutputError, VideoError
from emsync_nb.pipeline import Progress, ScoreResult, ScoreSettings, score_into
from emsync_nb.session.atomic import write_atomically
from emsync_nb.session.documents import passage_document
from emsync_nb.session.film import START, default_folder, fingerprint, path_from
from emsync_nb.session.session import Session
from emsync_nb.session.store import SESSION
from emsync_nb.session.theme_documents import theme_document
from emsync_nb.session.work_folder import WorkFolder
from emsync_nb.weights import sha256

#: version of session.json
SCHEMA = 1
#: results that one run makes and the next may not
_OPTIONAL = ("mix.wav", "master.wav", "scored.*", "stems/*.wav")
#: results of every run
_ALWAYS = ("score.mid", "score.musicxml", "emotion.png", "report.json", "session.json")

log = logging.getLogger(__name__)


def score(
    video: Path | str,
    out: Path | str | None = None,
    settings: ScoreSettings | None = None,
    *,
    progress: Progress | None = None,
) -> ScoreResult:
    """Score a film: analyse, plan, compose, notate, render, master, and lay the music under the picture.

    Where the folder holds the session of the film, or what scoring it has noted, this goes on with it: the film is
    not analysed again, and the music is a take more, which is accepted and written out; the takes before it stay.

    Args:
        video: any film that FFmpeg reads, 2 s or longer.
        out: folder of the results; made if missing. Default: `film.emsync` beside `film.mp4`.
        settings: seed, ensemble, mastering, cues and more.
        progress: hears how far the work is.

    Raises:
        UserError: with one line that says what is wrong and what to do; nothing is left behind.
    """
    settings = settings or ScoreSettings()
    video = Path(video)
    folder = Path(out) if out else default_folder(video)
    _refuse_own_film(folder, video)
    work = WorkFolder(folder, _ALWAYS)
    # what a killed run has left is put into place first: it may be the session
    with work as unfinished, _opened(folder, video) as session:
        spotting = None if session is None else session.state.spotting
        start = START if session is None else session.film.start_timecode
        result = score_into(
            video, unfinished, settings, spotting=spotting, start_timecode=start, progress=progress
        )
        _write_json(unfinished / "report.json", result.report)
        if session is None:
            _write_json(unfinished / "session.json", _session(video, folder, settings, result))
        for line in _kept_of(session, folder, unfinished, result.files.keys()):
            log.warning(line)
            if progress is not None:
                progress.notice(line)
        work.finish()
        if session is not None:
            session.keep_score(result.score, result.spotting)
    names = [*result.files, "report.json", "session.json"]
    return replace(result, files={name: folder / name for name in names})


@contextmanager
def _opened(folder: Path, video: Path) -> Iterator[Session | None]:
    """The session of the film that lies in a folder, to go on with; None where there is none yet.

    Raises:
        OutputError: the session of another film, or a damaged one.
        VideoError: the film cannot be read.
        HeldElsewhere: another process holds it.
    """
    noted = _noted(folder, video)
    if not noted:
        yield None
        return
    if noted.get("schema") == SCHEMA:
        _find_film(noted, folder, video)
    with Session.open(folder) as session:
        try:
            session.film.check(video)
        except VideoError as error:
            raise OutputError(
                f"{folder} holds the session of another film; choose another folder with --out"
            ) from error
        yield session


def _find_film(noted: dict[str, Any], folder: Path, video: Path) -> None:
    """Only with its film does what was noted become a session, and that may have moved."""
    path = path_from(folder.resolve(), video.resolve())
    if noted["film"].get("path") != path:
        noted["film"]["path"] = path
        write_atomically(folder / SESSION, _json(noted))


def _refuse_own_film(folder: Path, video: Path) -> None:
    """A film that is called like a result, in the folder of the results, would be replaced by it."""
    # realpath and not resolve, which fails on a link that leads to itself
    film, place = Path(os.path.realpath(video)), Path(os.path.realpath(folder))
    if film.parent == place and film.stem.casefold() == "scored":
        raise OutputError(
            f"{video} would be overwritten by the scored film; choose another folder with --out"
        )


def _noted(folder: Path, video: Path) -> dict[str, Any]:
    """What session.json says of this film, empty where there is none; another film's is never touched."""
    existing = folder / SESSION
    try:
        if not video.is_file() or not existing.is_file():
            return {}
        session: dict[str, Any] = json.loads(existing.read_text(encoding="utf-8"))
        known = session["film"]["fingerprint"]
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be used ({error.strerror}); choose another") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise OutputError(
            f"{existing} is damaged; move it away or choose another folder with --out"
        ) from error
    if known != fingerprint(video):
        raise OutputError(f"{folder} holds the session of another film; choose another folder with --out")
    return session


def _kept_of(session: Session | None, folder: Path, unfinished: Path, new: Collection[str]) -> Iterator[str]:
    """Keep what somebody may miss of an earlier run, and say so, a line each."""
    if session is None:
        return
    known = {take.sha256 for take in session.state.takes}
    score = folder / "score.mid"
    if score.is_file() and sha256(score) not in known:
        aside = next(path for path in _numbered(folder) if not path.exists())
        shutil.copy2(score, unfinished / aside.name)
        yield f"score.mid was edited since the last run; the edit is kept as {aside.name}"
    optional = (path for pattern in _OPTIONAL for path in folder.glob(pattern))
    stale = sorted(str(path.relative_to(folder)) for path in optional)
    stale = [name for name in stale if name not in new]
    if stale:
        yield f"of an earlier run, and left as they are: {', '.join(stale)}"


def _numbered(folder: Path) -> Iterator[Path]:
    return (folder / f"score.edited-{number}.mid" for number in itertools.count(1))


def _session(video: Path, folder: Path, settings: ScoreSettings, result: ScoreResult) -> dict[str, Any]:
    choices = asdict(settings)
    choices["cues"] = [
        {"in_s": float(cue.in_s), "out_s": float(cue.out_s), "entry": cue.entry, "ending": cue.ending}
        for cue in settings.cues
    ]
    for name in ("soundfont", "theme"):
        choices[name] = None if choices[name] is None else str(choices[name])
    choices["theme_at"] = [float(time_s) for time_s in settings.theme_at]
    choices["ensemble"] = result.spotting.ensemble  # whom a genre or a direction brought in
    if settings.direction is None:
        del choices["direction"], choices["keep_ensemble"]
    return {
        "schema": SCHEMA,
        "emsync_nb": __version__,
        "film": {
            "path": path_from(folder.resolve(), video.resolve()),
            "size": video.stat().st_size,
            "fingerprint": fingerprint(video),
        },
        "settings": choices,
        **({} if result.spotting.tempo_bpm is None else {"tempo_bpm": result.spotting.tempo_bpm}),
        **_theme_of(result),
        "passages": [passage_document(passage) for passage in result.spotting.passages],
        "curve": {
            "time_s": result.plan.curve.times_s.tolist(),
            "valence": result.plan.curve.valence.tolist(),
            "arousal": result.plan.curve.arousal.tolist(),
        },
        "boundaries": result.report["boundaries"],
        "sections": result.report["sections"],
        "files": sorted(result.files),
        "sha256": {"score.mid": sha256(result.files["score.mid"])},
    }


def _theme_of(result: ScoreResult) -> dict[str, Any]:
    """The notes of a theme: its file may change before somebody goes on with the session."""
    theme = result.spotting.theme
    return {} if theme is None else {"theme": theme_document(theme)}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_bytes(_json(content))


def _json(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    # a file name that is no UTF-8 becomes the escape that JSON has for it
    return text.encode("utf-8", errors="backslashreplace")
