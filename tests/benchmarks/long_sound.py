"""Render, master and lay under a film a synthetic score of any length; print one line of JSON.

Run from the checkout: `python -m tests.benchmarks.long_sound [--minutes 120] [--stems] [--keep-sound -12]`.
The same film and notes at every length, so that only the length can make the memory grow.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mido

from emsync_nb.domain import Cue, VideoInfo
from emsync_nb.pipeline.progress import Silent, Stopwatch
from emsync_nb.pipeline.settings import ScoreSettings
from emsync_nb.pipeline.sound import open_studio, write_sound
from emsync_nb.video import probe
from tests.benchmarks.long_film import long_case
from tests.cases.film_factory import make_film

#: General MIDI program, and the keys that it plays in turn
_TRACKS = ((48, (48, 51, 55, 58)), (0, (60, 63, 67, 70, 72)), (73, (79, 77, 75)), (32, (36, 43)))
_BEAT_S = 0.5


def write_long_midi(path: Path, seconds: float) -> None:
    """Strings, piano, flute and bass, each in its own pace, under moving expression."""
    midi = mido.MidiFile(ticks_per_beat=480)
    for channel, (program, keys) in enumerate(_TRACKS):
        beats = channel + 1
        track = mido.MidiTrack([mido.Message("program_change", program=program, channel=channel)])
        for number in range(int(seconds / _BEAT_S / beats)):
            key = keys[number % len(keys)]
            track.append(
                mido.Message("control_change", control=11, value=70 + 10 * (number % 5), channel=channel)
            )
            track.append(mido.Message("note_on", note=key, velocity=90, channel=channel))
            track.append(mido.Message("note_off", note=key, channel=channel, time=480 * beats))
        midi.tracks.append(track)
    midi.save(path)


def sounded(
    film: VideoInfo, folder: Path, *, stems: bool = False, keep_sound_db: float | None = None
) -> dict[str, float]:
    """Write the film's sound into `folder`; stage → seconds."""
    write_long_midi(folder / "score.mid", float(film.duration_s))
    settings = ScoreSettings(stems=stems, keep_sound_db=keep_sound_db)
    watch = Stopwatch(Silent())
    # all that is read of a plan
    plan: Any = SimpleNamespace(
        duration_s=film.duration_s, cues=(SimpleNamespace(cue=Cue(Fraction(0), film.duration_s)),)
    )
    write_sound(film, plan, open_studio(settings), folder, settings, watch)
    return watch.timings_s


def main() -> None:
    """Make film and notes, write the sound, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--stems", action="store_true")
    parser.add_argument("--keep-sound", type=float, default=None)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        film = probe(make_film(long_case(chosen.minutes), Path(name)))
        since = time.perf_counter()
        stages_s = sounded(film, Path(name), stems=chosen.stems, keep_sound_db=chosen.keep_sound)
        seconds = time.perf_counter() - since
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "film_s": float(film.duration_s),
                "wall_s": round(seconds, 1),
                "stages_s": {stage: round(value, 2) for stage, value in stages_s.items()},
                # kilobytes on Linux, bytes on macOS
                "peak_mb": round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1),
            }
        )
    )


if __name__ == "__main__":
    main()
