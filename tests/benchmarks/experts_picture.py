"""What the experts make of a film, with stills. `python -m tests.benchmarks.experts_picture [FILM …]`.

Without films: of the sample film, into docs/images/experts.png; else of each, into build/experts-NAME.png. All experts
that have their model files speak: those of EMSYNC_WEIGHTS, else of the data folder beside the checkout.
"""

from __future__ import annotations

import os
import sys
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


def draw(video: Path, title: str, path: Path) -> None:
    """Analyse a film and write the picture."""
    models = ROOT.parent / "shared" / "data" / "models"
    if models.is_dir():
        os.environ.setdefault("EMSYNC_WEIGHTS", str(models))
    analysis = analyze_film(video, fresh=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_png(experts_picture(analysis, stills_of(analysis.cues), title=title), path)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.FLOYDSTEINBERG)
    small.save(path, optimize=True)


if __name__ == "__main__":
    films = [Path(name) for name in sys.argv[1:]]
    for film in films:
        draw(film, film.stem, ROOT / "build" / f"experts-{film.stem}.png")
    if not films:
        with tempfile.TemporaryDirectory() as folder:
            draw(make_sample_film(Path(folder)).video, "The sample film", PICTURE)
