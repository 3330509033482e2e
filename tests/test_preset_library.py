"""Presets that ship, and everything that can be wrong with one that a person wrote."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emsync_nb import preset_library
from emsync_nb.domain import BASS_CEILING, INSTRUMENT_RANGES, Ensemble
from emsync_nb.errors import PresetError
from tests.cases.answers import REMEDY

QUARTET = """\
name = "Duo"
description = "Two strings."

[[players]]
name = "Violin"
part = "violin-1"
program = 40
low = 55
high = 100
role = "melody"

[[players]]
name = "Cello"
part = "cello"
program = 42
low = 36
high = 76
role = "bass"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(PresetError) as caught:
        preset_library.load_ensemble(written(folder, text))
    assert "\n" not in str(caught.value)
    assert REMEDY.search(str(caught.value))
    return str(caught.value)


SHIPPED = preset_library.names("ensembles")
STRINGS = range(48, 52)
#: programs of General MIDI level 1 that sound like each part, from 0; strings may play as sections
GENERAL_MIDI = {
    "piano": range(4), "keys": range(4, 8), "organ": range(16, 24), "mallets": range(8, 15), "harp": [46],
    "acoustic-guitar": [24, 25], "electric-guitar": range(26, 32), "bass-guitar": range(32, 40),
    "violin-1": [40, *STRINGS], "violin-2": [40, *STRINGS], "viola": [41, *STRINGS], "cello": [42, *STRINGS],
    "double-bass": [43, *STRINGS], "strings": STRINGS, "choir": range(52, 55), "trumpet": [56, 59],
    "trombone": [57], "tuba": [58], "horn": [60], "saxophone": range(64, 68), "oboe": [68, 69], "bassoon": [70],
    "clarinet": [71], "flute": [72, 73], "lead": range(80, 88), "pad": range(88, 96), "timpani": [47], "drums": [0],
}  # fmt: skip


@pytest.fixture(params=SHIPPED)
def shipped(request: pytest.FixtureRequest) -> Ensemble:
    """Every ensemble that ships."""
    return preset_library.load_ensemble(str(request.param))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("string-quartet", {"violin-1", "violin-2", "viola", "cello"}),
        ("piano-solo", {"piano"}),
        ("piano-and-strings", {"piano", "strings", "cello"}),
        ("band", {"drums", "bass-guitar", "electric-guitar", "keys", "lead"}),
        ("ambient", {"pad", "piano", "mallets", "choir", "strings", "double-bass"}),
        (
            "full-orchestra",
            {"flute", "oboe", "clarinet", "bassoon", "horn", "trumpet", "trombone", "tuba", "timpani", "harp"}
            | {"violin-1", "violin-2", "viola", "cello", "double-bass"},
        ),
    ],
)
def test_ensembles_that_ship(name: str, parts: set[str]) -> None:
    assert {player.part for player in preset_library.load_ensemble(name).players} == parts


def test_seven_ensembles_ship() -> None:
    orchestras = {"chamber-orchestra", "full-orchestra", "string-quartet"}
    assert {"ambient", "band", "piano-and-strings", "piano-solo"} | orchestras <= set(SHIPPED)


def test_an_ensemble_that_ships_has_one_low_bass_and_a_melody(shipped: Ensemble) -> None:
    (bass,) = [player for player in shipped.players if player.role == "bass"]
    assert bass.low <= BASS_CEILING == 55 and not bass.is_drum
    # one who plays alone carries the melody too
    assert len(shipped.players) == 1 or any(player.role == "melody" for player in shipped.players)


def test_ensembles_that_ship_stay_within_their_instruments(shipped: Ensemble) -> None:
    for player in shipped.players:
        assert INSTRUMENT_RANGES[player.part].holds(player.low, player.high), player


def test_ensembles_that_ship_play_programs_that_sound_like_their_parts(shipped: Ensemble) -> None:
    assert not [player for player in shipped.players if player.program not in GENERAL_MIDI[player.part]]


def test_ensembles_that_ship_differ_and_fit_on_the_channels_of_midi(shipped: Ensemble) -> None:
    assert len({player.name for player in shipped.players}) == len(shipped.players)
    assert sum(not player.is_drum for player in shipped.players) <= 15


@pytest.mark.parametrize("name", SHIPPED)
def test_ensembles_that_ship_say_how_dense_each_player_is(name: str) -> None:
    source = preset_library.load("ensembles", name).path.read_text(encoding="utf-8")
    assert all("density" in player for player in tomllib.loads(source)["players"])


