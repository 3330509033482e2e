"""Pictures of a film's emotion and of the music that follows it (matplotlib).

Every plot takes axes, draws into them and returns them. Nothing here touches pyplot, so figures can be made
in any thread.
"""

from emsync_nb.figures.boundaries import plot_boundaries
from emsync_nb.figures.collection import collection_picture
from emsync_nb.figures.emotion import plot_circumplex, plot_emotion
from emsync_nb.figures.experts import experts_picture, plot_classes, plot_fused, plot_opinion
from emsync_nb.figures.generator import generator_picture
from emsync_nb.figures.labels import label_picture, plot_labels
from emsync_nb.figures.music import plot_piano_roll, plot_tempo
from emsync_nb.figures.picture import save_png, score_picture
from emsync_nb.figures.stills import Still, plot_stills, still_spans

__all__ = [
    "Still",
    "collection_picture",
    "experts_picture",
    "generator_picture",
    "label_picture",
    "plot_boundaries",
    "plot_circumplex",
    "plot_classes",
    "plot_emotion",
    "plot_fused",
    "plot_labels",
    "plot_opinion",
    "plot_piano_roll",
    "plot_stills",
    "plot_tempo",
    "save_png",
    "score_picture",
    "still_spans",
]
