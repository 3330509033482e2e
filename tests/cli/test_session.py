"""`emsync session` and `emsync import`: what each command does, what it refuses, and who answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mido
import pytest

from tests.cli.conftest import Emsync, made_session
from tests.cli.running import tree
from tests.cli.test_commands import only_json
from tests.pipeline.tiny_film import CUTS, FPS

CUTS_S = [float(cut / FPS) for cut in CUTS]
SESSION = Path("film.emsync")


@pytest.fixture(scope="module")
def begun(cli_film: Path, cli_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film and its session: two takes of a string quartet, the first accepted."""
    folder = tmp_path_factory.mktemp("begun")
    made_session(folder, cli_film, cli_checkpoint, "--start-timecode 01:00:00:00", "--takes 2")
    return folder


@pytest.fixture
def here(begun: Path, tmp_path: Path) -> Path:
    """A copy of it in the current folder."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    return tmp_path


def told(emsync: Emsync, line: str, *more: str | Path) -> Any:  # noqa: ANN401 - any JSON value
    """The JSON of a command that works."""
    done = emsync(*line.split(), *more, "--json", "-")
    assert (done.code, done.err) == (0, ""), done
    return only_json(done.out)


def said(emsync: Emsync, line: str, *more: str | Path) -> list[str]:
    """The lines of a command that works."""
    done = emsync(*line.split(), *more)
    assert (done.code, done.err) == (0, ""), done
    return done.out.splitlines()


def kept(folder: Path) -> dict[str, bytes | str]:
    """All of a folder but what says who holds the session."""
    return {name: held for name, held in tree(folder).items() if "/." not in f"/{name}"}


def notes_by_track(path: Path) -> dict[str, list[tuple[int, int]]]:
    """(tick, pitch) of every note that begins, as mido reads it."""
    found: dict[str, list[tuple[int, int]]] = {}
    for track in mido.MidiFile(path, charset="utf-8").tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                found.setdefault(track.name, []).append((now, message.note))
    return found


def test_a_session_is_begun_and_looked_at(emsync: Emsync, here: Path) -> None:
    facts = told(emsync, "session show film.mp4")
    assert facts == told(emsync, "session show film.emsync")
    assert (facts["film"], facts["ensemble"]) == ("../film.mp4", "string-quartet")
    assert [take["name"] for take in facts["takes"]] == ["001", "002"]
    assert (facts["accepted"], facts["start_timecode"]) == ("001", "01:00:00:00")
    lines = said(emsync, "session show film.mp4")
    assert lines[1:3] == ["played by string-quartet", "takes: 001, 002; 001 accepted"]


def test_the_plan_is_a_table(emsync: Emsync, here: Path) -> None:
    facts = told(emsync, "session plan film.mp4")
    assert [b["time_s"] for b in facts["boundaries"]] == pytest.approx(CUTS_S)
    lines = said(emsync, "session plan film.mp4")
    # cuts at frames 12, 36 and 87 of a film that counts 12 a second
    assert [line.split()[:3] for line in lines[1:4]] == [
        ["1", "01:00:01:00", "cut"],
        ["2", "01:00:03:00", "cut"],
        ["3", "01:00:07:03", "cut"],
    ]
    assert lines[0].split() == ["no", "timecode", "kind", "strength", "pinned", "beat"]
    assert lines[4] == ""
    assert lines[5].split() == ["section", "timecode", "bar", "key", "tempo", "who", "plays"]
    assert lines[6].split()[:3] == ["A", "01:00:00:00", "1"]
    assert "cello" in lines[6]


def test_analysing_once_more_finds_everything_anew(emsync: Emsync, here: Path) -> None:
    said(emsync, "session remove film.mp4 2")
    found = told(emsync, "session analyze film.mp4 --start-timecode 02:00:00:00")
    assert (found["boundaries"], found["session"]["ensemble"]) == (3, "string-quartet")
    assert found["session"]["start_timecode"] == "02:00:00:00"
    again = told(emsync, "session analyze film.mp4 --ensemble piano-solo --seed 4")
    assert again["session"]["ensemble"] == "piano-solo"
    assert [take["name"] for take in again["session"]["takes"]] == ["001", "002"]


@pytest.mark.parametrize(
    ("line", "times"),
    [
        ("move film.mp4 2 0:03.5", [CUTS_S[0], 3.5, CUTS_S[2]]),
        # 3 seconds and 6 frames of 12 a second
        ("move film.mp4 2 01:00:03:06", [CUTS_S[0], float(42 / FPS), CUTS_S[2]]),
        ("add film.mp4 5 --strength 0.25", [*CUTS_S[:2], 5.0, CUTS_S[2]]),
        ("remove film.mp4 1", CUTS_S[1:]),
        ("weight film.mp4 1 0.125", CUTS_S),
        ("pin film.mp4 1", CUTS_S),
    ],
)
def test_the_plan_is_changed_and_changed_back(
    emsync: Emsync, here: Path, line: str, times: list[float]
) -> None:
    before = told(emsync, "session plan film.mp4")
    after = told(emsync, f"session {line}")
    assert [b["time_s"] for b in after["boundaries"]] == pytest.approx(times)
    assert told(emsync, "session plan film.mp4") == after
    assert len(said(emsync, "session undo film.mp4")) == 1
    assert told(emsync, "session plan film.mp4") == before


def test_a_changed_boundary_is_shown(emsync: Emsync, here: Path) -> None:
    pinned = said(emsync, "session pin film.mp4 1")
    assert pinned[0].startswith("boundary 1 pinned; the music meets ")
    assert pinned[2].split()[:3] == ["1", "01:00:01:00", "cut"]
    assert "pinned" in pinned[2].split()
    assert told(emsync, "session plan film.mp4")["boundaries"][0]["locked"] is True
    assert "pinned" not in said(emsync, "session unpin film.mp4 1")[2].split()
    assert "0.12" in said(emsync, "session weight film.mp4 3 0.125")[2]
    assert len(said(emsync, "session remove film.mp4 3")) == 1


def test_directions_are_shown_before_they_are_followed(emsync: Emsync, here: Path) -> None:
    text = "for band, gribble fnord"
    before = kept(here)
    assert said(emsync, "session direct film.mp4", text) == [
        "+ ensemble: band",
        "? not understood: gribble fnord (no feeling, tempo, ensemble or time that is known)",
        "nothing was changed yet; --apply does it",
    ]
    assert kept(here) == before
    assert said(emsync, "session direct film.mp4 --apply", text)[-1].startswith("applied;")
    assert told(emsync, "session show film.mp4")["ensemble"] == "band"
    assert said(emsync, "session direct film.mp4", "")[-1] == "there is nothing to change"


def test_takes_are_made_compared_and_kept(emsync: Emsync, here: Path) -> None:
    assert [(t["name"], t["seed"]) for t in told(emsync, "session takes film.mp4")["takes"]] == [
        ("001", 3),
        ("002", 4),
    ]
    made = told(emsync, "session generate film.mp4 --takes 2 --seed 3")["takes"]
    for name, take in zip(("001", "002"), made, strict=True):
        assert (SESSION / take["file"]).read_bytes() == (SESSION / f"takes/{name}.mid").read_bytes()
    assert said(emsync, "session compare film.mp4 1 3") == ["001 and 003 hold the same notes"]
    assert said(emsync, "session compare film.mp4 001 002")[0].startswith("Violin I: bars ")
    lines = said(emsync, "session accept film.mp4 2")
    assert lines == ["take 002 accepted"]
    assert [t["accepted"] for t in told(emsync, "session takes film.mp4")["takes"]] == [
        False,
        True,
        False,
        False,
    ]
    assert "accepted" in said(emsync, "session takes film.mp4")[2].split()


def test_some_bars_of_a_track_are_written_anew(emsync: Emsync, here: Path) -> None:
    lines = said(emsync, "session regenerate film.mp4 --bars 2-3 --track cello --takes 2 --seed 9")
    assert [line.split()[:5] for line in lines[1:3]] == [
        ["003", "regenerated", "9", "001", "2-3"],
        ["004", "regenerated", "10", "001", "2-3"],
    ]
    assert lines[3] == "go on with one: emsync session accept film.mp4 003"
    first, third = (notes_by_track(SESSION / f"takes/{name}.mid") for name in ("001", "003"))
    changed = [name for name in {*first, *third} if first.get(name) != third.get(name)]
    assert changed == ["Cello"]


def test_locks_mutes_and_the_way_back(emsync: Emsync, here: Path) -> None:
    assert said(emsync, "session lock film.mp4 --track cello --bars 1-2") == ["locked: Cello, bars 1 to 2"]
    assert said(emsync, "session lock film.mp4 --bars 3") == ["locked: all tracks, bars 3 to 3"]
    assert said(emsync, "session mute film.mp4 viola") == ["muted: Viola"]
    assert said(emsync, "session solo film.mp4 Cello") == ["soloed: Cello"]
    lines = said(emsync, "session show film.mp4")
    assert lines[3:] == [
        "locked: Cello, bars 1 to 2; all tracks, bars 3 to 3",
        "muted: Viola",
        "soloed: Cello",
        "last change: soloed Cello",
    ]
    assert said(emsync, "session solo film.mp4 Cello --off") == ["soloed: none"]
    assert said(emsync, "session mute film.mp4 Viola --off") == ["muted: none"]
    assert said(emsync, "session undo film.mp4") == ["undone: unmuted Viola"]
    assert said(emsync, "session redo film.mp4") == ["done again: unmuted Viola"]
    assert said(emsync, "session unlock film.mp4 --track cello --bars 2") == [
        "still locked: Cello, bars 1 to 1; all tracks, bars 3 to 3"
    ]
    assert said(emsync, "session unlock film.mp4") == ["nothing is locked any more"]
    lines = said(emsync, "session history film.mp4")
    assert [line.split()[0] for line in lines[1:4]] == ["0", "1", "2"]
    assert lines[-1].startswith("→")
    assert lines[-1].endswith("unlocked all")
    steps = told(emsync, "session history film.mp4")["history"]
    assert [step["here"] for step in steps] == [False] * (len(steps) - 1) + [True]


def write_edit(path: Path) -> Path:
    """The first take, as a DAW gives it back with one note softer."""
    file = mido.MidiFile(SESSION / "takes/001.mid", charset="utf-8")
    cello = next(track for track in file.tracks if track.name == "Cello")
    note = next(message for message in cello if message.type == "note_on" and message.velocity)
    note.velocity = 17
    file.save(path)
    return path


@pytest.mark.parametrize(("option", "locks"), [((), ["1 note of Cello"]), (("--no-lock",), [])])
def test_an_edit_comes_back(emsync: Emsync, here: Path, option: tuple[str, ...], locks: list[str]) -> None:
    edited = write_edit(here / "edited.mid")
    count = sum(map(len, notes_by_track(edited).values()))
    assert said(emsync, "import film.mp4 edited.mid", *option) == [
        f"{count - 1} kept, 1 edited, 0 added, 0 removed of {count} notes",
        f"Cello: {len(notes_by_track(edited)['Cello']) - 1} kept, 1 edited, 0 added, 0 removed",
        "take 003 made of it, and accepted",
    ]
    facts = told(emsync, "session show film.mp4")
    assert (facts["accepted"], facts["locks"]) == ("003", locks)


def test_a_film_that_moved_is_found_again(emsync: Emsync, here: Path) -> None:
    (here / "reel").mkdir()
    (here / "film.mp4").rename(here / "reel" / "other name.mp4")
    done = emsync("session", "analyze", "film.mp4")
    assert (done.code, done.err.count("\n")) == (2, 1)
    moved = Path("reel", "other name.mp4")
    facts = told(emsync, "session relink film.emsync --start-timecode 00:59:58:00", moved)
    assert facts["film"] == str(Path("..", moved))
    # the session is still the film's, and its timecode counts from elsewhere
    assert told(emsync, "session plan film.mp4")["boundaries"][0]["timecode"] == "00:59:59:00"
    assert said(emsync, "session move film.emsync 2 00:59:59:06")[0].startswith("boundary 2 moved")


#: holds a session until its input ends, then says what it holds
HOLDING = """
import sys
from emsync_nb.session import Session

