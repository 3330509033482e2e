"""What the pictures show: frozen networks describe a frame, and a trained head says what people feel at such a sight.

The head was fitted on photographs that about a hundred people each rated (OASIS; docs/scene-card.md). It looks at about
one frame a second, sooner where the picture changes and seldom where it stands still, and at no black or plain one.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from emsync_nb.analysis import scene_head, scene_words
from emsync_nb.analysis.expert import Evidence, Opinion, Unavailable
from emsync_nb.analysis.glance import Glance, Look
from emsync_nb.analysis.scene_eyes import ClipEyes, Eyes, MobileNetEyes
from emsync_nb.analysis.scene_head import SceneHead
from emsync_nb.analysis.timeline import averaged
from emsync_nb.domain import Boundary
from emsync_nb.domain.curve import FloatArray
from emsync_nb.errors import MissingExtraError
from emsync_nb.weights import SCENE_HEAD, find, user_folder

#: a head for CLIP, where somebody has trained one: emsync train scene --eyes clip
CLIP_HEAD = "scene-clip.safetensors"
#: looks a second that are paid for, and how many may be saved up
_LOOKS_PER_S, _SAVED_UP = 1.0, 6.0
#: seconds between looks at a picture that moves, that stands still, and that has become another
_MOVING_S, _STILL_S, _CHANGED_S = 1.0, 4.0, 0.25
#: mean difference of two pictures of 0 … 255: below, they stand still; above, one is another
_STILL, _CHANGED = 2.0, 25.0
#: deviation of lightness, 0 … 255, below which a picture shows nothing
_PLAIN = 4.0
#: probability from which on a sight is told as evidence
_SURE = 0.65


def open_eyes() -> tuple[Eyes, SceneHead]:
    """CLIP where it is here with a head of its own, else the MobileNets with the head that ships.

    Raises:
        Unavailable: files are missing, or a package is.
        CheckpointError: a file is damaged.
        WeightsError: `EMSYNC_WEIGHTS` names no folder, or CLIP's holds something else.
    """
    own_head = user_folder() / CLIP_HEAD
    if own_head.is_file() and find(ClipEyes.name) is not None:
        return _fitting(ClipEyes(), own_head)
    return _fitting(MobileNetEyes(), SCENE_HEAD.path)


def _fitting(eyes: Eyes, path: Path) -> tuple[Eyes, SceneHead]:
    try:
        head = _head(path)
    except MissingExtraError as error:
        raise Unavailable(str(error)) from error
    if (head.eyes, head.blocks) != (eyes.name, eyes.blocks):
        raise Unavailable(f"{path.name} was trained for {head.eyes:.40}, not for {eyes.name}; train it anew")
    return eyes, head


@cache
def _head(path: Path) -> SceneHead:
    return scene_head.load(path)


class SceneExpert:
    """Looks at what frames show; a seeing expert."""

    name = "scene"

    def __init__(self) -> None:
        """Open nothing yet: networks are loaded for the first frame."""
        self._opened: tuple[Eyes, SceneHead] | None = None
        self._missing: str | None = None
        self._pace = _Pace()
        self._times = array("d")
        #: valence, arousal and familiarity of each look; 0 where nothing was to be seen
        self._values = array("d")
        self._evidence: list[Evidence] = []
        self._sight = ""

    @property
    def note(self) -> str:
        """How often it looked, and through which networks."""
        eyes = "" if self._opened is None else f" through {self._opened[0].words}"
        return f"{len(self._times)} looks{eyes}"

    def see(self, glance: Glance) -> None:
        """Look at the next frame, if it is due.

        Raises:
            CheckpointError, WeightsError: as `open_eyes`.
        """
        if self._missing is not None or not self._pace.is_due(glance):
            return
        if self._opened is None:
            try:
                self._opened = open_eyes()
            except Unavailable as reason:
                self._missing = str(reason)
                return
        self._times.append(float(glance.time_s))
        self._values.extend(self._seen(glance, *self._opened))

    def _seen(self, glance: Glance, eyes: Eyes, head: SceneHead) -> tuple[float, float, float]:
        """Valence, arousal and familiarity of a frame."""
        if glance.deviation < _PLAIN:
            self._sight = ""
            return 0.0, 0.0, 0.0
        sight = eyes.look(glance.rgb)
        values, familiar = head.judge(sight.description[np.newaxis])
        if sight.classes is not None:
            self._notice(float(glance.time_s), *scene_words.most_likely(sight.classes))
        return float(values[0, 0]), float(values[0, 1]), float(familiar[0])

    def _notice(self, time_s: float, words: str, probability: float) -> None:
        """Keep what has come into sight, not what stays there."""
        if probability >= _SURE and words != self._sight:
            self._evidence.append(Evidence(time_s, f"{words} {probability:.2f}"))
            self._sight = words

    def judge(self, at_s: FloatArray, boundaries: Sequence[Boundary]) -> Opinion:
        """What was seen, held until the next look; confidence is the head's trust times familiarity.

        Raises:
            Unavailable: a model file or a package is missing.
        """
        if self._missing is not None or self._opened is None:
            raise Unavailable(self._missing or "not one frame was shown")
        columns = np.asarray(self._values, dtype=np.float64).reshape(-1, 3).T
        valence, arousal, familiar = (averaged(self._times, column, at_s) for column in columns)
        trust = self._opened[1].trust.astype(np.float64)
        return Opinion(
            self.name,
            at_s,
            valence,
            arousal,
            trust[0] * familiar,
            trust[1] * familiar,
            evidence=tuple(self._evidence),
        )


class _Pace:
    """Decides which frames are worth a look: at most one a second in the long run, whatever the film does."""

    def __init__(self) -> None:
        self._saved = _SAVED_UP
        self._asked_s = 0.0
        self._looked_s = 0.0
        self._last: Look | None = None

    def is_due(self, glance: Glance) -> bool:
        """Whether to look now; if so, the look counts as taken."""
        time_s = float(glance.time_s)
        self._saved = min(_SAVED_UP, self._saved + (time_s - self._asked_s) * _LOOKS_PER_S)
        self._asked_s = time_s
        if self._saved < 1.0 or not self._is_wanted(glance.look, time_s - self._looked_s):
            return False
        self._saved -= 1.0
        self._looked_s, self._last = time_s, glance.look
        return True

    def _is_wanted(self, look: Look, since_s: float) -> bool:
        if self._last is None:
            return True
        if since_s < _CHANGED_S:
            return False
        difference = float(np.abs(look - self._last).mean())
        if difference >= _CHANGED:
            return True
        return since_s >= (_MOVING_S if difference >= _STILL else _STILL_S)
