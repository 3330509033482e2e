"""Whatever a browser may say: understood, or refused in a line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.errors import PlanError
from emsync_nb.widgets.desk.desk_traits import believed
from emsync_nb.widgets.desk.messages import Said, answered_by, understood


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {"type": "edit", "id": "a-1", "request": {"do": "undo"}},
            Said("edit", "a-1", {"do": "undo"}),
        ),
        ({"type": "preview", "id": 3, "request": {"do": "edit"}}, Said("preview", 3, {"do": "edit"})),
        ({"type": "job", "id": 4, "request": {"do": "proxy"}}, Said("job", 4, {"do": "proxy"})),
        ({"type": "cancel", "job": 2}, Said("cancel", job=2)),
        ({"type": "cancel"}, Said("cancel")),
        ({"type": "stems", "id": 5, "chunk": 7}, Said("stems", 5, chunk=7)),
        (
            {"type": "volume", "track": "Cello", "volume_db": 99},
            Said("volume", track="Cello", volume_db=12.0),
        ),
    ],
)
def test_what_is_understood(content: dict[str, Any], expected: Said) -> None:
    assert understood(content) == expected


WRONG: list[object] = [
    None,
    [],
    "edit",
    {},
    {"type": None},
    {"type": ["edit"]},
    {"type": "edit"},
    {"type": "edit", "request": []},
    {"type": "edit", "request": {"do": "generate"}},
    {"type": "edit", "request": {"do": ["undo"]}},
    {"type": "preview", "request": {"do": "undo"}},
    {"type": "job", "request": {"do": "edit"}},
    {"type": "stems", "chunk": -1},
    {"type": "stems", "chunk": True},
    {"type": "stems", "chunk": 1e3},
    {"type": "stems", "chunk": 10**30},
    {"type": "volume", "track": "Cello"},
    {"type": "volume", "track": "Cello", "volume_db": float("nan")},
    {"type": "volume", "track": "Cello", "volume_db": 10**400},
    {"type": "volume", "track": 1, "volume_db": 0},
    {"type": "volume", "track": "a" * 201, "volume_db": 0},
]


@pytest.mark.parametrize("content", WRONG, ids=lambda content: repr(content)[:50])
def test_what_is_refused(content: object) -> None:
    with pytest.raises(PlanError) as refusal:
        understood(content)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, 1),
        ("lx3-1-2", "lx3-1-2"),
        (None, None),
        (True, None),
        (1.5, None),
        ([1], None),
        ("a" * 201, None),
        (2**60, None),
    ],
)
def test_what_can_be_said_back(number: object, expected: object) -> None:
    assert answered_by({"id": number}) == expected
    assert answered_by([number]) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(["type", "id", "request", "job", "chunk", "track", "volume_db"]), json_values
    ),
    st.none() | st.sampled_from(["edit", "preview", "job", "cancel", "stems", "volume"]),
)
def test_no_message_is_a_fault_of_ours(content: dict[str, Any], kind: str | None) -> None:
    try:
        said = understood(content if kind is None else {**content, "type": kind})
    except PlanError:
        return
    assert said.kind in ("edit", "preview", "job", "cancel", "stems", "volume")


@given(
    st.dictionaries(
        st.sampled_from(["position_s", "playing", "speed", "loop", "selection", "view", "film"]), json_values
    )
)
def test_a_browser_sets_only_what_is_its_own(state: dict[str, Any]) -> None:
    found = believed(state)
    assert "film" not in found
    assert 0 <= found.get("position_s", 0) < 1e6 and -8 <= found.get("speed", 1) <= 8
    assert isinstance(found.get("playing", False), bool)
    for name in ("loop", "selection"):
        assert found.get(name, []) == [] or found[name][0] < found[name][1]


def test_what_a_browser_sets() -> None:
    state = {
        "position_s": 3,
        "playing": True,
        "speed": -2,
        "loop": [1, 2],
        "selection": [],
        "view": {"start_s": 0, "end_s": 8, "more": 1},
        "boundaries": [],
        "_esm": "alert()",
    }
    assert believed(state) == {
        "position_s": 3.0,
        "playing": True,
        "speed": -2.0,
        "loop": [1.0, 2.0],
        "selection": [],
        "view": {"start_s": 0.0, "end_s": 8.0},
    }
    wrong = {
        "position_s": float("nan"),
        "playing": 1,
        "speed": 99,
        "loop": [2, 1],
        "selection": [1],
        "view": 5,
    }
    assert believed(wrong) == {}
