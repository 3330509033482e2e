"""The shelves: presets/<kind>/*.toml, read and checked.

A preset is found in a checkout (`<repository>/presets`) or in the installed wheel (`emsync_nb/_presets`).
Every error is one line with the file, the line, the field and what would be right. Fields of masterings stand in
`rendering.mastering`.

Fields of an ensemble (`presets/ensembles`): `name`, `description`, and one `[[players]]` per track with
`name`, `part` (one of `domain.PARTS`), `program` (General MIDI, 0 … 127), `low` and `high` (MIDI note
numbers), `role` (melody, harmony, bass or rhythm), `density` (typical notes a beat where it plays, at middling
arousal, above 0 … 16; what is usual for the role unless given) and, for percussion, `is_drum = true`. A range
may go beyond `domain.INSTRUMENT_RANGES`: libraries of samples do too.

Fields of a template for the bridge (`presets/templates`): `name`, `description`, `ports` ("one", or "each" for a
port per track; "one" unless given), `port` (name of the one port, EMSYNC unless given), `dynamics` (the controller
that carries them, 11 unless given, or 1), `sends_programs` (true unless given), and any number of `[[routes]]`, of
which the first that takes a track counts, with `tracks` (names, * and ? standing for any letters), and where wanted
`port`, `channel` (1 … 16), `bank` ([coarse, fine], 0 … 127 each), `program` (General MIDI, 0 … 127) and
`[[routes.articulations]]` with `name`, one of `keyswitch` (MIDI note number), `controller` ([number, value]) and
`program`, and `up_to_beats` (taken for notes of at most that length; for all others unless given).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from emsync_nb.domain import PARTS, Articulation, Ensemble, Player, Role, Route, Template
from emsync_nb.domain.ensemble import MAX_DENSITY
from emsync_nb.domain.template import DYNAMICS_CONTROLLERS, PortPlan
from emsync_nb.errors import InternalError, PresetError
from emsync_nb.preset_table import PresetTable, nearest, read_preset

ENSEMBLES, TEMPLATES = "ensembles", "templates"
#: DAWs and drivers cut longer names off
_MAX_PORT_NAME = 64
#: no note is longer
_MAX_BEATS = 1000
#: role → notes a beat of a player whose file gives no density
_USUAL_DENSITY: dict[Role, float] = {"melody": 1.2, "harmony": 1.0, "bass": 0.8, "rhythm": 1.5}
#: the same for a drum kit: a hi-hat in quavers, with bass drum and snare on the beats
_USUAL_DENSITY_OF_DRUMS = 3.0


def names(kind: str) -> tuple[str, ...]:
    """The names of the presets of one kind ("ensembles", "mastering", "templates"), in alphabetical order."""
    return tuple(sorted(path.stem for path in (_shelf() / kind).glob("*.toml")))


def load(kind: str, name_or_path: str | Path) -> PresetTable:
    """A preset by name, or from a file of the user's own (anything that ends in .toml).

    Raises:
        PresetError: there is none of that name or path, or the file is no TOML or too large.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = _by_name(kind, str(name_or_path))
    return read_preset(path)


def load_ensemble(name_or_path: str | Path) -> Ensemble:
    """An ensemble by name ("string-quartet") or from a .toml file.

    Raises:
        PresetError: as `load`, or a field is missing, unknown or out of range.
    """
    table = load(ENSEMBLES, name_or_path)
    name = table.text("name")
    table.text("description")
    entries = table.tables("players")
    players = tuple(_player(entry) for entry in entries)
    table.finish()
    _refuse_doubled_parts(entries, players)
    try:
        return Ensemble(name, players)
    except ValueError as error:
        raise table.wrong("players", f"do not make an ensemble: {error}. Give it to the lowest") from error


def _player(entry: PresetTable) -> Player:
    roles: dict[str, Role] = {role: role for role in get_args(Role)}
    low = entry.integer("low", 0, 127)
    role = roles[entry.text("role", choices=tuple(roles))]
    part, is_drum = _part(entry)
    player = Player(
        name=entry.text("name"),
        part=part,
        program=entry.integer("program", 0, 127),
        low=low,
        high=entry.integer("high", low, 127),
        role=role,
        is_drum=is_drum,
        density=_density(entry, _USUAL_DENSITY_OF_DRUMS if is_drum else _USUAL_DENSITY[role]),
    )
    entry.finish()
    return player


