"""A slider that moves a film's valence, and composes the film again when it is let go."""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from emsync_nb.domain import AudioClip, Score, ScorePlan, VideoCues
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
        self.plan = plan_film(film, self._settings)
        self.score = compose_plan(self.plan, self._settings.seed)
        self._picture.value = _png(self.plan, self.score, shift)
        self._sound.value = _wav(self.score, float(self.plan.duration_s))
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


def _wav(score: Score, duration_s: float) -> bytes:
    """16-bit WAV of a score, within full scale."""
    from emsync_nb.notation import write_midi
    from emsync_nb.rendering import render

    soundfile = require("soundfile")
    with tempfile.TemporaryDirectory() as folder:
        midi = Path(folder) / "score.mid"
        write_midi(score, midi)
        clip: AudioClip = render(midi, rate=RATE, duration_s=duration_s)
    peak = max(1.0, float(np.abs(clip.samples).max(initial=0.0)) / 0.89)
    buffer = io.BytesIO()
    soundfile.write(buffer, clip.samples.T / peak, RATE, format="WAV", subtype="PCM_16")
    return buffer.getvalue()
