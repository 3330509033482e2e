"""Plays a piece through a sink in time, and takes what a user asks meanwhile."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType

from bridge.clock import Clock, RealClock
from bridge.commands import Command
from bridge.piece import Piece
from bridge.sinks import MidiSink
from bridge.transport import Transport
from emsync_nb.errors import PortError

#: how often the sink is told what comes next, in seconds; the lookahead is many times as long
STEP_S = 0.05
#: how long a sink may take to be silent
_SILENT_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class PlaySettings:
    """How a piece is played."""

    #: milliseconds by which all goes out later than `position_s` says; negative: earlier
    latency_ms: float = 0.0
    #: whether notes that began before the place where playing starts are started there
    chases_notes: bool = True
    #: seconds that the sink knows ahead
    lookahead_s: float = 1.0
    #: bars of clicks before the music
    count_in_bars: int = 0
    #: port of the clicks
    click_port: int = 0

    def __post_init__(self) -> None:
        if not -1000 <= self.latency_ms <= 1000:
            raise PortError(f"the latency must lie in -1000 … 1000 ms, got {self.latency_ms:g}")
        if not 0.1 <= self.lookahead_s <= 10:
            raise PortError(f"the lookahead must lie in 0.1 … 10 s, got {self.lookahead_s:g}")
        if not 0 <= self.count_in_bars <= 16:
            raise PortError(f"count in 0 to 16 bars, got {self.count_in_bars}")


class Playback:
    """A piece and a sink. `run` plays in this thread, `start` in one of its own; leaving it silences all.

    Every method may be called from any thread.
    """

    def __init__(
        self,
        piece: Piece,
        sink: MidiSink,
        settings: PlaySettings | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        """Bring them together; nothing sounds yet.

        Raises:
            PortError: the sink has other ports than the piece, or clicks are to go to a port that neither has.
        """
        settings = settings or PlaySettings()
        if sink.ports != piece.ports:
            raise PortError(
                f"the ports are {', '.join(sink.ports)}; the piece asks for {', '.join(piece.ports)}. Open those"
            )
        if not 0 <= settings.click_port < len(piece.ports):
            raise PortError(
                f"clicks cannot go to port {settings.click_port}; name one from 0 to {len(piece.ports) - 1}"
            )
        self._sink = sink
        self._settings = settings
        self._clock = clock or RealClock()
        self._transport = Transport(
            piece,
            rate=sink.rate,
            lead=sink.lead,
            start_lead=sink.start_lead,
            lookahead=round(settings.lookahead_s * sink.rate),
            offset=round(settings.latency_ms / 1000 * sink.rate),
            chases_notes=settings.chases_notes,
            serial=sink.status().silenced,
        )
        self._lock = threading.RLock()
        self._wakes = threading.Event()
        self._thread: threading.Thread | None = None
        self._ends = False
        #: why the thread of `start` has ended; None where nothing went wrong
        self.failure: PortError | None = None

    def __enter__(self) -> Playback:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def position_s(self) -> float:
        """Where the music stands, in seconds of the piece."""
        with self._lock:
            return self._transport.position_s(self._sink.now())

    @property
    def bar(self) -> int:
        """The number of the bar that plays."""
        with self._lock:
            now = self._sink.now()
            return self._transport.piece_at(now).bar_at(self._transport.position_s(now))

    @property
    def is_playing(self) -> bool:
        """Whether time passes; at the end of the music it does no more."""
        with self._lock:
            try:
                return self._transport.is_playing and not self._transport.is_over(self._now())
            except PortError:  # the sink has gone, and its clock says that the end has come
                return False

    def play(self) -> None:
        """Go on from where it stands, after the count-in; from the end, at bar 1 or where the loop begins."""
        settings = self._settings
        self._ask(
            lambda now: self._transport.play(
                now, count_in_bars=settings.count_in_bars, click_port=settings.click_port
            )
        )

    def stop(self) -> None:
        """Stay where it stands; every note ends, and that is waited for.

        Raises:
            PortError: the sink does not answer.
        """
        self._ask(self._transport.stop)
        self._wait_until_silent()

    def locate(self, position_s: float) -> None:
        """Go to another place, in seconds of the piece, and play on there where it plays.

        Raises:
            PortError: it lies outside.
        """
        self._ask(lambda now: self._transport.locate(now, position_s))

    def locate_bar(self, number: int) -> None:
        """Go to the beginning of a bar, counted from 1.

        Raises:
            MidiError: there is no such bar.
        """
        self.locate(self._transport.piece.bar_start_s(number))

    def loop(self, bars: tuple[int, int] | None) -> None:
        """Repeat from one bar to the end of another; None: no longer.

        Raises:
            PortError: no such bars.
        """
        self._ask(lambda now: self._transport.loop(now, bars))

    def speed(self, factor: float) -> None:
        """Play faster or slower, 1 being the music's own tempo.

        Raises:
            PortError: too fast, or too slow.
        """
        self._ask(lambda now: self._transport.speed(now, factor))

    def replace(self, piece: Piece) -> None:
        """Go on with other music from the next bar line on.

        Raises:
            PortError: it has other ports.
        """
        self._ask(lambda now: self._transport.replace(now, piece))

    def step(self) -> None:
        """Tell the sink what comes next.

        Raises:
            PortError: the sink has gone.
        """
        self._sink.status()
        with self._lock:
            self._tell(self._transport.advance)

    def run(
        self,
        should_stop: Callable[[], bool] = lambda: False,
        on_step: Callable[[], None] = lambda: None,
    ) -> bool:
        """Play to the end, then stop; whether it came there.

        Raises:
            PortError: the sink has gone.
        """
        self.play()
        while self.is_playing and not should_stop():
            self.step()
            on_step()
            self._clock.sleep_until(self._clock.now_s() + STEP_S)
        came_to_end = not self.is_playing
        self.stop()
        return came_to_end

    def start(self) -> None:
        """Feed the sink from a thread of its own, until `close`. What is to be played is said by `play` and others."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._feed, name="bridge playback", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End every note. The sink stays open where it still answers."""
        self._ends = True
        self._wakes.set()
        if self._thread is not None:
            self._thread.join(timeout=_SILENT_WITHIN_S)
            self._thread = None
        with contextlib.suppress(PortError):
            self.stop()

    def _feed(self) -> None:
        try:
            while not self._ends:
                self.step()
                self._wakes.wait(STEP_S)
        except PortError as error:
            self.failure = error

    def _ask(self, question: Callable[[int], list[Command]]) -> None:
        with self._lock:
            self._tell(question)
            self._tell(self._transport.advance)  # a beginning says only what comes first

    def _tell(self, question: Callable[[int], list[Command]]) -> None:
        commands = question(self._now())
        if commands:
            self._sink.write(commands)

    def _now(self) -> int:
        """The tick of this moment; at the end of the music no later than what the sink has sent.

        A clock that is told between two cycles runs ahead of a driver that stands still, and who believed it would
        silence the last notes before they were played.
        """
        now = self._sink.now()
        if self._transport.is_over(now):
            status = self._sink.status()
            now = min(now, status.tick + status.period)
        return now

    def _wait_until_silent(self) -> None:
        for _ in self._moments(_SILENT_WITHIN_S):
            if self._sink.status().silenced >= self._transport.serial:
                return
        raise PortError(
            "The notes were told to end, and the port does not say that they did. Look at the driver"
        )

    def _moments(self, seconds: float) -> Iterator[None]:
        until_s = self._clock.now_s() + seconds
        while self._clock.now_s() < until_s:
            yield
            self._clock.sleep_until(self._clock.now_s() + STEP_S / 10)
