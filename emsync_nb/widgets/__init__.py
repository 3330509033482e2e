"""Widgets for notebooks. Needs the extra `notebook`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emsync_nb.widgets.valence_desk import ValenceDesk

__all__ = ["ValenceDesk"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a lazy face gives what was asked for
    if name != "ValenceDesk":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from emsync_nb.widgets.valence_desk import ValenceDesk

    return ValenceDesk
