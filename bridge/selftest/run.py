"""The bridge tries itself: a made piece through a private JACK server, into an independent ear and into Ardour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from bridge.piece import Piece
from bridge.player_process import SinkKind
from bridge.selftest.made_piece import made_piece
from bridge.selftest.matching import Matches, far_from, matched, shift_s, stuck
from bridge.selftest.performance import RATE, Performance, performed
from emsync_nb.errors import PortError

#: rounding of seconds that are whole frames
_ROUNDING_S = 1e-7
#: how far a dropped period may show
_EXCUSED_S = 1.0


@dataclass(frozen=True, slots=True)
class SelftestReport:
    """What was sent, and what arrived where. Errors are sizes, early or late alike."""

    #: jack or rtmidi
    sink: str
    #: of music
    seconds: float
    ports: int
    #: frames a period of the JACK server
    period: int
    notes_sent: int
    #: by the ear
    notes_heard: int
    #: by Ardour; None where it did not run, and then `not_run` says why
    notes_recorded: int | None
    #: of onsets at the ear, against the moments that were asked for
    onset_error_mean_ms: float
    onset_error_p50_ms: float
    onset_error_p99_ms: float
    onset_error_worst_ms: float
    #: of onsets at the ear, the middle one: what comes late by the same always; and the mean of what varies about it
    onset_latency_ms: float
    onset_jitter_mean_ms: float
    #: of onsets in Ardour's take, against its other onsets; a tick of the take lasts `tick_ms`
    recorded_error_worst_ms: float | None
    tick_ms: float | None
    #: notes of Ardour's take that are missing, or there twice, or on a wrong track, key or velocity
    recorded_lost: int | None
    recorded_doubled: int | None
    #: periods that the server dropped while the music played: the machine was too slow, and messages may be lost
    xruns: int
    #: notes that the ear missed, or heard though nobody sent them, or heard more than a frame (jack) or two periods
    #: (rtmidi) from their place
    lost: int
    doubled: int
    late: int
    #: of all that is lost or doubled, at the ear or in the take, or late by more than a frame (jack): what lies farther
    #: than a second from any dropped period, any starvation and any `missed`, and so has no known cause
    unexcused: int
    #: programs, controllers and the like that the ear missed
    settings_lost: int
    #: notes that were still on a second after their end, or for ever
    stuck_notes: int
    #: what was left out, and why
    not_run: tuple[str, ...] = ()
    #: how often the player was told too late what to play, for the process that plays was kept waiting by others; and
    #: by how much at most. What it was told then is late by so much
    starvations: int = 0
    starved_worst_ms: float = 0.0
    #: how often the server went on without the player or the ear, or the system gave the player no time, as these noted
    #: themselves; most are xruns, too
    missed: int = 0
    #: cycles that had no room or no time for all that was due; that excuses nothing
    crowded: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether every note arrived once, in its place, and was ended, wherever it was looked for."""
        at_ear = self.lost + self.doubled + self.late + self.settings_lost + self.stuck_notes
        in_take = (self.recorded_lost or 0) + (self.recorded_doubled or 0)
        return self.notes_sent > 0 and at_ear + in_take == 0


def selftest(
    seconds: float = 10.0,
    *,
    sink: SinkKind = "jack",
    with_ardour: bool = True,
    piece: Piece | None = None,
    period: int = 256,
    progress: Callable[[str], None] = lambda line: None,
) -> SelftestReport:
    """Play for so many seconds and say what arrived. Nothing that runs beside it is touched.

    Args:
        seconds: of made music, 1 … 3600.
        sink: `jack`, or `rtmidi` for RtMidi's JACK driver.
        with_ardour: whether Ardour records too; where it is not installed, `not_run` says so.
        piece: other music than the made piece; `seconds` then counts for nothing.
        period: frames a period of the JACK server; longer ones ask less of a slow machine.
        progress: takes a line now and then.

    Raises:
        PortError: JACK is not installed, a part does not begin or end, or not one note arrived.
        ValueError: `seconds` is outside its range.
    """
    if piece is None and not 1 <= seconds <= 3600:
        raise ValueError(f"a selftest lasts 1 to 3600 seconds, got {seconds:g}")
    music = piece or made_piece(seconds)
    return reported(
        performed(music, sink, with_ardour=with_ardour, period=period, progress=progress), music, sink
    )


