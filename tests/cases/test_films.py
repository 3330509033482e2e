"""Every film of `films` succeeds, judged by readers from outside: PyAV, mido and soundfile.

Cases marked `is_scored` are scored as a whole by the tiny network, rendered and muxed: all that the music could
depend on, and one of each way to read and to write. The others, to save minutes, are read and analysed, and
muxed with silence; EMSYNC_PROOF=1 scores these too.
"""

from __future__ import annotations

import os
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import mido
import numpy as np
import pytest
import soundfile

from emsync_nb.domain import AudioClip
from emsync_nb.pipeline import ScoreSettings, Stopwatch, analyze_film
from emsync_nb.session import score
from emsync_nb.video import mux, probe, scored_suffix
from tests.cases.film_factory import make_film
from tests.cases.films import FILMS, FilmCase

PROOF = bool(os.environ.get("EMSYNC_PROOF"))
#: Matroska and FLV count milliseconds
ROUNDING_S = 0.001
#: sound is coded in blocks: AAC's last 21 ms, Opus's 20 ms
CODED_BLOCK_S = 0.0214
#: suffixes of containers whose H.264 packets stay as they are
_KEEPING_NALS = frozenset({".mp4", ".mov", ".m4v", ".mkv", ".flv"})
RATE = 48_000
SLOWEST_BEAT_S = 60 / 60


@dataclass
class Outcome:
    """What became of a case."""

    case: FilmCase
    film: Path
    folder: Path
    #: (seconds, kind) of each boundary found
    boundaries: list[tuple[float, str]] = field(default_factory=list)
    #: report.json, where it was scored
    report: dict[str, Any] | None = None
    notices: list[str] = field(default_factory=list)
    #: what was printed by anybody
    printed: str = ""

    @property
    def scored_film(self) -> Path:
        """The film with its music."""
        return next(self.folder.glob("scored.*"))

    def stage(self, name: str, share: float) -> None:
        """Progress is told to nobody."""

    def notice(self, line: str) -> None:
        """Kept."""
        self.notices.append(line)


Outcomes = Callable[[FilmCase], Outcome]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Outcomes so far, by the case's name."""
    return {}


@pytest.fixture
def outcome_of(
    made: dict[str, Outcome], tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]
) -> Outcomes:
    """Runs a case once."""

    def run(case: FilmCase) -> Outcome:
        if case.name not in made:
            folder = tmp_path_factory.mktemp("case")
            outcome = Outcome(case, make_film(case, folder), folder / "out")
            capfd.readouterr()
            (_score if case.is_scored or PROOF else _read)(outcome)
            outcome.printed = "".join(capfd.readouterr())
            made[case.name] = outcome
        return made[case.name]

    return run


def _score(outcome: Outcome) -> None:
    result = score(outcome.film, outcome.folder, ScoreSettings(ensemble="piano-solo"), progress=outcome)
    outcome.report = result.report
    outcome.boundaries = [(b["time_s"], b["kind"]) for b in result.report["boundaries"]]


def _read(outcome: Outcome) -> None:
    analysis = analyze_film(outcome.film, watch=Stopwatch(outcome))
    outcome.boundaries = [(float(b.time_s), b.kind) for b in analysis.cues.boundaries]
    outcome.folder.mkdir()
    info = probe(outcome.film)
    silence = AudioClip(np.zeros((2, round(info.duration_s * RATE)), dtype=np.float32), RATE)
    mux(info, silence, outcome.folder / f"scored{scored_suffix(info)}")


every_case = pytest.mark.parametrize("case", FILMS, ids=lambda case: case.name)
every_score = pytest.mark.parametrize(
    "case", [case for case in FILMS if case.is_scored or PROOF], ids=lambda case: case.name
)


def frame_s(case: FilmCase) -> float:
    """The longest that one frame of a case stays."""
    return max(case.pace) / float(case.fps)


def length_s(case: FilmCase) -> float:
    """From the first frame to the end of the last, which stays as long as the others on average."""
    times = case.times_s
    return float(times[-1] + times[-1] / (len(times) - 1))


@every_case
def test_cuts_are_found_where_they_were_made(case: FilmCase, outcome_of: Outcomes) -> None:
    found = outcome_of(case).boundaries
    if not case.is_exact:
        return
    assert [time for time, _ in found] == pytest.approx(
        [float(time) for time in case.cut_times_s], abs=ROUNDING_S
    )
    assert {kind for _, kind in found} <= {"cut"}


@every_case
def test_nothing_is_said_that_the_case_does_not_declare(case: FilmCase, outcome_of: Outcomes) -> None:
    outcome = outcome_of(case)
    # what mastering says is about the music, and that is another one for each film
    lines = [line for line in outcome.notices if "LUFS" not in line]
    assert len(lines) == len(case.notices), lines
    assert all(words in line for words, line in zip(case.notices, lines, strict=True))
    assert "Traceback" not in outcome.printed


