"""The pass over the film: every frame and every block of sound is looked at once and let go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from emsync_nb.analysis.attention import Attention
from emsync_nb.analysis.expert import Expert, ExpertReport, HearingExpert, Opinion, SeeingExpert, Unavailable
from emsync_nb.analysis.faces import FaceExpert
from emsync_nb.analysis.found import Also, Analysis, joined
from emsync_nb.analysis.fusion import Scale
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.motion import MotionExpert
from emsync_nb.analysis.on_screen_text import ScreenTextExpert
from emsync_nb.analysis.picture import PictureExpert
from emsync_nb.analysis.rhythm import RhythmExpert
from emsync_nb.analysis.scene import SceneExpert
from emsync_nb.analysis.shots import ShotDetector
from emsync_nb.analysis.sound import SoundExpert
from emsync_nb.analysis.sound_events import SoundEventExpert
from emsync_nb.analysis.speech import SpeechExpert
from emsync_nb.analysis.timeline import grid
from emsync_nb.analysis.visibility import Visibility, dimmed
from emsync_nb.analysis.words import WordsExpert
from emsync_nb.domain import AudioClip, Boundary, Frame, VideoInfo
from emsync_nb.domain.curve import FloatArray
from emsync_nb.domain.words import Subtitles
from emsync_nb.errors import CheckpointError, VideoError, WeightsError

_Shown = TypeVar("_Shown", Glance, AudioClip)
#: share of the progress that the pictures and the sound take
_PICTURES, _SOUND = 0.9, 0.07
#: progress is told in steps of at least this
_PROGRESS_STEP = 0.01


def analyze(
    video: VideoInfo,
    frames: Iterable[Frame],
    sound: Iterable[AudioClip] | None,
    subtitles: Path | Subtitles | None,
    *,
    network: Attention | None = None,
    scale: Scale = "plane",
    also: Collection[Also] = (),
    on_progress: Callable[[float], None] | None = None,
) -> Analysis:
    """Find the boundaries and the emotion of a film in one pass; memory grows by a few numbers a frame.

    Args:
        video: of the film; its duration only scales the progress, frames tell their own times.
        frames: every frame in order, RGB; small ones suffice (a long side of 256 pixels or less).
        sound: consecutive blocks without gaps, any length and rate; None for a silent film.
        subtitles: a file beside the film, what was read from inside it, or None.
        network: trained layers that join the experts; None: they are averaged by confidence.
        scale: whether the curve is widened to use more of the plane.
        also: experts that take long, and are asked only where they are named.
        on_progress: called with rising fractions, the last one 1.0.

    Raises:
        VideoError: there is not one frame.
        MissingExtraError: the extra `analysis` is not installed.
    """
    progress = _Progress(on_progress)
    watch = _Watch()
    seeing: tuple[SeeingExpert, ...] = (PictureExpert(), MotionExpert(), SceneExpert(), FaceExpert())
    hearing: tuple[HearingExpert, ...] = (SoundExpert(), SoundEventExpert())
    seeing += (ScreenTextExpert(),) if "screen" in also else ()
    hearing += (SpeechExpert(),) if "speech" in also else ()
    boundaries, at_s, shown = _look(video, frames, seeing, watch, progress)
    _listen(video, sound, hearing, watch, progress)
    experts: tuple[Expert, ...] = (*seeing[:2], RhythmExpert(), *hearing[:1], WordsExpert(subtitles))
    experts += (*seeing[2:], *hearing[1:])
    reports, opinions = _consult(experts, at_s, boundaries, watch)
    progress.reach(1.0)
    return joined(video, boundaries, reports, tuple(dimmed(one, shown) for one in opinions), network, scale)


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
    """Adds up the seconds spent in each expert, and knows who cannot go on."""

    spent: dict[str, float] = field(default_factory=dict)
    #: expert → what is wrong with its model files; it is shown nothing more
    failed: dict[str, str] = field(default_factory=dict)

    def show(self, name: str, take: Callable[[_Shown], None], shown: _Shown) -> None:
        """Have an expert take note of a frame or a block of sound."""
        if name in self.failed:
            return
        since = perf_counter()
        try:
            take(shown)
        except (CheckpointError, WeightsError) as reason:  # told in the report; the others go on
            self.failed[name] = str(reason)
        self.add(name, since)

    def ask(self, expert: Expert, at_s: FloatArray, boundaries: Sequence[Boundary]) -> Opinion:
        """The expert's opinion.

        Raises:
            Unavailable: it has nothing to go by, or its model files are damaged.
        """
        if expert.name in self.failed:
            raise Unavailable(self.failed[expert.name])
        since = perf_counter()
        try:
            return expert.judge(at_s, boundaries)
        except (CheckpointError, WeightsError) as reason:
            raise Unavailable(str(reason)) from reason
        finally:
            self.add(expert.name, since)

    def add(self, name: str, since: float) -> None:
        """Book the time from `since`, a reading of `perf_counter`, until now."""
        self.spent[name] = self.spent.get(name, 0.0) + perf_counter() - since


def _look(
    video: VideoInfo,
    frames: Iterable[Frame],
    experts: Sequence[SeeingExpert],
    watch: _Watch,
    progress: _Progress,
) -> tuple[tuple[Boundary, ...], FloatArray, FloatArray]:
    """Show every frame to the shot detector and the experts; the boundaries, the grid, and how much is seen there."""
    shots, visibility = ShotDetector(video.fps), Visibility()
    first = last = None
    count = 0
    for frame in frames:
        glance = Glance.of(frame)
        shots.see(glance)
        visibility.see(glance)
        for expert in experts:
            watch.show(expert.name, expert.see, glance)
        first, last = frame.time_s if first is None else first, frame.time_s
        count += 1
        progress.reach(_PICTURES * _share(frame.time_s, video.duration_s))
    if first is None or last is None:
        raise VideoError(f"{video.path.name} holds no picture that can be decoded. Check that it plays.")
    # the last frame is shown for as long as the others were on average
    end_s = last + ((last - first) / (count - 1) if count > 1 else 1 / video.fps)
    at_s = grid(float(end_s))
    return shots.boundaries(end_s), at_s, visibility.on(at_s)


def _listen(
    video: VideoInfo,
    sound: Iterable[AudioClip] | None,
    experts: Sequence[HearingExpert],
    watch: _Watch,
    progress: _Progress,
) -> None:
    """Play the sound, if there is any, to the experts."""
    heard_s = 0.0
    for block in sound or ():
        for expert in experts:
            watch.show(expert.name, expert.hear, block)
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
        try:
            opinions.append(watch.ask(expert, at_s, boundaries))
        except Unavailable as reason:
            reports.append(ExpertReport(expert.name, False, watch.spent.get(expert.name, 0.0), str(reason)))
            continue
        reports.append(ExpertReport(expert.name, True, watch.spent[expert.name], expert.note))
    return tuple(reports), tuple(opinions)
