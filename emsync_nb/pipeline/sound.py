"""From a written score to sound and the scored film."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import AudioClip, ScorePlan, VideoInfo
from emsync_nb.pipeline.progress import Stopwatch
from emsync_nb.pipeline.settings import ScoreSettings

if TYPE_CHECKING:
    from emsync_nb.rendering import MasteringSettings

RATE = 48_000
#: highest sample of mix.wav, as a share of full scale (−1 dB)
MIX_PEAK = 0.89
#: bytes of a track's name that go into its file's name; file systems take 255
_LONGEST_NAME = 120

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Studio:
    """What rendering needs, checked before the long work begins."""

    soundfont: Path
    mastering: MasteringSettings


def open_studio(settings: ScoreSettings) -> Studio:
    """Find the SoundFont and the mastering preset.

    Raises:
        SoundFontError: a SoundFont that is missing or damaged.
        PresetError: an unknown or broken preset.
    """
    from emsync_nb.rendering import find_soundfont, load_mastering

    return Studio(find_soundfont(settings.soundfont), load_mastering(settings.mastering))


def write_sound(
    info: VideoInfo, plan: ScorePlan, studio: Studio, folder: Path, settings: ScoreSettings, watch: Stopwatch
) -> dict[str, Path]:
    """Render `folder`/score.mid and write mix.wav, master.wav, stems and the scored film; name → path."""
    from emsync_nb.rendering import master_measured, write_wav
    from emsync_nb.video import mux, scored_suffix

    scored = f"scored{scored_suffix(info)}"
    files = {name: folder / name for name in ("mix.wav", "master.wav", scored)}
    with watch.stage("rendering"):
        mix, stems = _rendered(plan, studio, folder, with_stems=settings.stems)
        write_wav(mix, files["mix.wav"])
        files |= _write_stems(stems, folder)
    with watch.stage("mastering"):
        mastered = master_measured(mix, studio.mastering)
        if mastered.warning is not None:
            _log.warning(mastered.warning)
            watch.progress.notice(mastered.warning)
        write_wav(mastered.audio, files["master.wav"])
    with watch.stage("mux"):
        mux(info, _with_own_sound(info, mastered.audio, settings.keep_sound_db), files[scored])
    return files


def _rendered(
    plan: ScorePlan, studio: Studio, folder: Path, *, with_stems: bool
) -> tuple[AudioClip, dict[str, AudioClip]]:
    """The whole score and, if asked for, each track at its level in it: faded at its cues, within full scale."""
    from emsync_nb.rendering import render, render_stems

    midi, soundfont, length_s = folder / "score.mid", studio.soundfont, float(plan.duration_s)
    stems: dict[str, NDArray[np.float32]] = {}
    if with_stems:
        clips = render_stems(midi, soundfont=soundfont, rate=RATE, duration_s=length_s)
        stems = {name: _faded(clip, plan) for name, clip in clips.items()}
        mix = np.zeros((2, round(length_s * RATE)), dtype=np.float32)
        for samples in stems.values():
            mix += samples
    else:
        mix = _faded(render(midi, soundfont=soundfont, rate=RATE, duration_s=length_s), plan)
    # a track alone can be louder than all together, where others cancel it
    peak = max(float(np.abs(samples).max(initial=0.0)) for samples in (mix, *stems.values()))
    gain = np.float32(min(1.0, MIX_PEAK / peak) if peak > 0 else 1.0)
    return AudioClip(mix * gain, RATE), {n: AudioClip(samples * gain, RATE) for n, samples in stems.items()}


def _faded(clip: AudioClip, plan: ScorePlan) -> NDArray[np.float32]:
    from emsync_nb.rendering import fade_cues

    return fade_cues(clip, [planned.cue for planned in plan.cues]).samples


def _write_stems(stems: Mapping[str, AudioClip], folder: Path) -> dict[str, Path]:
    """Write each track as stems/<its name>.wav; names that files cannot tell apart get numbers."""
    from emsync_nb.rendering import write_wav

    files: dict[str, Path] = {}
    taken: set[str] = set()
    for name, clip in stems.items():
        (folder / "stems").mkdir(exist_ok=True)
        base = file_name(name)
        numbered = itertools.chain([base], (f"{base} {count}" for count in itertools.count(2)))
        free = next(candidate for candidate in numbered if candidate.casefold() not in taken)
        taken.add(free.casefold())
        relative = f"stems/{free}.wav"
        write_wav(clip, folder / relative)
        files[relative] = folder / relative
    return files


def file_name(track: str) -> str:
    """A track's name as every file system takes it."""
    plain = re.sub(r"[^\w ♭♯().-]", "_", track).encode()[:_LONGEST_NAME].decode(errors="ignore")
    return plain.strip(" .") or "track"


def _with_own_sound(info: VideoInfo, music: AudioClip, level_db: float | None) -> AudioClip:
    from emsync_nb.rendering import mix_with_original
    from emsync_nb.video import read_audio

    own = None if level_db is None else read_audio(info, rate=RATE, channels=2)
    return music if own is None or level_db is None else mix_with_original(music, own, level_db)
