from __future__ import annotations

import base64
import importlib.util
import math
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.domain import Boundary, EmotionCurve, VideoCues, VideoInfo

if importlib.util.find_spec("anywidget") is None:
    pytest.skip("the extra notebook is not installed", allow_module_level=True)

from traitlets import HasTraits, TraitError, Unicode, link
from traitlets import List as ListTrait

from emsync_nb.widgets.boundary_editor import BoundaryEditor

FPS = Fraction(24000, 1001)


def _film(*boundaries: Boundary) -> VideoCues:
    video = VideoInfo(Path("film.mp4"), Fraction(60), FPS, 640, 360, 0, False, "h264")
    return VideoCues(video, boundaries, EmotionCurve(np.array([0.0]), np.array([0.0]), np.array([0.0])))


def _at(*times_s: float) -> list[dict[str, object]]:
    return [{"time_s": time_s} for time_s in times_s]


def test_a_time_alone_is_a_plain_cut() -> None:
    editor = BoundaryEditor(_at(1, 2.52), 60, 25)
    assert editor.boundaries[0] == {"time_s": 1.0, "kind": "cut", "strength": 1.0, "locked": False}
    assert editor.domain_boundaries == (
        Boundary(Fraction(1), "cut", 1.0),
        Boundary(Fraction(63, 25), "cut", 1.0),
    )


def test_what_nobody_moves_stays_as_exact_as_the_analysis_found_it() -> None:
    middle = Fraction(1001, 24000) * Fraction(601, 2)  # of a fade: between two frames
    film = _film(
        Boundary(300 / FPS, "cut", 0.5), Boundary(middle, "fade", 0.25), Boundary(400 / FPS, "dissolve", 0.75)
    )
    editor = BoundaryEditor.from_film(film)
    assert editor.domain_boundaries == film.boundaries
    assert editor.fps == [24000, 1001]
    assert editor.duration_s == 60.0


def test_what_the_browser_moves_lies_on_a_frame() -> None:
    editor = BoundaryEditor.from_film(_film(Boundary(300 / FPS, "cut", 0.5)))
    moved = [{**editor.boundaries[0], "time_s": 301 * 1001 / 24000, "locked": True}]
    editor.set_state({"boundaries": moved})
    assert editor.domain_boundaries == (Boundary(301 / FPS, "cut", 0.5, locked=True),)


def test_boundaries_can_be_given_as_they_are_in_the_domain() -> None:
    editor = BoundaryEditor((), 60, FPS)
    wanted = (Boundary(Fraction(1, 3), "cut", 0.5), Boundary(Fraction(2, 3), "fade", 0.25, locked=True))
    editor.domain_boundaries = wanted
    assert editor.domain_boundaries == wanted


def test_no_boundary_is_put_behind_the_end_by_its_frame() -> None:
    editor = BoundaryEditor(_at(59.99), 59.99, 25)
    assert editor.domain_boundaries[0].time_s == Fraction(1499, 25)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (_at(math.nan), "time_s of boundary 1 must lie in 0 … 60"),
        (_at(math.inf), "time_s of boundary 1"),
        (_at(-1.0), "time_s of boundary 1"),
        (_at(1.0, 60.5), "time_s of boundary 2"),
        ([{"time_s": "1"}], "time_s of boundary 1"),
        ([{"time_s": True}], "time_s of boundary 1"),
        (_at(2.0, 1.0), "boundary 2 at 1.000 s does not lie behind boundary 1"),
        (_at(1.0, 1.0), "boundary 2 at 1.000 s does not lie behind boundary 1"),
        (_at(1.0, 1.01), "one to a frame"),
        ([{"time_s": 1.0, "kind": "wipe"}], "boundary 1 is no 'wipe'; there are cut, fade, dissolve"),
        ([{"time_s": 1.0, "kind": []}], "boundary 1 is no"),
        ([{"time_s": 1.0, "strength": 1.1}], "strength of boundary 1 must lie in 0 … 1"),
        ([{"time_s": 1.0, "strength": None}], "strength of boundary 1"),
        ([{"time_s": 1.0, "locked": 1}], "boundary 1 is locked or not"),
        ([{"kind": "cut"}], "boundary 1 needs time_s"),
        ([{"time_s": 1.0, "colour": "red"}], "boundary 1 needs time_s"),
        ([1.0], "boundary 1 needs time_s"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(rows: list[object], line: str) -> None:
    editor = BoundaryEditor(_at(1.0), 60, 25)
    with pytest.raises(TraitError) as refused:
        editor.boundaries = rows
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)
    assert [row["time_s"] for row in editor.boundaries] == [1.0]


def test_a_film_cannot_end_before_its_boundaries() -> None:
    editor = BoundaryEditor(_at(30.0), 60, 25)
    with pytest.raises(TraitError, match=r"a boundary lies at 30\.000 s"):
        editor.duration_s = 20.0
    for duration_s in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(TraitError, match="more than 0 s"):
            editor.duration_s = duration_s
    assert editor.duration_s == 60.0


def test_rates_playhead_and_selection_are_checked() -> None:
    editor = BoundaryEditor((), 60, 25)
    with pytest.raises(TraitError, match="above 0"):
        editor.fps = [25, 0]
    with pytest.raises(TraitError, match="a number of seconds"):
        editor.position_s = math.nan
    with pytest.raises(TraitError, match="0 ≤ start < end"):
        editor.selection = [3.0, 2.0]
    with pytest.raises(TraitError, match="0 ≤ start < end"):
        editor.selection = [3.0]
    editor.position_s = 90.0
    assert editor.position_s == 60.0
    editor.selection = [2.0, 3.0]
    editor.selection = []
    assert editor.selection == []


def test_boundaries_of_a_desk_can_be_linked() -> None:
    class Desk(HasTraits):
        boundaries = ListTrait()
        name = Unicode()

    desk = Desk()
    editor = BoundaryEditor((), 60, 25)
    link((desk, "boundaries"), (editor, "boundaries"))
    desk.boundaries = [
        {
            "number": 1,
            "time_s": 4.0,
            "kind": "fade",
            "strength": 0.5,
            "locked": True,
            "beat": 7,
            "bar": 2,
            "heard": True,
            "off_s": 0.0,
        }
    ]
    assert editor.domain_boundaries == (Boundary(Fraction(4), "fade", 0.5, locked=True),)
    editor.domain_boundaries = [Boundary(Fraction(5), "cut", 0.5)]
    assert [row["time_s"] for row in desk.boundaries] == [5.0]


def test_a_page_without_a_kernel_shows_a_picture_and_words() -> None:
    rows = [*_at(1.0, 2.0), {"time_s": 3.0, "kind": "fade", "strength": 0.5}]
    data, _ = BoundaryEditor(rows, 60, 25)._repr_mimebundle_()
    assert data["text/plain"] == "Boundaries of 60.0 s of film: 2 cuts, 1 fade."
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in data
    assert BoundaryEditor((), 60, 25).in_words() == "Boundaries of 60.0 s of film: none."


def test_the_browser_gets_one_module_and_its_style() -> None:
    editor = BoundaryEditor((), 60, 25)
    assert editor._esm.rstrip().endswith("export default { render: module_boundary_editor.render };")
    assert not re.search(r"^import\b", editor._esm, re.MULTILINE)
    assert ".em-lane-boundary" in editor._css
    assert "@import" not in editor._css
