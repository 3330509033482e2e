"""A session of a film that was never shot, and a composer who needs no network: enough to do all there is to do."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from emsync_nb.domain import Boundary, EmotionCurve, Note, Score, ScorePlan, Track, VideoCues, VideoInfo
from emsync_nb.generation import Cells
from emsync_nb.notation import write_midi
from emsync_nb.pipeline import Stopwatch
from emsync_nb.session import Session, work

FPS, LENGTH_S, ENSEMBLE = Fraction(25), Fraction(16), "string-quartet"
#: (time in seconds, strength); the second gives way to the third
BOUNDARIES = ((3, 0.9), (Fraction(187, 25), 0.5), (Fraction(211, 25), 0.7), (13, 0.3))
WORK = "emsync_nb.session.work"


def film_cues(path: Path) -> VideoCues:
    """What an analysis would find."""
    info = VideoInfo(path, LENGTH_S, FPS, 640, 360, 0, False, "h264")
    boundaries = tuple(Boundary(Fraction(time), "cut", strength) for time, strength in BOUNDARIES)
    return VideoCues(info, boundaries, EmotionCurve([0.0, 8.0, 16.0], [-0.5, 0.25, 0.5], [0.0, 0.5, -0.25]))


def make_film(folder: Path) -> Path:
    """A file of some bytes called film.mp4."""
    film = folder / "film.mp4"
    film.write_bytes(b"pictures" * 64)
    return film


def fake_analysis(video: Path, *, watch: Stopwatch) -> SimpleNamespace:
    """In place of `analyze_film`."""
    with watch.stage("analysis") as advance:
        advance(0.5)
    return SimpleNamespace(cues=film_cues(video), opinions=())


def fake_compose(plan: ScorePlan, seeds: Sequence[int], *, watch: Stopwatch | None = None) -> list[Score]:
    """In place of `compose_takes_of`: a note a beat for everybody."""
    empty = tuple(Track(p.name, p.program, p.is_drum, ()) for p in plan.ensemble.players)
    score = Score(empty, plan.tempo_map, plan.grid)
    return fake_rewrite(plan, score, [Cells(1, len(plan.grid.bars))], seeds, watch=watch)


def fake_rewrite(
    plan: ScorePlan,
    score: Score,
    cells: Collection[Cells],
    seeds: Sequence[int],
    *,
    kept: Collection[tuple[str, Note]] = (),
    watch: Stopwatch | None = None,
) -> list[Score]:
    """In place of `rewrite_takes`."""
    found = []
    for number, seed in enumerate(seeds):
        rng = random.Random(seed)
        found.append(
            replace(score, tracks=tuple(_rewritten(track, plan, cells, kept, rng) for track in score.tracks))
        )
        if watch is not None:
            with watch.stage("generation") as advance:
                advance((number + 1) / len(seeds))
    return found


def _rewritten(
    track: Track,
    plan: ScorePlan,
    cells: Collection[Cells],
    kept: Collection[tuple[str, Note]],
    rng: random.Random,
) -> Track:
    def is_open(beat: Fraction | int) -> bool:
        bar = plan.grid.at(beat).number
        return any(
            cell.first_bar <= bar <= cell.last_bar and (cell.tracks is None or track.name in cell.tracks)
            for cell in cells
        )

    notes = {n.start_beat: n for n in track.notes if (track.name, n) in kept or not is_open(n.start_beat)}
    for beat in range(plan.grid.end_beat):
        if is_open(beat) and Fraction(beat) not in notes:
            pitch, velocity = rng.randrange(50, 80), rng.randrange(30, 100)
            notes[Fraction(beat)] = Note(Fraction(beat), Fraction(1, 2), pitch, velocity)
    return replace(track, notes=tuple(notes[start] for start in sorted(notes)))


def edited_export(session: Session, path: Path, rng: random.Random) -> Path:
    """The accepted take as a composer may bring it back: notes of one track deleted, others a tone higher."""
    score = session.music(session.state.accepted or "")
    number = rng.randrange(len(score.tracks))
    notes = [
        replace(note, pitch=note.pitch + rng.choice((0, 0, 2)))
        for note in score.tracks[number].notes
        if rng.random() > 0.1
    ]
    track = replace(score.tracks[number], notes=tuple(notes))
    write_midi(replace(score, tracks=(*score.tracks[:number], track, *score.tracks[number + 1 :])), path)
    return path


@contextmanager
def no_film() -> Iterator[None]:
    """No film is decoded."""
    with patch(f"{WORK}.analyze_film", fake_analysis):
        yield


@contextmanager
def no_network() -> Iterator[None]:
    """Neither film nor network: all else is as it is."""
    with (
        no_film(),
        patch(f"{WORK}.compose_takes_of", fake_compose),
        patch(f"{WORK}.rewrite_takes", fake_rewrite),
    ):
        yield


def analysed(folder: Path) -> Session:
    """A session whose film was analysed."""
    session = Session.create(make_film(folder))
    session.analyze(ensemble=ENSEMBLE)
    return session


def files(folder: Path) -> dict[str, bytes]:
    """What lies in a session's folder, but for what says who holds it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".holder")
    }


assert work.__name__ == WORK
