"""docs/images/experts.png: what the experts make of the sample film. `python -m tests.benchmarks.experts_picture`.

All experts that have their model files speak: those of EMSYNC_WEIGHTS, else of the data folder beside the checkout.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from PIL import Image

from emsync_nb.figures import experts_picture, save_png
from emsync_nb.pipeline import analyze_film, stills_of
from emsync_nb.video import make_sample_film

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "images" / "experts.png"
#: colours that are kept: enough for stills, and a quarter of the bytes
_COLOURS = 192


def draw(path: Path) -> None:
    """Make the film, analyse it, write the picture."""
    models = ROOT.parent / "shared" / "data" / "models"
    if models.is_dir():
        os.environ.setdefault("EMSYNC_WEIGHTS", str(models))
    with tempfile.TemporaryDirectory() as folder:
        analysis = analyze_film(make_sample_film(Path(folder)).video, fresh=True)
        save_png(experts_picture(analysis, stills_of(analysis.cues), title="The sample film"), path)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.FLOYDSTEINBERG)
    small.save(path, optimize=True)


if __name__ == "__main__":
    draw(PICTURE)
