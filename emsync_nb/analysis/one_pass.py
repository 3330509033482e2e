"""The pass over the film: every frame and every block of sound is looked at once and let go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from time import perf_counter

from emsync_nb.analysis.expert import Expert, ExpertReport, HearingExpert, Opinion, SeeingExpert, Unavailable
from emsync_nb.analysis.fusion import fuse
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.motion import MotionExpert
from emsync_nb.analysis.picture import PictureExpert
from emsync_nb.analysis.rhythm import RhythmExpert
from emsync_nb.analysis.shots import ShotDetector
from emsync_nb.analysis.sound import SoundExpert
from emsync_nb.analysis.subtitles import SubtitleExpert
from emsync_nb.analysis.timeline import grid
from emsync_nb.domain import AudioClip, Boundary, Frame, VideoCues, VideoInfo
from emsync_nb.domain.curve import FloatArray
from emsync_nb.errors import VideoError

#: share of the progress that the pictures and the sound take
_PICTURES, _SOUND = 0.9, 0.07
#: progress is told in steps of at least this
_PROGRESS_STEP = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What a film was found to hold."""

    cues: VideoCues
    #: one report an expert, whether available or not
    experts: tuple[ExpertReport, ...]
    #: what each available expert made of the film, for plotting
    opinions: tuple[Opinion, ...]


def analyze(
    video: VideoInfo,
    frames: Iterable[Frame],
    sound: Iterable[AudioClip] | None,
    subtitles: Path | None,
    *,
    on_progress: Callable[[float], None] | None = None,
) -> Analysis:
    """Find the boundaries and the emotion of a film in one pass; memory grows by a few numbers a frame.

    Args:
        video: of the film; its duration only scales the progress, frames tell their own times.
        frames: every frame in order, RGB; small ones suffice (a long side of 256 pixels or less).
        sound: consecutive blocks without gaps, any length and rate; None for a silent film.
        subtitles: an .srt file, or None.
        on_progress: called with rising fractions, the last one 1.0.

    Raises:
        VideoError: there is not one frame.
        MissingExtraError: the extra `analysis` is not installed.
    """
    progress = _Progress(on_progress)
    picture, motion, listener = PictureExpert(), MotionExpert(), SoundExpert()
    watch = _Watch()
    boundaries, end_s = _look(video, frames, (picture, motion), watch, progress)
    _listen(video, sound, listener, watch, progress)
    experts: tuple[Expert, ...] = (picture, motion, RhythmExpert(), listener, SubtitleExpert(subtitles))
    at_s = grid(float(end_s))
    reports, opinions = _consult(experts, at_s, boundaries, watch)
    cues = VideoCues(video, boundaries, fuse(at_s, opinions, boundaries))
    progress.reach(1.0)
    return Analysis(cues, reports, opinions)


@dataclass(slots=True)
class _Progress:
    """Tells how far the work is, not too often and never backwards."""

    tell: Callable[[float], None] | None
    told: float = 0.0

    def reach(self, fraction: float) -> None:
        """Tell `fraction` if it is a step ahead of what was told, or the end."""
        if self.tell is None or fraction < min(self.told + _PROGRESS_STEP, 1.0) or self.told >= 1:
            return
        self.told = fraction
        self.tell(fraction)


@dataclass(slots=True)
class _Watch:
    """Adds up the seconds spent in each expert."""

    spent: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, since: float) -> None:
        """Book the time from `since`, a reading of `perf_counter`, until now."""
        self.spent[name] = self.spent.get(name, 0.0) + perf_counter() - since


def _look(
    video: VideoInfo,
    frames: Iterable[Frame],
    experts: Sequence[SeeingExpert],
    watch: _Watch,
    progress: _Progress,
) -> tuple[tuple[Boundary, ...], Fraction]:
    """Show every frame to the shot detector and the experts; the boundaries and the end of the film."""
    shots = ShotDetector(video.fps)
    first = last = None
    count = 0
    for frame in frames:
        glance = Glance.of(frame)
        shots.see(glance)
        for expert in experts:
            since = perf_counter()
            expert.see(glance)
            watch.add(expert.name, since)
        first, last = frame.time_s if first is None else first, frame.time_s
        count += 1
        progress.reach(_PICTURES * _share(frame.time_s, video.duration_s))
    if first is None or last is None:
        raise VideoError(f"{video.path.name} holds no picture that can be decoded. Check that it plays.")
    # the last frame is shown for as long as the others were on average
    end_s = last + ((last - first) / (count - 1) if count > 1 else 1 / video.fps)
    return shots.boundaries(end_s), end_s


def _listen(
    video: VideoInfo,
    sound: Iterable[AudioClip] | None,
    expert: HearingExpert,
    watch: _Watch,
    progress: _Progress,
) -> None:
    """Play the sound, if there is any, to the expert."""
    heard_s = 0.0
    for block in sound or ():
        since = perf_counter()
        expert.hear(block)
        watch.add(expert.name, since)
        heard_s += block.duration_s
        progress.reach(_PICTURES + _SOUND * _share(Fraction(heard_s), video.duration_s))


def _share(time_s: Fraction, duration_s: Fraction) -> float:
    """How much of the film lies before `time_s`, in [0, 1]; a container may tell any duration."""
    return min(1.0, max(0.0, float(time_s / duration_s))) if duration_s > 0 else 0.0


def _consult(
    experts: Sequence[Expert], at_s: FloatArray, boundaries: Sequence[Boundary], watch: _Watch
) -> tuple[tuple[ExpertReport, ...], tuple[Opinion, ...]]:
    """Ask every expert; those without anything to go by are reported as missing, with the reason."""
    reports: list[ExpertReport] = []
    opinions: list[Opinion] = []
    for expert in experts:
        since = perf_counter()
        try:
            opinions.append(expert.judge(at_s, boundaries))
        except Unavailable as reason:
            reports.append(ExpertReport(expert.name, False, watch.spent.get(expert.name, 0.0), str(reason)))
            continue
        watch.add(expert.name, since)
        reports.append(ExpertReport(expert.name, True, watch.spent[expert.name], expert.note))
    return tuple(reports), tuple(opinions)
