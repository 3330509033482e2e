"""`emsync session`, the plan: looked at, changed boundary by boundary, directed in words."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from emsync_nb.cli.output import JsonOption, say
from emsync_nb.cli.session_asking import (
    Facts,
    SessionArgument,
    add_commands,
    asked,
    film_time,
    help_with,
    say_all,
    table,
)
from emsync_nb.cli.session_theme import theme_lines
from emsync_nb.errors import PlanError

BoundaryArgument = Annotated[
    int, typer.Argument(metavar="BOUNDARY", help="Its number in the plan, from 1.", show_default=False)
]
TimeArgument = Annotated[
    str,
    typer.Argument(
        metavar="TIME", help="Such as 12.5, 1:02.5 or a timecode, 01:00:12:05.", show_default=False
    ),
]
StrengthArgument = Annotated[
    float, typer.Argument(metavar="STRENGTH", help="How marked it is, 0 to 1.", show_default=False)
]


_HELP = {
    "plan": help_with(
        "List the boundaries of the picture and the sections of the music.",
        "session plan film.mp4",
        "session plan film.emsync --json - | jq .sections",
    ),
    "move": help_with(
        "Move a boundary to another time.",
        "session move film.emsync 2 0:12.5",
        "session move film.emsync 2 01:00:12:05",
    ),
    "add": help_with(
        "Add a boundary that the analysis did not find.", "session add film.emsync 0:31 --strength 0.8"
    ),
    "remove": help_with("Remove a boundary.", "session remove film.emsync 3"),
    "weight": help_with(
        "Say how marked a boundary is: of two close ones the stronger is met by the music.",
        "session weight film.emsync 3 0.9",
    ),
    "pin": help_with(
        "Have a boundary met by the music whatever stronger ones are near.", "session pin film.emsync 3"
    ),
    "unpin": help_with("Leave it to the planner again.", "session unpin film.emsync 3"),
    "direct": help_with(
        "Show what directions in words would change; --apply changes it.",
        'session direct film.emsync "start uneasy, turn hopeful at 0:20, big finish"',
        'session direct film.emsync "no music from 0:40 to 0:50" --apply',
    ),
}


def register(session_app: typer.Typer) -> None:
    """Add the commands."""
    add_commands(session_app, _HELP, plan, move, add, remove, weight, pin, unpin, direct)


def plan(session: SessionArgument, json_file: JsonOption = None) -> None:
    """List boundaries and sections."""
    facts = asked(session, {"do": "plan"}, json_file)
    say_all([*_boundaries(facts["boundaries"]), "", *_sections(facts["sections"])], json_file)
    if facts["theme"] is not None:
        say_all(["", *theme_lines(facts["theme"])], json_file)


def _boundaries(boundaries: Sequence[Facts]) -> list[str]:
    return table(
        ("no", "timecode", "kind", "strength", "pinned", "beat"),
        [
            (
                b["number"],
                b["timecode"],
                b["kind"],
                f"{b['strength']:.2f}",
                "pinned" if b["locked"] else "",
                "" if b["beat"] is None else f"{b['beat']:g}",
            )
            for b in boundaries
        ],
    )


def _sections(sections: Sequence[Facts]) -> list[str]:
    return table(
        ("section", "timecode", "bar", "key", "tempo", "who plays"),
        [
            (s["name"], s["timecode"], s["bar"], s["key"], f"{s['bpm']:.1f}", ", ".join(s["parts"]))
            for s in sections
        ],
    )


def move(
    session: SessionArgument, boundary: BoundaryArgument, time: TimeArgument, json_file: JsonOption = None
) -> None:
    """Move a boundary."""
    time_s = film_time(time, session)
    _edit(session, json_file, f"boundary {boundary} moved", at=time_s, edit="move", boundary=boundary)


def add(
    session: SessionArgument,
    time: TimeArgument,
    strength: Annotated[float, typer.Option(help="How marked it is, 0 to 1.")] = 1.0,
    json_file: JsonOption = None,
) -> None:
    """Add a boundary."""
    time_s = film_time(time, session)
    _edit(session, json_file, "a boundary added", at=time_s, edit="add", strength=checked_share(strength))


def remove(session: SessionArgument, boundary: BoundaryArgument, json_file: JsonOption = None) -> None:
    """Remove a boundary."""
    _edit(session, json_file, f"boundary {boundary} removed", edit="remove", boundary=boundary)


def weight(
    session: SessionArgument,
    boundary: BoundaryArgument,
    strength: StrengthArgument,
    json_file: JsonOption = None,
) -> None:
    """Weight a boundary."""
    share = checked_share(strength)
    _edit(
        session, json_file, f"boundary {boundary} weighted", edit="weight", boundary=boundary, strength=share
    )


def pin(session: SessionArgument, boundary: BoundaryArgument, json_file: JsonOption = None) -> None:
    """Lock a boundary."""
    _edit(session, json_file, f"boundary {boundary} pinned", edit="lock", boundary=boundary, on=True)


def unpin(session: SessionArgument, boundary: BoundaryArgument, json_file: JsonOption = None) -> None:
    """Unlock a boundary."""
    _edit(
        session, json_file, f"boundary {boundary} no longer pinned", edit="lock", boundary=boundary, on=False
    )


def checked_share(value: float) -> float:
    """A strength that can be.

    Raises:
        PlanError: outside 0 … 1.
    """
    if not 0 <= value <= 1:  # nan fails too
        raise PlanError(f"strength must lie in 0 … 1, got {value:g}; choose another")
    return value


def _edit(
    session: Path,
    json_file: str | None,
    done: str,
    *,
    at: Fraction | None = None,
    **facts: Any,  # noqa: ANN401 - of the request
) -> None:
    """Change the plan, and show the boundary as it is now; `at` is where it is then."""
    request = {"do": "edit", **facts} | ({} if at is None else {"time_s": str(at)})
    found: list[Facts] = asked(session, request, json_file)["boundaries"]
    met = sum(b["beat"] is not None for b in found)
    say(f"{done}; the music meets {met} of {len(found)}", json_file)
    if at is not None:
        say_all(_boundaries([min(found, key=lambda b: abs(b["time_s"] - float(at)))]), json_file)
    elif facts["edit"] != "remove":
        say_all(_boundaries([found[facts["boundary"] - 1]]), json_file)


def direct(
    session: SessionArgument,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="In English, 2,000 characters at most.", show_default=False)
    ],
    apply: Annotated[bool, typer.Option("--apply", help="Change the plan.")] = False,
    json_file: JsonOption = None,
) -> None:
    """Direct in words."""
    request = {"do": "direct", "text": text, "apply": apply}
    facts = asked(session, request, json_file, doing="reading")
    say_all([f"+ {line}" for line in facts["changes"]], json_file)
    say_all([f"? not understood: {line}" for line in facts["not_understood"]], json_file)
    if facts["applied"]:
        say("applied; emsync session undo takes it back", json_file)
    elif facts["changes"]:
        say("nothing was changed yet; --apply does it", json_file)
    else:
        say("there is nothing to change", json_file)
