"""Decoding with PyAV, in this process: works everywhere, and carries on where decord gave up."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import VideoInfo
from emsync_nb.extras import require
from emsync_nb.video.container import decodable_frames, first_picture, open_film, picture_stream
from emsync_nb.video.geometry import FrameSize, upright

Picture = tuple[Fraction, NDArray[np.uint8]]


def decode(
    info: VideoInfo, size: FrameSize, after_s: Fraction | None = None
) -> Generator[Picture, None, None]:
    """(seconds from the first frame, upright RGB of `size`) for each frame later than `after_s`.

    Damaged packets are passed over. Times rise strictly: a frame without a time of its own follows its
    predecessor by one nominal frame.

    Raises:
        VideoError: the film cannot be opened, or none of its pictures can be decoded.
    """
    reformatter = require("av.video.reformatter").VideoReformatter()
    width, height = (size.height, size.width) if info.rotation % 180 else (size.width, size.height)
    for time_s, frame in timed_frames(info, after_s):
        scaled = reformatter.reformat(frame, width, height, "rgb24", interpolation="BILINEAR")
        yield time_s, upright(scaled.to_ndarray(), info.rotation)


def timed_frames(info: VideoInfo, after_s: Fraction | None = None) -> Iterator[tuple[Fraction, Any]]:
    """(seconds from the first frame, PyAV's frame as it is stored) for each frame later than `after_s`."""
    with open_film(info.path) as container:
        stream = picture_stream(container, info.path)
        start_s = first_picture(container, stream, info.path).start_s
    with open_film(info.path) as container:
        stream = picture_stream(container, info.path)
        stream.thread_type = "AUTO"
        last_s = Fraction(-1)
        # Always from the start: seeking is not frame-exact in every container, and a lost frame would be
        # worse than a second pass over a film that has already shown itself to be damaged.
        for frame in decodable_frames(container, stream):
            time_s = None if frame.pts is None else frame.pts * stream.time_base - start_s
            if time_s is None or time_s <= last_s:
                time_s = max(Fraction(0), last_s + 1 / info.fps)
            last_s = time_s
            if after_s is None or time_s > after_s:
                yield time_s, frame
