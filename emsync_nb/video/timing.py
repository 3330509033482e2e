"""When each frame is shown, read from the packets without decoding them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from emsync_nb.video.container import demuxed, open_film, picture_stream, several_pictures

#: of these decord gives every frame; of a transport stream it gives the last ones over and over
_REWOUND_DEMUXERS = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi"})
#: a picture that starts later on the container's clock is none for decord, in seconds
_LATE_S = 1
#: bit 4 of a VP8 frame's first byte: whether the frame is shown (RFC 6386, section 9.1)
_VP8_SHOW_FRAME = 0x10


def frame_times(path: Path) -> tuple[Fraction, ...] | None:
    """Presentation times in seconds from the first frame, rising; exact (PTS × time base).

    None where decoding alone can tell what is shown, and decord would be wrong: the container is one that it
    cannot rewind, a time is missing or told twice, an edit list hides frames, there are several pictures to
    choose from, the picture starts late, or the file does not tell its length (a live recording; decord
    aborts over the last two).
    """
    with open_film(path) as container:
        stream = picture_stream(container, path)
        if container.format.name not in _REWOUND_DEMUXERS or container.duration is None:
            return None
        if several_pictures(container):
            return None
        is_vp8 = stream.codec_context.name == "vp8"
        pts: list[int] = []
        for packet in demuxed(container, stream):
            if not packet.size:
                continue
            if packet.pts is None or packet.is_discard:
                return None
            if is_vp8 and not bytes(packet)[0] & _VP8_SHOW_FRAME:
                continue
            pts.append(packet.pts)
        time_base = Fraction(stream.time_base)
    pts.sort()
    if not pts or len(set(pts)) != len(pts) or pts[0] * time_base > _LATE_S:
        return None
    return tuple((value - pts[0]) * time_base for value in pts)