def test_ambient_is_the_sparsest() -> None:
    def density(name: str) -> float:
        return sum(player.density for player in preset_library.load_ensemble(name).players)

    assert min(SHIPPED, key=density) == "ambient"


def test_ranges_are_those_of_the_instruments() -> None:
    # Adler, The Study of Orchestration: violin from g, viola from c, cello from C, all open strings
    lows = {player.part: player.low for player in preset_library.load_ensemble("string-quartet").players}
    assert lows == {"violin-1": 55, "violin-2": 55, "viola": 48, "cello": 36}


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    ensemble = preset_library.load_ensemble(written(tmp_path, QUARTET))
    assert ensemble.name == "Duo"
    assert [player.program for player in ensemble.players] == [40, 42]


def test_a_density_that_a_file_leaves_out_is_that_of_the_role(tmp_path: Path) -> None:
    lead_is_bass = QUARTET.replace('"bass"', '"rhythm"').replace('"melody"', '"bass"')
    texts = {
        "melody and bass": QUARTET,
        "bass and harmony": lead_is_bass.replace('"rhythm"', '"harmony"'),
        "bass and drums": lead_is_bass.replace('"cello"', '"drums"\nis_drum = true'),
        "bass and timpani": lead_is_bass.replace('"cello"', '"timpani"'),
    }
    found = {
        what: [player.density for player in preset_library.load_ensemble(written(tmp_path, text)).players]
        for what, text in texts.items()
    }
    assert found == {
        "melody and bass": [1.2, 0.8],
        "bass and harmony": [0.8, 1.0],
        "bass and drums": [0.8, 3.0],
        "bass and timpani": [0.8, 1.5],
    }


@pytest.mark.parametrize("density", ["0.05", "2", "16", "16.0"])
def test_a_density_of_ones_own_is_kept(tmp_path: Path, density: str) -> None:
    text = QUARTET.replace('role = "bass"', f'role = "bass"\ndensity = {density}')
    players = preset_library.load_ensemble(written(tmp_path, text)).players
    assert [player.density for player in players] == [1.2, float(density)]


def test_a_library_of_samples_may_reach_beyond_the_instrument(tmp_path: Path) -> None:
    text = QUARTET.replace("low = 36", "low = 12").replace("high = 76", "high = 127")
    cello = preset_library.load_ensemble(written(tmp_path, text)).players[1]
    assert (cello.low, cello.high) == (12, 127)
    assert not INSTRUMENT_RANGES["cello"].holds(cello.low, cello.high)


