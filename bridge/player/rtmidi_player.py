"""Sends what is due through the operating system's MIDI ports, each message as soon as its time has come."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Any

from bridge.commands import Silence
from bridge.journal import CLOSED, PLAYING, Journal, Status
from bridge.outbox import Outbox
from bridge.player.hitches import Hitches
from bridge.player.hurry import hurries
from bridge.player.reading import PatientAsker
from bridge.ports import OutputPort
from emsync_nb.errors import PortError

RATE = 1_000_000
#: how long a wait lasts at most, so that the end of the asker is noticed
_LOOK_S = 0.05
#: a driver that fetches messages once a period (JACK) has surely done so after a while; see `bridge.ports`
_OUT_AFTER_S = 0.4
#: RtMidi's JACK driver writes a message where the next period begins, so it is handed over a moment early, less than an
#: ear can tell: what would just miss the period that begins with it makes it, and the mean stays below half a period
_EARLY_S = 0.001
#: JACK drops periods under load, with all that RtMidi wrote to them, and RtMidi does not say so
_MEND_S = 0.25


def tick() -> int:
    """The tick of this moment: microseconds of the computer's monotonic clock, the same in every process."""
    return time.monotonic_ns() // 1000


class RtMidiPlayer:
    """One port of the system for each port of the music."""

    def __init__(
        self,
        journal: Journal,
        outputs: Sequence[OutputPort],
        asker: PatientAsker | None,
    ) -> None:
        """Take over open ports, and owe silence to whoever listened to a predecessor that was killed.

        Args:
            journal: where it notes what sounds.
            outputs: one for each port of the music.
            asker: where commands come from; None: pay what is owed and end.
        """
        self._journal = journal
        self._outputs = outputs
        self._asker = asker
        self._outbox = Outbox(len(outputs), journal.marks(len(outputs)))
        self._is_owing = journal.is_unclean
        #: none of who only pays for a predecessor
        self._hitches = None if asker is None else Hitches(journal)
        self._late = self._worst_late = 0
        self._gone: dict[int, str] = {}
        self._mends = any(output.driver == "JACK" for output in outputs)
        self._mend_at = 0
        self._early = round(_EARLY_S * RATE) if self._mends else 0
        journal.write_status(self._status(PLAYING))

    @property
    def facts(self) -> dict[str, Any]:
        """What the asker wants to know."""
        return {
            "rate": RATE,
            "period": 0,
            "ports": [output.port_name for output in self._outputs],
            "realtime": hurries(),
        }

    def run(self) -> str:
        """Until nobody asks any more and all is silent; what went wrong, or nothing."""
        if self._is_owing:
            self._pay()
        while self._asker is not None and not self._asker.has_left and len(self._gone) < len(self._outputs):
            self._hear()
            self._mend()
            self._send()
            self._journal.write_status(self._status(PLAYING))
            self._asker.wait(self._wait_s())
        self._outbox.take(Silence(self._outbox.silenced))
        self._send()
        for output in self._outputs:
            with contextlib.suppress(PortError):
                output.close()
        self._outbox.begin_cycle()
        self._journal.write_status(self._status(CLOSED))
        return self._journal.problem if len(self._gone) == len(self._outputs) else ""

    def _pay(self) -> None:
        for port in range(len(self._outputs)):
            self._outbox.pay(port)
        self._send()

    def _hear(self) -> None:
        assert self._asker is not None  # noqa: S101 - `run` has asked
        commands = list(self._asker.commands())
        if commands and self._is_owing:  # who connects to a new port does so after it was opened
            self._is_owing = False
            self._pay()
        assert self._hitches is not None  # noqa: S101 - whoever has an asker has them
        now = tick()
        for command in commands:
            self._hitches.hear(command, now)
            self._outbox.take(command)
        self._hitches.end_hearing(now)

    def _mend(self) -> None:
        """End again what ended lately, where the driver drops periods and nobody tells us of it."""
        if self._mends and tick() >= self._mend_at:
            self._mend_at = tick() + round(_MEND_S * RATE)
            self._outbox.let_go_again(self._mend_at - 3 * round(_MEND_S * RATE))

    def _wait_s(self) -> float:
        upcoming = self._outbox.due(tick() + round(_LOOK_S * RATE))
        return _LOOK_S if upcoming is None else max(0.0, (upcoming.at - self._early - tick()) / RATE)

    def _send(self) -> None:
        self._outbox.begin_cycle(tick() - round(_OUT_AFTER_S * RATE))
        while (event := self._outbox.due(tick() + 1 + self._early)) is not None:
            if event.port not in self._gone:
                self._send_one(event.port, event.data)
            if event.at >= 0:
                lateness = tick() - event.at
                self._late += lateness > RATE // 100
                self._worst_late = max(self._worst_late, lateness)
            self._outbox.sent()

    def _send_one(self, port: int, data: bytes) -> None:
        try:
            self._outputs[port].send(data)
        except PortError as error:  # the others go on
            self._gone[port] = str(error)
            self._journal.write_problem("; ".join(self._gone.values()))

    def _status(self, state: int) -> Status:
        return Status(
            tick=tick(),
            at_ns=time.monotonic_ns(),
            rate=RATE,
            notes=self._outbox.notes,
            messages=self._outbox.messages,
            late=self._late,
            worst_late=self._worst_late,
            silenced=self._outbox.silenced,
            state=state,
        )
