"""Two outputs of a cell: the widget, and the picture behind it."""

from __future__ import annotations

from typing import Any

import pytest

from emsync_nb.domain import EmotionCurve
from emsync_nb.errors import MissingExtraError
from emsync_nb.widgets import EmotionCurveEditor, PianoRoll
from emsync_nb.widgets import with_still as module

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is displayed, output by output."""
    outputs: list[dict[str, Any]] = []
    monkeypatch.setattr("IPython.display.display", lambda data, **how: outputs.append(data))
    return outputs


def _editor() -> EmotionCurveEditor:
    return EmotionCurveEditor(EmotionCurve.clipped([0.0, 8.0], [0.5, -0.5], [0.0, 0.5]))


def test_the_picture_is_an_output_of_its_own(shown: list[dict[str, Any]]) -> None:
    _editor()._ipython_display_()
    widget, picture = shown
    assert VIEW in widget and "image/png" not in widget
    assert VIEW not in picture and len(picture["image/png"]) > 1000
    assert widget["text/plain"] == picture["text/plain"]


def test_where_nothing_is_drawn_there_is_one_output(shown: list[dict[str, Any]]) -> None:
    PianoRoll()._ipython_display_()
    assert [VIEW in output for output in shown] == [True]


def test_without_matplotlib_the_words_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:  # noqa: ANN401 - as `require`
        raise MissingExtraError(name, "figures")

    monkeypatch.setattr(module, "require", missing)
    data, _ = _editor()._repr_mimebundle_()
    assert "image/png" not in data
    assert "No picture of it: matplotlib" in data["text/plain"] and "[figures]" in data["text/plain"]
