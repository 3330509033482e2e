"""From the emotion that is meant to what the network is told, so that it is also what is heard.

Two things stand between a wish and its music. Valence and arousal hang together: music that is made slow, to be calm,
is heard as dark as well. `compensated` undoes this with a linear model of what comes of what is told, measured once on
the shipped network. And every ensemble, key and theme has a mood of its own: `Steering` listens after each bar and adds
what is missing, as a helmsman does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import MusicTable

FloatArray = NDArray[np.float64]
#: (bars, 2) valence and arousal of each bar of some music
Ear = Callable[[MusicTable], FloatArray]

#: what is heard (rows: valence, arousal) for what is told (columns: valence, arousal, one): read off 50 pieces of 16
#: bars in all ensembles, written without an ear
RESPONSE = np.array([[0.54, 0.25, 0.02], [0.07, 1.06, -0.07]])
#: what a miss of valence and one of arousal count for where both cannot be had
WORTH = np.array([2.0, 1.0])
#: what is told at most: the network learnt up to 1, and goes on a little beyond
MOST = 1.3
#: bars that are heard: an ear looks back over so many, and what was before does not count
HEARD_BARS = 17
#: bars before the first is judged, and over which what is meant is averaged, as an ear averages
FIRST_BARS, MEMORY_BARS = 2, 8
#: a change of what is meant, from one bar to the next, with which all begins anew
TURN = 0.25
#: share of what is missing that is added for each bar, and how much can be added in all
GAIN, REACH = 0.25, 0.8

_TOLD = np.stack(np.meshgrid(*2 * [np.linspace(-MOST, MOST, 53)], indexing="ij"), axis=-1).reshape(-1, 2)
_HEARD = _TOLD @ RESPONSE[:, :2].T + RESPONSE[:, 2]


def compensated(meant: FloatArray) -> FloatArray:
    """(2,) what to tell the network so that (2,) valence and arousal are heard as nearly as they can be."""
    miss = ((_HEARD - meant) ** 2 * WORTH).sum(axis=1)
    return np.asarray(_TOLD[int(miss.argmin())])


@dataclass(slots=True)
class Steering:
    """What a take is told of valence and arousal."""

    #: (bars, 2) as it is meant
    meant: FloatArray
    #: nobody: what is meant is told as it is
    ear: Ear | None
    #: how far from neutral all is taken, against what is asked for
    strength: float = 1.0
    #: (2,) what is added to what is meant
    correction: FloatArray = field(default_factory=lambda: np.zeros(2))

    def __post_init__(self) -> None:
        if self.ear is not None:  # without one, the network's own guidance is all there is
            self.meant = np.clip(self.strength * self.meant, -1, 1)

    def told(self, bar: int) -> FloatArray:
        """(2,) valence and arousal that the network is told in a bar."""
        if self.ear is None:
            return np.asarray(self.meant[bar])
        turned = np.abs(self.meant[bar] - self.meant[max(0, bar - 1)]) > TURN
        self.correction[turned] = 0.0  # what was missing of one thing says little of another
        return compensated(self.meant[bar] + self.correction)

    def listen(self, bar: int, music: MusicTable) -> None:
        """Hear the music up to a bar, which has just been written, its last bars at least."""
        if self.ear is None or bar + 1 < FIRST_BARS or not len(music.onset):
            return
        meant = self.meant[max(0, bar + 1 - MEMORY_BARS) : bar + 1].mean(axis=0)
        missing = meant - self.ear(music)[-1]
        self.correction = np.clip(self.correction + GAIN * missing, -REACH, REACH)
