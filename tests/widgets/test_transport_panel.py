"""The transport as a widget: what its traits hold and refuse, and that other widgets can be linked to it."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
import traitlets

from emsync_nb.widgets.transport_panel import TransportPanel


def test_it_knows_its_film() -> None:
    transport = TransportPanel(Fraction(125, 2), Fraction(30_000, 1001), "01:00:00;00")
    assert transport.duration_s == 62.5
    assert transport.fps == [30_000, 1001]
    assert transport.start_timecode == "01:00:00;00"
    assert (transport.position_s, transport.playing, transport.speed, transport.loop) == (0, False, 1, [])


def test_whole_rates_are_rates_too() -> None:
    assert TransportPanel(10, 24).fps == [24, 1]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("speed", 0.0, "is not 0, got 0"),
        ("speed", 8.5, "between −8 and 8"),
        ("speed", float("nan"), "between −8 and 8"),
        ("loop", [1.0], "start, end"),
        ("loop", [3.0, 2.0], "start, end"),
        ("loop", [-1.0, 2.0], "start, end"),
        ("loop", [5.0, 10.5], "within the film of 10 s"),
        ("loop", [5.0, 5.01], "lasts 0.04 s at least"),
        ("duration_s", 0.0, "more than 0 s"),
        ("duration_s", float("inf"), "more than 0 s"),
        ("fps", [0, 1], "two whole numbers above 0"),
        ("position_s", float("nan"), "a number of seconds"),
        ("start_timecode", "noon", "is no timecode"),
        ("start_timecode", "00:00:00;00", "drops frames"),
        ("start_timecode", "00:00:00:25", "no timecode at 25 frames"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_changes_nothing(
    name: str, value: object, message: str
) -> None:
    transport = TransportPanel(10)
    before = getattr(transport, name)
    with pytest.raises(traitlets.TraitError, match=message) as refused:
        setattr(transport, name, value)
    assert "\n" not in str(refused.value)
    assert getattr(transport, name) == before


@pytest.mark.parametrize(
    ("film", "message"),
    [
        ((-1.0, Fraction(25), "00:00:00:00"), "more than 0 s"),
        ((10.0, Fraction(25), "00:00:00;00"), "drops frames"),
        ((10.0, Fraction(-25), "00:00:00:00"), "above 0"),
    ],
)
def test_films_that_cannot_be_are_refused(film: tuple[Any, Any, Any], message: str) -> None:
    with pytest.raises(traitlets.TraitError, match=message):
        TransportPanel(*film)


def test_positions_stay_within_the_film() -> None:
    transport = TransportPanel(10)
    transport.position_s = 12.0
    assert transport.position_s == 10
    transport.duration_s = 4.0
    assert transport.position_s == 4
    transport.position_s = -1.0
    assert transport.position_s == 0


def test_a_film_does_not_become_shorter_than_its_loop() -> None:
    transport = TransportPanel(10)
    transport.loop = [2.0, 8.0]
    with pytest.raises(traitlets.TraitError, match=r"ends at 8 s, behind 5 s; set loop = \[\] first"):
        transport.duration_s = 5.0
    transport.loop = []
    transport.duration_s = 5.0
    assert transport.duration_s == 5


def test_a_rate_must_have_the_timecode_that_the_film_begins_at() -> None:
    transport = TransportPanel(10, Fraction(30_000, 1001), "01:00:00;00")
    with pytest.raises(traitlets.TraitError, match="drops frames"):
        transport.fps = [25, 1]
    with transport.hold_trait_notifications():
        transport.start_timecode = "01:00:00:00"
        transport.fps = [25, 1]
    assert transport.fps == [25, 1]


def test_other_widgets_follow_its_position() -> None:
    transport, slider = TransportPanel(10), ipywidgets.FloatSlider(min=0, max=10)
    ipywidgets.link((transport, "position_s"), (slider, "value"))
    transport.position_s = 2.5
    assert slider.value == 2.5
    slider.value = 7.0
    assert transport.position_s == 7
    ipywidgets.jslink((transport, "position_s"), (slider, "value"))


def test_the_browser_gets_every_trait_and_one_whole_module(tmp_path: Path) -> None:
    transport = TransportPanel(10)
    names = {"position_s", "playing", "speed", "loop", "duration_s", "fps", "start_timecode"}
    assert names <= set(transport.get_state())
    module = tmp_path / "transport.mjs"
    module.write_text(transport._esm, encoding="utf-8")
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    program = f"import('{module.as_uri()}').then(m => console.log(typeof m.default.render))"
    done = subprocess.run([node, "-e", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "function"
    assert ".em-transport" in transport._css
    assert "--em-ink" in transport._css
