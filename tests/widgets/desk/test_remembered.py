"""Volumes, view and position: remembered where that can be, and never believed unread."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.widgets.desk import remembered
from emsync_nb.widgets.desk.remembered import NAME, Memory, Remembered, memory_in
from tests.widgets.desk.conftest import until


def nothing() -> None:
    """Nobody listens."""


def test_it_is_there_again(tmp_path: Path) -> None:
    first = Remembered(tmp_path, nothing)
    first.note(position_s=12.5, view=(4.0, 20.0), loop=(5.0, 6.0), film_volume=0.25, music_volume=0.5)
    first.note_volume("Cello", -6.0)
    first.note_volume("Viola", 3.0)
    first.close()
    volumes_db = {"Cello": -6.0, "Viola": 3.0}
    found = Remembered(tmp_path, nothing).memory
    assert found == Memory(volumes_db, (4.0, 20.0), 12.5, (5.0, 6.0), 0.25, 0.5)


def test_a_desk_beside_another_begins_with_what_that_one_shows(tmp_path: Path) -> None:
    first = Remembered(tmp_path, nothing)
    first.note(music_volume=0.5)
    second = Remembered(tmp_path, nothing)
    assert second.memory.music_volume == 0.5
    for memory in (first, second):
        memory.close()


def test_it_is_written_rarely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_BETWEEN_S", 0.05)
    written = list[Memory]()
    memory = Remembered(tmp_path, lambda: written.append(memory_in(tmp_path)))
    for number in range(100):
        memory.note(position_s=float(number))
    until(lambda: len(written) == 1)
    assert written[0].position_s == 99.0
    memory.note(position_s=99.0)  # no news
    assert memory._timer is None
    memory.close()
    assert len(written) == 1


def test_what_another_desk_wrote_is_taken_over_but_for_ours(tmp_path: Path) -> None:
    one, other = Remembered(tmp_path, nothing), Remembered(tmp_path, nothing)
    one.note_volume("Cello", -6.0)
    one.close()
    assert other.adopt_volumes() and other.memory.volumes_db == {"Cello": -6.0}
    assert not other.adopt_volumes()
    other.note_volume("Cello", -9.0)
    assert not other.adopt_volumes() and other.memory.volumes_db == {"Cello": -9.0}
    other.close()


def test_where_nothing_can_be_written_only_this_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "_BETWEEN_S", 0.01)
    told = list[bool]()
    memory = Remembered(tmp_path / "not there", lambda: told.append(True))
    memory.note_volume("Cello", -6.0)
    until(lambda: bool(told))
    assert memory.memory.volumes_db == {"Cello": -6.0}
    memory.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Memory()),
        ("[1]", Memory()),
        ('{"position_s": NaN}', Memory()),
        ('{"position_s": -1}', Memory()),
        ('{"position_s": true}', Memory()),
        ('{"position_s": 1e999}', Memory()),
        ('{"position_s": %s}' % ("9" * 400), Memory()),
        ('{"position_s": 7}', Memory(position_s=7.0)),
        ('{"view": [2, 1]}', Memory()),
        ('{"view": [NaN, 1]}', Memory()),
        ('{"loop": [3, 2]}', Memory()),
        ('{"loop": [2, 3]}', Memory(loop=(2.0, 3.0))),
        ('{"music_volume": "loud"}', Memory()),
        ('{"film_volume": 7, "music_volume": 0}', Memory(film_volume=1.0, music_volume=0.0)),
        ('{"view": [0, 1, 2]}', Memory()),
        ('{"view": [0, 8]}', Memory(view=(0.0, 8.0))),
        ('{"volumes_db": [1]}', Memory()),
        (
            '{"volumes_db": {"a": 900, "b": -900, "c": NaN, "d": "1", "e": 1}}',
            Memory({"a": 12.0, "b": -60.0, "e": 1.0}),
        ),
        ('{"volumes_db": {"%s": 1}}' % ("a" * 201), Memory()),
        ("[" * 100_000, Memory()),
        (" " * ((1 << 20) + 1), Memory()),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_memory_is_forgotten(tmp_path: Path, text: str, expected: Memory) -> None:
    (tmp_path / NAME).write_text(text)
    assert memory_in(tmp_path) == expected


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    assert memory_in(tmp_path) == Memory()


names = st.sampled_from(["volumes_db", "view", "position_s", "a"])
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=4) | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(names, inner),
)


@given(json_values)
def test_whatever_stands_there(tmp_path_factory: pytest.TempPathFactory, document: object) -> None:
    folder = tmp_path_factory.mktemp("memory")
    (folder / NAME).write_text(json.dumps(document))
    found = memory_in(folder)
    assert 0 <= found.position_s < 1e6
    assert all(-60 <= db <= 12 for db in found.volumes_db.values())
