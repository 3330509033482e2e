"""Boundaries on drawn films."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.shots import ShotDetector
from emsync_nb.domain import Boundary, Frame

if TYPE_CHECKING:
    from tests.analysis.conftest import Picture, Studio

Boundaries = Sequence[Boundary]


def find(studio: Studio, frames: Sequence[Frame], fps: Fraction | int = 25) -> Boundaries:
    detector = ShotDetector(Fraction(fps))
    for glance in studio.glances(frames):
        detector.see(glance)
    return detector.boundaries(frames[-1].time_s + Fraction(1) / fps)


def places(boundaries: Boundaries, fps: Fraction | int = 25) -> list[tuple[str, Fraction]]:
    return [(b.kind, b.time_s * fps) for b in boundaries]


def fade(studio: Studio, picture: Picture, shares: Sequence[float]) -> list[Picture]:
    return [studio.mixture(studio.flat(0), picture, share) for share in shares]


def test_cuts_carry_the_time_of_the_first_new_frame(studio: Studio) -> None:
    pictures = [studio.scene(0)] * 40 + [studio.scene(1)] * 33 + [studio.scene(2)] * 50
    assert places(find(studio, studio.film(pictures))) == [("cut", 40), ("cut", 73)]


def test_two_hundred_cuts_a_minute_are_all_found(studio: Studio) -> None:
    starts = [round(i * 7.5) for i in range(51)]
    pictures = [studio.scene(i) for i in range(50) for _ in range(starts[i + 1] - starts[i])]
    found = find(studio, studio.film(pictures))
    assert places(found) == [("cut", start) for start in starts[1:-1]]


def test_a_fade_through_black_lies_at_its_darkest_point(studio: Studio) -> None:
    down, up = np.linspace(1, 0, 13), np.linspace(0, 1, 13)
    pictures = [studio.scene(3)] * 50 + fade(studio, studio.scene(3), down)
    pictures += fade(studio, studio.scene(4), up) + [studio.scene(4)] * 50
    ((kind, place),) = places(find(studio, studio.film(pictures)))
    assert kind == "fade"
    assert abs(place - 63) <= 2


def test_black_at_either_end_is_no_boundary(studio: Studio) -> None:
    up = fade(studio, studio.scene(3), np.linspace(0, 1, 40))
    pictures = [studio.flat(0)] * 30 + up + [studio.scene(3)] * 50 + up[::-1] + [studio.flat(0)] * 30
    assert find(studio, studio.film(pictures)) == ()


@pytest.mark.parametrize("length", [16, 25, 50])
def test_a_dissolve_lies_in_its_middle(studio: Studio, length: int) -> None:
    shares = np.linspace(0, 1, length)
    pictures = [studio.scene(5)] * 80
    pictures += [studio.mixture(studio.scene(5), studio.scene(6), share) for share in shares]
    pictures += [studio.scene(6)] * 80
    ((kind, place),) = places(find(studio, studio.film(pictures)))
    assert kind == "dissolve"
    assert abs(place - (80 + length / 2)) <= 5


@pytest.mark.parametrize("levels", [(1.0,), (1.0, 1.0), (1.0, 0.7, 0.4, 0.2)])
def test_a_flash_of_lightning_is_no_cut(studio: Studio, levels: tuple[float, ...]) -> None:
    night = studio.mixture(studio.flat(0), studio.scene(7), 0.4)
    flash = [studio.mixture(night, studio.flat(255), share) for share in levels]
    assert find(studio, studio.film([night] * 40 + flash + [night] * 40)) == ()


def test_a_light_switched_on_is_no_cut(studio: Studio) -> None:
    dim = studio.mixture(studio.flat(0), studio.scene(7), 0.3)
    assert find(studio, studio.film([dim] * 40 + [studio.scene(7)] * 40)) == ()


def test_a_fast_pan_is_no_cut(studio: Studio) -> None:
    wide = np.hstack([studio.scene(seed) for seed in range(8)])
    pictures = [np.ascontiguousarray(wide[:, 12 * i : 12 * i + 128]) for i in range(70)]
    assert find(studio, studio.film(pictures)) == ()


def test_a_slow_sunrise_is_no_dissolve(studio: Studio) -> None:
    landscape = studio.scene(8)
    pictures = [studio.mixture(landscape // 3, landscape, i / 99) for i in range(100)]
    assert find(studio, studio.film(pictures)) == ()


def test_a_title_that_appears_is_no_dissolve(studio: Studio) -> None:
    titled = studio.scene(9).copy()
    titled[25:45, 30:100] = 255
    shares = np.linspace(0, 1, 25)
    pictures = [studio.mixture(studio.scene(9), titled, share) for share in shares]
    assert find(studio, studio.film([studio.scene(9)] * 40 + pictures + [titled] * 40)) == ()


def test_grain_and_stillness_make_no_boundaries(studio: Studio) -> None:
    rng = np.random.default_rng(1)
    grain = rng.integers(0, 12, (100, *studio.flat(0).shape), dtype=np.uint8)
    assert find(studio, studio.film([studio.scene(3) // 2 + noise for noise in grain])) == ()


def test_a_cut_blended_over_two_frames_is_one_cut(studio: Studio) -> None:
    old, new = studio.scene(10), studio.scene(11)
    pictures = [old] * 40 + [studio.mixture(old, new, 0.5)] + [new] * 40
    ((kind, place),) = places(find(studio, studio.film(pictures)))
    assert kind == "cut"
    assert place in (40, 41)


def test_nothing_is_reported_within_the_margins(studio: Studio) -> None:
    pictures = [studio.scene(0)] * 5 + [studio.scene(1)] * 60 + [studio.scene(2)] * 3
    assert find(studio, studio.film(pictures)) == ()


@pytest.mark.parametrize(
    "fps", [Fraction(1), Fraction(10), Fraction(24000, 1001), Fraction(60), Fraction(120)]
)
def test_cut_times_are_exact_at_any_rate(studio: Studio, fps: Fraction) -> None:
    half = round(4 * fps)
    frames = studio.film([studio.scene(0)] * half + [studio.scene(1)] * half, fps)
    (boundary,) = find(studio, frames, fps)
    assert boundary.time_s == half / fps


def test_pictures_repeated_to_reach_a_high_rate_make_no_cuts(studio: Studio) -> None:
    wide = np.hstack([studio.scene(seed) for seed in range(4)])
    pictures = [np.ascontiguousarray(wide[:, 8 * (i // 5) : 8 * (i // 5) + 128]) for i in range(200)]
    assert find(studio, studio.film(pictures, 120), 120) == ()


def test_variable_frame_rate_keeps_each_frames_own_time(studio: Studio) -> None:
    times = [Fraction(i, 30) + Fraction(i % 3, 100) for i in range(60)]
    pictures = [studio.scene(0)] * 31 + [studio.scene(1)] * 29
    frames = [Frame(i, t, picture) for i, (t, picture) in enumerate(zip(times, pictures, strict=True))]
    (boundary,) = find(studio, frames, 30)
    assert boundary.time_s == times[31]


def test_no_two_boundaries_share_a_strength_and_equal_cuts_differ_by_a_hair(studio: Studio) -> None:
    pictures = ([studio.scene(0)] * 25 + [studio.scene(1)] * 25) * 4
    strengths = [boundary.strength for boundary in find(studio, studio.film(pictures))]
    assert len(strengths) == 7
    assert len(set(strengths)) == 7
    assert max(strengths) - min(strengths) < 0.001


def test_a_greater_change_is_stronger(studio: Studio) -> None:
    same_colours = studio.scene(0)[:, ::-1]
    pictures = [studio.scene(0)] * 40 + [same_colours] * 40 + [255 - studio.scene(0)] * 40
    weak, strong = find(studio, studio.film(pictures))
    assert weak.strength < strong.strength


def test_frames_are_let_go_as_soon_as_they_were_seen(studio: Studio) -> None:
    detector, seen = ShotDetector(Fraction(25)), []
    for number in range(60):
        # a fade and cuts, so that every detector keeps what it keeps
        picture = studio.scene(number // 20) if number > 20 else studio.flat(number * 5)
        detector.see(Glance.of(Frame(number, Fraction(number, 25), picture)))
        seen.append(weakref.ref(picture))
        del picture
    assert not [reference for reference in seen if reference() is not None]