def reported(performance: Performance, piece: Piece, sink: SinkKind) -> SelftestReport:
    """What a performance comes to.

    Raises:
        PortError: not one note arrived, so there is nothing to measure.
    """
    ear = matched(performance.sent, performance.heard)
    if not ear.errors_s.size:
        raise PortError(
            f"none of {len(performance.sent)} notes arrived. Start again; then look at JACK's log"
        )
    errors_ms = ear.errors_s * 1000
    sizes_ms, latency_ms = np.abs(errors_ms), float(np.median(errors_ms))
    take = _take(performance)
    # frames are exact; RtMidi hands over at the start of a period, so a note may wait for one
    late_s = (1 if sink == "jack" else 2 * performance.period) / RATE + _ROUNDING_S
    late = ear.starts_s[np.abs(ear.errors_s) > late_s]
    return SelftestReport(
        sink=sink,
        seconds=piece.end_s,
        ports=len(piece.ports),
        period=performance.period,
        notes_sent=len(performance.sent),
        notes_heard=len(performance.heard),
        notes_recorded=None if performance.taken is None else len(performance.taken),
        onset_error_mean_ms=float(sizes_ms.mean()),
        onset_error_p50_ms=float(np.percentile(sizes_ms, 50)),
        onset_error_p99_ms=float(np.percentile(sizes_ms, 99)),
        onset_error_worst_ms=float(sizes_ms.max()),
        onset_latency_ms=latency_ms,
        onset_jitter_mean_ms=float(np.abs(errors_ms - latency_ms).mean()),
        recorded_error_worst_ms=_worst_ms(take),
        tick_ms=None if take is None else performance.tick_s * 1000,
        recorded_lost=None if take is None else take.lost,
        recorded_doubled=None if take is None else take.doubled,
        xruns=len(performance.xruns_s),
        lost=ear.lost,
        doubled=ear.doubled,
        late=len(late),
        unexcused=_unexcused(performance, [ear, take], late if sink == "jack" else ()),
        settings_lost=_missing_settings(performance),
        stuck_notes=stuck(performance.sent, performance.ends_s, performance.messages),
        starvations=len(performance.starved_s),
        starved_worst_ms=max((until - since for since, until in performance.starved_s), default=0.0) * 1000,
        missed=len(performance.missed_s),
        crowded=len(performance.crowded_s),
        not_run=(f"Ardour: {performance.why_not_taken}",) if performance.taken is None else (),
    )


def _unexcused(performance: Performance, found: Iterable[Matches | None], late_s: Iterable[float]) -> int:
    faults_s = [onset.time_s for one in found if one for onset in (*one.missing, *one.extra)]
    xruns_s = [(time_s, time_s) for time_s in performance.xruns_s]
    causes_s = [*xruns_s, *performance.missed_s, *performance.starved_s]
    return far_from([*faults_s, *late_s], causes_s, _EXCUSED_S)


def _missing_settings(performance: Performance) -> int:
    heard = Counter(message[1:] for message in performance.messages)
    return (Counter(performance.settings) - heard).total()


def _take(performance: Performance) -> Matches | None:
    """Ardour's take against what was sent; its clock began with its recording, so the median is taken off."""
    if performance.taken is None:
        return None
    shift = shift_s(performance.sent, performance.taken)
    moved = (onset._replace(time_s=onset.time_s - shift) for onset in performance.taken)
    return matched(performance.sent, moved)


def _worst_ms(take: Matches | None) -> float | None:
    if take is None or not take.errors_s.size:
        return None
    return float(np.abs(take.errors_s).max() * 1000)
