"""All that a desk and its browser share. What the fields hold is told where they are made: `view`, `film_place`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emsync_nb.extras import require
from emsync_nb.widgets.desk.remembered import finite, share, stretch

AnyWidget = require("anywidget").AnyWidget
traits = require("traitlets")

#: slowest and fastest that a film is played
SPEEDS = (-8.0, 8.0)
#: where a film ends of which nothing is known yet, in seconds
_UNKNOWN_S = 999_999.0
#: what of a film is shorter than this has no frame, in seconds
_SHORTEST_S = 1e-3


class DeskTraits(AnyWidget):  # type: ignore[misc, valid-type] # it comes with an extra
    """Traits, and a guard: those of the browser, whoever sets them, take only values that can be.

    Times stop at the film's ends, as a slider does; what is no time, or a stretch that ends before it begins, is
    refused.
    """

    _esm = traits.Unicode().tag(sync=True)
    _css = traits.Unicode().tag(sync=True)

    film = traits.Dict().tag(sync=True)
    thumbnails = traits.Dict().tag(sync=True)
    thumbnails_jpeg = traits.Bytes().tag(sync=True)
    curve = traits.Bytes().tag(sync=True)
    analysed = traits.Bytes().tag(sync=True)
    #: None before they were looked for; [] where nobody knows what they said
    experts = traits.List(None, allow_none=True).tag(sync=True)
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
    #: of the film's own sound and of the music, 0 … 1
    film_volume = traits.Float(1.0).tag(sync=True, echo_update=False)
    music_volume = traits.Float(1.0).tag(sync=True, echo_update=False)

    @traits.validate(  # type: ignore[untyped-decorator]
        "position_s", "speed", "loop", "selection", "view", "film_volume", "music_volume"
    )
    def _check_look(self, proposal: dict[str, Any]) -> object:
        name, value = proposal["trait"].name, proposal["value"]
        found = _CHECKS[name](value, self._end_s())
        if found is None:
            raise traits.TraitError(f"{_WANTED[name]}; got {value!r:.60}")
        return found

    @traits.observe("film")  # type: ignore[untyped-decorator]
    def _stay_within(self, _: object) -> None:
        self.position_s = min(float(self.position_s), self._end_s())
        self.loop = _stretch(self.loop, self._end_s()) or []

    def _end_s(self) -> float:
        """Where the film ends; far away where that is not known."""
        return finite(self.film.get("duration_s")) or _UNKNOWN_S


def believed(state: Mapping[str, Any], end_s: float = _UNKNOWN_S) -> dict[str, Any]:
    """What of a browser's state is its own to set, and can be in a film that ends there."""
    found = {name: _CHECKS[name](value, end_s) for name, value in state.items() if name in _CHECKS}
    return {name: value for name, value in found.items() if value is not None and value != {}}


def _position(value: object, end_s: float) -> float | None:
    found = finite(value)
    return None if found is None else min(max(found, 0.0), end_s)


def _is_playing(value: object, _: float) -> bool | None:
    return value if isinstance(value, bool) else None


def _speed(value: object, _: float) -> float | None:
    found = finite(value)
    return found if found and SPEEDS[0] <= found <= SPEEDS[1] else None


def _stretch(value: object, end_s: float) -> list[float] | None:
    if value is None or value == []:
        return []
    found = stretch(value)
    return None if found is None or found[0] > end_s - _SHORTEST_S else [found[0], min(found[1], end_s)]


def _view(value: object, _: float) -> dict[str, float] | None:
    if value == {}:
        return {}
    found = stretch(value)
    return None if found is None else {"start_s": found[0], "end_s": found[1]}


def _volume(value: object, _: float) -> float | None:
    return share(value)


_CHECKS = {
    "position_s": _position,
    "playing": _is_playing,
    "speed": _speed,
    "loop": _stretch,
    "selection": _stretch,
    "view": _view,
    "film_volume": _volume,
    "music_volume": _volume,
}
_LOUDNESS = "the volume is a number from 0 to 1"
_SPAN = "is [start, end] in seconds within the film, the start first, or []"
_WANTED = {
    "position_s": "the playhead needs a number of seconds",
    "speed": f"the speed lies between −{SPEEDS[1]:g} and {SPEEDS[1]:g} and is not 0",
    "loop": f"a loop {_SPAN}",
    "selection": f"a selection {_SPAN}",
    "view": "a view is {start_s, end_s} in seconds, the start first, or {}",
    "film_volume": _LOUDNESS,
    "music_volume": _LOUDNESS,
}
