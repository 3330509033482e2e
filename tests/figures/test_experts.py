"""The picture of the experts: it holds what they said, and words only where there is room."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from emsync_nb.analysis import EKMAN, Analysis, Evidence, ExpertReport, Opinion, joined
from emsync_nb.domain import Boundary, VideoInfo
from emsync_nb.figures import (
    Still,
    experts_picture,
    plot_classes,
    plot_fused,
    plot_opinion,
    plot_stills,
    save_png,
    still_spans,
)
from emsync_nb.figures.evidence_labels import placed, shortened
from emsync_nb.figures.experts import CLASSES

AT_S = np.arange(0, 20, 0.25)
CUTS = (Boundary(Fraction(5), "cut", 0.9), Boundary(Fraction(12), "fade", 0.4))


def _opinion(name: str, value: float, trust: float, *evidence: Evidence) -> Opinion:
    whole = np.ones_like(AT_S)
    return Opinion(name, AT_S, value * whole, -value * whole, trust * whole, trust * whole, evidence=evidence)


@pytest.fixture
def analysis() -> Analysis:
    """Two experts who speak, one who trusts nothing that it found, one who is missing."""
    film = VideoInfo(Path("f.mp4"), Fraction(20), Fraction(25), 640, 360, 0, has_audio=True, codec="h264")
    voices = (
        _opinion("timid", -0.5, 0.1),
        _opinion("sure", 0.5, 0.4, Evidence(3.0, "a dog 0.81")),
        _opinion("lost", 0.9, 0.0),
    )
    reports = (
        ExpertReport("timid", True, 0.1, ""),
        ExpertReport("sure", True, 0.1, ""),
        ExpertReport("lost", True, 0.1, "one face, turned away"),
        ExpertReport("faces", False, 0.0, "no face was found"),
    )
    return joined(film, CUTS, reports, voices, None)


def _words(figure: Figure) -> set[str]:
    return {text.get_text() for place in (figure, *figure.axes) for text in place.texts}


def test_the_classes_are_the_experts() -> None:
    assert tuple(CLASSES) == EKMAN


def test_the_sheet_has_a_lane_for_each_voice_the_surest_first(analysis: Analysis, tmp_path: Path) -> None:
    stills = [Still(a, b, np.zeros((9, 16, 3), np.uint8)) for a, b in still_spans(CUTS, 20.0)]
    figure = experts_picture(analysis, stills, title="$1 film")
    names = [ax.get_ylabel() for ax in figure.axes]
    assert names == ["", "together", "emotions", "sure", "timid"]
    assert {"$1 film", "a dog 0.81", "nothing from faces: no face was found"} <= _words(figure)
    assert "nothing from lost: one face, turned away" in _words(figure)
    save_png(figure, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_an_edited_curve_and_a_film_without_experts_are_drawn_too(analysis: Analysis) -> None:
    bare = experts_picture(replace(analysis, fusion=None, opinions=(), experts=()))
    assert [ax.get_ylabel() for ax in bare.axes] == ["together"]


def test_bands_are_narrow_where_the_experts_are_sure(analysis: Analysis) -> None:
    curve = analysis.cues.curve
    confidence = np.where(AT_S < 10, 1.0, 0.5)
    ax = plot_fused(Figure().add_subplot(), curve, CUTS, confidence)
    heights = []
    for time_s in (2.0, 15.0):
        corners = ax.collections[0].get_paths()[0].vertices
        here = corners[np.isclose(corners[:, 0], time_s), 1]
        heights.append(here.max() - here.min())
    assert heights == pytest.approx([0.0, 0.5], abs=0.01)
    assert not plot_fused(Figure().add_subplot(), curve, CUTS).collections


def test_a_line_is_as_faint_as_its_expert_is_unsure() -> None:
    seen = []
    for trust in (0.0, 0.1, 0.5):
        ax = plot_opinion(Figure().add_subplot(), _opinion("one", 0.3, trust))
        lines = next(one for one in ax.collections if isinstance(one, LineCollection))
        seen.append(float(np.asarray(lines.get_colors())[0, 3]))
    assert seen[0] == 0
    assert seen[0] < seen[1] < seen[2]


def test_classes_are_named_where_they_are_likely() -> None:
    shares = np.tile([0.02, 0.02, 0.02, 0.9, 0.02, 0.02], (AT_S.size, 1))
    shares[:20] = [0.02, 0.02, 0.9, 0.02, 0.02, 0.02]
    ax = plot_classes(Figure().add_subplot(), AT_S, shares)
    at = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert set(at) == {"fear", "joy"}
    assert at["fear"] < 5 < at["joy"]


@pytest.mark.parametrize("cuts", [0, 1, 9, 4000])
def test_stills_cover_the_film_once(cuts: int) -> None:
    times = [Fraction(7200 * (k + 1), cuts + 1) for k in range(cuts)]
    spans = still_spans([Boundary(time_s, "cut", 0.5) for time_s in times], 7200.0)
    assert spans[0][0] == 0
    assert spans[-1][1] == 7200
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert 5 <= len(spans) <= 44
    assert min(end - start for start, end in spans) >= 7200 / 45


def test_stills_keep_their_shape_and_their_stretch() -> None:
    figure = Figure(figsize=(10, 2))
    ax = figure.add_axes((0, 0, 1, 0.5))  # 10 by 1 inches
    wide = np.zeros((90, 160, 3), np.uint8)
    plot_stills(ax, [Still(0, 10, wide), Still(10, 11, wide)], 20.0)
    whole, cropped = (image.get_extent() for image in ax.images)
    assert whole[1] - whole[0] == pytest.approx(20 / 10 * 16 / 9)  # seconds an inch, times its width
    assert (whole[0] + whole[1]) / 2 == 5
    assert 10 <= cropped[0] < cropped[1] <= 11


def test_words_are_shortened_before_they_are_left_out() -> None:
    quote = "“What a lovely day! Look how high it flies!” joy 0.57"
    assert shortened("stillness, 0.02 widths", 22) == "stillness, 0.02 widths"
    assert shortened("stillness, 0.02 widths", 12) == "stillness"
    assert shortened("stillness, 0.02 widths", 5) == ""
    short = shortened(quote, 24)
    assert short.startswith("“What a")
    assert short.endswith("…” joy 0.57")
    assert len(short) <= 24
    assert shortened(quote, 8) == ""


def test_words_do_not_overlap_nor_leave_the_film() -> None:
    evidence = [Evidence(k / 2, f"kind {k}, and more") for k in range(40)]
    found = list(placed(evidence, 5.0, 20.0))
    ends = [time_s + len(words) / 5 for time_s, words in found]
    assert len(found) > 5
    assert all(end < following for end, (following, _) in zip(ends, found[1:], strict=False))
    assert ends[-1] <= 20.2
    assert list(placed([Evidence(19.9, "too late to be told")], 5.0, 20.0)) == []
