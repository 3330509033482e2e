"""Sessions that older versions wrote, brought to the present one. What was there stays beside, as session.v1.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from emsync_nb.domain import Boundary, Cue, EmotionCurve, Spotting, VideoCues
from emsync_nb.errors import OutputError
from emsync_nb.session.atomic import write_atomically
from emsync_nb.session.documents import passage_from, plan_digest
from emsync_nb.session.film import START, FilmReference
from emsync_nb.session.state import State, Take
from emsync_nb.session.store import MAX_BYTES, SESSION, Entry, Head, Store
from emsync_nb.session.theme_documents import theme_from
from emsync_nb.weights import sha256

#: what scoring a film notes: settings, curve and boundaries, and which score.mid was made
FIRST_SCHEMA = 1
_ASIDE = "session.v1.json"
_SCORE = "score.mid"
#: times were noted as decimal numbers; no film has more ticks a second
_FINEST = 100_000


def head_of(store: Store) -> Head:
    """What session.json says; what an older version wrote becomes a session on the way.

    Raises:
        OutputError: it is missing, damaged or of a newer version.
        VideoError: an older one, whose film is not there or cannot be read.
    """
    path = store.folder / SESSION
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
        document = json.loads(data)
    except (OSError, ValueError, RecursionError):
        return store.read_head()  # which says what is wrong
    if not isinstance(document, dict) or type(document.get("schema")) is not int:
        return store.read_head()
    if document["schema"] != FIRST_SCHEMA:
        return store.read_head()
    try:
        film = _film(document["film"])
        spotting = _spotting(document, film, store)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:160]
        raise OutputError(
            f"{path} is damaged ({reason}); score the film again, with --out elsewhere"
        ) from error
    write_atomically(store.folder / _ASIDE, data)
    head = Head(film, (_entry(store, State(spotting), "analysed the film"),), 0)
    state = _with_score(document, spotting, store)
    if state is not None:
        head = head.with_entry(_entry(store, state, "scored the film as take 001"))
    store.write_head(head)
    return head


def _film(document: dict[str, Any]) -> FilmReference:
    return FilmReference(str(document["path"]), int(document["size"]), str(document["fingerprint"]), START)


def _spotting(document: dict[str, Any], film: FilmReference, store: Store) -> Spotting:
    from emsync_nb.video import probe

    info, curve, settings = probe(film.found(store.folder)), document["curve"], document["settings"]
    boundaries = tuple(
        Boundary(_exact(one["time_s"]), one["kind"], float(one["strength"])) for one in document["boundaries"]
    )
    cues = tuple(
        Cue(_exact(one["in_s"]), _exact(one["out_s"]), one["entry"], one["ending"])
        for one in settings["cues"]
    )
    spotting = Spotting(
        VideoCues(info, boundaries, EmotionCurve(curve["time_s"], curve["valence"], curve["arousal"])),
        str(settings["ensemble"]),
        int(settings["seed"]),
        cues,
        tempo_bpm=_tempi(document.get("tempo_bpm")),
        passages=tuple(map(passage_from, document.get("passages", ()))),
    )
    if "theme" not in document:
        return spotting
    return spotting.with_theme(theme_from(document["theme"]), map(_exact, settings["theme_at"]))


def _tempi(noted: Sequence[float] | None) -> tuple[float, float] | None:
    """The range of tempi that was asked for, such as a genre's."""
    if noted is None:
        return None
    slowest, fastest = noted
    return float(slowest), float(fastest)


def _exact(time_s: float) -> Fraction:
    return Fraction(time_s).limit_denominator(_FINEST)


def _with_score(document: dict[str, Any], spotting: Spotting, store: Store) -> State | None:
    """The state with the score that was made as its first take; None where that is gone or was edited."""
    score, hashes = store.folder / _SCORE, document.get("sha256")
    known = hashes.get(_SCORE) if isinstance(hashes, dict) else None
    if not score.is_file() or sha256(score) != known:
        return None
    take = Take("001", known, "generated", spotting.seed, plan_digest(spotting))
    store.put_music(take.file, score.read_bytes())
    return State(spotting, (take,), take.name)


def _entry(store: Store, state: State, what: str) -> Entry:
    return Entry(store.put_state(state), what, datetime.now(UTC).isoformat(timespec="seconds"))
