"""`emsync session`, the music: takes made, compared and kept, notes locked, tracks heard or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from emsync_nb.cli.output import JsonOption, say
from emsync_nb.cli.session_asking import (
    Facts,
    SessionArgument,
    add_commands,
    asked,
    help_with,
    say_all,
    table,
)
from emsync_nb.cli.times import parse_bars

TakeArgument = Annotated[
    str, typer.Argument(metavar="TAKE", help="Its name, such as 002.", show_default=False)
]
TrackArgument = Annotated[
    str, typer.Argument(metavar="TRACK", help="Its name, such as Cello.", show_default=False)
]
TakesOption = Annotated[int, typer.Option("--takes", help="1 to 8 at once, with the seeds that follow.")]
SeedOption = Annotated[
    int, typer.Option("--seed", help="Of the first; the same seed and --takes give the same music.")
]
BarsOption = Annotated[
    str | None, typer.Option("--bars", metavar="FIRST-LAST", help="Only these, such as 9-16. Default: all.")
]
OneTrackOption = Annotated[
    str | None, typer.Option("--track", metavar="NAME", help="Only this one. Default: all.")
]
OffOption = Annotated[bool, typer.Option("--off", help="No longer.")]

_HELP = {
    "generate": help_with(
        "Compose new music for the whole film; what is locked stays.",
        "session generate film.emsync",
        "session generate film.emsync --takes 3 --seed 7",
    ),
    "regenerate": help_with(
        "Write some bars of some tracks of the accepted take anew; all else, and what is locked, stays.",
        "session regenerate film.emsync --bars 9-16 --takes 3",
        'session regenerate film.emsync --track Cello --track "Violin I"',
    ),
    "takes": help_with("List the takes.", "session takes film.emsync"),
    "accept": help_with(
        "Go on with a take: locks hold its notes, and others are made from it.",
        "session accept film.emsync 002",
    ),
    "compare": help_with("Say where two takes differ.", "session compare film.emsync 001 002"),
    "lock": help_with(
        "Keep notes of the accepted take as they are, whatever is composed anew.",
        "session lock film.emsync --track Cello --bars 1-8",
        "session lock film.emsync --bars 9-16",
    ),
    "unlock": help_with(
        "Let notes of the accepted take be composed anew: all that are locked, or only some of them.",
        "session unlock film.emsync",
        "session unlock film.emsync --track Cello --bars 5-8",
    ),
    "mute": help_with(
        "Silence a track.", "session mute film.emsync Cello", "session mute film.emsync Cello --off"
    ),
    "solo": help_with(
        "Hear a track alone, with others that are soloed.",
        "session solo film.emsync Cello",
        "session solo film.emsync Cello --off",
    ),
}


def register(session_app: typer.Typer) -> None:
    """Add the commands."""
    add_commands(session_app, _HELP, generate, regenerate, takes, accept, compare, lock, unlock, mute, solo)


def generate(
    session: SessionArgument,
    number: TakesOption = 1,
    seed: SeedOption = 0,
    json_file: JsonOption = None,
) -> None:
    """Compose."""
    request = {"do": "generate", "takes": number, "seed": seed}
    _make(session, request, json_file)


def regenerate(
    session: SessionArgument,
    bars: BarsOption = None,
    track: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this one; repeatable. Default: all.")
    ] = None,
    number: TakesOption = 1,
    seed: SeedOption = 0,
    json_file: JsonOption = None,
) -> None:
    """Compose some of it anew."""
    request = {"do": "regenerate", "takes": number, "seed": seed}
    _make(session, request | {"bars": parse_bars(bars), "tracks": track or []}, json_file)


def _make(session: SessionArgument, request: Facts, json_file: str | None) -> None:
    made: list[Facts] = asked(session, request, json_file, long=True)["takes"]
    say_all(_take_lines(made), json_file)
    say(f"go on with one: emsync session accept {session} {made[0]['name']}", json_file)


def takes(session: SessionArgument, json_file: JsonOption = None) -> None:
    """List the takes."""
    facts = asked(session, {"do": "show"}, json_file, only="takes")
    lines = (
        _take_lines(facts["takes"]) if facts["takes"] else ["no takes yet; emsync session generate makes one"]
    )
    say_all(lines, json_file)


def _take_lines(found: Sequence[Facts]) -> list[str]:
    return table(
        ("take", "kind", "seed", "from", "bars", "tracks", "", "file"),
        [
            (
                take["name"],
                take["kind"],
                "" if take["seed"] is None else take["seed"],
                take["parent"] or "",
                "{}-{}".format(*take["bars"]) if take["bars"] else "all",
                ", ".join(take["tracks"]) or "all",
                "accepted" if take["accepted"] else "",
                take["file"],
            )
            for take in found
        ],
    )


def accept(session: SessionArgument, take: TakeArgument, json_file: JsonOption = None) -> None:
    """Go on with a take."""
    facts = asked(session, {"do": "accept", "take": _full_name(take)}, json_file)
    say(f"take {facts['accepted']} accepted", json_file)


def compare(
    session: SessionArgument, first: TakeArgument, second: TakeArgument, json_file: JsonOption = None
) -> None:
    """Compare two takes."""
    one, other = _full_name(first), _full_name(second)
    facts = asked(session, {"do": "compare", "first": one, "second": other}, json_file)
    say_all(facts["differences"] or [f"{one} and {other} hold the same notes"], json_file)


def lock(
    session: SessionArgument,
    track: OneTrackOption = None,
    bars: BarsOption = None,
    json_file: JsonOption = None,
) -> None:
    """Keep notes as they are."""
    facts = asked(session, {"do": "lock", "track": track, "bars": parse_bars(bars)}, json_file)
    say(f"locked: {facts['locked']}", json_file)


def unlock(
    session: SessionArgument,
    track: OneTrackOption = None,
    bars: BarsOption = None,
    json_file: JsonOption = None,
) -> None:
    """Let notes go."""
    facts = asked(session, {"do": "unlock", "track": track, "bars": parse_bars(bars)}, json_file)
    left = "; ".join(facts["locks"])
    say(f"still locked: {left}" if left else "nothing is locked any more", json_file)


def mute(
    session: SessionArgument, track: TrackArgument, off: OffOption = False, json_file: JsonOption = None
) -> None:
    """Silence a track."""
    facts = asked(session, {"do": "mute", "track": track, "on": not off}, json_file)
    say(f"muted: {', '.join(facts['muted']) or 'none'}", json_file)


def solo(
    session: SessionArgument, track: TrackArgument, off: OffOption = False, json_file: JsonOption = None
) -> None:
    """Hear a track alone."""
    facts = asked(session, {"do": "solo", "track": track, "on": not off}, json_file)
    say(f"soloed: {', '.join(facts['soloed']) or 'none'}", json_file)


def _full_name(take: str) -> str:
    """ "2" → "002"."""
    return take.zfill(3) if take.isascii() and take.isdecimal() else take
