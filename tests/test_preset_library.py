"""Presets that ship, and everything that can be wrong with one that a person wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emsync_nb import preset_library
from emsync_nb.errors import PresetError

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
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("string-quartet", {"violin-1", "violin-2", "viola", "cello"}),
        ("piano-solo", {"piano"}),
        ("piano-and-strings", {"piano", "strings", "cello"}),
        ("band", {"drums", "bass-guitar", "electric-guitar", "keys", "lead"}),
    ],
)
def test_ensembles_that_ship(name: str, parts: set[str]) -> None:
    assert {player.part for player in preset_library.load_ensemble(name).players} == parts


def test_every_ensemble_loads_and_has_one_bass() -> None:
    assert len(preset_library.names("ensembles")) >= 5
    for name in preset_library.names("ensembles"):
        players = preset_library.load_ensemble(name).players
        assert sum(player.role == "bass" for player in players) == 1
        assert all(player.is_drum == (player.part == "drums") for player in players)


def test_ranges_are_those_of_the_instruments() -> None:
    # Adler, The Study of Orchestration: violin from g, viola from c, cello from C, all open strings
    lows = {player.part: player.low for player in preset_library.load_ensemble("string-quartet").players}
    assert lows == {"violin-1": 55, "violin-2": 55, "viola": 48, "cello": 36}


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    ensemble = preset_library.load_ensemble(written(tmp_path, QUARTET))
    assert ensemble.name == "Duo"
    assert [player.program for player in ensemble.players] == [40, 42]


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
        ('role = "bass"', 'role = "harmony"', 4, ["players", "role bass"]),
        ('part = "cello"', 'part = "violin-1"', 4, ["players", "part of its own"]),
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


LINES = st.lists(st.sampled_from([*QUARTET.splitlines(), "x = 1", "[players]", "low = nan", "high = 1e999"]))
ANY_TEXT = st.one_of(st.text(max_size=200), LINES.map("\n".join))


@given(ANY_TEXT)
@example(f"name = 1{'0' * 5000}")
@example("a = " + "[" * 5000)
@example(QUARTET.replace("42", "9" * 400))
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