def test_an_unknown_name_suggests_the_nearest_and_lists_all() -> None:
    with pytest.raises(PresetError, match=r"did you mean 'string-quartet'\?.*band, chamber-orchestra"):
        preset_library.load_ensemble("string-quartett")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PresetError, match=r"no preset file at .*none\.toml"):
        preset_library.load_ensemble(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("program = 42", "program = 142", 15, ["'program'", "0 … 127", "142"]),
        ("program = 42", "program = true", 15, ["'program'", "whole number"]),
        ("program = 42", "programm = 42", 12, ["'program' is missing", "did you mean 'programm'"]),
        ("high = 76", "high = 20", 17, ["'high'", "36 … 127"]),
        ('part = "cello"', 'part = "celo"', 14, ["'part'", "did you mean 'cello'"]),
        ('role = "bass"', 'role = "bass"\ncolour = "red"', 19, ["'colour' is no field", "is_drum"]),
        ('role = "bass"', 'role = "bass"\nis_drm = true', 19, ["did you mean 'is_drum'"]),
        ('role = "bass"', 'role = "bass"\nis_drum = "no"', 19, ["'is_drum'", "true or false"]),
        ('name = "Duo"', 'name = ""', 1, ["'name'", "1 to 500"]),
        ('name = "Duo"', 'name = "two\\nlines"', 1, ["'name'", "one line"]),
        ('name = "Duo"', "name = 7", 1, ["'name'", "text"]),
        ('role = "bass"', 'role = "harmony"', 4, ["players", "role bass", "Give it to the lowest"]),
        ('part = "cello"', 'part = "violin-1"', 14, ["'part'", "played by 'Violin'", "part of its own"]),
        ('role = "bass"', 'role = "bas"', 18, ["'role' must be one of melody", "did you mean 'bass'"]),
        ('role = "melody"', "role = 3", 10, ["'role' must be text, got 3"]),
        ('role = "bass"\n', "", 12, ["'role' is missing", "Add it"]),
        ('description = "Two strings."\n', "", 1, ["'description' is missing"]),
        ("low = 36\n", "", 12, ["'low' is missing"]),
        ("low = 36", "low = -1", 16, ["'low'", "0 … 127", "-1"]),
        ("high = 76", "high = 128", 17, ["'high'", "36 … 127", "128"]),
        ("high = 76", "high = 76.5", 17, ["'high'", "whole number"]),
        ('part = "cello"', 'part = "theremin"', 14, ["'part' must be one of piano, keys"]),
        ('part = "cello"', 'part = "drums"', 14, ["'part' is drums", "Add is_drum = true"]),
        ('role = "bass"', 'role = "bass"\nis_drum = true', 19, ["'is_drum'", "'cello'", "Correct one"]),
        ('role = "bass"', 'role = "bass"\ndensity = 0', 19, ["'density' must be above 0", "leave out"]),
        ('role = "bass"', 'role = "bass"\ndensity = 1e-999', 19, ["'density' must be above 0"]),
        ('role = "bass"', 'role = "bass"\ndensity = -1.5', 19, ["'density' must lie in 0 … 16, got -1.5"]),
        ('role = "bass"', 'role = "bass"\ndensity = 16.01', 19, ["'density' must lie in 0 … 16, got 16.01"]),
        ('role = "bass"', 'role = "bass"\ndensity = nan', 19, ["'density' must lie in 0 … 16, got nan"]),
        ('role = "bass"', 'role = "bass"\ndensity = inf', 19, ["'density' must lie in 0 … 16, got inf"]),
        (
            'role = "bass"',
            'role = "bass"\ndensity = "thick"',
            19,
            ["'density' must be a number from 0 to 16"],
        ),
        ('role = "bass"', 'role = "bass"\ndensity = true', 19, ["'density' must be a number", "True"]),
        (
            'role = "bass"',
            'role = "bass"\ndensty = 2',
            19,
            ["'densty' is no field", "did you mean 'density'"],
        ),
    ],
)
def test_a_wrong_field_names_file_line_and_what_is_right(
    tmp_path: Path, old: str, new: str, line: int, words: list[str]
) -> None:
    message = refusal(tmp_path, QUARTET.replace(old, new))
    assert f"mine.toml, line {line}:" in message
    for word in words:
        assert word in message


def test_players_must_be_tables(tmp_path: Path) -> None:
    assert "[[players]]" in refusal(tmp_path, 'name = "a"\ndescription = "b"\nplayers = 3\n')
    assert "1 to 64" in refusal(tmp_path, 'name = "a"\ndescription = "b"\nplayers = []\n')


def test_broken_toml_and_broken_text_are_one_line(tmp_path: Path) -> None:
    assert "not valid TOML" in refusal(tmp_path, "name = ")
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PresetError, match=r"is no text .* Save it as UTF-8"):
        preset_library.load_ensemble(tmp_path / "mine.toml")


def test_large_files_are_refused(tmp_path: Path) -> None:
    assert "larger than 256 KiB" in refusal(tmp_path, "#" * 300_000)


def test_a_folder_is_no_preset(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(PresetError, match="is no file"):
        preset_library.load_ensemble(tmp_path / "folder.toml")


def test_what_an_editor_of_windows_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + QUARTET.replace("\n", "\r\n").encode())
    assert preset_library.load_ensemble(path) == preset_library.load_ensemble(written(tmp_path, QUARTET))


def test_a_key_without_end_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    # the parser of the standard library takes gigabytes for this one
    assert "line 2: holds too many dots" in refusal(tmp_path, "x = 1\n" + "a." * 120_000 + "b = 1")


ODD_LINES = ["x = 1", "[players]", "low = nan", "high = 1e999", "density = 0", "is_drum = true"]
LINES = st.lists(st.sampled_from([*QUARTET.splitlines(), *ODD_LINES]))
ANY_TEXT = st.one_of(st.text(max_size=200), LINES.map("\n".join))


@given(ANY_TEXT)
@example(f"name = 1{'0' * 5000}")
@example("a = " + "[" * 5000)
@example(QUARTET.replace("42", "9" * 400))
@example(QUARTET.replace('"cello"', '"drums"'))
@example(QUARTET.replace("42", "0x" + "f" * 9000))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_broken_presets_raise_nothing_else(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode("utf-8", errors="replace"))
    try:
        preset_library.load_ensemble(path)
    except PresetError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 2500
