"""All that a desk and its browser share. What the fields hold is told where they are made: `view`, `film_place`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emsync_nb.extras import require
from emsync_nb.widgets.desk.remembered import film_time, finite, stretch

AnyWidget = require("anywidget").AnyWidget
traits = require("traitlets")

#: slowest and fastest that a film is played
SPEEDS = (-8.0, 8.0)


class DeskTraits(AnyWidget):  # type: ignore[misc, valid-type] # it comes with an extra
    """Traits, and a guard: the browser sets those that are its own, to values that can be."""

    _esm = traits.Unicode().tag(sync=True)
    _css = traits.Unicode().tag(sync=True)

    film = traits.Dict().tag(sync=True)
    thumbnails = traits.Dict().tag(sync=True)
    thumbnails_jpeg = traits.Bytes().tag(sync=True)
    curve = traits.Bytes().tag(sync=True)
    analysed = traits.Bytes().tag(sync=True)
    experts = traits.List().tag(sync=True)
    expert_columns = traits.Bytes().tag(sync=True)
    boundaries = traits.List().tag(sync=True)
    clicks = traits.Bytes().tag(sync=True)
    sections = traits.List().tag(sync=True)
    cues = traits.List().tag(sync=True)
    tracks = traits.List().tag(sync=True)
    notes = traits.Bytes().tag(sync=True)
    locks = traits.List().tag(sync=True)
    takes = traits.List().tag(sync=True)
    accepted = traits.Unicode(None, allow_none=True).tag(sync=True)
    history = traits.Dict().tag(sync=True)
    job = traits.Dict().tag(sync=True)
    notice = traits.Dict().tag(sync=True)
    read_only = traits.Unicode("").tag(sync=True)

    # the browser's own; not echoed, for it sends them often
    position_s = traits.Float(0.0).tag(sync=True, echo_update=False)
    playing = traits.Bool(False).tag(sync=True, echo_update=False)
    speed = traits.Float(1.0).tag(sync=True, echo_update=False)
    loop = traits.List().tag(sync=True, echo_update=False)
    selection = traits.List().tag(sync=True, echo_update=False)
    view = traits.Dict().tag(sync=True, echo_update=False)


def believed(state: Mapping[str, Any]) -> dict[str, Any]:
    """What of a browser's state is its own to set, and can be."""
    found = {name: _CHECKS[name](value) for name, value in state.items() if name in _CHECKS}
    return {name: value for name, value in found.items() if value is not None}


def _is_playing(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _speed(value: object) -> float | None:
    found = finite(value)
    return found if found is not None and SPEEDS[0] <= found <= SPEEDS[1] else None


def _stretch(value: object) -> list[float] | None:
    if value is None or value == []:
        return []
    found = stretch(value)
    return None if found is None else list(found)


def _view(value: object) -> dict[str, float] | None:
    found = stretch(value)
    return None if found is None else {"start_s": found[0], "end_s": found[1]}


_CHECKS = {
    "position_s": film_time,
    "playing": _is_playing,
    "speed": _speed,
    "loop": _stretch,
    "selection": _stretch,
    "view": _view,
}
