"""Figures show what they are given, touch no global state and can be made in any thread."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.image import imread

from emsync_nb.errors import OutputError
from emsync_nb.figures import (
    plot_boundaries,
    plot_circumplex,
    plot_emotion,
    plot_piano_roll,
    plot_tempo,
    save_png,
    score_picture,
)

if TYPE_CHECKING:
    from conftest import Film


@pytest.fixture
def ax() -> Axes:
    """Empty axes."""
    return Figure().add_subplot()


def test_emotion_is_drawn_as_it_is(ax: Axes, film: Film) -> None:
    plan = film.plan
    assert plot_emotion(ax, plan.curve, plan.boundaries, plan.sections, plan.tempo_map) is ax
    drawn = {line.get_label(): line for line in ax.lines}
    assert np.array_equal(drawn["valence"].get_ydata(), plan.curve.valence)
    assert np.array_equal(drawn["arousal"].get_xdata(), plan.curve.times_s)
    words = {text.get_text() for text in ax.texts}
    assert {"Dawn", "Home", "F major", "A minor"} <= words


def test_hits_are_filled_and_other_boundaries_are_not(ax: Axes, film: Film) -> None:
    plan = film.plan
    plot_boundaries(ax, plan.boundaries, plan.hits, float(plan.duration_s))
    points = [line for line in ax.lines if len(line.get_xdata()) == 1]
    filled = {line.get_xdata()[0] for line in points if line.get_markerfacecolor() == line.get_color()}
    assert len(points) == len(plan.boundaries)
    assert filled == {float(hit.boundary.time_s) for hit in plan.hits}


def test_the_piano_roll_holds_every_note_in_seconds(ax: Axes, film: Film) -> None:
    plot_piano_roll(ax, film.score)
    boxes = {c.get_label(): c.get_paths() for c in ax.collections if isinstance(c, PolyCollection)}
    assert {name: len(paths) for name, paths in boxes.items()} == {
        track.name: len(track.notes) for track in film.score.tracks
    }
    cello = next(track for track in film.score.tracks if track.name == "Cello")
    for note, path in zip(cello.notes, boxes["Cello"], strict=True):
        left, right = path.vertices[:, 0].min(), path.vertices[:, 0].max()
        assert left == pytest.approx(float(film.score.tempo_map.seconds(note.start_beat)))
        assert right == pytest.approx(float(film.score.tempo_map.seconds(note.end_beat)))
        assert path.vertices[:4, 1].mean() == pytest.approx(note.pitch)


def test_tempo_steps_where_it_changes(ax: Axes, film: Film) -> None:
    tempo_map = film.plan.tempo_map
    plot_tempo(ax, tempo_map, float(film.plan.duration_s))
    (line,) = ax.lines
    times_s = [float(tempo_map.seconds(change.beat)) for change in tempo_map.changes]
    assert list(line.get_xdata()) == [*times_s, float(film.plan.duration_s)]
    assert line.get_drawstyle() == "steps-post"


def test_the_circumplex_path_begins_and_ends_with_the_film(ax: Axes, film: Film) -> None:
    curve = film.plan.curve
    plot_circumplex(ax, curve)
    path = np.asarray(ax.collections[0].get_offsets())
    assert path[0] == pytest.approx((curve.valence[0], curve.arousal[0]))
    assert path[-1] == pytest.approx((curve.valence[-1], curve.arousal[-1]))


def test_the_picture_shares_one_time_axis(film: Film) -> None:
    figure = score_picture(film.plan, film.score, title="The Long Way Home")
    timed = [axes for axes in figure.axes if axes.get_xlim() == (0.0, float(film.plan.duration_s))]
    assert [axes.get_ylabel() for axes in timed] == ["emotion", "cuts", "bpm", "notes"]
    assert "The Long Way Home" in {text.get_text() for text in figure.texts}


def test_pictures_can_be_made_in_threads(film: Film, tmp_path: Path) -> None:
    def make(number: int) -> Path:
        path = tmp_path / f"{number}.png"
        save_png(score_picture(film.plan, film.score), path)
        return path

    with ThreadPoolExecutor(2) as pool:
        first, second = (imread(path) for path in pool.map(make, range(2)))
    assert first.shape == (1230, 1950, 4)
    assert np.array_equal(first, second)


def test_pyplot_stays_out() -> None:
    code = (
        "import sys, emsync_nb.figures as f; assert not any(m.startswith('matplotlib') for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_folder_is_named(film: Film, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no-such-folder"):
        save_png(Figure(), tmp_path / "no-such-folder" / "x.png")
