"""How large decoded frames are, and which way up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import VideoInfo


@dataclass(frozen=True, slots=True)
class FrameSize:
    """Size of delivered frames, upright, in pixels."""

    width: int
    height: int

    @property
    def byte_count(self) -> int:
        """Bytes of one RGB frame."""
        return self.width * self.height * 3


def delivered_size(info: VideoInfo, long_side: int) -> FrameSize:
    """The displayed size, brought down (never up) so that the longer side has at most `long_side` pixels."""
    if long_side < 2:
        raise ValueError(f"long_side must be at least 2 pixels, got {long_side}")
    scale = min(1.0, long_side / max(info.width, info.height))
    return FrameSize(_even(info.width * scale), _even(info.height * scale))


def _even(pixels: float) -> int:
    """Even sizes keep the scalers on their fast paths."""
    return max(2, 2 * round(pixels / 2 - 1e-9))


def upright(rgb: NDArray[np.uint8], rotation: int) -> NDArray[np.uint8]:
    """(height, width, 3) turned clockwise by `rotation` degrees: 0, 90, 180 or 270."""
    if not rotation:
        return rgb
    return np.ascontiguousarray(np.rot90(rgb, k=-(rotation // 90)))
