"""LIRIS-ACCEDE, discrete part: 9,800 excerpts of films, ranked by people for valence and arousal.

Baveye, Dellandréa, Chamaret & Chen 2015, "LIRIS-ACCEDE: A video database for affective content analysis", IEEE
Transactions on Affective Computing 6. The values that were fitted to the ranks lie on a scale from 1 to 5; here
(value − 3) / 2.

Layout::

    DIR/ACCEDEranking.txt   tabs: id, name, valenceRank, arousalRank, valenceValue, arousalValue, …
    DIR/ACCEDEsets.txt      tabs: id, name, set (0 test, 1 learning, 2 validation)
    DIR/features/           a file an excerpt, ACCEDE00000.npz …; `emsync train features` makes them of the videos

Both tables may lie in DIR/annotations too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from emsync_nb.training.emotion.clips import EmotionData, Row, Split, first_there, gathered
from emsync_nb.training.tables import Line, read_lines

_SETS: dict[str, Split] = {"0": "test", "1": "train", "2": "validation"}
#: middle and half the width of the scale
_MIDDLE, _HALF = 3.0, 2.0


def load_liris(folder: Path, on_progress: Callable[[float], None] = lambda share: None) -> EmotionData:
    """The excerpts of a folder in the layout above, valence and arousal in [-1, 1].

    Raises:
        DataError: another layout, a value outside of the scale, a damaged file, or too few excerpts.
    """
    ranking = first_there(folder, "ACCEDEranking.txt", "annotations/ACCEDEranking.txt")
    sets = first_there(folder, "ACCEDEsets.txt", "annotations/ACCEDEsets.txt")
    split_of = {line["id"]: line["set"] for line in read_lines(sets, ("id", "set"), delimiter="\t")}
    rows, skipped = [], []
    answers = ("valence", "arousal")
    columns = ("id", "name", "valenceValue", "arousalValue")
    for line in read_lines(ranking, columns, delimiter="\t"):
        split = _SETS.get(split_of.get(line["id"], ""))
        if split is None:
            skipped.append(f"{line['name']:.80}: in none of the sets 0, 1 and 2")
            continue
        rows.append(Row(line["name"], np.array([_value(line, f"{axis}Value") for axis in answers]), split))
    return gathered(
        "liris", "plane", answers, rows, folder / "features", skipped=skipped, on_progress=on_progress
    )


def _value(line: Line, column: str) -> float:
    """A value of the scale from 1 to 5, brought to [-1, 1]."""
    remedy = "that lies outside of LIRIS-ACCEDE's scale from 1 to 5, so fetch it again"
    return (line.number_in(column, _MIDDLE - _HALF, _MIDDLE + _HALF, remedy) - _MIDDLE) / _HALF
