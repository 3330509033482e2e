"""Widgets that leave a picture of themselves in the notebook, for pages without a kernel."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

from emsync_nb.errors import MissingExtraError
from emsync_nb.extras import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PICTURE, _TEXT = "image/png", "text/plain"
#: inches, and dots an inch
_SIZE, _DPI = (11.0, 2.8), 80


class WithStill:
    """Stands in front of AnyWidget among the bases of a widget.

    JupyterLab shows a widget whose kernel is gone as an error, whatever else stands in the same output. So the
    picture is an output of its own, right behind the widget; `hideStill` in still_picture.js hides it where the
    widget is alive. Where only one output is asked for, as by nbconvert, the picture is part of it.
    """

    def in_words(self) -> str:
        """What is to be seen, in a line."""
        raise NotImplementedError

    def _draw(self, axes: Axes) -> bool:
        """Draw it; False where there is nothing to draw."""
        return False

    def _png(self) -> bytes | None:
        """A picture of it; None where there is nothing to draw.

        Raises:
            MissingExtraError: matplotlib is not installed.
        """
        figure = require("matplotlib.figure").Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
        if not self._draw(figure.add_subplot()):
            return None
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png")
        return drawn.getvalue()

    def _still(self) -> dict[str, str]:
        """Picture and words by MIME type."""
        try:
            picture = self._png()
        except MissingExtraError as error:
            return {_TEXT: f"{self.in_words()} No picture of it: {error}"}
        shown = {} if picture is None else {_PICTURE: base64.b64encode(picture).decode("ascii")}
        return {**shown, _TEXT: self.in_words()}

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - IPython's
        data, metadata = self._view(**options)
        return {**data, **self._still()}, metadata

    def _ipython_display_(self) -> None:
        from IPython.display import display

        data, metadata = self._view()
        display({**data, _TEXT: self.in_words()}, raw=True, metadata=metadata)  # type: ignore[no-untyped-call]
        still = self._still()  # the view is on its way: drawing takes a moment
        if _PICTURE in still:
            display(still, raw=True)  # type: ignore[no-untyped-call] # IPython has no types

    def _view(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - as above
        """The widget itself, by MIME type, and what is said of it."""
        found = super()._repr_mimebundle_(**options)  # type: ignore[misc] # AnyWidget's
        data, metadata = found if isinstance(found, tuple) else (found or {}, {})
        return dict(data), dict(metadata)
