"""A session's values as JSON and back. What the fields mean stands in session.schema.json, which ships beside this."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from emsync_nb.domain import Boundary, Cue, EmotionCurve, Key, Passage, Spotting, VideoCues, VideoInfo
from emsync_nb.session.state import Lock, PlayedBy, State, Take
from emsync_nb.session.theme_documents import theme_document, theme_from, theme_wish_from

Document = dict[str, Any]
#: longer texts are no fraction of ours
_MAX_FRACTION = 64
#: as we write fractions; no exponents, for which a few characters may mean gigabytes
_FRACTION = re.compile(r"-?[0-9]+(/[0-9]*[1-9][0-9]*)?")


def canonical(document: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """The one way in which a JSON value is written, so that its digest names it."""
    text = json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest(document: Any) -> str:  # noqa: ANN401 - any JSON value
    """24 hexadecimal digits that name a JSON value."""
    return digest_of(canonical(document))


def digest_of(written: bytes) -> str:
    """24 hexadecimal digits that name a JSON value, as `canonical` wrote it."""
    return hashlib.sha256(written).hexdigest()[:24]


def plan_digest(spotting: Spotting) -> str:
    """24 hexadecimal digits that name what was asked for."""
    return digest(spotting_document(spotting, digest(curve_document(spotting.film.curve))))


def _fraction(text: object) -> Fraction:
    if not isinstance(text, str) or len(text) > _MAX_FRACTION or not _FRACTION.fullmatch(text):
        raise ValueError(f"no fraction: {text!r:.80}")
    return Fraction(text)


def _text(value: Fraction | float) -> str:
    """A fraction as it is written; what could not be read again is refused."""
    text = str(Fraction(value))
    if len(text) > _MAX_FRACTION:
        raise ValueError(f"{float(value):g} is given more finely than can be kept; round it")
    return text


def _floats(pair: tuple[float, float] | None) -> list[float] | None:
    return None if pair is None else [float(pair[0]), float(pair[1])]


def _float_pair(pair: Sequence[Any] | None) -> tuple[float, float] | None:
    found = _optional_pair(pair)
    return None if found is None else (float(found[0]), float(found[1]))


def _int_pair(pair: Sequence[Any] | None) -> tuple[int, int] | None:
    found = _optional_pair(pair)
    return None if found is None else (int(found[0]), int(found[1]))


def _optional_pair(pair: Sequence[Any] | None) -> tuple[Any, Any] | None:
    if pair is None:
        return None
    first, second = pair
    return first, second


def video_document(video: VideoInfo) -> Document:
    """What is known of a film, but where it lies."""
    return {
        "duration_s": _text(video.duration_s),
        "fps": _text(video.fps),
        "width": video.width,
        "height": video.height,
        "rotation": video.rotation,
        "has_audio": video.has_audio,
        "codec": video.codec,
    }


def video_from(document: Mapping[str, Any], path: Path) -> VideoInfo:
    """What is known of a film that lies at a path."""
    return VideoInfo(
        path,
        _fraction(document["duration_s"]),
        _fraction(document["fps"]),
        int(document["width"]),
        int(document["height"]),
        int(document["rotation"]),
        bool(document["has_audio"]),
        str(document["codec"]),
    )


def curve_document(curve: EmotionCurve) -> Document:
    """A curve, number by number."""
    return {
        "times_s": curve.times_s.tolist(),
        "valence": curve.valence.tolist(),
        "arousal": curve.arousal.tolist(),
    }


def curve_from(document: Mapping[str, Any]) -> EmotionCurve:
    """A curve as it was."""
    return EmotionCurve(document["times_s"], document["valence"], document["arousal"])


def spotting_document(spotting: Spotting, curve: str) -> Document:
    """A spotting; its curve is long and often the same, so it is named by its digest."""
    return {
        "video": video_document(spotting.film.video),
        "boundaries": [_boundary_document(boundary) for boundary in spotting.film.boundaries],
        "curve": curve,
        "ensemble": spotting.ensemble,
        "seed": int(spotting.seed),
        "cues": [_cue_document(cue) for cue in spotting.cues],
        "tempo_bpm": _floats(spotting.tempo_bpm),
        "passages": [passage_document(passage) for passage in spotting.passages],
        **_theme_fields(spotting),
    }


def _theme_fields(spotting: Spotting) -> Document:
    """Only what is there, so that a plan without a theme keeps the digest that it always had."""
    if spotting.theme is None:
        return {}
    found: Document = {"theme": theme_document(spotting.theme)}
    if spotting.theme_at_s:
        found["theme_at_s"] = [_text(time_s) for time_s in spotting.theme_at_s]
    return found


def spotting_from(document: Mapping[str, Any], curve: EmotionCurve, film: Path) -> Spotting:
    """A spotting as it was; the film lies at a path."""
    boundaries = tuple(_boundary_from(one) for one in document["boundaries"])
    return Spotting(
        VideoCues(video_from(document["video"], film), boundaries, curve),
        str(document["ensemble"]),
        int(document["seed"]),
        tuple(_cue_from(one) for one in document["cues"]),
        _float_pair(document["tempo_bpm"]),
        tuple(passage_from(one) for one in document["passages"]),
        theme_from(document["theme"]) if "theme" in document else None,
        tuple(_fraction(time_s) for time_s in document.get("theme_at_s", ())),
    )


def _boundary_document(boundary: Boundary) -> Document:
    return {
        "time_s": _text(boundary.time_s),
        "kind": boundary.kind,
        "strength": float(boundary.strength),
        "locked": bool(boundary.locked),
    }


def _boundary_from(document: Mapping[str, Any]) -> Boundary:
    kind = document["kind"]
    if kind not in ("cut", "fade", "dissolve"):
        raise ValueError(f"no kind of boundary: {kind!r:.80}")
    locked = bool(document["locked"])
    return Boundary(_fraction(document["time_s"]), kind, float(document["strength"]), locked)


def _cue_document(cue: Cue) -> Document:
    return {
        "in_s": _text(cue.in_s),
        "out_s": _text(cue.out_s),
        "entry": cue.entry,
        "ending": cue.ending,
        "fade_out_s": float(cue.fade_out_s),
    }


def _cue_from(document: Mapping[str, Any]) -> Cue:
    entry, ending = document["entry"], document["ending"]
    if entry not in ("attack", "fade_in") or ending not in ("ring", "fade_out"):
        raise ValueError(f"no way to enter or to end: {entry!r:.80}, {ending!r:.80}")
    in_s, out_s = _fraction(document["in_s"]), _fraction(document["out_s"])
    return Cue(in_s, out_s, entry, ending, float(document["fade_out_s"]))


def passage_document(passage: Passage) -> Document:
    """A wish for a stretch of the film."""
    return {
        "start_s": _text(passage.start_s),
        "end_s": _text(passage.end_s),
        "key": None if passage.key is None else [int(passage.key.tonic), passage.key.mode],
        "parts": None if passage.parts is None else list(passage.parts),
        "tempo_bpm": _floats(passage.tempo_bpm),
        **({} if passage.theme is None else {"theme": bool(passage.theme)}),
    }


def passage_from(document: Mapping[str, Any]) -> Passage:
    """A wish as it was."""
    key = _optional_pair(document["key"])
    if key is not None and key[1] not in ("major", "minor"):
        raise ValueError(f"no mode: {key[1]!r:.80}")
    return Passage(
        _fraction(document["start_s"]),
        _fraction(document["end_s"]),
        None if key is None else Key(int(key[0]), key[1]),
        None if document["parts"] is None else tuple(map(str, document["parts"])),
        _float_pair(document["tempo_bpm"]),
        theme_wish_from(document.get("theme")),
    )


def take_document(take: Take) -> Document:
    """A take but for its music, which lies in a file of its own."""
    return {
        "name": take.name,
        "sha256": take.sha256,
        "kind": take.kind,
        "seed": take.seed,
        "plan": take.plan,
        "parent": take.parent,
        "bars": None if take.bars is None else list(take.bars),
        "tracks": list(take.tracks),
        **({"played_by": [list(pair) for pair in take.played_by]} if take.played_by else {}),
    }


def take_from(document: Mapping[str, Any]) -> Take:
    """A take as it was."""
    name, kind = str(document["name"]), document["kind"]
    if not (name.isascii() and name.isdigit()):  # it becomes the name of a file
        raise ValueError(f"no name of a take: {name!r:.80}")
    if kind not in ("generated", "regenerated", "imported"):
        raise ValueError(f"no kind of take: {kind!r:.80}")
    seed, parent = document["seed"], document["parent"]
    return Take(
        name,
        str(document["sha256"]),
        kind,
        None if seed is None else int(seed),
        str(document["plan"]),
        None if parent is None else str(parent),
        _int_pair(document["bars"]),
        tuple(map(str, document["tracks"])),
        _played_by_from(document.get("played_by", ())),
    )


def _played_by_from(pairs: Sequence[Any]) -> PlayedBy:
    found = tuple((str(track), str(player)) for track, player in pairs)
    if any(len(set(names)) < len(found) for names in zip(*found, strict=True)):
        raise ValueError("a track has two players, or a player two tracks")
    return found


def _lock_document(lock: Lock) -> Document:
    return {
        "track": lock.track,
        "bars": None if lock.bars is None else list(lock.bars),
        "notes": [[_text(beat), int(pitch)] for beat, pitch in lock.notes],
    }


def _lock_from(document: Mapping[str, Any]) -> Lock:
    track = document["track"]
    return Lock(
        None if track is None else str(track),
        _int_pair(document["bars"]),
        tuple((_fraction(beat), int(pitch)) for beat, pitch in document["notes"]),
    )


def state_document(state: State, curve: str | None) -> Document:
    """A state; `curve` names the curve of its spotting."""
    spotting = None
    if state.spotting is not None and curve is not None:
        spotting = spotting_document(state.spotting, curve)
    return {
        "spotting": spotting,
        "takes": [take_document(take) for take in state.takes],
        "accepted": state.accepted,
        "locks": [_lock_document(lock) for lock in state.locks],
        "muted": sorted(state.muted),
        "soloed": sorted(state.soloed),
    }


def state_from(document: Mapping[str, Any], curve: EmotionCurve | None, film: Path) -> State:
    """A state as it was.

    Raises:
        ValueError, KeyError, TypeError: no such document.
    """
    spotting, accepted = document["spotting"], document["accepted"]
    state = State(
        None if spotting is None or curve is None else spotting_from(spotting, curve, film),
        tuple(take_from(one) for one in document["takes"]),
        None,
        tuple(_lock_from(one) for one in document["locks"]),
        frozenset(map(str, document["muted"])),
        frozenset(map(str, document["soloed"])),
    )
    return state if accepted is None else replace(state, accepted=state.take(str(accepted)).name)
