"""The smaller widgets, alone and linked to each other in the page."""

from __future__ import annotations

from tests.widgets.browser.place import Place

_CURVE_AND_BOUNDARIES = """
from ipywidgets import VBox, jslink
from emsync_nb.widgets import BoundaryEditor, EmotionCurveEditor

emotion = EmotionCurveEditor(duration_s=16)
cuts = BoundaryEditor([{"time_s": 4.0}, {"time_s": 9.0}], 16)
jslink((emotion, "position_s"), (cuts, "position_s"))
VBox([emotion, cuts])
"""

_ROLL_AND_TRANSPORT = """
from ipywidgets import VBox, jslink
from emsync_nb.domain import BarGrid, Note, Score, TempoMap, Track
from emsync_nb.widgets import PianoRoll, TransportPanel

notes = tuple(Note(beat, 1, 60 + beat % 12, 80) for beat in range(32))
tracks = (Track("Flute", 73, False, notes), Track("Cello", 42, False, notes[::2]))
roll = PianoRoll(Score(tracks, TempoMap.constant(120), BarGrid.from_lengths([4] * 8)))
transport = TransportPanel(16)
jslink((transport, "position_s"), (roll, "position_s"))
VBox([transport, roll])
"""


def test_curve_and_boundaries_alone_and_linked(on_bench: Place) -> None:
    emotion = on_bench.on_bench(_CURVE_AND_BOUNDARIES)
    cuts = emotion.beside(1)
    lane = cuts.lane("Boundaries")
    lane.drag(lane.at(4), lane.at(6), held=["Alt"])
    cuts.until(
        lambda: abs(cuts.python("cuts.boundaries")[0]["time_s"] - 6) < 0.05, "the boundary was dragged"
    )
    cuts.page.keyboard.press("Control+z")
    cuts.until(lambda: cuts.python("cuts.boundaries")[0]["time_s"] == 4, "and brought back")

    curve = emotion.lane("Emotion")
    emotion.page.mouse.move(*curve.at(8, 0.05))
    x, y = curve.painted_at(8, "valence")
    curve.drag((x, y), (x, y - 40))
    emotion.until(lambda: max(emotion.python("emotion.valence")) > 0.3, "the curve was pulled")

    curve.click(12, 0.05)
    emotion.until(lambda: abs(emotion.python("emotion.position_s") - 12) < 0.1, "the playhead was moved")
    cuts.until(lambda: abs(cuts.python("cuts.position_s") - 12) < 0.1, "and the linked one followed")
    cuts.lane("Time").click(3)
    emotion.until(lambda: abs(emotion.python("emotion.position_s") - 3) < 0.1, "both ways")


def test_roll_and_transport_alone_and_linked(on_bench: Place) -> None:
    transport = on_bench.on_bench(_ROLL_AND_TRANSPORT)
    roll = transport.beside(1)
    transport.root.get_by_role("button", name="Play", exact=True).click()
    transport.until(lambda: transport.python("transport.playing and transport.position_s > 0.4"), "it plays")
    roll.until(lambda: roll.python("roll.position_s") > 0.4, "and the linked one goes with it")
    transport.page.keyboard.press("k")
    transport.until(lambda: not transport.python("transport.playing"), "it stands")

    roll.switch("Mute", "Flute").click()
    roll.switch("Solo", "Cello").click()
    roll.until(lambda: roll.python("[roll.muted, roll.soloed]") == [["Flute"], ["Cello"]], "muted and soloed")
    roll.switch("Lock", "Cello").click()
    roll.until(lambda: roll.python("[lock.track for lock in roll.locks]") == ["Cello"], "locked")

    field = transport.root.get_by_role("textbox", name="Timecode")
    field.click()
    transport.page.keyboard.type("12.5")
    transport.page.keyboard.press("Enter")
    roll.until(lambda: roll.python("roll.position_s") == 12.5, "both are where somebody said")
