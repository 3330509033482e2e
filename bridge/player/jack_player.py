"""Sends what is due from JACK's own thread, each message at its frame."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from typing import Any

from bridge.commands import Silence
from bridge.journal import CLOSED, PLAYING, Journal, Status
from bridge.outbox import Outbox
from bridge.player.hitches import Hitches
from bridge.player.mending import Mending
from bridge.player.reading import Asker
from bridge.ports import no_such_port
from emsync_nb.errors import BrokenExtraError, PortError
from emsync_nb.extras import require

#: JACK counts frames in 32 bits
_TURN = 1 << 32
#: what ended so many seconds before the end is ended again: a dropped period may have taken it along
_LOST_S = 1.0
#: how long a player stays after all is silent and no period was dropped; a guard stays longer, for a client that was
#: killed holds up whoever listens to it until the server has seen it. Meanwhile what ended is said again
_LAST_CYCLES = 4
_LAST_S, _GUARD_LAST_S, _AGAIN_S = 0.1, 0.3, 0.04
#: though period after period is dropped, it ends at last
_LAST_AT_MOST_S = 2.0
#: cycles after which a message has surely reached whoever listens
_OUT_AFTER_CYCLES = 2
#: ports whose debts are paid in one cycle
_PAID_AT_ONCE = 4
#: seconds in which the server may go on without running us
_SERVER_IS_GONE_S = 2.0
_BEGINS_WITHIN_S = 3.0
_LOOK_S = 0.1


def load_jack() -> Any:  # noqa: ANN401 - the module
    """The module jack, or why there is none.

    Raises:
        PortError: JACK itself is not installed.
        MissingExtraError: its Python package is not.
    """
    try:
        jack = require("jack")
    except (OSError, BrokenExtraError) as error:
        raise PortError(
            "JACK is not installed on this system. Install it (apt install jackd2), or choose --sink rtmidi"
        ) from error
    jack.set_error_function(_overhear)
    jack.set_info_function(_overhear)
    return jack


def _overhear(_: str) -> None:
    """What JACK would print: what matters of it comes back as an error anyway."""


def open_client(name: str, *, exact: bool = True, wait_s: float = 0.0) -> Any:  # noqa: ANN401 - a jack.Client
    """A client of the JACK server that runs.

    Args:
        name: the client's.
        exact: whether it must be this name; else JACK adds a number where it is taken.
        wait_s: how long to wait for a name that is taken.

    Raises:
        PortError: none runs, or another client has this name.
    """
    jack = load_jack()
    until_s = time.monotonic() + wait_s
    while True:
        try:
            return jack.Client(name, no_start_server=True, use_exact_name=exact)
        except jack.JackOpenError as error:
            is_taken = exact and _answers(name)  # its status says so in some versions of JACK only
            if is_taken and time.monotonic() < until_s:
                time.sleep(_LOOK_S)
            else:
                raise _not_opened(name, is_taken) from error


def _not_opened(name: str, is_taken: bool) -> PortError:
    if is_taken:
        return PortError(
            f"another JACK client is called {name!r}. Stop it, or choose another name with --client"
        )
    return PortError("no JACK server answers. Start one (jackd -R -d alsa, or -d dummy without a sound card)")


def _answers(name: str) -> bool:
    """Whether a server runs that would take us by a name like this."""
    jack = load_jack()
    try:
        jack.Client(name, no_start_server=True).close()
    except jack.JackOpenError:
        return False
    return True


class JackPlayer:
    """One client with an output port for each port of the music."""

    def __init__(
        self,
        journal: Journal,
        ports: Sequence[str],
        client: Any,  # noqa: ANN401 - a jack.Client
        asker: Asker | None,
    ) -> None:
        """Open the ports, and owe silence to whoever listened to a predecessor that was killed.

        Args:
            journal: where it notes what sounds.
            ports: their names.
            client: an open client that is not active; it is closed here.
            asker: where commands come from; None: pay what is owed and end.

        Raises:
            PortError: a port cannot be opened.
        """
        self._journal = journal
        self._asker = asker
        #: none of a guard, who plays nothing
        self._hitches = None if asker is None else Hitches(journal)
        self._owes = set(range(len(ports))) if journal.is_unclean else set()
        self._outbox = Outbox(len(ports), journal.marks(len(ports)))
        self._client = client
        self._client.set_process_callback(self._process)
        self._client.set_xrun_callback(self._count_xrun)
        self._client.set_shutdown_callback(self._note_shutdown)
        self._client.set_port_connect_callback(self._note_connection)
        self._ports = [self._opened(name) for name in ports]
        self._rate: int = self._client.samplerate
        self._mending = Mending(self._outbox, self._rate)
        self._changed = threading.Event()
        self._done = threading.Event()
        self._runs = threading.Event()
        self._is_connected = False
        self._last_frame = self._turns = 0
        self._last_start = 0
        self._xruns = self._mended_xruns = 0
        self._late = self._worst_late = 0
        #: ticks: when the end began, from when on all is well, and when what ended is said again
        self._ends_since: int | None = None
        self._well_since = self._again_at = 0
        self._listeners: list[list[str]] = [[] for _ in ports]
        #: (port, who was cut off from it, perhaps in the middle of a note)
        self._cut_off: set[tuple[int, str]] = set()
        #: who of them is being connected again
        self._back: set[tuple[int, str]] = set()
        self._problem = ""

    @property
    def facts(self) -> dict[str, Any]:
        """What the asker wants to know."""
        return {
            "rate": self._rate,
            "period": self._client.blocksize,
            "ports": [port.name for port in self._ports],
            "realtime": bool(self._client.realtime),
        }

    def activate(self, targets: Sequence[Sequence[str]], *, must_exist: bool = False) -> None:
        """Begin, connected to input ports, a list for each port.

        Args:
            targets: whole names, or parts of names where they must exist.
            must_exist: whether it is a mistake when one is not there; else it is passed over.

        Raises:
            PortError: one is not there though it must be, or the server does not run us.
        """
        try:
            self._activate(targets, must_exist)
        except PortError:
            self._give_up()
            raise
        except load_jack().JackError as error:
            self._give_up()
            raise PortError(f"JACK has gone ({error}). Start it, then play again") from error

    def _activate(self, targets: Sequence[Sequence[str]], must_exist: bool) -> None:
        self._client.activate()
        if not self._runs.wait(_BEGINS_WITHIN_S):
            raise PortError("JACK answers but does not run its clients. Start it again")
        there = [port.name for port in self._client.get_ports(is_midi=True, is_input=True)]
        for port, names in zip(self._ports, targets, strict=False):
            for name in names:
                self._connect(port, name, there, must_exist)
        self._is_connected = True
        self._changed.set()

    def _opened(self, name: str) -> Any:  # noqa: ANN401 - a jack.OwnMidiPort
        try:
            return self._client.midi_outports.register(name)
        except load_jack().JackError as error:
            self._client.close()
            raise PortError(
                f"JACK does not open a port {name!r} ({error}). Give each port a short name of its own"
            ) from error

    def _give_up(self) -> None:
        self._client.close()  # a server may wait for a client that just goes
        if not self._owes:
            self._journal.write_status(self._status(self._last_start, CLOSED))

    def _connect(self, port: Any, name: str, there: Sequence[str], must_exist: bool) -> None:  # noqa: ANN401
        matches = [other for other in there if other == name]
        if must_exist and not matches:
            matches = [other for other in there if name.casefold() in other.casefold()]
            if not matches:
                raise no_such_port("JACK", name, there)
        if matches:
            with contextlib.suppress(
                load_jack().JackError
            ):  # it has gone in this moment, or is connected already
                self._client.connect(port, matches[0])

    def run(self) -> str:
        """Until nobody asks any more and all is silent; what went wrong, or nothing."""
        while not self._done.is_set():
            self._changed.wait(_LOOK_S)
            self._changed.clear()
            self._note_listeners()
            if (
                time.monotonic_ns() - self._journal.status().at_ns > _SERVER_IS_GONE_S * 1e9
                and self._last_frame
            ):
                self._problem = self._problem or "JACK has stopped. Start it, then play again"
                break
        if not self._problem:
            self._client.deactivate()
        self._client.close()
        self._journal.write_problem(self._problem)
        if not self._outbox.sounding:  # else the guard finds it unclean, and ends them
            self._outbox.begin_cycle()
            self._journal.write_status(self._status(self._journal.status().tick, CLOSED))
        return self._problem

    def _note_listeners(self) -> None:
        listeners = [[other.name for other in port.connections] for port in self._ports]
        if listeners != self._listeners and self._asker is not None:
            self._listeners = listeners
            self._journal.write_listeners(listeners)

    # ---- in JACK's thread

    def _process(self, frames: int) -> None:
        try:
            self._cycle(frames)
        except Exception as error:
            self._problem = (
                f"a fault of ours in the player ({type(error).__name__}: {error}). Please report it"
            )
            self._done.set()
            self._changed.set()

    def _cycle(self, frames: int) -> None:
        start = self._turned(self._client.last_frame_time)
        for port in self._ports:
            port.clear_buffer()
        self._outbox.begin_cycle(start - _OUT_AFTER_CYCLES * frames)
        if self._hitches is not None:
            self._hitches.begin_cycle(start, frames)
        self._hear(start)
        if self._xruns != self._mended_xruns:
            self._mended_xruns = self._xruns
            self._well_since = start
            self._mending.begin(self._last_start, start)
        self._mending.go_on(start, frames)
        has_paid = self._pay()
        self._send(start, frames)
        self._last_start = start
        self._journal.write_status(self._status(start, PLAYING, frames))
        self._runs.set()
        if has_paid and self._ends_since is not None and self._outbox.is_empty:
            self._end_when_well(start, frames)

    def _pay(self) -> bool:
        """Pay a few of the ports that are heard; whether none is left."""
        for number, name in list(self._back):
            if self._ports[number].is_connected_to(name):  # from this period on; the callback may come before
                self._back.discard((number, name))
                self._owes.add(number)
        heard = [number for number in list(self._owes) if self._ports[number].number_of_connections]
        for number in heard[:_PAID_AT_ONCE]:
            self._owes.discard(number)
            self._outbox.pay(number)
        return len(heard) <= _PAID_AT_ONCE

    def _hear(self, start: int) -> None:
        if self._ends_since is not None:  # a signal may have said so, and the asker goes on asking
            return
        if self._asker is None:
            if self._is_connected:
                self._begin_to_end(start)
            return
        assert self._hitches is not None  # noqa: S101 - whoever has an asker has them
        for command in self._asker.commands():
            self._hitches.hear(command, start)
            self._outbox.take(command)
        self._hitches.end_hearing(start)
        if self._asker.has_left:
            self._outbox.take(Silence(self._outbox.silenced))
            self._begin_to_end(start)

    def _begin_to_end(self, start: int) -> None:
        self._ends_since = self._well_since = start
        self._again_at = start + int(_AGAIN_S * self._rate)

    def _send(self, start: int, frames: int) -> None:
        jack = load_jack()
        # the callback has no more than the period; what is left goes out with the next cycle
        budget_ns = frames * 500_000_000 // self._rate
        until_ns, worked_ns = time.monotonic_ns() + budget_ns, time.process_time_ns() + budget_ns // 2
        while (event := self._outbox.due(start + frames)) is not None:
            try:
                if time.monotonic_ns() >= until_ns:
                    # all threads count: who waits for another one of ours is slow by our own fault
                    self._leave(event.at, start + frames, is_held_up=time.process_time_ns() < worked_ns)
                    return
                self._ports[event.port].write_midi_event(max(0, event.at - start), event.data)
            except jack.JackError:  # the port is full
                self._leave(event.at, start + frames)
                return
            if 0 <= event.at < start:
                self._late += 1
                self._worst_late = max(self._worst_late, start - event.at)
            self._outbox.sent()

    def _leave(self, at: int, end: int, *, is_held_up: bool = False) -> None:
        """The rest goes out with the next cycle."""
        if self._hitches is not None:
            self._hitches.leave(at, end, is_held_up=is_held_up)

    def _end_when_well(self, start: int, frames: int) -> None:
        assert self._ends_since is not None  # noqa: S101 - who calls has asked
        last_s = _GUARD_LAST_S if self._asker is None else _LAST_S
        last = max(_LAST_CYCLES * frames, int(last_s * self._rate))
        if (
            start - self._well_since >= last
            or start - self._ends_since >= last + _LAST_AT_MOST_S * self._rate
        ):
            self._done.set()
            self._changed.set()
        elif start >= self._again_at:
            self._again_at = start + int(_AGAIN_S * self._rate)
            self._outbox.let_go_again(self._ends_since - int(_LOST_S * self._rate))

    def _status(self, start: int, state: int, frames: int = 0) -> Status:
        outbox = self._outbox
        return Status(
            tick=start,
            at_ns=time.monotonic_ns(),
            rate=self._rate,
            period=frames,
            notes=outbox.notes,
            messages=outbox.messages,
            late=self._late,
            worst_late=self._worst_late,
            xruns=self._xruns,
            silenced=outbox.silenced,
            state=state,
        )

    def _turned(self, frame: int) -> int:
        """A frame count that does not begin anew after a day."""
        if frame < self._last_frame - _TURN // 2:
            self._turns += _TURN
        self._last_frame = frame
        return self._turns + frame

    # ---- in JACK's other threads

    def _count_xrun(self, delay_us: float) -> None:
        self._xruns += 1

    def _note_shutdown(self, status: object, reason: str) -> None:
        self._problem = f"JACK has ended ({reason}). Start it, then play again"
        self._done.set()
        self._changed.set()

    def _note_connection(self, one: Any, other: Any, connects: bool) -> None:  # noqa: ANN401 - jack.Port
        number = next((number for number, port in enumerate(self._ports) if port == one), None)
        if number is not None and connects and (number, other.name) in self._cut_off:
            self._cut_off.discard((number, other.name))
            self._back.add((number, other.name))
        elif number is not None and not connects:
            self._cut_off.add((number, other.name))
        self._changed.set()
