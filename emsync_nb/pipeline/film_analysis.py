"""The first stage: what experts make of a film, from the cache where they have said it before."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from emsync_nb.domain import VideoInfo
from emsync_nb.extras import check_installed, is_installed
from emsync_nb.pipeline.analysis_cache import AnalysisCache
from emsync_nb.pipeline.genre import check_genre_head
from emsync_nb.pipeline.progress import Silent, Stopwatch
from emsync_nb.weights import FUSION

if TYPE_CHECKING:
    from emsync_nb.analysis import Analysis, ExpertReport, Opinion
    from emsync_nb.analysis.attention import Attention
    from emsync_nb.analysis.found import Also
    from emsync_nb.analysis.fusion import Scale

#: longest side of the pictures that analysis sees, in pixels
ANALYSIS_SIDE = 256
#: packages without which nothing can be analysed
TO_ANALYZE = ("av", "cv2", "librosa", "scenedetect")


def analyze_film(
    video: Path | str,
    *,
    fresh: bool = False,
    also: Collection[Also] = (),
    scale: Scale = "plane",
    watch: Stopwatch | None = None,
) -> Analysis:
    """Boundaries and emotion of a film; subtitles beside it, else those inside, are read too.

    What experts said of the same file before is taken from the cache, unless `fresh` asks for a new look.

    Args:
        video: the film.
        fresh: whether to look at it anew.
        also: experts that take long: "speech" recognises what is said, "screen" reads what stands in the picture.
        scale: "plane": the curve is widened to use more of the plane; "plain": as the experts say it.
        watch: hears how far the work is.

    Raises:
        VideoError: not a film that can be read.
        CheckpointError: trained layers, or a head for genres that was named, are missing or damaged.
        MissingExtraError: the extra `video` or `analysis` is not installed.
    """
    check_installed(*TO_ANALYZE)
    check_genre_head()
    watch = watch or Stopwatch(Silent())
    return analyzed(probed(Path(video), watch), watch, fresh, also, scale)


def probed(video: Path, watch: Stopwatch) -> VideoInfo:
    """The facts of a film.

    Raises:
        VideoError: not a film that can be read.
    """
    from emsync_nb.video import probe

    with watch.stage("probe"):
        return probe(video)


def analyzed(
    info: VideoInfo,
    watch: Stopwatch,
    is_fresh: bool = False,
    also: Collection[Also] = (),
    scale: Scale = "plane",
) -> Analysis:
    """What the experts say, from the cache where they have said it before."""
    from emsync_nb.analysis import find_sidecar, joined

    with watch.stage("analysis") as advance:
        sidecar = find_sidecar(info.path)
        cache = AnalysisCache(info.path, sidecar, also)
        found = None if is_fresh else cache.load()
        if found is not None:
            advance(1.0)
            return joined(info, *found, fusion_network(), scale)
        analysis = _looked_at(info, sidecar, watch, advance, also, scale)
        cache.save(analysis)
        return analysis


def known_findings(
    video: Path, also: Collection[Also] = ()
) -> tuple[tuple[ExpertReport, ...], tuple[Opinion, ...]] | None:
    """What experts said of a film before, from the cache alone: reports and opinions; None where it has none.

    Raises:
        WeightsError: `EMSYNC_WEIGHTS` names no folder.
    """
    from emsync_nb.analysis import find_sidecar

    found = AnalysisCache(video, find_sidecar(video), also).load()
    return None if found is None else (found[1], found[2])


def _looked_at(
    info: VideoInfo,
    sidecar: Path | None,
    watch: Stopwatch,
    advance: Callable[[float], None],
    also: Collection[Also],
    scale: Scale,
) -> Analysis:
    from emsync_nb.analysis import analyze
    from emsync_nb.video import embedded_subtitles, iter_audio, iter_frames

    frames = iter_frames(info, long_side=ANALYSIS_SIDE, on_notice=watch.progress.notice)
    with closing(frames):  # type: ignore[type-var]  # a generator, so it can be closed
        return analyze(
            info,
            frames,
            iter_audio(info) if info.has_audio else None,
            sidecar or embedded_subtitles(info),
            network=fusion_network(),
            scale=scale,
            also=also,
            on_progress=advance,
        )


def fusion_network() -> Attention | None:
    """The trained layers that join the experts; None where they, or safetensors, are not here.

    Raises:
        CheckpointError: they are damaged.
    """
    from emsync_nb.analysis.attention import load_attention

    is_here = FUSION.is_present and is_installed("safetensors")
    return load_attention(FUSION.path) if is_here else None
