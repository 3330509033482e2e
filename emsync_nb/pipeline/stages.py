"""Each stage with what it needs, and the whole chain of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emsync_nb.directing import Orchestration
from emsync_nb.domain import Ensemble, Score, ScorePlan, Spotting, VideoCues, VideoInfo
from emsync_nb.domain.timecode import START, FilmClock, TimedError
from emsync_nb.errors import PlanError
from emsync_nb.extras import check_installed
from emsync_nb.labelling import label_bars
from emsync_nb.pipeline.directions import Proposal, directed
from emsync_nb.pipeline.film_analysis import TO_ANALYZE, analyzed, probed
from emsync_nb.pipeline.genre import check_genre_head, first_spotting
from emsync_nb.pipeline.progress import Progress, Silent, Stopwatch
from emsync_nb.pipeline.report import build_report
from emsync_nb.pipeline.settings import DEFAULT_ENSEMBLE, ScoreSettings
from emsync_nb.pipeline.sound import open_studio, write_sound
from emsync_nb.pipeline.takes import plan_of
from emsync_nb.pipeline.theme import given_notes, open_theme, theme_facts, with_theme
from emsync_nb.planning import PlanSettings, checked_cues, plan_score
from emsync_nb.preset_library import load_ensemble
from emsync_nb.weights import generator_checkpoint

if TYPE_CHECKING:
    from emsync_nb.analysis import Analysis
    from emsync_nb.generation.transformer import EventTransformer

#: packages without which nothing can be composed and written, or rendered
_TO_SCORE = (*TO_ANALYZE, "torch", "safetensors", "mido", "symusic", "matplotlib")
_TO_RENDER = ("pedalboard", "pyloudnorm", "scipy", "soundfile")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class ScoreResult:
    """A scored film."""

    plan: ScorePlan
    score: Score
    #: what report.json holds
    report: dict[str, Any]
    #: file name → path of everything that was written
    files: Mapping[str, Path]
    #: what was asked of the music
    spotting: Spotting


def plan_film(
    film: VideoCues, settings: ScoreSettings | None = None, *, ensemble: Ensemble | None = None
) -> ScorePlan:
    """Cues, sections, hits and the click track of a film; `ensemble` goes before the one the settings name.

    Raises:
        PresetError: no such ensemble.
        PlanError: cues that overlap or reach beyond the film.
    """
    settings = settings or ScoreSettings()
    ensemble = ensemble or load_ensemble(settings.ensemble)
    return plan_score(film, ensemble, PlanSettings(seed=settings.seed, cues=settings.cues))


def compose_plan(plan: ScorePlan, seed: int = 0, *, watch: Stopwatch | None = None) -> Score:
    """The music of a plan, by the checkpoint that `weights` names.

    Raises:
        CheckpointError: missing or damaged weights.
    """
    watch = watch or Stopwatch(Silent())
    return _composed(_network(watch), plan, seed, watch)


def _network(watch: Stopwatch) -> EventTransformer:
    from emsync_nb.generation import load, quantised

    with watch.stage("model"):
        return quantised(load(generator_checkpoint()))


def _composed(
    network: EventTransformer,
    plan: ScorePlan,
    seed: int,
    watch: Stopwatch,
) -> Score:
    from emsync_nb.generation import ComposeSettings, compose

    given = given_notes(plan, plan.theme)
    with watch.stage("generation") as advance:
        return compose(
            network, plan, ComposeSettings(seed=seed), given=given, ear=label_bars, on_progress=advance
        )


def score_into(
    video: Path,
    folder: Path,
    settings: ScoreSettings,
    *,
    spotting: Spotting | None = None,
    start_timecode: str = START,
    progress: Progress | None = None,
) -> ScoreResult:
    """Score a film and write everything but the session into an existing folder.

    Whatever a user may have got wrong is looked for first, before the minutes of analysis. With a `spotting` the film
    is not analysed: its boundaries and emotion are taken from there, and its cues and ensemble where the settings do
    not say otherwise. Times are told, and score.mid says where beat 0 lies, by the film's `start_timecode`.

    Raises:
        UserError: anything wrong with the film, the presets, the SoundFont, the cues, the theme or the folder.
    """
    watch = Stopwatch(progress or Silent())
    check_installed(*_TO_SCORE, *(_TO_RENDER if settings.render else ()))
    chosen = _ensemble_of(settings, spotting)
    theme = open_theme(settings, spotting, load_ensemble(chosen))
    studio = open_studio(settings) if settings.render else None
    info = probed(video, watch)
    checked_cues(settings.cues, info.duration_s)
    clock = FilmClock(info.fps, start_timecode)
    check_genre_head()
    network = _network(watch)
    analysis = analyzed(info, watch) if spotting is None else _as_analysed(spotting, info)
    with watch.stage("planning"):
        wanted = _asked(analysis, chosen, settings, spotting)
        asked, direction = _directed(wanted, settings, clock, watch.progress)
        if settings.theme is not None:
            asked = with_theme(asked, theme, settings.theme_at)
        plan = _planned(asked, clock)
    score = _composed(network, plan, settings.seed, watch)
    files = _write_score(plan, score, folder, (title_of(video), clock), watch)
    if studio is not None:
        files |= write_sound(info, plan, studio, folder, settings, watch)
    report = build_report(analysis, plan, folder / "score.mid", settings, watch.timings_s)
    if theme is not None:
        report["theme"] = theme_facts(plan, theme, folder / "score.mid", settings)
    if direction is not None:
        report["direction"] = direction
    return ScoreResult(plan, score, report, files, asked)


def _planned(asked: Spotting, clock: FilmClock) -> ScorePlan:
    """The plan; a refusal tells times by the film's clock."""
    try:
        return plan_of(asked)
    except TimedError as error:
        raise PlanError(error.told(clock)) from error


