"""session.schema.json says what the code writes: every field, its meaning, its range, and nothing else."""

from __future__ import annotations

import copy
import importlib.resources
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from emsync_nb.domain import PARTS, TEMPI_BPM, Cue, Key, Passage, Theme
from emsync_nb.session import Session
from emsync_nb.session.store import SCHEMA
from tests.session.edited_exports import renamed_in_daw

jsonschema = pytest.importorskip("jsonschema")

TEXT = importlib.resources.files("emsync_nb.session").joinpath("session.schema.json").read_text("utf-8")
SESSION: dict[str, Any] = json.loads(TEXT)
#: fields that a document without a theme, or without renamed tracks, does not have; older ones never do
OPTIONAL = {"theme", "theme_at_s", "played_by"}


def validator(name: str) -> Any:  # noqa: ANN401 - jsonschema has no types here
    """Of session.json, or of a definition."""
    schema = SESSION if name == "session" else {"$defs": SESSION["$defs"], "$ref": f"#/$defs/{name}"}
    return jsonschema.Draft202012Validator(schema)


def nodes(schema: object) -> Iterator[dict[str, Any]]:
    """All parts of a schema."""
    if isinstance(schema, dict):
        yield schema
    for value in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from nodes(value)


@pytest.fixture
def documents(session: Session) -> dict[str, list[dict[str, Any]]]:
    """What a session with all there is writes, by kind."""
    passage = Passage(Fraction(1), Fraction(9), Key(3, "minor"), ("cello", "viola"), (60.0, 90.5))
    session.change("wished", lambda p: p.with_passage(passage).locked(2))
    session.change("cued", lambda p: p.with_cues([Cue(Fraction(1, 3), Fraction(15), "fade_in", "ring")]))
    session.change("drawn", lambda p: p.drawn([1.5, 3], [0.1, -1], [1, 0.3]))
    session.change("paced", lambda p: type(p)(p.film, p.ensemble, 2**63 - 1, p.cues, (60, 90), p.passages))
    theme = Theme.of([(0, 6, 67, 80), (6, 6, 71, 90)])
    session.change("themed", lambda p: p.with_theme(theme, [3]).theme_within(1, 9, True))
    session.accept(session.generate()[0])
    note = session.music("001").tracks[-1].notes[0]
    session.lock("Cello", (1, 2))
    session.lock("Cello", notes=[(note.start_beat, note.pitch)])
    session.lock(bars=(1, 1))
    session.accept(session.regenerate((3, 3), ["viola"])[0])
    session.import_music(renamed_in_daw(session, session.folder.parent / "back.mid", {"Violin I": "High"}))
    session.mute("Cello")
    session.solo("Viola")
    session.undo()
    session.redo()
    history = [json.loads(path.read_bytes()) for path in (session.folder / "history").glob("*.json")]
    return {
        "session": [json.loads((session.folder / "session.json").read_bytes())],
        "state": [one for one in history if "takes" in one],
        "curve": [one for one in history if "takes" not in one],
    }


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SESSION)
    assert SESSION["properties"]["schema"]["const"] == SCHEMA


def test_every_property_is_described_and_none_may_be_missing_or_added() -> None:
    objects = [node for node in nodes(SESSION) if node.get("type") == "object"]
    assert len(objects) == 13
    for node in objects:
        assert node["additionalProperties"] is False
        assert node["required"] == [name for name in node["properties"] if name not in OPTIONAL]
        for name, field in node["properties"].items():
            assert len(field.get("description", "")) > 8, name
            assert {"type", "$ref", "oneOf", "enum", "const"} & set(field), name


def test_ranges_are_those_of_the_code() -> None:
    defs = SESSION["$defs"]
    parts = defs["passage"]["properties"]["parts"]["oneOf"][1]["items"]["enum"]
    assert tuple(parts) == PARTS
    tempo = defs["tempi"]["items"]
    assert (tempo["minimum"], tempo["maximum"]) == TEMPI_BPM


