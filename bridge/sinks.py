"""Where music goes: the interface of a sink, and one that records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from bridge.clock import Clock
from bridge.commands import Command
from bridge.journal import PLAYING, Status
from bridge.outbox import Outbox
from emsync_nb.errors import PortError


class MidiSink(Protocol):
    """Takes notes and messages ahead of time, and sends them at their ticks."""

    @property
    def ports(self) -> tuple[str, ...]:
        """Names of its ports."""
        ...

    @property
    def rate(self) -> int:
        """Ticks a second of its clock."""
        ...

    @property
    def lead(self) -> int:
        """Ticks from now in which nothing can be changed any more."""
        ...

    @property
    def start_lead(self) -> int:
        """Ticks from a question until music begins: whoever works out its beginning may be kept waiting."""
        ...

    def now(self) -> int:
        """The tick of this moment."""
        ...

    def write(self, commands: Iterable[Command]) -> None:
        """Hand over what is to be done, in order.

        Raises:
            PortError: nobody takes it any more.
        """
        ...

    def status(self) -> Status:
        """How it is doing.

        Raises:
            PortError: nobody sends any more; why is said.
        """
        ...

    def close(self) -> None:
        """End every note and give the ports back; harmless when done twice."""
        ...


class RecordingSink:
    """Notes every message and when it was due, on a clock of its own or one turned by hand."""

    def __init__(self, ports: Sequence[str], clock: Clock, *, rate: int = 48_000) -> None:
        self._ports = tuple(ports)
        self._clock = clock
        self._rate = rate
        self._outbox = Outbox(len(self._ports))
        self._closed = False
        #: (tick at which it was sent, port, message)
        self.received: list[tuple[int, int, bytes]] = []

    @property
    def ports(self) -> tuple[str, ...]:
        """Names of its ports."""
        return self._ports

    @property
    def rate(self) -> int:
        """Ticks a second."""
        return self._rate

    @property
    def lead(self) -> int:
        """A hundredth of a second."""
        return self._rate // 100

    @property
    def start_lead(self) -> int:
        """As the lead: on this clock nobody is kept waiting."""
        return self.lead

    @property
    def sounding(self) -> frozenset[tuple[int, int, int]]:
        """(port, channel, key) of the notes that are on at this moment."""
        self._catch_up()
        return self._outbox.sounding

    def now(self) -> int:
        """The tick of this moment."""
        return round(self._clock.now_s() * self._rate)

    def write(self, commands: Iterable[Command]) -> None:
        """Hand over what is to be done.

        Raises:
            PortError: the sink is closed.
        """
        if self._closed:
            raise PortError("The recording has ended. Open a new one")
        self._catch_up()
        for command in commands:
            self._outbox.take(command)
        self._catch_up()

    def status(self) -> Status:
        """How it is doing."""
        self._catch_up()
        sent = self._outbox
        return Status(
            tick=self.now(),
            rate=self._rate,
            notes=sent.notes,
            messages=sent.messages,
            silenced=sent.silenced,
            state=PLAYING,
        )

    def close(self) -> None:
        """Take nothing more."""
        self._closed = True

    def _catch_up(self) -> None:
        """Send what is due up to now."""
        now = self.now()
        while (event := self._outbox.due(now + 1)) is not None:
            # what is due at once goes out now
            self.received.append((now if event.at < 0 else event.at, event.port, event.data))
            self._outbox.sent()