def _asked(analysis: Analysis, chosen: str, settings: ScoreSettings, spotting: Spotting | None) -> Spotting:
    """What is asked of the music of a film: what was before, and what the settings say."""
    if spotting is None:
        # a theme was checked against the ensemble that it will be played by
        is_open = not _is_chosen(settings) and settings.theme is None
        return first_spotting(analysis, None if is_open else chosen, settings.seed, settings.cues)
    cues = settings.cues or spotting.cues
    return replace(spotting, film=analysis.cues, ensemble=chosen, seed=settings.seed, cues=cues)


def _ensemble_of(settings: ScoreSettings, spotting: Spotting | None) -> str:
    """Who plays: whom the settings name, else whom the spotting does, else the usual ones."""
    return settings.ensemble if _is_chosen(settings) or spotting is None else spotting.ensemble


def _is_chosen(settings: ScoreSettings) -> bool:
    """Whether somebody chose who plays."""
    return settings.keep_ensemble or settings.ensemble != DEFAULT_ENSEMBLE


def _as_analysed(spotting: Spotting, info: VideoInfo) -> Analysis:
    """What was found and edited earlier, in place of an analysis; no expert was asked now."""
    from emsync_nb.analysis import Analysis

    return Analysis(replace(spotting.film, video=info), (), ())


def _directed(
    spotting: Spotting, settings: ScoreSettings, clock: FilmClock, progress: Progress
) -> tuple[Spotting, dict[str, Any] | None]:
    """What is asked with the direction, and what report.json holds of it; None where there is none. Tells it too."""
    if settings.direction is None:
        return spotting, None
    proposal = directed(spotting, settings.direction, clock=clock)
    overruled = _overruled(proposal, settings)
    after = replace(proposal.after, ensemble=settings.ensemble) if overruled else proposal.after
    changes = [change.describe(clock) for change in proposal.changes if change not in overruled]
    chosen = f"{settings.ensemble} was chosen"
    for line in (
        *(f"the direction asks for {change.ensemble}, but {chosen}, and plays" for change in overruled),
        *(f"direction: {line}" for line in changes or ["nothing is changed"]),
        *(f"not understood: {words}" for words in proposal.not_understood),
    ):
        log.warning(line)
        progress.notice(line)
    lost = [*proposal.not_understood, *(f"{change.words} ({chosen})" for change in overruled)]
    return after, {"text": settings.direction, "changes": changes, "not_understood": lost}


def _overruled(proposal: Proposal, settings: ScoreSettings) -> list[Orchestration]:
    """Ensembles that a direction asks for against the one that was chosen."""
    if not _is_chosen(settings):
        return []
    asked = (change for change in proposal.changes if isinstance(change, Orchestration))
    return [change for change in asked if change.ensemble != settings.ensemble]


def title_of(video: Path) -> str:
    """The film's name as text that XML and figures can hold: file names may be bytes of any kind."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in video.stem)


def _write_score(
    plan: ScorePlan, score: Score, folder: Path, film: tuple[str, FilmClock], watch: Stopwatch
) -> dict[str, Path]:
    """The files of a score; `film` is its title and its clock."""
    from emsync_nb.figures import save_png, score_picture
    from emsync_nb.notation import write_midi, write_musicxml

    title, clock = film
    files = {name: folder / name for name in ("score.mid", "score.musicxml", "emotion.png")}
    with watch.stage("notation"):
        write_midi(score, files["score.mid"], clock)
        write_musicxml(score, files["score.musicxml"], title=title)
    with watch.stage("figures"):
        save_png(score_picture(plan, score, title=title), files["emotion.png"])
    return files
