"""What was found in a film, as lines for a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

_HEADER = "   from  kind      valence  arousal  confidence  likeliest"
#: in a note: the remedy of what is missing from the installation, rather than from the film
_FETCHED = re.compile(r"emsync weights (?:fetch|verify)")
_INSTALLED = re.compile(r"pip install '[^']+'")
#: shares of classes closer than this are all alike: nobody knows
_ALIKE = 1e-3


def shot_lines(facts: dict[str, Any]) -> list[str]:
    """One line a shot: where it begins, how, its mean emotion, how sure that is, and the likeliest of six classes."""
    classes = list(facts["curve"][0]["ekman"])
    times = np.array([point["time_s"] for point in facts["curve"]])
    table = np.array([_row(point) for point in facts["curve"]])
    starts = [{"time_s": 0.0, "kind": "start"}, *facts["boundaries"]]
    ends = [boundary["time_s"] for boundary in facts["boundaries"]] + [np.inf]
    lines = [_HEADER]
    for start, end in zip(starts, ends, strict=True):
        first, last = np.searchsorted(times, (start["time_s"], end))
        # a shot between two points of the grid is told by the one before it
        inside = table[first:last] if first < last else table[[max(0, first - 1)]]
        valence, arousal, confidence, *shares = inside.mean(axis=0).tolist()
        place = f"{start['time_s']:7.2f}  {start['kind']:8}"
        likeliest = _likeliest(classes, shares)
        lines.append(f"{place}  {valence:+7.2f}  {arousal:+7.2f}  {confidence:10.2f}  {likeliest}")
    return lines


def _row(point: dict[str, Any]) -> list[float]:
    return [point["valence"], point["arousal"], point["confidence"], *point["ekman"].values()]


def _likeliest(classes: list[str], shares: list[float]) -> str:
    best = int(np.argmax(shares))
    return f"{classes[best]} {shares[best]:.2f}" if shares[best] - min(shares) > _ALIKE else "unknown"


def missing_line(experts: list[dict[str, Any]]) -> str | None:
    """Which experts did not answer, and what to do about it, in one line; None where all did."""
    absent = {expert["name"]: expert["note"] for expert in experts if not expert["available"]}
    remedies = {name: remedy for name, note in absent.items() if (remedy := _remedy(note)) is not None}
    parts = []
    if remedies:
        counted = "1 expert is" if len(remedies) == 1 else f"{len(remedies)} experts are"
        parts.append(
            f"{counted} missing: {', '.join(remedies)}; run {' and '.join(dict.fromkeys(remedies.values()))}"
        )
    quiet = [f"{name} ({note})" for name, note in absent.items() if name not in remedies]
    if quiet:
        parts.append(f"not heard: {', '.join(quiet)}")
    return "; ".join(parts) or None


def _remedy(note: str) -> str | None:
    """What brings an expert back; None where it is the film that has nothing for it."""
    installed = _INSTALLED.search(note)
    if installed is not None:
        return installed[0]
    told = _FETCHED.search(note)
    return None if told is None else told[0]


def moment_lines(moment: dict[str, Any]) -> Iterator[str]:
    """What each expert made of a moment, a line each, the surest first."""
    classes, shares = list(moment["ekman"]), list(moment["ekman"].values())
    yield (
        f"at {moment['time_s']:.2f} s: valence {moment['valence']:+.2f}, arousal {moment['arousal']:+.2f}, "
        f"confidence {moment['confidence']:.2f}, {_likeliest(classes, shares)}"
    )
    for voice in moment["experts"]:
        if not voice["valence_confidence"] and not voice["arousal_confidence"]:
            yield f"  {voice['name']:8}  has nothing to say here"
            continue
        words = f"  {voice['evidence']}" if voice["evidence"] else ""
        yield (
            f"  {voice['name']:8}  valence {voice['valence']:+.2f} (sure {voice['valence_confidence']:.2f})  "
            f"arousal {voice['arousal']:+.2f} (sure {voice['arousal_confidence']:.2f}){words}"
        )
