"""`emsync train attention`: the layers that join the experts of emotion."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emsync_nb.cli.output import JsonOption, checked_target, keep_apart, keep_two, progress, say, write_json
from emsync_nb.errors import WeightsError

HELP = """Train the attention over the experts on pseudo-films, and say what it is worth on others.

Films are composed of photographs with ratings (--images), sentences with labels (--text, the part of GoEmotions that \
the words' layer was not trained on) and music that emsync composes and labels itself. Takes about ten minutes on two \
cores beside other work.

[bold]Example[/bold]

  emsync train attention --images oasis_pixabay.csv --text goemotions/original/test.tsv --out fusion.safetensors
"""
#: pieces of music, and the seed they are composed by
_PIECES, _SEED = 320, 1


def attention(
    images: Annotated[Path, typer.Option(metavar="CSV", help="Ratings of pictures.", show_default=False)],
    text: Annotated[Path, typer.Option(metavar="TSV", help="Sentences with labels.", show_default=False)],
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the pictures.", show_default=False)
    ] = None,
    out: Annotated[Path, typer.Option(help="File to write.", callback=checked_target)] = Path(
        "fusion.safetensors"
    ),
    json_file: JsonOption = None,
) -> None:
    """Train and compare."""
    from emsync_nb.analysis.attention import save_attention
    from emsync_nb.analysis.expert import Unavailable
    from emsync_nb.analysis.scene_eyes import MobileNetEyes
    from emsync_nb.training.emotion.attention_run import material, train
    from emsync_nb.training.emotion.music_bank import music_of_known_emotion

    keep_two(json_file, out, "--out")
    for target in (out, json_file):
        keep_apart(target, images)
        keep_apart(target, text)
    try:
        eyes = MobileNetEyes()
    except Unavailable as reason:
        raise WeightsError(f"The pictures cannot be described: {reason}") from reason
    with progress() as bars:
        music = music_of_known_emotion(_PIECES, _SEED)
        pictures = images.with_suffix("") if folder is None else folder
        learn, examine = material(images, pictures, text, music, eyes, bars.stage)
        outcome = train(learn, examine, bars.stage)
    save_attention(outcome.tensors, out, "OASIS (Pixabay), GoEmotions, music composed by emsync_nb")
    write_json(outcome.facts(), json_file)
    for line in outcome.table().split("\n"):
        say(line, json_file)
    worth = "is" if outcome.is_worth_it else "is not"
    say(f"fused {worth} better than each expert, and no worse than one that is alone", json_file)
