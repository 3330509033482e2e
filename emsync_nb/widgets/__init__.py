"""Widgets for notebooks. Needs the extra `notebook`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emsync_nb.extras import lazy_face

if TYPE_CHECKING:
    from emsync_nb.widgets.valence_desk import ValenceDesk

__all__ = ["ValenceDesk"]

__getattr__ = lazy_face(__name__, {"ValenceDesk": "emsync_nb.widgets.valence_desk"})
