"""A theme as JSON and back, and what a plan says of it. Fields stand in session.schema.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emsync_nb.domain import Key, Theme

Document = dict[str, Any]


def theme_document(theme: Theme) -> Document:
    """A theme, note by note."""
    return {
        "onsets": [int(onset) for onset in theme.onsets],
        "durations": [int(duration) for duration in theme.durations],
        "pitches": [int(pitch) for pitch in theme.pitches],
        "velocities": [int(velocity) for velocity in theme.velocities],
        "key": [int(theme.key.tonic), theme.key.mode],
    }


def theme_from(document: Mapping[str, Any]) -> Theme:
    """A theme as it was.

    Raises:
        ValueError, KeyError, TypeError: no such document.
    """
    tonic, mode = document["key"]
    if mode not in ("major", "minor"):
        raise ValueError(f"no mode: {mode!r:.80}")
    return Theme(
        _whole_numbers(document["onsets"]),
        _whole_numbers(document["durations"]),
        _whole_numbers(document["pitches"]),
        _whole_numbers(document["velocities"]),
        Key(_whole_numbers([tonic])[0], mode),
    )


def _whole_numbers(column: object) -> tuple[int, ...]:
    if not isinstance(column, list) or any(type(value) is not int for value in column):
        raise ValueError(f"no whole numbers: {column!r:.80}")
    return tuple(column)


def theme_wish_from(value: object) -> bool | None:
    """Whether a passage wishes for the theme; None where it does not say.

    Raises:
        ValueError: neither.
    """
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"no wish for a theme: {value!r:.80}")
    return value
