"""`emsync bridge selftest`."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from emsync_nb.cli.bridge_ports import SinkOption
from emsync_nb.cli.output import JsonOption, say, write_json
from emsync_nb.cli.quiet import overheard
from emsync_nb.cli.session_asking import help_with, say_all, table

if TYPE_CHECKING:
    from bridge.selftest.run import SelftestReport

log = logging.getLogger("emsync_nb.cli")

HELP = help_with(
    "Play made-up music through a real driver into an independent listener, and into Ardour where it is installed, and "
    "say how exactly it arrives. A JACK server of its own, without a sound card, is started; nothing is heard. The "
    "exit code is 1 where notes were lost, doubled or late though the machine kept up, or left on.",
    "bridge selftest",
    "bridge selftest --seconds 60 --json selftest.json",
)


def selftest(
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="How long it plays.")] = 10.0,
    sink: SinkOption = None,
    ardour: Annotated[bool, typer.Option(help="Record in Ardour too, where it is installed.")] = True,
    json_file: JsonOption = None,
) -> None:
    """Measure."""
    from bridge.selftest.run import selftest as measured

    with overheard():
        report = measured(seconds, sink=sink or "jack", with_ardour=ardour, progress=_tell)
    write_json(asdict(report), json_file)
    say_all(_lines(report), json_file)
    if _has_failed(report):
        say("notes were lost, doubled or left on; emsync bridge doctor tells more", json_file)
        raise typer.Exit(1)


def _tell(line: str) -> None:
    log.info("%s", line)


def _has_failed(report: SelftestReport) -> bool:
    """A dropped period, a cycle without the player, a starvation excuse what happened around them; nothing else does.

    A starvation makes notes late; it loses none.
    """
    recorded = (report.recorded_lost or 0) + (report.recorded_doubled or 0)
    lost = report.lost + report.settings_lost + recorded
    return bool(report.unexcused or report.stuck_notes or (lost and not report.xruns + report.missed))


def _starved(report: SelftestReport) -> str:
    """How often the process that plays was kept waiting so long that notes came late."""
    if not report.starvations:
        return "never"
    times = "once" if report.starvations == 1 else f"{report.starvations} times"
    return f"{times}, by {report.starved_worst_ms:.1f} ms at most, for others kept the machine busy"


def _lines(report: SelftestReport) -> list[str]:
    sent = f"{report.seconds:.1f} s through {report.sink}, {report.ports} ports"
    heard = f"{report.lost} lost, {report.doubled} doubled, {report.late} late"
    if report.settings_lost:
        heard += f"; {report.settings_lost} other messages lost"
    rows: list[tuple[object, ...]] = [("sent", report.notes_sent, sent), ("heard", report.notes_heard, heard)]
    if report.notes_recorded is not None:
        taken = f"{report.recorded_lost} lost, {report.recorded_doubled} doubled"
        if report.recorded_error_worst_ms is not None:
            taken += f", at most {report.recorded_error_worst_ms:.3f} ms off"
        rows.append(("recorded by Ardour", report.notes_recorded, taken))
    return [
        *table(("", "notes", ""), rows),
        f"onsets: half within {report.onset_error_p50_ms:.3f} ms, 99 % within {report.onset_error_p99_ms:.3f} ms, "
        f"all within {report.onset_error_worst_ms:.3f} ms",
        f"notes left on: {report.stuck_notes}; dropped periods: {report.xruns}; told too late: {_starved(report)}",
        *(f"not run: {line}" for line in report.not_run),
    ]
