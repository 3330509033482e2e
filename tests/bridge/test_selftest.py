"""A whole score through real players on a real JACK server, into an independent ear and into a real DAW."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bridge.music import piece_of_score
from bridge.piece import Piece
from bridge.selftest.ardour import find_ardour
from bridge.selftest.jack_server import find_jackd
from bridge.selftest.made_piece import made_piece
from bridge.selftest.run import SelftestReport, selftest
from emsync_nb.domain import Template
from emsync_nb.errors import PortError
from tests.bridge.composed import composed_score
from tests.bridge.selftest_needs import ever_longer_periods, needs

SECONDS, NOTES = 9, 2250
FRAME_MS = 1000 / 48_000


def undisturbed(sink: str, *, with_ardour: bool, piece: Piece | None = None) -> SelftestReport:
    """The report of a run in which no period was dropped, nobody kept waiting, and Ardour did not crash."""
    for period in ever_longer_periods(256 if piece is None else 1024):
        kind = "jack" if sink == "jack" else "rtmidi"
        try:
            report = selftest(SECONDS, sink=kind, with_ardour=with_ardour, piece=piece, period=period)
        except PortError as error:
            if "Ardour ended badly" in str(
                error
            ):  # 7.3 sometimes falls over itself; what it does then proves nothing
                continue
            raise
        # RtMidi tells nobody that JACK dropped a period, so nobody ends again what it took along
        assert report.stuck_notes == 0 or (sink == "rtmidi" and report.xruns > 0)
        if report.xruns == report.missed == report.starvations == 0:
            assert report.unexcused == 0
            return report  # what a disturbed run owes to its disturbances is for test_soak.py
    raise AssertionError


def test_the_made_piece_is_long_dense_and_ever_changing() -> None:
    piece, again = made_piece(SECONDS), made_piece(SECONDS)
    assert piece.notes == again.notes and piece.settings == again.settings
    assert len(piece.notes) == NOTES
    assert len(set(np.diff(piece.bar_starts_s).round(6))) == len(piece.bar_starts_s) - 1 > 3
    assert {(note.port, note.channel) for note in piece.notes} == {(p, c) for p in range(4) for c in range(4)}


def test_a_piece_that_would_run_short_of_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="5000 notes a second"):
        made_piece(1, notes_a_second=5000)


@pytest.mark.jack
def test_every_note_of_the_made_piece_is_recorded_by_a_daw_in_its_place() -> None:
    needs(find_jackd)
    needs(find_ardour)
    all_was_recorded(undisturbed("jack", with_ardour=True), NOTES)


@pytest.fixture(scope="module")
def composed() -> Piece:
    """A score of our composer on ports by name: an orchestra, then a band with drums."""
    return piece_of_score(composed_score(), Template(ports="each"))


def test_the_composed_score_is_long_has_many_tracks_and_changes_its_tempo(composed: Piece) -> None:
    assert len(composed.notes) >= 2000
    assert len(composed.ports) == len({note.port for note in composed.notes}) == 20
    assert {note.channel for note in composed.notes if note.port == composed.ports.index("Drums")} == {9}
    beats_s = np.diff(composed.bar_starts_s) / composed.bar_beats
    assert np.count_nonzero(np.abs(np.diff(beats_s)) > 1e-3) >= 10
    assert {setting.data[0] & 0xF0 for setting in composed.settings} == {0xB0, 0xC0}


@pytest.mark.jack
def test_every_note_of_a_composed_score_is_recorded_by_a_daw_in_its_place(composed: Piece) -> None:
    needs(find_jackd)
    needs(find_ardour)
    report = undisturbed("jack", with_ardour=True, piece=composed)
    assert report.ports == 20
    all_was_recorded(report, len(composed.notes))


def all_was_recorded(report: SelftestReport, notes: int) -> None:
    """On its track, its channel, with its pitch and velocity, at its frame and at its tick."""
    assert report.not_run == ()
    assert report.notes_sent == report.notes_heard == report.notes_recorded == notes
    assert (report.lost, report.doubled, report.late, report.settings_lost) == (0, 0, 0, 0)
    assert (report.recorded_lost, report.recorded_doubled) == (0, 0)
    assert report.onset_error_worst_ms <= FRAME_MS * 1.001
    # 1920 ticks a beat at the 120 beats a minute of a new session
    assert report.tick_ms == pytest.approx(500 / 1920)
    assert report.recorded_error_worst_ms is not None
    assert report.recorded_error_worst_ms <= 500 / 1920
    assert report.is_clean


@pytest.mark.jack
def test_rtmidi_hands_over_within_two_periods() -> None:
    needs(find_jackd)
    report = undisturbed("rtmidi", with_ardour=False)
    period_ms = report.period * FRAME_MS
    assert report.notes_sent == report.notes_heard == NOTES
    assert (report.lost, report.doubled, report.settings_lost) == (0, 0, 0)
    assert report.onset_error_p99_ms <= 2 * period_ms
    # RtMidi writes at the start of the period that follows, half a period later on the average
    assert report.onset_error_mean_ms <= period_ms / 2
    # that is a constant latency; with the middle taken off, a quarter of a period is left on the average
    assert report.onset_jitter_mean_ms <= period_ms / 2


@pytest.mark.jack
def test_without_ardour_the_report_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    needs(find_jackd)
    (tmp_path / "jackd").symlink_to(find_jackd())
    monkeypatch.setenv("PATH", str(tmp_path))
    report = selftest(1)
    assert report.notes_recorded is None
    assert report.not_run == ("Ardour: Ardour is not installed. Install it (apt install ardour)",)


def test_the_newest_ardour_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ardour7-lua", "ardour10-lua", "ardour8-lua", "ardour9"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "nowhere"), str(tmp_path)]))
    assert Path(find_ardour()).name == "ardour10-lua"


def test_ardour_that_is_not_there_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PortError, match=r"^Ardour is not installed\. Install it \(apt install ardour\)$"):
        find_ardour()


@pytest.mark.parametrize("seconds", [0, 3601])
def test_a_selftest_has_bounds(seconds: float) -> None:
    with pytest.raises(ValueError, match="1 to 3600"):
        selftest(seconds)
