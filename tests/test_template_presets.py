"""Templates that ship, and everything that can be wrong with one that a person wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emsync_nb.domain import Articulation, Route, Template
from emsync_nb.errors import PresetError
from emsync_nb.preset_library import load, load_ensemble, load_template, names
from tests.cases.answers import REMEDY

MINE = """\
name = "Mine"
description = "My studio."
ports = "each"
port = "Studio"
dynamics = 1
sends_programs = false

[[routes]]
tracks = ["Violin*", "Viola"]
port = "Strings"
channel = 3
bank = [0, 5]
program = 48

  [[routes.articulations]]
  name = "short"
  keyswitch = 24
  up_to_beats = 0.5

  [[routes.articulations]]
  name = "long"
  controller = [32, 1]

[[routes]]
tracks = ["*"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(PresetError) as caught:
        load_template(written(folder, text))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_field_is_read(tmp_path: Path) -> None:
    short = Articulation("short", keyswitch=24, up_to_beats=0.5)
    long = Articulation("long", controller=(32, 1))
    strings = Route(("Violin*", "Viola"), "Strings", 3, (0, 5), 48, (short, long))
    expected = Template("Mine", "each", "Studio", 1, False, (strings, Route(("*",))))
    assert load_template(written(tmp_path, MINE)) == expected


def test_all_but_name_and_description_may_be_left_out(tmp_path: Path) -> None:
    text = 'name = "General MIDI"\ndescription = "Nothing said."\n'
    assert load_template(written(tmp_path, text)) == Template() == load_template("general-midi")


def test_these_ship() -> None:
    shipped = {name: load_template(name) for name in names("templates")}
    assert {"general-midi", "keyswitched-orchestra", "multitimbral-bank", "port-per-track"} <= set(shipped)
    assert shipped["port-per-track"].ports == "each"
    orchestra = shipped["keyswitched-orchestra"]
    assert (orchestra.dynamics, orchestra.sends_programs) == (1, False)
    assert any(one.up_to_beats for route in orchestra.routes for one in route.articulations)
    assert all(route.bank for route in shipped["multitimbral-bank"].routes)


@pytest.mark.parametrize("name", names("templates"))
def test_what_ships_says_what_it_is_and_teaches(name: str) -> None:
    table = load("templates", name)
    assert table.text("name") and table.text("description")
    assert "\n#" in table.path.read_text(encoding="utf-8")


def test_no_key_that_switches_is_one_that_the_player_plays() -> None:
    """In the ranges of the ensembles that ship."""
    orchestra = load_template("keyswitched-orchestra")
    for ensemble in map(load_ensemble, names("ensembles")):
        for player in ensemble.players:
            route = orchestra.route_of(player.name) or Route((player.name,))
            switches = [one.keyswitch for one in route.articulations if one.keyswitch is not None]
            assert all(key < player.low for key in switches), (ensemble.name, player.name)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('ports = "each"', 'ports = "many"', 3, ["'ports' must be one of one, each"]),
        ('port = "Studio"', 'port = "a:b"', 4, ["'port'", "without a colon"]),
        ('port = "Studio"', f'port = "{"a" * 65}"', 4, ["'port'", "1 to 64"]),
        (
            "dynamics = 1",
            "dynamics = 7",
            5,
            ["'dynamics' must be 1 (modulation wheel) or 11 (expression), got 7"],
        ),
        ("sends_programs = false", "sends_programs = 0", 6, ["'sends_programs'", "true or false"]),
        (
            "sends_programs",
            "sends_program",
            6,
            ["'sends_program' is no field", "did you mean 'sends_programs'"],
        ),
        ('tracks = ["Violin*", "Viola"]', "tracks = []", 9, ["'tracks'", "1 to 64"]),
        ('tracks = ["Violin*", "Viola"]', 'tracks = "Violin*"', 9, ["'tracks'", "list of texts"]),
        ('tracks = ["Violin*", "Viola"]', 'tracks = ["a", ""]', 9, ["'tracks'", "1 to 500"]),
        ('tracks = ["Violin*", "Viola"]\n', "", 8, ["'tracks' is missing", "Add it"]),
        ('port = "Strings"', 'prt = "Strings"', 10, ["did you mean 'port'"]),
        ("channel = 3", "channel = 0", 11, ["'channel' must lie in 1 … 16, got 0"]),
        ("bank = [0, 5]", "bank = 5", 12, ["'bank' must be two whole numbers"]),
        ("bank = [0, 5]", "bank = [0, 128]", 12, ["'bank' must lie in 0 … 127"]),
        ("bank = [0, 5]", "bank = [0, true]", 12, ["'bank' must be two whole numbers"]),
        ("program = 48", "program = 128", 13, ["'program' must lie in 0 … 127"]),
        ("keyswitch = 24", "keyswitch = 200", 17, ["'keyswitch' must lie in 0 … 127"]),
        ("up_to_beats = 0.5", "up_to_beats = 0", 18, ["'up_to_beats' must be above 0"]),
        ("up_to_beats = 0.5", "up_to_beats = nan", 18, ["'up_to_beats' must lie in 0"]),
        ("  controller = [32, 1]\n", "", 21, ["'name' needs one of keyswitch", "got none"]),
        ("controller = [32, 1]", "controller = [32, 1]\n  program = 3", 21, ["got controller and program"]),
        ("controller = [32, 1]", "controller = [32, 1]\n  up_to = 3", 23, ["did you mean 'up_to_beats'"]),
        ('[[routes]]\ntracks = ["*"]', "[routes2]", 24, ["'routes2' is no field", "did you mean 'routes'"]),
    ],
)
def test_a_wrong_field_names_file_line_and_what_is_right(
    tmp_path: Path, old: str, new: str, line: int, words: list[str]
) -> None:
    message = refusal(tmp_path, MINE.replace(old, new, 1))
    assert f"mine.toml, line {line}:" in message
    assert REMEDY.search(message)
    for word in words:
        assert word in message


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(PresetError, match=r"among templates \(did you mean 'general-midi'\?\)"):
        load_template("general-mini")


LINES = st.lists(
    st.sampled_from([*MINE.splitlines(), "bank = [1]", "routes = 3", "program = nan", "[routes]"])
)


@given(LINES.map("\n".join))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_broken_templates_raise_nothing_else(tmp_path: Path, text: str) -> None:
    try:
        load_template(written(tmp_path, text))
    except PresetError as error:
        assert "\n" not in str(error)
