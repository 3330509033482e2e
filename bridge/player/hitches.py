"""Why messages are late or lost, noted by the player where it happens: who asks later finds a cause for each fault."""

from __future__ import annotations

from bridge.commands import Command, PlayNote, Send
from bridge.journal import CROWDED, HELD_UP, SKIPPED, STARVED, Hitch, Journal


class Hitches:
    """Looks at each cycle of a player, and notes what went wrong in it."""

    def __init__(self, journal: Journal) -> None:
        """Begin with none."""
        self._journal = journal
        journal.forget_hitches()
        self._due: int | None = None
        self._earliest: int | None = None

    def begin_cycle(self, start: int, frames: int) -> None:
        """A cycle that comes later than when the last one ended: the driver went on without the player."""
        if self._due is not None and start > self._due:
            self._journal.note_hitch(Hitch(SKIPPED, self._due, start))
        self._due = start + frames

    def hear(self, command: Command, start: int) -> None:
        """A note or a message that comes in after its tick: whoever asks was late."""
        at = (
            command.on
            if isinstance(command, PlayNote)
            else command.at
            if isinstance(command, Send)
            else start
        )
        if 0 <= at < start:
            self._earliest = at if self._earliest is None else min(at, self._earliest)

    def end_hearing(self, start: int) -> None:
        """All has come in that a cycle takes: one hitch for what was late of it."""
        if self._earliest is not None:
            self._journal.note_hitch(Hitch(STARVED, self._earliest, start))
            self._earliest = None

    def leave(self, at: int, end: int, *, is_held_up: bool = False) -> None:
        """What a full port, or a cycle without time, leaves to the next cycle.

        Args:
            at: the tick of the first message that is left; what is due at once has no place to miss.
            end: of the cycle.
            is_held_up: whether it had no time because the system gave it none.
        """
        if at >= 0:
            self._journal.note_hitch(Hitch(HELD_UP if is_held_up else CROWDED, at, end))
