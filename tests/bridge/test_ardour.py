"""How Ardour is started, ended and read: on stand-ins that behave badly, or leave a take that is known."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

from bridge.selftest import ardour
from bridge.selftest.ardour import ArdourTracks, TakenNote, ardour_tracks
from emsync_nb.errors import PortError

BEGINS = """
    import pathlib, sys, time
    session = pathlib.Path(sys.argv[2])
    session.with_suffix(".ready").write_text("90\\nardour:t00/in\\nardour:t01/in\\n")
"""
RECORDS = (
    BEGINS
    + """
    import mido
    while not session.with_suffix(".stop").exists():
        time.sleep(0.01)
    folder = session / "interchange" / "take" / "midifiles"
    folder.mkdir(parents=True)
    on, off = mido.Message("note_on", channel=3, note=60, velocity=7), mido.Message("note_off", channel=3, note=60)
    track = mido.MidiTrack([on.copy(time=1920), off.copy(time=10), on.copy(time=950), off.copy(time=0)])
    mido.MidiFile(type=0, ticks_per_beat=1920, tracks=[track]).save(folder / "Take1_t01-1.mid")
    mido.MidiFile(type=0, ticks_per_beat=1920, tracks=[track]).save(folder / "t01-1.mid")
"""
)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The only Ardour that is found, to be written."""
    program = tmp_path / "ardour7-lua"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(ardour, "_ENDS_WITHIN_S", 0.3)
    return program


def write(program: Path, text: str) -> None:
    """Make it a Python program."""
    program.write_text(f"#!{sys.executable}\n{textwrap.dedent(text)}")


def running(program: Path) -> bool:
    """Whether a process runs it."""
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(program).encode() in line.read_bytes():
                return True
        except OSError:
            continue
    return False


def test_a_take_is_read_in_its_sessions_tempo(stand_in: Path) -> None:
    write(stand_in, RECORDS)
    with ArdourTracks(2, rate=48_000, seconds=5) as tracks:
        assert tracks.inputs == ["ardour:t00/in", "ardour:t01/in"]
    # 90 beats a minute: a beat lasts 2/3 s; the second note begins a beat and a half after the start
    assert tracks.notes == [
        TakenNote(pytest.approx(2 / 3), 1, 3, 60, 7),
        TakenNote(pytest.approx(1.0), 1, 3, 60, 7),
    ]
    assert tracks.tick_s == pytest.approx(2 / 3 / 1920)


def test_one_that_does_not_begin_is_started_anew_and_then_told_with_its_words(stand_in: Path) -> None:
    write(
        stand_in,
        """
        import pathlib, sys
        with (pathlib.Path(__file__).parent / "starts").open("a") as starts:
            starts.write("x")
        sys.exit("no backend at all")
        """,
    )
    with pytest.raises(PortError, match=r"does not begin to record \(no backend at all\)"):
        ardour_tracks(1, rate=48_000, seconds=5)
    assert (stand_in.parent / "starts").read_text() == "xxx"


def test_one_that_does_not_end_is_ended(stand_in: Path) -> None:
    write(stand_in, BEGINS + "    time.sleep(100)")
    tracks = ArdourTracks(2, rate=48_000, seconds=5)
    assert running(stand_in)
    with pytest.raises(PortError, match="Ardour does not end"):
        tracks.close()
    assert not running(stand_in)


def test_one_that_is_left_by_an_error_is_ended_at_once(stand_in: Path) -> None:
    write(stand_in, BEGINS + "    time.sleep(100)")
    with pytest.raises(ZeroDivisionError), ArdourTracks(2, rate=48_000, seconds=5):
        raise ZeroDivisionError
    assert not running(stand_in)
