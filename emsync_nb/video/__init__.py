"""Films in and out: their facts, frames and sound, and the scored film.

FFmpeg's libraries come with PyAV (and decord, where it is built); no ffmpeg program is called.
"""

from emsync_nb.video.decoding import iter_frames
from emsync_nb.video.decord_process import DecodeLimits
from emsync_nb.video.muxing import mux, scored_suffix
from emsync_nb.video.probing import MIN_DURATION_S, probe
from emsync_nb.video.sample_film import SampleFilm, make_sample_film
from emsync_nb.video.sound import FilmSound, iter_audio, read_audio

__all__ = [
    "MIN_DURATION_S",
    "DecodeLimits",
    "FilmSound",
    "SampleFilm",
    "iter_audio",
    "iter_frames",
    "make_sample_film",
    "mux",
    "probe",
    "read_audio",
    "scored_suffix",
]
