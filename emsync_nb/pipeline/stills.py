"""Pictures of a film for plots: one a shot."""

from __future__ import annotations

from contextlib import closing

from emsync_nb.domain import VideoCues
from emsync_nb.figures.stills import Still, still_spans

#: longest side of a still, in pixels
STILL_SIDE = 160


def stills_of(cues: VideoCues, long_side: int = STILL_SIDE) -> tuple[Still, ...]:
    """The picture in the middle of each shot, of long shots several, of many short ones few; all decoded once more.

    Args:
        cues: of the film.
        long_side: of each, in pixels.

    Raises:
        VideoError: the film cannot be read.
        MissingExtraError: the extra `video` is not installed.
    """
    from emsync_nb.video import iter_frames

    waiting = still_spans(cues.boundaries, float(cues.video.duration_s))
    stills = []
    frame = None
    with closing(iter_frames(cues.video, long_side=long_side)) as frames:  # type: ignore[type-var]  # a generator
        for frame in frames:
            if waiting and float(frame.time_s) >= sum(waiting[0]) / 2:
                stills.append(Still(*waiting.pop(0), frame.rgb.copy()))  # frames may lie in one buffer
            if not waiting:
                break
    if waiting and frame is not None:  # the picture ends before its file says so
        stills.append(Still(*waiting[0], frame.rgb.copy()))
    return tuple(stills)
