"""One piece played through a real player on a private JACK server, into an independent ear and into Ardour."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bridge.commands import Command, PlayNote, Send
from bridge.journal import CROWDED, HELD_UP, SKIPPED, STARVED, Hitch, Status
from bridge.piece import Piece
from bridge.playback import Playback
from bridge.player_process import PlayerProcess, SinkKind
from bridge.selftest.ardour import ArdourTracks, ardour_tracks
from bridge.selftest.jack_server import private_jack
from bridge.selftest.listener import Heard, Listener
from bridge.selftest.matching import Onset
from bridge.sinks import MidiSink
from emsync_nb.errors import PortError

RATE, PERIOD = 48_000, 256
#: what Ardour is given beyond the music, so that it ends by itself if we die
_ARDOUR_SPARE_S = 120.0
_CONNECTS_WITHIN_S = 5.0
#: what the last messages need to be heard and recorded, in seconds
_FADE_S = 0.5
_TELLS_EVERY_S = 10.0
_NOTE_ON = 0x90

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Performance:
    """What went in and what came out. Times are seconds of JACK's frames, or of Ardour's take."""

    sent: tuple[Onset, ...]
    #: when each of them was to end
    ends_s: tuple[float, ...]
    heard: tuple[Onset, ...]
    #: (port, message) of programs, controllers and the like that were asked for
    settings: tuple[tuple[int, bytes], ...]
    #: (time, port, message), in order of arrival
    messages: tuple[tuple[float, int, bytes], ...]
    #: what Ardour recorded, by its own clock; None where it did not run
    taken: tuple[Onset, ...] | None
    #: a tick of Ardour's take, in seconds
    tick_s: float
    #: why it did not run; empty where it did
    why_not_taken: str
    #: when the server dropped periods while the music played
    xruns_s: tuple[float, ...]
    #: (since, until) when the server ran without the player or the ear, or the system without the player, as these
    #: noted themselves
    missed_s: tuple[tuple[float, float], ...]
    #: likewise when the player was told too late what to play, and by how much
    starved_s: tuple[tuple[float, float], ...]
    #: likewise when a cycle had no room or no time for all that was due
    crowded_s: tuple[tuple[float, float], ...]
    #: frames a period
    period: int


class NotingSink:
    """A sink that notes what goes through it, each note once."""

    def __init__(self, sink: MidiSink) -> None:
        self._sink = sink
        #: ticks a second
        self.rate = sink.rate
        self._notes: dict[int, PlayNote] = {}
        #: (port, message) of what is no note
        self.settings: list[tuple[int, bytes]] = []
        #: why messages were late or lost, as the player says at the end
        self.hitches: list[Hitch] = []

    @property
    def ports(self) -> tuple[str, ...]:
        """Names of its ports."""
        return self._sink.ports

    @property
    def lead(self) -> int:
        """Ticks from now in which nothing can be changed any more."""
        return self._sink.lead

    @property
    def start_lead(self) -> int:
        """Ticks from a question until music begins."""
        return self._sink.start_lead

    @property
    def notes(self) -> list[PlayNote]:
        """The notes that were asked for."""
        return list(self._notes.values())

    def now(self) -> int:
        """The tick of this moment."""
        return self._sink.now()

    def write(self, commands: Iterable[Command]) -> None:
        """Note and hand over."""
        commands = list(commands)
        for command in commands:
            if isinstance(command, PlayNote):
                # notes without a number are never asked for again
                self._notes[command.number or -len(self._notes) - 1] = command
            elif isinstance(command, Send):
                self.settings.append((command.port, command.data))
        self._sink.write(commands)

    def status(self) -> Status:
        """How it is doing."""
        return self._sink.status()

    def close(self) -> None:
        """End every note and give the ports back."""
        self._sink.close()


def performed(
    piece: Piece,
    sink: SinkKind = "jack",
    *,
    with_ardour: bool = True,
    period: int = PERIOD,
    progress: Tell = lambda line: None,
) -> Performance:
    """Play a piece once, in its own time, and gather what arrived.

    Args:
        piece: the music; it lasts as long as it lasts.
        sink: `rtmidi` means RtMidi's JACK driver.
        with_ardour: whether Ardour records too, where it is installed.
        period: frames a period of the server.
        progress: takes a line now and then.

    Raises:
        PortError: JACK is not installed, or something does not begin or end.
    """
    with (
        _own_journals(),
        private_jack(rate=RATE, period=period),
        contextlib.ExitStack() as stack,
    ):
        progress(f"JACK runs on its dummy driver: {RATE} Hz, {period} frames a period")
        ardour, why_not = None, "not asked for"
        if with_ardour:
            ardour, why_not = _ardour(piece, stack)
            progress(why_not or f"Ardour records {len(piece.ports)} tracks")
        ear = stack.enter_context(Listener(len(piece.ports)))
        asked = _play(piece, sink, ear, ardour, progress)
        # each is told to end and has ended before the next
        for part in (ear, ardour):
            if part is not None:
                part.close()
    return _gathered(asked, ear, ardour, why_not, period)


def _ardour(piece: Piece, stack: contextlib.ExitStack) -> tuple[ArdourTracks | None, str]:
    try:
        tracks = ardour_tracks(len(piece.ports), rate=RATE, seconds=piece.end_s + _ARDOUR_SPARE_S)
    except PortError as error:
        return None, str(error)
    return stack.enter_context(tracks), ""


def _play(
    piece: Piece, kind: SinkKind, ear: Listener, ardour: ArdourTracks | None, progress: Tell
) -> NotingSink:
    """Play it; what was asked for."""
    driver = "JACK" if kind == "rtmidi" else None
    player = PlayerProcess(kind, piece.ports, targets=[[port] for port in ear.ports], driver=driver)
    sink = NotingSink(player)
    try:
        plug(ear.ports, () if ardour is None else ardour.inputs)
        progress(f"playing {len(piece.notes)} notes in {piece.end_s:.0f} s through {kind}")
        with Playback(piece, sink) as playback:
            playback.run(on_step=_teller(playback, progress))
        time.sleep(_FADE_S)
        sink.status()
        sink.hitches = player.hitches
        return sink
    finally:
        player.close()


def _teller(playback: Playback, progress: Tell) -> Callable[[], None]:
    told_s = 0.0

    def tell() -> None:
        nonlocal told_s
        if playback.position_s - told_s >= _TELLS_EVERY_S:
            told_s = playback.position_s
            progress(f"{told_s:.0f} s played")

    return tell


def plug(ears: Sequence[str], inputs: Sequence[str]) -> None:
    """Wait until something plays into every ear, and let it play into the inputs beside them too.

    Raises:
        PortError: nothing does.
    """
    from bridge.player.jack_player import open_client

    client = open_client("emsync-plugs", exact=False)
    try:
        until_s = time.monotonic() + _CONNECTS_WITHIN_S
        for number, name in enumerate(ears):
            ear = client.get_port_by_name(name)
            while not (sources := client.get_all_connections(ear)):
                if time.monotonic() > until_s:
                    raise PortError(f"nothing is connected to {name}. Look at JACK's log")
                time.sleep(0.01)
            if number < len(inputs):
                client.connect(sources[0].name, inputs[number])
    finally:
        client.close()


def _gathered(
    asked: NotingSink, ear: Listener, ardour: ArdourTracks | None, why_not: str, period: int
) -> Performance:
    notes = asked.notes
    starts_s, ends_s = (
        _in_frames_s([getattr(note, name) for note in notes], asked.rate, ear) for name in ("on", "off")
    )
    missed = [(since / RATE, until / RATE) for since, until in ear.missed]
    missed += [*_spans(asked, ear, SKIPPED), *_spans(asked, ear, HELD_UP)]
    began_s, ended_s = min(starts_s, default=0.0) - _FADE_S, max(ends_s, default=0.0) + _FADE_S
    return Performance(
        sent=tuple(
            Onset(start_s, note.port, note.channel, note.key, note.velocity)
            for start_s, note in zip(starts_s, notes, strict=True)
        ),
        ends_s=tuple(ends_s),
        heard=onsets_of(ear.heard),
        settings=tuple(asked.settings),
        messages=tuple((heard.frame / RATE, heard.port, heard.data) for heard in ear.heard),
        taken=None if ardour is None else tuple(Onset(*note) for note in ardour.notes),
        tick_s=0.0 if ardour is None else ardour.tick_s,
        why_not_taken=why_not,
        period=period,
        xruns_s=tuple(frame / RATE for frame in ear.xrun_frames if began_s <= frame / RATE <= ended_s),
        missed_s=tuple(span for span in sorted(missed) if began_s <= span[1] and span[0] <= ended_s),
        starved_s=tuple(_spans(asked, ear, STARVED)),
        crowded_s=tuple(_spans(asked, ear, CROWDED)),
    )


def _spans(asked: NotingSink, ear: Listener, kind: int) -> list[tuple[float, float]]:
    """When hitches of a kind were, in seconds of JACK's frames."""
    found = [hitch for hitch in asked.hitches if hitch.kind == kind]
    since, until = ([getattr(hitch, name) for hitch in found] for name in ("since", "until"))
    return list(zip(_in_frames_s(since, asked.rate, ear), _in_frames_s(until, asked.rate, ear), strict=True))