def test_what_the_code_writes_is_valid(documents: dict[str, list[dict[str, Any]]]) -> None:
    assert {kind: bool(found) for kind, found in documents.items()} == dict.fromkeys(documents, True)
    for kind, found in documents.items():
        for document in found:
            validator(kind).validate(document)
    # and everything that can be said was said
    last = max(documents["state"], key=lambda state: (len(state["takes"]), len(state["muted"])))
    assert {take["kind"] for take in last["takes"]} == {"generated", "regenerated", "imported"}
    assert all(last[name] for name in ("spotting", "takes", "accepted", "locks"))
    assert [take.get("played_by") for take in last["takes"]][-1] == [["High", "Violin I"]]
    told = ("boundaries", "cues", "tempo_bpm", "passages", "theme", "theme_at_s")
    assert all(last["spotting"][name] for name in told)
    assert last["spotting"]["passages"][0]["theme"] is True


def objects_in(value: object) -> Iterator[dict[str, Any]]:
    """All objects of a document, itself included."""
    yield from nodes(value)


def test_a_missing_or_an_unknown_field_is_refused_anywhere(
    documents: dict[str, list[dict[str, Any]]],
) -> None:
    for kind, found in documents.items():
        check = validator(kind)
        document = max(found, key=lambda one: len(json.dumps(one)))
        for index, node in enumerate(list(objects_in(document))):
            for name in [*(name for name in node if name not in OPTIONAL), None]:
                changed = copy.deepcopy(document)
                target = list(objects_in(changed))[index]
                if name is None:
                    target["surplus"] = 1
                else:
                    del target[name]
                assert not check.is_valid(changed), (kind, name)


WRONG: list[tuple[str, list[str | int], object]] = [
    ("session", ["schema"], 3),
    ("session", ["at"], -1),
    ("session", ["history"], []),
    ("session", ["history", 0, "state"], "../film"),
    ("session", ["film", "start_timecode"], "25:00:00:00"),
    ("state", ["spotting", "boundaries", 0, "strength"], 1.5),
    ("state", ["spotting", "boundaries", 0, "time_s"], "1e9"),
    ("state", ["spotting", "boundaries", 0, "time_s"], "-1"),
    ("state", ["spotting", "seed"], -1),
    ("state", ["spotting", "tempo_bpm"], [20, 90]),
    ("state", ["spotting", "passages", 0, "key"], [12, "major"]),
    ("state", ["spotting", "passages", 0, "parts"], ["kazoo"]),
    ("state", ["spotting", "passages", 0, "theme"], 1),
    ("state", ["spotting", "theme"], None),
    ("state", ["spotting", "theme", "pitches", 0], 128),
    ("state", ["spotting", "theme", "onsets", 1], 1.5),
    ("state", ["spotting", "theme", "durations"], []),
    ("state", ["spotting", "theme", "key"], [12, "major"]),
    ("state", ["spotting", "theme_at_s", 0], "-3"),
    ("state", ["takes", 0, "name"], "../001"),
    ("state", ["takes", 0, "kind"], "stolen"),
    ("state", ["locks", 0, "bars"], [0, 1]),
    ("state", ["muted"], "Cello"),
    ("curve", ["valence", 0], 1.1),
    ("curve", ["times_s"], []),
]


@pytest.mark.parametrize(("kind", "path", "value"), WRONG)
def test_values_out_of_range_are_refused(
    documents: dict[str, list[dict[str, Any]]], kind: str, path: list[str | int], value: object
) -> None:
    document: Any = copy.deepcopy(max(documents[kind], key=lambda one: len(json.dumps(one))))
    validator(kind).validate(document)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not validator(kind).is_valid(document)


def test_the_wheel_ships_it() -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel").WheelBuilder(str(Path(__file__).parents[2]))
    shipped = {Path(file.distribution_path).as_posix() for file in wheel.recurse_included_files()}
    assert "emsync_nb/session/session.schema.json" in shipped