@every_score
def test_hits_are_met_in_the_midi_file(case: FilmCase, outcome_of: Outcomes) -> None:
    outcome = outcome_of(case)
    assert outcome.report is not None
    wanted = [boundary["time_s"] for boundary in outcome.report["boundaries"] if boundary["is_hit"]]
    assert bool(wanted) == bool(outcome.boundaries)
    chords = chord_times_s(outcome.folder / "score.mid")
    for time_s in wanted:
        assert min(abs(chord - time_s) for chord in chords) <= frame_s(case) / 2


@every_score
def test_music_lasts_as_long_as_the_film(case: FilmCase, outcome_of: Outcomes) -> None:
    outcome = outcome_of(case)
    notes = [second for second, _, _ in notes_of(outcome.folder / "score.mid")]
    assert notes
    # the last beat ends at the film's end or behind it
    assert 0 <= min(notes) < max(notes) < length_s(case) + SLOWEST_BEAT_S
    for name in ("mix.wav", "master.wav"):
        written = soundfile.info(outcome.folder / name)
        assert written.samplerate == RATE
        assert abs(written.frames / RATE - length_s(case)) <= frame_s(case)


@every_case
def test_the_picture_is_copied(case: FilmCase, outcome_of: Outcomes) -> None:
    outcome = outcome_of(case)
    assert outcome.scored_film.suffix == (case.scored or Path(case.path_name).suffix.lower())
    before, after = pictures_of(outcome.film), pictures_of(outcome.scored_film)
    if case.codec != "libx264" or Path(case.path_name).suffix.lower() in _KEEPING_NALS:
        assert after.payloads == before.payloads
    else:
        # MP4 marks the parts of an H.264 packet in another way than AVI and transport streams
        assert after.checksums == before.checksums
    assert (after.rotation, after.size, after.aspect) == (before.rotation, before.size, before.aspect)
    np.testing.assert_allclose(after.shown_s, [float(time) for time in case.times_s], atol=1.5 * ROUNDING_S)


@every_case
def test_the_scored_film_has_one_sound_as_long_as_its_picture(case: FilmCase, outcome_of: Outcomes) -> None:
    outcome = outcome_of(case)
    with av.open(str(outcome.scored_film.resolve())) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        blocks = [
            (float(block.pts * block.time_base), block.samples / block.rate)
            for block in container.decode(audio=0)
        ]
    start_s, end_s = blocks[0][0], blocks[-1][0] + blocks[-1][1]
    assert abs(start_s) <= CODED_BLOCK_S
    # how long the last frame of a variable rate stays, no container tells
    untold_s = CODED_BLOCK_S if len(case.pace) > 1 else 0.0
    assert abs(end_s - length_s(case)) <= max(frame_s(case), CODED_BLOCK_S) + untold_s


@dataclass(frozen=True)
class Pictures:
    """A film's picture as PyAV sees it."""

    payloads: list[bytes]
    #: of each decoded frame
    checksums: list[int]
    #: (frames,) seconds from the container's zero
    shown_s: list[float]
    rotation: int
    size: tuple[int, int]
    aspect: Fraction | None


def pictures_of(film: Path) -> Pictures:
    """The best stream of pictures: its packets, and its frames' facts."""
    with av.open(str(film.resolve())) as container:
        stream = container.streams.best("video")
        assert stream is not None
        payloads = [bytes(packet) for packet in container.demux(stream) if packet.size]
    with av.open(str(film.resolve())) as container:
        stream = container.streams.best("video")
        frames = list(container.decode(stream))
        aspect = stream.sample_aspect_ratio or Fraction(1)
    return Pictures(
        payloads,
        [zlib.crc32(frame.to_ndarray(format="rgb24").tobytes()) for frame in frames],
        [float(frame.pts * frame.time_base) for frame in frames],
        round(frames[0].rotation) % 360,
        (frames[0].width, frames[0].height),
        aspect,
    )


def notes_of(midi: Path) -> list[tuple[float, int, bool]]:
    """(seconds, pitch, whether it is a drum) of each note's begin, by the file's own tempo map."""
    notes: list[tuple[float, int, bool]] = []
    now_s = 0.0
    for message in mido.MidiFile(midi):
        now_s += message.time
        if message.type == "note_on" and message.velocity:
            notes.append((now_s, message.note, message.channel == 9))
    return notes


def chord_times_s(midi: Path) -> list[float]:
    """When three or more pitches begin together."""
    begun: defaultdict[float, set[int]] = defaultdict(set)
    for time_s, pitch, is_drum in notes_of(midi):
        if not is_drum:
            begun[round(time_s, 9)].add(pitch)
    return sorted(time_s for time_s, pitches in begun.items() if len(pitches) >= 3)
