"""From a written score to sound and the scored film."""

from __future__ import annotations

import itertools
import logging
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emsync_nb.domain import AudioClip, Score, ScorePlan, Sound, VideoInfo
from emsync_nb.pipeline.progress import Stopwatch
from emsync_nb.pipeline.settings import DEFAULT_MASTERING, ScoreSettings

if TYPE_CHECKING:
    from emsync_nb.rendering import MasteringSettings, Tape

#: hears which share of a stage is done, 0 … 1
Advance = Callable[[float], None]
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
    peak = float(np.abs(clip.samples).max(initial=0.0))
    return AudioClip(clip.samples * np.float32(_safe_gain(peak)), rate)


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
    """Render `folder`/score.mid and write mix.wav, master.wav, stems and the scored film; name → path.

    Sound passes through in blocks and lies on tapes in `folder`, so a long film takes no more memory.
    """
    from emsync_nb.rendering import Tape, master_to, write_wav
    from emsync_nb.video import scored_suffix

    if settings.keep_sound_db is not None and not info.has_audio:
        _notice("The film has no sound of its own to keep; the scored film carries the music alone", watch)
    scored = f"scored{scored_suffix(info)}"
    files = {name: folder / name for name in ("mix.wav", "master.wav", scored)}
    with Tape(folder, RATE, 2) as mastered:
        with Tape(folder, RATE, 2) as tape:
            with watch.stage("rendering") as advance:
                mix, stems = _rendered(plan, studio, tape, folder / "score.mid", settings.stems, advance)
                write_wav(mix, files["mix.wav"])
                files |= _write_stems(stems, folder)
            with watch.stage("mastering") as advance:
                measures = master_to(mastered, mix, studio.mastering, advance)
                if measures.warning is not None:
                    _notice(measures.warning, watch)
                write_wav(mastered, files["master.wav"])
        with watch.stage("mux") as advance:
            _mux(info, mastered, files[scored], settings.keep_sound_db, advance)
    return files


def _notice(line: str, watch: Stopwatch) -> None:
    _log.warning(line)
    watch.progress.notice(line)


def _rendered(
    plan: ScorePlan, studio: Studio, tape: Tape, midi: Path, with_stems: bool, advance: Advance
) -> tuple[Sound, dict[str, Sound]]:
    """The whole score, on `tape`, and if asked for each track at its level in it, rendered when it is read.

    Both are faded at the cues and lie within full scale.
    """
    from emsync_nb.rendering import Faded, Metered, Performance, Scaled, Watched, perform, span

    played = perform(midi, soundfont=studio.soundfont, rate=RATE, duration_s=float(plan.duration_s))
    cues = [planned.cue for planned in plan.cues]
    tracks = {name: Metered(Faded(part, cues)) for name, part in played.parts.items()}
    mix = Metered(Performance(tracks, RATE, played.frames))
    tape.record(Watched(mix, span(advance, 0, 0.5 if with_stems else 1)))
    if not with_stems:
        return Scaled(tape, _safe_gain(mix.peak)), {}
    # a track alone can be louder than all together, where others cancel it
    gain = _safe_gain(max([mix.peak, *(track.peak for track in tracks.values())]))
    shares = np.linspace(0.5, 1, len(tracks) + 1)
    stems: dict[str, Sound] = {
        name: Scaled(Watched(track, span(advance, begin, end)), gain)
        for (name, track), begin, end in zip(tracks.items(), shares, shares[1:], strict=False)
    }
    return Scaled(tape, gain), stems


def _safe_gain(peak: float) -> float:
    """The gain that brings a sound with this highest sample down to MIX_PEAK; 1 where it is softer."""
    return min(1.0, MIX_PEAK / peak) if peak > 0 else 1.0


def _write_stems(stems: Mapping[str, Sound], folder: Path) -> dict[str, Path]:
    """Write each track as stems/<its name>.wav; names that files cannot tell apart get numbers."""
    from emsync_nb.rendering import write_wav

    files: dict[str, Path] = {}
    taken: set[str] = set()
    for name, sound in stems.items():
        (folder / "stems").mkdir(exist_ok=True)
        base = file_name(name)
        numbered = itertools.chain([base], (f"{base} {count}" for count in itertools.count(2)))
        free = next(candidate for candidate in numbered if candidate.casefold() not in taken)
        taken.add(free.casefold())
        relative = f"stems/{free}.wav"
        write_wav(sound, folder / relative)
        files[relative] = folder / relative
    return files


def file_name(track: str) -> str:
    """A track's name as every file system takes it."""
    plain = re.sub(r"[^\w ♭♯().-]", "_", track).encode()[:_LONGEST_NAME].decode(errors="ignore")
    return plain.strip(" .") or "track"


def _mux(info: VideoInfo, music: Tape, out: Path, keep_sound_db: float | None, advance: Advance) -> None:
    """Lay the music under the picture, over the film's own sound where that is kept."""
    from emsync_nb.rendering import Tape, Watched, WithOriginal, lowered, span
    from emsync_nb.video import FilmSound, mux

    if keep_sound_db is None or not info.has_audio:
        mux(info, Watched(music, advance), out)
        return
    both = WithOriginal(music, FilmSound(info, rate=RATE, channels=2), keep_sound_db)
    with Tape(music.folder, RATE, 2) as tape:
        tape.record(Watched(both, span(advance, 0, 0.3)))
        mux(info, Watched(lowered(tape), span(advance, 0.3, 1)), out)
