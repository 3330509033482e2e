"""From a written score to sound and the scored film."""

from __future__ import annotations

import itertools
import logging
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import AudioClip, Score, ScorePlan, VideoInfo
from emsync_nb.pipeline.progress import Stopwatch
from emsync_nb.pipeline.settings import DEFAULT_MASTERING, ScoreSettings

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


def render_score(
    score: Score | Path | str, *, soundfont: Path | str | None = None, rate: int = RATE
) -> AudioClip:
    """The sound of a score, or of a MIDI file: stereo, not mastered, at most −1 dB of full scale.

    Args:
        score: from `compose`, or the path of a MIDI file.
        soundfont: an SF2 or SF3 file; None: EMSYNC_SOUNDFONT, else the one that comes with pretty_midi.
        rate: samples per second, 8000 … 192000.

    Raises:
        MidiError: the file is no MIDI file, or the score holds what no MIDI file can.
        SoundFontError: the SoundFont is missing, damaged or lacks an instrument.
        AudioError: `rate` is out of range.
    """
    from emsync_nb.notation import write_midi
    from emsync_nb.rendering import render

    chosen = None if soundfont is None else Path(soundfont)
    if not isinstance(score, Score):
        clip = render(Path(score), soundfont=chosen, rate=rate)
    else:
        with tempfile.TemporaryDirectory(prefix="emsync-") as folder:
            midi = Path(folder) / "score.mid"
            write_midi(score, midi)
            clip = render(midi, soundfont=chosen, rate=rate)
    return AudioClip(clip.samples * _safe_gain([clip.samples]), rate)


def master_sound(audio: AudioClip | Path | str, preset: Path | str = DEFAULT_MASTERING) -> AudioClip:
    """Sound through a mastering preset: shaped, then brought to its loudness below its true peak.

    Args:
        audio: mono or stereo, from `render` or an array of your own (`AudioClip(samples, rate)`); or the path
            of a sound file (WAV, FLAC, OGG and what else libsndfile reads).
        preset: a name ("film") or the path of a .toml file.

    Raises:
        PresetError: there is no such preset, or a field of it is wrong.
        AudioError: a file that cannot be read, more than two channels, or samples that are not finite.
    """
    from emsync_nb.rendering import load_mastering, master, read_sound

    settings = load_mastering(preset)
    return master(audio if isinstance(audio, AudioClip) else read_sound(Path(audio)), settings)


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
    gain = _safe_gain([mix, *stems.values()])
    return AudioClip(mix * gain, RATE), {n: AudioClip(samples * gain, RATE) for n, samples in stems.items()}


def _safe_gain(sounds: Sequence[NDArray[np.float32]]) -> np.float32:
    """The gain that brings the loudest of them to MIX_PEAK; 1 where all are softer."""
    peak = max(float(np.abs(samples).max(initial=0.0)) for samples in sounds)
    return np.float32(min(1.0, MIX_PEAK / peak) if peak > 0 else 1.0)


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
