"""Model files: which there are, where they lie, under which licence, and how those of others are fetched."""

from emsync_nb.weights.catalogue import (
    CATALOGUE,
    CHECKPOINT_VARIABLE,
    FUSION,
    GENERATOR,
    SCENE_HEAD,
    SHIPPED,
    WORDS,
    ModelFile,
    entry,
    generator_checkpoint,
)
from emsync_nb.weights.fetching import fetch
from emsync_nb.weights.finding import (
    FOLDER_VARIABLE,
    damage_of,
    find,
    forget_checks,
    path_of,
    paths_of,
    places,
    remedy,
    sha256,
    user_folder,
    what_is_missing,
)

__all__ = [
    "CATALOGUE",
    "CHECKPOINT_VARIABLE",
    "FOLDER_VARIABLE",
    "FUSION",
    "GENERATOR",
    "SCENE_HEAD",
    "SHIPPED",
    "WORDS",
    "ModelFile",
    "damage_of",
    "entry",
    "fetch",
    "find",
    "forget_checks",
    "generator_checkpoint",
    "path_of",
    "paths_of",
    "places",
    "remedy",
    "sha256",
    "user_folder",
    "what_is_missing",
]
