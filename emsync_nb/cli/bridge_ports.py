"""The ports of `emsync bridge`: which driver, which names, opened and given back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Literal

import typer

from bridge.drivers import choose_sink
from bridge.player.jack_player import load_jack
from bridge.player_process import CLIENT_NAME, PlayerProcess, SinkKind
from emsync_nb.cli.quiet import overheard
from emsync_nb.errors import PortError
from emsync_nb.extras import check_installed

#: JACK takes 63 letters, some of which a guard or a panic adds
_MAX_CLIENT_NAME = 40
#: what people call a sink
SINK_NAMES: dict[SinkKind, str] = {"jack": "JACK", "rtmidi": "RtMidi"}


def _checked_client(name: str) -> str:
    if not name.strip() or len(name) > _MAX_CLIENT_NAME or ":" in name or not name.isprintable():
        raise PortError(f"--client takes 1 to {_MAX_CLIENT_NAME} letters without a colon, got {name[:60]!r}")
    return name


SinkOption = Annotated[
    Literal["jack", "rtmidi"] | None,
    typer.Option(
        help="jack is exact to the frame; rtmidi are the system's own ports (ALSA, CoreMIDI, Windows). "
        "Default: jack where a server answers."
    ),
]
ClientOption = Annotated[
    str,
    typer.Option(metavar="NAME", help="What other programs see before the port.", callback=_checked_client),
]
DriverOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Of RtMidi: ALSA, JACK, CoreMIDI or Windows MM. Default: the first that answers.",
    ),
]
CLIENT = CLIENT_NAME


def chosen_sink(sink: SinkKind | None, driver: str | None = None) -> tuple[SinkKind, str]:
    """The sink that is meant, and why.

    Raises:
        PortError: --driver beside --sink jack.
    """
    if sink == "jack" and driver is not None:
        raise PortError("--driver belongs to --sink rtmidi; leave one of them out")
    if sink is not None:
        return sink, "as --sink says"
    if driver is not None:
        return "rtmidi", "as --driver says"
    with overheard():
        return choose_sink()


@contextmanager
def opened(
    kind: SinkKind,
    ports: Sequence[str],
    targets: Sequence[Sequence[str]],
    *,
    client: str,
    driver: str | None = None,
) -> Iterator[PlayerProcess]:
    """Ports that are silent and given back on the way out, whatever ends it.

    Raises:
        PortError: no driver answers, or a port is not there.
        MissingExtraError: the extra `bridge` is not installed.
    """
    with overheard():
        if kind == "jack":
            load_jack()
        else:
            check_installed("rtmidi")
        sink = PlayerProcess(kind, ports, targets=targets, client=client, driver=driver)
    with contextlib.closing(sink):
        yield sink


def targets_of(kind: SinkKind, ports: Sequence[str], named: Sequence[str]) -> list[list[str]]:
    """For each port of the music, which of the ports named with --port it goes to.

    Raises:
        PortError: neither one nor as many as the music has.
    """
    if not named:
        return []
    if len(ports) == 1 and kind == "jack":
        return [list(named)]
    if len(named) == 1:
        return [[named[0]]] * len(ports)
    if len(named) != len(ports):
        shown = ", ".join(ports[:12]) + (", …" if len(ports) > 12 else "")
        count = "1 port" if len(ports) == 1 else f"{len(ports)} ports"
        raise PortError(
            f"the music has {count} ({shown}), and --port names {len(named)}. Name one for all, or one for each"
        )
    return [[name] for name in named]
