from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emsync_nb.video import FilmSound, iter_audio, probe, read_audio

Film = Callable[[str], Path]
RATE = 48_000

#: film → when its click sounds, in seconds from the first frame. The "late picture" starts at 0.5 s.
CLICKS = {
    "click": 1.5,
    "late sound": 1.5,
    "late picture": 1.0,
    "matroska": 1.5,
    "quicktime": 1.5,
    "webm": 1.5,
}


def _onset_s(samples: np.ndarray, rate: int) -> float:
    return float(np.flatnonzero(np.abs(samples[0]) > 0.3)[0] / rate)


@pytest.mark.parametrize("name", CLICKS)
def test_sound_lies_under_its_frame(film: Film, name: str) -> None:
    clip = read_audio(probe(film(name)), rate=RATE, channels=2)
    assert clip is not None
    # AAC and Opus smear an onset over a few milliseconds.
    assert _onset_s(clip.samples, RATE) == pytest.approx(CLICKS[name], abs=0.005)


@pytest.mark.parametrize("name", CLICKS)
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_is_as_long_as_the_picture(film: Film, name: str, channels: int) -> None:
    info = probe(film(name))
    clip = read_audio(info, rate=22_050, channels=channels)
    assert clip is not None
    assert clip.rate == 22_050
    assert clip.samples.shape == (channels, round(info.duration_s * 22_050))


def test_mono_is_the_mean_of_the_channels(film: Film) -> None:
    info = probe(film("click"))
    mono, stereo = (read_audio(info, rate=RATE, channels=channels) for channels in (1, 2))
    assert mono is not None
    assert stereo is not None
    np.testing.assert_allclose(mono.samples[0], stereo.samples.mean(axis=0), atol=1e-6)


def test_sound_that_starts_late_follows_silence(film: Film) -> None:
    clip = read_audio(probe(film("late sound")), rate=RATE, channels=1)
    assert clip is not None
    assert not clip.samples[:, : int(0.97 * RATE)].any()


@pytest.mark.parametrize("name", ["click", "late sound"])
@pytest.mark.parametrize("block_s", [0.7, 60.0])
def test_blocks_join_to_the_whole(film: Film, name: str, block_s: float) -> None:
    info = probe(film(name))
    whole = read_audio(info, rate=22_050, channels=1)
    assert whole is not None
    blocks = list(iter_audio(info, block_s=block_s))
    assert all(block.samples.shape[1] == round(block_s * 22_050) for block in blocks[:-1])
    np.testing.assert_array_equal(np.concatenate([block.samples for block in blocks], axis=1), whole.samples)


@pytest.mark.parametrize("name", CLICKS)
@pytest.mark.parametrize("size", [999, 1 << 16])
def test_stereo_blocks_join_to_the_whole_each_time(film: Film, name: str, size: int) -> None:
    info = probe(film(name))
    whole = read_audio(info, rate=RATE, channels=2)
    assert whole is not None
    sound = FilmSound(info, rate=RATE, channels=2)
    assert (sound.rate, sound.channels, sound.frames) == (RATE, 2, whole.frames)
    for _ in range(2):
        blocks = list(sound.blocks(size))
        assert all(block.shape == (2, size) for block in blocks[:-1])
        np.testing.assert_array_equal(np.concatenate(blocks, axis=1), whole.samples)


def test_a_silent_film_has_no_sound(film: Film) -> None:
    info = probe(film("plain"))
    assert read_audio(info, rate=RATE, channels=1) is None
    assert list(iter_audio(info)) == []


@pytest.mark.parametrize(("rate", "channels"), [(0, 1), (RATE, 3)])
def test_impossible_requests_are_refused(film: Film, rate: int, channels: int) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        read_audio(probe(film("click")), rate=rate, channels=channels)
