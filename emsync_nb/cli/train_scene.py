"""`emsync train scene`: the head of the scene expert."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emsync_nb.cli.output import (
    JsonOption,
    checked_target,
    keep_apart,
    keep_out,
    keep_two,
    progress,
    say,
    write_json,
)
from emsync_nb.errors import WeightsError

if TYPE_CHECKING:
    from emsync_nb.analysis.scene_eyes import Eyes

HELP = """Fit the head of the scene expert on rated pictures, and say how well it does on pictures it has not seen.

--data is a CSV file with the columns file, valence_mean and arousal_mean (1 to 7), and theme if siblings are to be \
kept together. The pictures lie in --images, by default the folder beside it of the same name. Takes about three \
minutes of one core for five hundred pictures.

[bold]Examples[/bold]

  emsync train scene --data oasis_pixabay.csv --out scene.safetensors

  emsync train scene --data oasis_pixabay.csv --eyes clip --out ~/.cache/emsync_nb/models/scene-clip.safetensors
"""


class EyesChoice(str, Enum):  # noqa: UP042 - typer reads the values of plain str enums
    """Which networks describe the pictures."""

    MOBILENET = "mobilenet"
    CLIP = "clip"


def scene(
    data: Annotated[
        Path, typer.Option("--data", metavar="CSV", help="Ratings of pictures.", show_default=False)
    ],
    images: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the pictures.", show_default=False)
    ] = None,
    eyes: Annotated[
        EyesChoice, typer.Option(help="Networks that describe the pictures.")
    ] = EyesChoice.MOBILENET,
    out: Annotated[Path, typer.Option(help="Head to write.", callback=checked_target)] = Path(
        "scene.safetensors"
    ),
    json_file: JsonOption = None,
) -> None:
    """Fit and cross-validate the head."""
    from emsync_nb.analysis.scene_head import save
    from emsync_nb.training.emotion.rated_pictures import read_rated_pictures
    from emsync_nb.training.emotion.scene_fit import cross_validate, facts_of, ready_head, see_pictures

    folder = data.with_suffix("") if images is None else images
    keep_two(json_file, out, "--out")
    for target in (out, json_file):
        keep_apart(target, data)
        keep_out(target, folder)
    pictures = read_rated_pictures(data, folder)
    opened = _opened(eyes)
    with progress() as bars:
        seen = see_pictures(pictures, opened, lambda share: bars.stage("looking", share))
    scores = cross_validate(seen, opened)
    save(ready_head(seen, opened, scores), out, facts_of(data, scores))
    write_json(scores, json_file)
    for name, value in scores.items():
        say(f"{name:24} {value:.3f}", json_file)


def _opened(eyes: EyesChoice) -> Eyes:
    from emsync_nb.analysis.expert import Unavailable
    from emsync_nb.analysis.scene_eyes import ClipEyes, MobileNetEyes

    try:
        return ClipEyes() if eyes is EyesChoice.CLIP else MobileNetEyes()
    except Unavailable as reason:
        raise WeightsError(f"The pictures cannot be described: {reason}") from reason
