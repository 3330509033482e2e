"""Showing a widget together with a picture of it, for pages without a kernel.

JupyterLab shows a widget whose kernel is gone as an error, whatever else stands in the same output. So the picture is
an output of its own, right behind the widget; `hideStill` in still_picture.js hides it where the widget is alive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_PICTURE, _TEXT = "image/png", "text/plain"


def show_with_still(
    data: Mapping[str, Any], metadata: Mapping[str, Any], still: Callable[[], Mapping[str, Any]]
) -> None:
    """Show a widget, then its picture, as two outputs of the cell.

    Args:
        data: the widget's view, by MIME type.
        metadata: of the view.
        still: draws the picture (image/png) and tells the same in words (text/plain), by MIME type; called once
            the view is on its way, for drawing takes a moment.
    """
    from IPython.display import display

    plain = {mime: value for mime, value in data.items() if mime != _PICTURE}
    display(plain, raw=True, metadata=dict(metadata))  # type: ignore[no-untyped-call] # IPython has no types
    drawn = still()
    if _PICTURE in drawn:
        display(dict(drawn), raw=True)  # type: ignore[no-untyped-call] # as above
