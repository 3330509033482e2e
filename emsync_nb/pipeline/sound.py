"""From a written score to sound and the scored film."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emsync_nb.domain import AudioClip, ScorePlan, VideoInfo
from emsync_nb.pipeline.progress import Stopwatch
from emsync_nb.pipeline.settings import ScoreSettings

if TYPE_CHECKING:
    from emsync_nb.rendering import MasteringSettings

RATE = 48_000
#: highest sample of mix.wav, as a share of full scale (−1 dB)
MIX_PEAK = 0.89


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
        mix, gain = _mix(plan, studio, folder)
        write_wav(mix, files["mix.wav"])
        if settings.stems:
            files |= dict(_stems(plan, studio, folder, gain))
    with watch.stage("mastering"):
        mastered = master_measured(mix, studio.mastering)
        if mastered.warning is not None:
            watch.progress.notice(mastered.warning)
        write_wav(mastered.audio, files["master.wav"])
    with watch.stage("mux"):
        mux(info, _with_own_sound(info, mastered.audio, settings.keep_sound_db), files[scored])
    return files


def _mix(plan: ScorePlan, studio: Studio, folder: Path) -> tuple[AudioClip, float]:
    """The whole score, faded at its cues and within full scale; and the factor that this took."""
    from emsync_nb.rendering import fade_cues, render

    length_s = float(plan.duration_s)
    clip = render(folder / "score.mid", soundfont=studio.soundfont, rate=RATE, duration_s=length_s)
    faded = fade_cues(clip, [planned.cue for planned in plan.cues])
    peak = float(np.abs(faded.samples).max(initial=0.0))
    gain = min(1.0, MIX_PEAK / peak) if peak > 0 else 1.0
    return AudioClip(faded.samples * np.float32(gain), RATE), gain


def _stems(plan: ScorePlan, studio: Studio, folder: Path, gain: float) -> Iterator[tuple[str, Path]]:
    """Write each track alone, at its level in the mix."""
    from emsync_nb.rendering import fade_cues, render_stems, write_wav

    (folder / "stems").mkdir()
    clips = render_stems(
        folder / "score.mid", soundfont=studio.soundfont, rate=RATE, duration_s=float(plan.duration_s)
    )
    for name, clip in clips.items():
        relative = f"stems/{_file_name(name)}.wav"
        faded = fade_cues(clip, [planned.cue for planned in plan.cues])
        write_wav(AudioClip(faded.samples * np.float32(gain), RATE), folder / relative)
        yield relative, folder / relative


def _file_name(track: str) -> str:
    """A track's name as every file system takes it."""
    return re.sub(r"[^\w ♭♯().-]", "_", track).strip(" .") or "track"


def _with_own_sound(info: VideoInfo, music: AudioClip, level_db: float | None) -> AudioClip:
    from emsync_nb.rendering import mix_with_original
    from emsync_nb.video import read_audio

    own = None if level_db is None else read_audio(info, rate=RATE, channels=2)
    return music if own is None or level_db is None else mix_with_original(music, own, level_db)
