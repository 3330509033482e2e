"""The emotion curve editor: its traits, its history, and that the browser changes curves as the domain does."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets
from matplotlib import image

from emsync_nb.domain import EmotionCurve, Spotting, VideoCues, VideoInfo
from emsync_nb.session.edit_requests import edit_of
from emsync_nb.widgets.bundling import STATIC
from emsync_nb.widgets.emotion_curve_editor import EmotionCurveEditor

CURVE = EmotionCurve.clipped([0, 4, 10], [0, 0.5, -0.5], [1, 0, 0])
OTHER = EmotionCurve.clipped([0, 10], [0.25, 0.25], [0, 0])


def held(editor: EmotionCurveEditor) -> list[list[float]]:
    """The lists of an editor."""
    return [editor.times_s, editor.valence, editor.arousal]


def test_a_curve_goes_in_and_comes_out() -> None:
    editor = EmotionCurveEditor(CURVE, Fraction(25, 2))
    assert held(editor) == [[0, 4, 10], [0, 0.5, -0.5], [1, 0, 0]]
    assert editor.duration_s == 12.5
    editor.curve = OTHER
    np.testing.assert_array_equal(editor.curve.times_s, [0, 10])
    np.testing.assert_array_equal(editor.curve.valence, [0.25, 0.25])


def test_without_a_curve_it_is_neutral_and_without_a_length_as_long_as_the_curve() -> None:
    assert held(EmotionCurveEditor(duration_s=8)) == [[0, 8], [0, 0], [0, 0]]
    assert EmotionCurveEditor(CURVE).duration_s == 10
    with pytest.raises(traitlets.TraitError, match="needs a curve or duration_s"):
        EmotionCurveEditor()
    with pytest.raises(traitlets.TraitError, match="more than 0 s"):
        EmotionCurveEditor(duration_s=0)


def test_what_stretches_are_brought_back_to() -> None:
    assert EmotionCurveEditor(CURVE).analysed["valence"] == [0, 0.5, -0.5]
    assert EmotionCurveEditor(CURVE, analysed=OTHER).analysed["valence"] == [0.25, 0.25]
    assert EmotionCurveEditor(duration_s=5).analysed == {}


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("valence", [0.0, 1.5, 0.0], "must lie in -1 … 1, got 1.5"),
        ("valence", [0.0, float("nan"), 0.0], "finite numbers only"),
        ("arousal", [0.0, "1", 0.0], "finite numbers only"),
        ("arousal", [0.0, True, 0.0], "finite numbers only"),
        ("arousal", [0.0, 0.0], "arousal has 2 numbers and times_s 3"),
        ("times_s", [0.0, 4.0, 4.0], "must rise"),
        ("times_s", [-1.0, 4.0, 5.0], "must rise from 0"),
        ("times_s", [], "is empty"),
        ("selection", [4.0, 2.0], "0 ≤ start < end"),
        ("position_s", float("inf"), "number of seconds"),
        ("duration_s", -3.0, "more than 0 s"),
        ("analysed", {"times_s": [0.0]}, "analysed needs times_s, valence, arousal"),
        ("analysed", {"times_s": [0.0, 1.0], "valence": [0.0], "arousal": [0.0]}, "one length"),
    ],
)
def test_what_no_trait_may_hold_is_refused_in_one_line(trait: str, value: Any, words: str) -> None:  # noqa: ANN401
    editor = EmotionCurveEditor(CURVE)
    before = getattr(editor, trait)
    with pytest.raises(traitlets.TraitError, match=words) as raised:
        setattr(editor, trait, value)
    assert "\n" not in str(raised.value)
    assert getattr(editor, trait) == before


def test_the_playhead_stays_within_the_film() -> None:
    editor = EmotionCurveEditor(CURVE)
    editor.position_s = 99
    assert editor.position_s == 10


def test_traits_can_be_linked_to_other_widgets() -> None:
    import ipywidgets

    editor, slider = EmotionCurveEditor(CURVE), ipywidgets.FloatSlider(max=10.0)
    ipywidgets.link((editor, "position_s"), (slider, "value"))
    slider.value = 3.5
    assert editor.position_s == 3.5


def from_browser(editor: EmotionCurveEditor, curve: EmotionCurve) -> None:
    """What one message of the browser does."""
    names = ("times_s", "valence", "arousal")
    editor.set_state({name: getattr(curve, name).tolist() for name in names})


def test_undo_and_redo_of_what_either_side_did() -> None:
    editor = EmotionCurveEditor(CURVE)
    from_browser(editor, OTHER)
    editor.valence = [1.0, 1.0]
    editor.undo()
    assert editor.valence == [0.25, 0.25]
    editor.undo()
    assert editor.times_s == [0, 4, 10]
    with pytest.raises(traitlets.TraitError, match="nothing to undo"):
        editor.undo()
    editor.redo()
    editor.redo()
    assert editor.valence == [1.0, 1.0]
    with pytest.raises(traitlets.TraitError, match="nothing to redo"):
        editor.redo()


def test_an_undo_in_the_browser_is_no_new_change() -> None:
    editor = EmotionCurveEditor(CURVE)
    from_browser(editor, OTHER)
    from_browser(editor, CURVE)
    editor.redo()
    assert editor.times_s == [0, 10]
    editor.undo()
    assert editor.times_s == [0, 4, 10]
    with pytest.raises(traitlets.TraitError, match="nothing to undo"):
        editor.undo()


def test_a_change_is_one_message_and_is_observed_whole() -> None:
    editor, seen = EmotionCurveEditor(CURVE), []
    editor.observe(lambda _: seen.append({len(one) for one in held(editor)}), names=["times_s", "valence"])
    editor.curve = OTHER
    assert seen == [{2}, {2}]


def test_pages_without_a_kernel_have_a_picture_and_words() -> None:
    data, _ = EmotionCurveEditor(CURVE)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == ("Emotion of 10.0 s of film: valence +0.10 and arousal +0.20 on average.")
    picture = image.imread(io.BytesIO(base64.b64decode(data["image/png"])), format="png")
    assert picture.shape[1] == 880
    assert picture[..., :3].std() > 0.02


SCRIPT = """
import {{ apply }} from "{module}";
let text = "";
process.stdin.on("data", (part) => (text += part)).on("end", () => {{
  const changed = JSON.parse(text).map(([curve, request]) => {{
    const {{ times_s, valence, arousal }} = apply(curve, request);
    return [[...times_s], [...valence], [...arousal]];
  }});
  process.stdout.write(JSON.stringify(changed));
}});
"""

EDITS: list[dict[str, Any]] = [
    {"edit": "draw", "times_s": [7.3, 9, 15.25], "valence": [0.1, 1, -1], "arousal": [0, 0.5, 0.5]},
    {"edit": "draw", "times_s": [0.2, 30], "valence": None, "arousal": [-0.5, 0.25]},
    {"edit": "draw", "times_s": [12], "valence": [0.75], "arousal": None},
    {"edit": "shift", "start_s": 5.1, "end_s": 20, "valence": 0.6, "arousal": -0.7},
    {"edit": "shift", "start_s": 0, "end_s": 0.3, "valence": None, "arousal": 0.2},
    {"edit": "flatten", "start_s": 3, "end_s": 8.125, "valence": -0.25, "arousal": None},
    {"edit": "flatten", "start_s": 0, "end_s": 30, "valence": 0.5, "arousal": -0.5},
    {"edit": "smooth", "start_s": 4, "end_s": 22, "seconds": 3, "valence": True, "arousal": False},
    {"edit": "smooth", "start_s": 0, "end_s": 30, "seconds": 0.7, "valence": True, "arousal": True},
]


@pytest.mark.skipif(not os.environ.get("CI") and shutil.which("node") is None, reason="needs node")
def test_the_browser_changes_curves_as_the_domain_does(tmp_path: Path) -> None:
    film = VideoInfo(Path("film.mp4"), Fraction(30), Fraction(25), 160, 90, 0, False, "h264")
    random = np.random.default_rng(5)
    times = np.concatenate([np.arange(0, 28, 0.25), [29.9]])
    curve = EmotionCurve(times, *random.uniform(-1, 1, (2, len(times))))
    spotting = Spotting(VideoCues(film, (), curve), "piano-solo")
    script = tmp_path / "changes.mjs"
    script.write_text(SCRIPT.format(module=(STATIC / "curve.js").as_uri()), encoding="utf-8")
    rows = {name: getattr(curve, name).tolist() for name in ("times_s", "valence", "arousal")}
    asked = json.dumps([[rows, request] for request in EDITS])
    node = shutil.which("node") or "node"
    done = subprocess.run([node, str(script)], input=asked, capture_output=True, text=True, check=True)
    for request, changed in zip(EDITS, json.loads(done.stdout), strict=True):
        _, edit = edit_of({"do": "edit", **request})
        expected = edit(spotting).film.curve
        for name, found in zip(rows, changed, strict=True):
            np.testing.assert_allclose(found, getattr(expected, name), atol=1e-9, err_msg=str(request))
