"""What analysis looks at in a frame: two tiny pictures, made once and shared, and the frame as it was decoded."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import Frame
from emsync_nb.extras import require

#: (height, width) of `Glance.small`, what cut detection and motion look at
SMALL = (54, 96)
#: (height, width) of `Glance.look`, what colour and the comparison of scenes look at
LOOK = (18, 32)

Look = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """One frame, shrunk to fixed shapes whatever the shape of the film."""

    index: int
    #: presentation time in seconds from the first frame
    time_s: Fraction
    #: SMALL + (3,) uint8, RGB
    small: NDArray[np.uint8]
    #: LOOK + (3,) float32, RGB, 0 … 255
    look: Look
    #: mean and standard deviation of `look`, 0 … 255
    mean: float
    deviation: float
    #: (height, width, 3) uint8, RGB, as decoded; let it go, or copy what is kept: frames may lie in one buffer
    rgb: NDArray[np.uint8]

    @classmethod
    def of(cls, frame: Frame) -> Glance:
        """The frame averaged over areas; areas keep the mean colour and drop grain."""
        cv2 = require("cv2")
        small = cv2.resize(frame.rgb, SMALL[::-1], interpolation=cv2.INTER_AREA)
        look = cv2.resize(small, LOOK[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
        return cls(frame.index, frame.time_s, small, look, float(look.mean()), float(look.std()), frame.rgb)
