"""Sound on disk, and sounds made of sounds: whole, in order, without a name, whatever the blocks are."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from emsync_nb.domain import AudioClip, Sound
from emsync_nb.rendering import Metered, Scaled, Tape, Watched, span
from emsync_nb.rendering.effects import with_neighbours

RATE = 48_000
CHANNELS = st.sampled_from([1, 2])


def ramp(frames: int, channels: int = 2) -> NDArray[np.float32]:
    return np.arange(channels * frames, dtype=np.float32).reshape(channels, frames)


def joined(sound: Sound, size: int) -> NDArray[np.float32]:
    return np.concatenate([np.zeros((sound.channels, 0), np.float32), *sound.blocks(size)], axis=1)


@given(st.lists(st.integers(0, 50), max_size=8), st.integers(1, 70), CHANNELS)
def test_a_tape_gives_what_was_written(lengths: list[int], size: int, channels: int) -> None:
    samples = ramp(sum(lengths), channels)
    with Tape(None, RATE, channels) as tape:
        for end, length in zip(np.cumsum(lengths, dtype=int), lengths, strict=True):
            tape.append(samples[:, end - length : end])
        assert (tape.rate, tape.channels, tape.frames) == (RATE, channels, sum(lengths))
        for _ in range(2):
            np.testing.assert_array_equal(joined(tape, size), samples)
        assert [block.shape[1] for block in tape.blocks(size)][:-1] == [size] * ((tape.frames - 1) // size)


def test_two_read_a_tape_while_it_grows() -> None:
    samples = ramp(40)
    with Tape(None, RATE, 2) as tape:
        tape.append(samples[:, :30])
        early, late = tape.blocks(10), tape.blocks(10)
        np.testing.assert_array_equal(next(early), samples[:, :10])
        tape.append(samples[:, 30:])
        np.testing.assert_array_equal(next(late), samples[:, :10])
        np.testing.assert_array_equal(next(early), samples[:, 10:20])
        np.testing.assert_array_equal(joined(tape, 64), samples)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the name while the file is open")
def test_a_tape_leaves_no_name(tmp_path: Path) -> None:
    with Tape(tmp_path, RATE, 2) as tape:
        tape.record(AudioClip(ramp(100), RATE))
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_the_systems_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full").open("r+b", buffering=0)  # noqa: SIM115 - the tape closes it
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: full)
    with pytest.raises(OSError, match="No space left") as raised, Tape(None, RATE, 2) as tape:
        tape.append(ramp(100))
    assert raised.value.errno == errno.ENOSPC
    assert full.closed


def test_a_block_of_other_channels_is_refused() -> None:
    with Tape(None, RATE, 2) as tape, pytest.raises(ValueError, match="2 channels"):
        tape.append(ramp(10, channels=1))


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_a_clip_is_a_sound(size: int) -> None:
    clip = AudioClip(ramp(100), RATE)
    assert (clip.channels, clip.frames) == (2, 100)
    np.testing.assert_array_equal(joined(clip, size), clip.samples)
    np.testing.assert_array_equal(AudioClip.of(clip).samples, clip.samples)


def test_effects_leave_the_length_and_tell_what_passes() -> None:
    shares: list[float] = []
    metered = Metered(Scaled(AudioClip(-ramp(100), RATE), 0.5))
    np.testing.assert_array_equal(joined(metered, 30), ramp(100) * -0.5)
    assert metered.peak == 99.5
    for _ in Watched(metered, span(shares.append, 0.5, 1)).blocks(25):
        pass
    assert shares == [0.625, 0.75, 0.875, 1.0]


@given(st.lists(st.integers(0, 20), max_size=12), st.integers(1, 40))
def test_neighbours_are_those_of_the_whole(lengths: list[int], reach: int) -> None:
    whole = ramp(sum(lengths))

    def blocks() -> Iterator[NDArray[np.float32]]:
        yield from np.split(whole, np.cumsum(lengths, dtype=int)[:-1], axis=1) if lengths else ()

    at = 0
    for known, place in with_neighbours(blocks(), reach):
        end = at + place.stop - place.start
        np.testing.assert_array_equal(known, whole[:, max(0, at - reach) : end + reach])
        np.testing.assert_array_equal(known[:, place], whole[:, at:end])
        at = end
    assert at == whole.shape[1]
