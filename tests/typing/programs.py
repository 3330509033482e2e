"""Programs that people write with emsync_nb; mypy --strict accepts every line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

import emsync_nb
from bridge.clock import RealClock
from bridge.music import piece_of_file, piece_of_score
from bridge.playback import Playback, PlaySettings
from bridge.player_process import PlayerProcess
from bridge.sinks import MidiSink, RecordingSink
from emsync_nb import ScoreResult, ScoreSettings
from emsync_nb.domain import AudioClip, Boundary, Cue, EmotionCurve, Note, Score, ScorePlan, TempoMap
from emsync_nb.errors import EmsyncError, MissingExtraError, UserError, VideoError
from emsync_nb.preset_library import load_template


def composer() -> Path:
    """One line, with choices."""
    cue = Cue(Fraction(5), Fraction(40), entry="fade_in", ending="ring")
    settings = ScoreSettings(ensemble="string-quartet", seed=7, cues=(cue,), keep_sound_db=-12.0)
    result: ScoreResult = emsync_nb.score("film.mp4", settings=settings)
    return result.files["score.mid"]


def teacher(film: Path) -> list[tuple[float, float]]:
    """The stages one by one, and what they give."""
    analysis = emsync_nb.analyze(film)
    curve: EmotionCurve = analysis.cues.curve
    boundaries: tuple[Boundary, ...] = analysis.cues.boundaries
    plan: ScorePlan = emsync_nb.plan(analysis.cues, ScoreSettings(ensemble="piano-solo"))
    score: Score = emsync_nb.compose(plan, seed=3)
    tempo: TempoMap = score.tempo_map
    notes: list[Note] = [note for track in score.tracks for note in track.notes]
    _ = (
        curve.valence.mean(),
        curve.arousal.mean(),
        len(boundaries),
        float(tempo.seconds(notes[0].start_beat)),
    )
    return [(float(hit.boundary.time_s), float(hit.beat)) for hit in plan.hits]


def sketcher() -> float:
    """A piece without a film, and a theme of one's own."""
    piece: Score = emsync_nb.generate(-0.5, (0.1, 0.9), bars=32, ensemble=Path("mine.toml"), bpm=96)
    settings = ScoreSettings(theme=Path("motif.mid"), theme_at=(Fraction(25, 2),))
    found: int = emsync_nb.score("film.mp4", settings=settings).report["theme"]["found"]
    valence: float = max(label.valence for label in emsync_nb.label(piece))
    return float(piece.end_beat) + found + valence


def experimenter(score: Score) -> float:
    """Sound as arrays."""
    clip = emsync_nb.render(score, rate=44_100)
    noise = AudioClip(np.zeros((2, 44_100), dtype=np.float32), 44_100)
    from_file = emsync_nb.master("take.wav", Path("my.toml"))
    return max(
        float(np.abs(sound.samples).max()) for sound in (emsync_nb.master(clip, "warm"), noise, from_file)
    )


def careful(film: str) -> str:
    """Errors are a tree."""
    try:
        emsync_nb.score(film)
    except VideoError as error:
        return f"not a film: {error}"
    except MissingExtraError as error:
        return error.extra
    except UserError as error:
        return f"{error} ({error.exit_code})"
    except EmsyncError:
        raise
    return emsync_nb.__version__


def performer(score: Score, port: str | None) -> bool:
    """Sinks are interchangeable, and music comes from scores and from files."""
    piece = piece_of_score(score, load_template("port-per-track"))
    sink: MidiSink = (
        RecordingSink(piece.ports, RealClock())
        if port is None
        else PlayerProcess("jack", piece.ports, targets=[[port]], client="mine")
    )
    with Playback(piece, sink, PlaySettings(latency_ms=-12.5, count_in_bars=1)) as playback:
        playback.loop((5, 8))
        playback.speed(0.5)
        playback.replace(piece_of_file(Path("other.mid"), is_heard=lambda track: track != "Cello"))
        came_to_end: bool = playback.run()
    sink.close()
    return came_to_end
