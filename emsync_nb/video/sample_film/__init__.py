"""A film of our own making, so that everything can be tried without one: painted and played by this code."""

from emsync_nb.video.sample_film.writing import SampleFilm, make_sample_film

__all__ = ["SampleFilm", "make_sample_film"]
