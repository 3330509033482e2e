"""Pictures of labels and of a corpus: what is drawn is what was given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from emsync_nb.figures import collection_picture, label_picture, plot_labels, save_png


def test_labels_are_steps_over_the_bars() -> None:
    ax = Figure().add_subplot()
    assert plot_labels(ax, [(0.5, -1.0), (-0.25, 1.0), (0.0, 0.0)]) is ax
    steps = [patch for patch in ax.patches if isinstance(patch, StepPatch)]
    assert {tuple(step.get_data().values) for step in steps} == {(0.5, -0.25, 0.0), (-1.0, 1.0, 0.0)}
    assert all(step.get_data().edges.tolist() == [0.5, 1.5, 2.5, 3.5] for step in steps)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["valence", "arousal"]


def test_a_title_with_dollars_is_no_formula(tmp_path: Path) -> None:
    save_png(label_picture([(0.1, 0.2)], title="$100 & $"), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 5000


def draw(labels: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Figure:
    return collection_picture(
        title="A corpus",
        hours={"lieder": 2.5},
        instruments={f"part {n}": 30 - n for n in range(30)},
        keys={"C major": 3},
        tempi=np.full(len(labels), 500.0),
        densities=np.full(len(labels), 3.0),
        labels=labels,
    )


def test_a_corpus_at_a_glance() -> None:
    figure = draw(np.zeros((4, 2)))
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == [
        "hours of music", "notes by part", "pieces by key",
        "bars by quarters a minute (240 and more in the last)", "bars by notes a second (40 and more in the last)",
        "bars by emotion (darker: more, logarithmic)",
    ]  # fmt: skip
    names = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert names == [f"part {n}" for n in range(24)]  # the longest rows
    # a tempo beyond the last edge is counted with the last bar
    assert [patch.get_height() for patch in figure.axes[3].patches][-1] == 4


@pytest.mark.parametrize("bars", [1, 1000])
def test_any_number_of_bars_can_be_drawn(bars: int, tmp_path: Path) -> None:
    save_png(draw(np.random.default_rng(1).uniform(-1, 1, (bars, 2))), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000
