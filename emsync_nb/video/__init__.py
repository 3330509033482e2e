"""Films in and out: their facts, frames and sound, and the scored film.

FFmpeg's libraries come with PyAV (and decord, where it is built); no ffmpeg program is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emsync_nb.extras import lazy_face

if TYPE_CHECKING:
    from emsync_nb.video.decoding import iter_frames
    from emsync_nb.video.decord_process import DecodeLimits
    from emsync_nb.video.muxing import mux, scored_suffix
    from emsync_nb.video.probing import MIN_DURATION_S, probe
    from emsync_nb.video.proxy import browser_problem, make_proxy
    from emsync_nb.video.sample_film import SampleFilm, make_sample_film
    from emsync_nb.video.sound import FilmSound, iter_audio, read_audio
    from emsync_nb.video.subtitles import embedded_subtitles

__all__ = [
    "MIN_DURATION_S",
    "DecodeLimits",
    "FilmSound",
    "SampleFilm",
    "browser_problem",
    "embedded_subtitles",
    "iter_audio",
    "iter_frames",
    "make_proxy",
    "make_sample_film",
    "mux",
    "probe",
    "read_audio",
    "scored_suffix",
]

__getattr__ = lazy_face(
    __name__,
    {
        "DecodeLimits": "emsync_nb.video.decord_process",
        "FilmSound": "emsync_nb.video.sound",
        "MIN_DURATION_S": "emsync_nb.video.probing",
        "SampleFilm": "emsync_nb.video.sample_film",
        "browser_problem": "emsync_nb.video.proxy",
        "embedded_subtitles": "emsync_nb.video.subtitles",
        "iter_audio": "emsync_nb.video.sound",
        "iter_frames": "emsync_nb.video.decoding",
        "make_proxy": "emsync_nb.video.proxy",
        "make_sample_film": "emsync_nb.video.sample_film",
        "mux": "emsync_nb.video.muxing",
        "probe": "emsync_nb.video.probing",
        "read_audio": "emsync_nb.video.sound",
        "scored_suffix": "emsync_nb.video.muxing",
    },
)