def _in_frames_s(ticks: Sequence[int], rate: int, ear: Listener) -> list[float]:
    """Ticks of the player's clock in seconds of JACK's frames; RtMidi's are microseconds of the computer's clock."""
    if rate == RATE:
        return [tick / RATE for tick in ticks]
    return [frame_at(tick / rate * 1e9, ear.clock) / RATE for tick in ticks]


def frame_at(at_ns: float, clock: Sequence[tuple[int, int]]) -> float:
    """The frame at a moment of the computer's monotonic clock, from moments at which both were read."""
    moments, frames = zip(*clock, strict=True)
    return float(np.interp(at_ns, moments, frames))


def onsets_of(heard: Iterable[Heard]) -> tuple[Onset, ...]:
    """The notes that began, of all that was heard."""
    return tuple(
        Onset(frame / RATE, port, data[0] & 0x0F, data[1], data[2])
        for frame, port, data in heard
        if data[0] & 0xF0 == _NOTE_ON and data[2]
    )


@contextlib.contextmanager
def _own_journals() -> Iterator[None]:
    """Within, players note what sounds in a folder of their own: no bridge that plays outside is in the way."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    with tempfile.TemporaryDirectory(prefix="emsync-run-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        try:
            yield
        finally:
            if before is None:
                os.environ.pop("XDG_RUNTIME_DIR", None)
            else:
                os.environ["XDG_RUNTIME_DIR"] = before
