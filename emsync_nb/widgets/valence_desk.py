"""A slider that moves a film's valence, and composes the film again when it is let go."""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from emsync_nb.domain import Score, ScorePlan, VideoCues
from emsync_nb.errors import EmsyncError
from emsync_nb.extras import require
from emsync_nb.pipeline import ScoreSettings, compose_plan, plan_film

RATE = 44_100


class ValenceDesk:
    """Emotion, piano roll and sound of a film, under a slider that shifts its valence.

    Shown by being the last line of a cell. `plan` and `score` hold what is on display.
    """

    def __init__(self, film: VideoCues, settings: ScoreSettings | None = None) -> None:
        widgets = require("ipywidgets")
        self._film, self._settings = film, settings or ScoreSettings()
        self.plan: ScorePlan
        self.score: Score
        self.slider = widgets.FloatSlider(
            value=0.0, min=-1.0, max=1.0, step=0.1, description="valence", continuous_update=False
        )
        self.status = widgets.Label()
        self._picture = widgets.Image(format="png", layout=widgets.Layout(max_width="100%"))
        self._sound = widgets.Audio(format="wav", autoplay=False, loop=False)
        self.box = widgets.VBox([self.slider, self.status, self._picture, self._sound])
        self.slider.observe(self._moved, names="value")
        self.compose(0.0)

    def compose(self, shift: float) -> Score:
        """Compose the film with its valence shifted by `shift`, −1 … 1, and show it."""
        film = replace(self._film, curve=self._film.curve.shifted(valence=shift))
        plan = plan_film(film, self._settings)
        score = compose_plan(plan, self._settings.seed)
        picture, sound = _png(plan, score, shift), _wav(plan, score, self._settings.soundfont)
        # all at once: what an error stops leaves the display as it was
        self.plan, self.score, self._picture.value, self._sound.value = plan, score, picture, sound
        keys = " → ".join(section.key.name for section in self.plan.sections)
        self.status.value = f"{self.score.note_count} notes; {keys}"
        return self.score

    def _moved(self, change: dict[str, Any]) -> None:
        self.status.value = "composing …"
        try:
            self.compose(float(change["new"]))
        except EmsyncError as error:
            self.status.value = str(error)

    def _repr_mimebundle_(self, **options: Any) -> Any:  # noqa: ANN401 - IPython's display protocol
        return self.box._repr_mimebundle_(**options)


def _png(plan: ScorePlan, score: Score, shift: float) -> bytes:
    from emsync_nb.figures import score_picture

    buffer = io.BytesIO()
    score_picture(plan, score, title=f"valence {shift:+.1f}").savefig(buffer, format="png", dpi=80)
    return buffer.getvalue()


def _wav(plan: ScorePlan, score: Score, soundfont: Path | None) -> bytes:
    """16-bit WAV of a score, silent outside its cues, within full scale."""
    from emsync_nb.notation import write_midi
    from emsync_nb.rendering import fade_cues, render

    soundfile = require("soundfile")
    with tempfile.TemporaryDirectory() as folder:
        midi = Path(folder) / "score.mid"
        write_midi(score, midi)
        clip = render(midi, soundfont=soundfont, rate=RATE, duration_s=float(plan.duration_s))
    clip = fade_cues(clip, [planned.cue for planned in plan.cues])
    peak = max(1.0, float(np.abs(clip.samples).max(initial=0.0)) / 0.89)
    buffer = io.BytesIO()
    soundfile.write(buffer, clip.samples.T / peak, RATE, format="WAV", subtype="PCM_16")
    return buffer.getvalue()