def _part(entry: PresetTable) -> tuple[str, bool]:
    """The part, and whether it is drums: both fields must say so."""
    part, is_drum = entry.text("part", choices=PARTS), entry.flag("is_drum", default=False)
    if is_drum and part != "drums":
        raise entry.wrong("is_drum", f"is for the part 'drums', and this is {part!r}. Correct one of them")
    if part == "drums" and not is_drum:
        raise entry.wrong("part", "is drums, whose notes are no pitches. Add is_drum = true")
    return part, is_drum


def _density(entry: PresetTable, usual: float) -> float:
    density = entry.number("density", 0, MAX_DENSITY, default=usual)
    if not density:
        raise entry.wrong("density", "must be above 0. Give the notes a beat, or leave out who never plays")
    return density


def _refuse_doubled_parts(entries: Sequence[PresetTable], players: Sequence[Player]) -> None:
    names_of_parts: dict[str, str] = {}
    for entry, player in zip(entries, players, strict=True):
        if player.part in names_of_parts:
            taken = f"{player.part!r} is already played by {names_of_parts[player.part]!r}"
            raise entry.wrong("part", f"must be another: {taken}. Give each player a part of its own")
        names_of_parts[player.part] = player.name


def load_template(name_or_path: str | Path) -> Template:
    """A template for the bridge by name ("general-midi") or from a .toml file.

    Raises:
        PresetError: as `load`, or a field is missing, unknown or out of range.
    """
    table = load(TEMPLATES, name_or_path)
    name = table.text("name")
    table.text("description")
    plans: dict[str, PortPlan] = {plan: plan for plan in get_args(PortPlan)}
    standard = Template()
    template = Template(
        name=name,
        ports=plans[table.text("ports", choices=tuple(plans), default=standard.ports)],
        port=_port(table, default=standard.port),
        dynamics=_dynamics(table, standard.dynamics),
        sends_programs=table.flag("sends_programs", default=standard.sends_programs),
        routes=tuple(map(_route, table.tables("routes"))) if table.has("routes") else (),
    )
    table.finish()
    return template


def _port(table: PresetTable, default: str | None = None) -> str:
    port = table.text("port", default=default)
    if ":" in port or len(port) > _MAX_PORT_NAME:
        raise table.wrong("port", f"must be a name of 1 to {_MAX_PORT_NAME} letters without a colon")
    return port


def _dynamics(table: PresetTable, usual: int) -> int:
    number = table.integer("dynamics", 0, 127, default=usual)
    if number not in DYNAMICS_CONTROLLERS:
        raise table.wrong("dynamics", f"must be 1 (modulation wheel) or 11 (expression), got {number}")
    return number


def _route(entry: PresetTable) -> Route:
    route = Route(
        tracks=entry.texts("tracks"),
        port=_port(entry) if entry.has("port") else None,
        channel=entry.integer("channel", 1, 16) if entry.has("channel") else None,
        bank=entry.pair("bank", 0, 127) if entry.has("bank") else None,
        program=entry.integer("program", 0, 127) if entry.has("program") else None,
        articulations=tuple(map(_articulation, entry.tables("articulations")))
        if entry.has("articulations")
        else (),
    )
    entry.finish()
    return route


def _articulation(entry: PresetTable) -> Articulation:
    name = entry.text("name")
    switches = [field for field in ("keyswitch", "controller", "program") if entry.has(field)]
    if len(switches) != 1:
        found = " and ".join(switches) or "none"
        raise entry.wrong("name", f"needs one of keyswitch, controller and program beside it, got {found}")
    up_to_beats = entry.number("up_to_beats", 0, _MAX_BEATS) if entry.has("up_to_beats") else None
    if up_to_beats == 0:
        raise entry.wrong("up_to_beats", "must be above 0. Give a length in beats, or leave it out")
    articulation = Articulation(
        name=name,
        keyswitch=entry.integer("keyswitch", 0, 127) if "keyswitch" in switches else None,
        controller=entry.pair("controller", 0, 127) if "controller" in switches else None,
        program=entry.integer("program", 0, 127) if "program" in switches else None,
        up_to_beats=up_to_beats,
    )
    entry.finish()
    return articulation


def _shelf() -> Path:
    package = Path(__file__).resolve().parent
    for folder in (package / "_presets", package.parent / "presets"):
        if folder.is_dir():
            return folder
    raise InternalError(f"The presets are missing beside {package}. Install emsync_nb again")


def _by_name(kind: str, name: str) -> Path:
    known = names(kind)
    if name not in known:
        raise PresetError(
            f"There is no preset {name[:60]!r} among {kind}{nearest(name, known)}. "
            f"Choose one of {', '.join(known)}, or give the path of a .toml file"
        )
    return _shelf() / kind / f"{name}.toml"