with Session.open(sys.argv[1]) as session:
    print("held", flush=True)
    sys.stdin.read()
    state = session.state
    print(sorted(state.muted), state.accepted, session.film.path, flush=True)
"""


@contextmanager
def held(folder: Path, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a session, and works elsewhere."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(folder.absolute())],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_who_holds_the_session_answers(
    emsync: Emsync, here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    write_edit(here / "edited.mid")
    with held(SESSION, tmp_path_factory.mktemp("elsewhere")) as process:
        assert said(emsync, "session mute film.mp4 Cello") == ["muted: Cello"]
        assert said(emsync, "import film.mp4 edited.mid")[-1] == "take 003 made of it, and accepted"
        shutil.copy("film.mp4", "copy.mp4")
        told(emsync, "session relink film.mp4 copy.mp4")
        assert told(emsync, "session move film.mp4 2 01:00:03:06")["boundaries"][1][
            "time_s"
        ] == pytest.approx(3.5, 1e-3)
        done = emsync("session", "accept", "film.mp4", "9")
        assert (done.code, done.err) == (2, "emsync: there is no take '009'; there are: 001, 002, 003\n")
        rest, _ = process.communicate(timeout=60)
    assert rest == "['Cello'] 003 ../copy.mp4\n"
    assert told(emsync, "session show film.mp4")["muted"] == ["Cello"]


LONG = "x" * 2001


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("session show gone.mp4", "gone.emsync holds no session; begin one with emsync session analyze FILM"),
        ("session plan gone.emsync", "gone.emsync holds no session"),
        ("import gone.emsync film.mp4", "gone.emsync holds no session"),
        (f"session show {'x' * 300}", "cannot be read"),
        ("session accept film.mp4 009", "there is no take '009'; there are: 001, 002"),
        ("session compare film.mp4 001 first", "there is no take 'first'"),
        ("session regenerate film.mp4 --bars 9-3", "bars '9-3' are not a first and a last one"),
        ("session regenerate film.mp4 --bars 1-99", "bars 1 to 99 are not in 1 to"),
        ("session regenerate film.mp4 --track Kazoo", "no track named 'Kazoo'; there are Violin I"),
        ("session lock film.mp4 --bars some", "bars 'some' are not a first and a last one"),
        ("session lock film.mp4 --track Kazoo", "no track named 'Kazoo'"),
        ("session unlock film.mp4 --track Cello", "there is no such lock; see emsync session show"),
        ("session mute film.mp4 Kazoo", "no track named 'Kazoo'"),
        ("session move film.mp4 2 soon", "'soon' is not a time"),
        ("session move film.mp4 2 100", "behind the film's end"),
        ("session move film.mp4 2 00:59:00:00", "lies before the film, which begins at 01:00:00:00"),
        ("session move film.mp4 2 01:00:00:12", "'01:00:00:12' is no timecode at 11.988 frames"),
        ("session move film.mp4 9 3", "there is no boundary 9"),
        ("session weight film.mp4 1 nan", "strength must lie in 0 … 1"),
        ("session add film.mp4 3.5 --strength 2", "strength must lie in 0 … 1"),
        (f"session direct film.mp4 {LONG}", "hold 2001 characters; shorten them"),
        ("session generate film.mp4 --takes 9", "takes must lie in 1 … 8"),
        ("session generate film.mp4 --seed -1", "seed must lie in 0"),
        ("session redo film.mp4", "there is nothing to redo"),
        ("session relink film.mp4 gone.mp4", "gone.mp4 cannot be read"),
        ("session relink film.mp4 other.mp4", "is another film than the one this session is of"),
        ("session analyze other.mp4 --out film.emsync", "other.mp4"),
        ("session analyze film.mp4 --out new --ensemble nobody", "no preset 'nobody'"),
        ("session analyze film.mp4 --out new --seed -1", "seed must lie in 0"),
        ("session analyze film.mp4 --out new --start-timecode now", "'now' is no timecode"),
        ("session analyze gone.mp4 --out new", "gone.mp4 does not exist"),
        ("session show film.mp4 --json film.emsync/session.json", "which this command reads"),
        ("session show film.mp4 --json film.mp4", "would be lost"),
        ("import film.mp4 other.mp4", "is no MIDI file"),
    ],
)
def test_mistakes_are_one_line_and_change_nothing(emsync: Emsync, here: Path, line: str, words: str) -> None:
    (here / "other.mp4").write_bytes(b"no film at all")
    before = kept(here)
    done = emsync(*line.split())
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done
    assert words in done.err
    assert kept(here) == before


def test_what_needs_an_analysis_says_so(emsync: Emsync, here: Path) -> None:
    while told(emsync, "session show film.mp4")["analysed"]:
        said(emsync, "session undo film.mp4")
    assert said(emsync, "session show film.mp4")[1:3] == ["not analysed yet", "no takes yet"]
    assert said(emsync, "session takes film.mp4") == ["no takes yet; emsync session generate makes one"]
    for line in ("plan film.mp4", "pin film.mp4 1", "direct film.mp4 calm", "generate film.mp4"):
        done = emsync("session", *line.split())
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert "has not been analysed yet" in done.err
    done = emsync("session", "lock", "film.mp4")
    assert (done.code, done.err) == (2, "emsync: no take is accepted yet; accept one first, such as 001\n")
