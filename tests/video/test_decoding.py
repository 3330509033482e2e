from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import VideoInfo
from emsync_nb.errors import VideoError
from emsync_nb.extras import is_installed
from emsync_nb.video import DecodeLimits, decoding, iter_frames, probe
from emsync_nb.video.decord_process import DecordProcess
from emsync_nb.video.geometry import FrameSize

Film = Callable[[str], Path]
Reader = Callable[[NDArray[np.uint8]], int]

needs_decord = pytest.mark.skipif(not is_installed("decord"), reason="decord has no wheel for this machine")
needs_signals = pytest.mark.skipif(os.name != "posix", reason="children are stopped with POSIX signals here")
NAMES = (
    "plain",
    "variable rate",
    "turned 90",
    "turned 180",
    "turned 270",
    "wide pixels",
    "webm",
    "late picture",
)


@pytest.fixture
def without_decord(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "decord_suits", lambda info: False)


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Process ids of the children that decoding starts."""
    started: list[int] = []

    class Recorded(DecordProcess):
        def __init__(self, path: Path, size: FrameSize, limits: DecodeLimits) -> None:
            super().__init__(path, size, limits)
            started.append(self.pid)

    monkeypatch.setattr(decoding, "DecordProcess", Recorded)
    return started


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_every_frame_once_in_order(film: Film, number_of: Reader, name: str) -> None:
    frames = list(iter_frames(probe(film(name))))
    assert [frame.index for frame in frames] == list(range(75))
    assert [number_of(frame.rgb) for frame in frames] == list(range(75))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("without_decord")
def test_every_frame_once_in_order_with_pyav(film: Film, number_of: Reader, name: str) -> None:
    frames = list(iter_frames(probe(film(name))))
    assert [number_of(frame.rgb) for frame in frames] == list(range(75))


@needs_decord
@pytest.mark.parametrize("name", [name for name in NAMES if "turned" not in name])
def test_decord_and_pyav_agree(film: Film, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    info = probe(film(name))
    notices: list[str] = []
    fast = list(iter_frames(info, long_side=100, on_notice=notices.append))
    assert not notices
    monkeypatch.setattr(decoding, "decord_suits", lambda info: False)
    slow = list(iter_frames(info, long_side=100))
    assert [frame.time_s for frame in fast] == [frame.time_s for frame in slow]
    assert max(np.abs(a.rgb.astype(int) - b.rgb).mean() for a, b in zip(fast, slow, strict=True)) < 2


def test_variable_frame_rate_has_exact_times(film: Film) -> None:
    times = [frame.time_s for frame in iter_frames(probe(film("variable rate")))]
    expected = [Fraction(n, 25) if n < 40 else Fraction(40, 25) + Fraction(n - 40, 10) for n in range(75)]
    assert times == expected


def test_times_count_from_the_first_frame(film: Film) -> None:
    times = [frame.time_s for frame in iter_frames(probe(film("late picture")))]
    assert times == [Fraction(n, 25) for n in range(75)]


#: film, long_side → (height, width)
SIZES = (
    ("plain", 256, (120, 160)),
    ("plain", 80, (60, 80)),
    ("turned 90", 80, (80, 60)),
    ("wide pixels", 160, (60, 160)),
)


@pytest.mark.parametrize(("name", "long_side", "expected"), SIZES)
def test_frames_are_brought_down_never_up(
    film: Film, name: str, long_side: int, expected: tuple[int, int]
) -> None:
    frame = next(iter_frames(probe(film(name)), long_side=long_side))
    assert frame.rgb.shape == (*expected, 3)
    assert frame.rgb.dtype == np.uint8


@needs_decord
@needs_signals
@pytest.mark.parametrize(
    ("blow", "reason"),
    [(signal.SIGKILL, "signal 9"), (signal.SIGSTOP, "made no progress")],
    ids=["crash", "hang"],
)
def test_pyav_carries_on_where_the_child_fails(
    film: Film, children: list[int], number_of: Reader, blow: signal.Signals, reason: str
) -> None:
    notices: list[str] = []
    limits = DecodeLimits(stall_s=1.0)
    numbers: list[int] = []
    times: list[Fraction] = []
    for frame in iter_frames(probe(film("plain")), limits=limits, on_notice=notices.append):
        numbers.append(number_of(frame.rgb))
        times.append(frame.time_s)
        if frame.index == 10:
            os.kill(children[0], blow)
    assert numbers == list(range(75))
    assert times == [Fraction(n, 25) for n in range(75)]
    assert len(notices) == 1
    assert reason in notices[0]
    assert not _is_alive(children[0])


@needs_decord
def test_a_child_without_memory_is_replaced(film: Film, number_of: Reader) -> None:
    notices: list[str] = []
    limits = DecodeLimits(memory_bytes=1 << 20)
    frames = list(iter_frames(probe(film("plain")), limits=limits, on_notice=notices.append))
    assert [number_of(frame.rgb) for frame in frames] == list(range(75))
    assert "gave up at the start" in notices[0]


@needs_decord
def test_a_wrong_count_goes_to_pyav(film: Film, monkeypatch: pytest.MonkeyPatch, number_of: Reader) -> None:
    monkeypatch.setattr(decoding, "frame_times", lambda path: (Fraction(0), Fraction(1, 25)))
    notices: list[str] = []
    frames = list(iter_frames(probe(film("plain")), on_notice=notices.append))
    assert [number_of(frame.rgb) for frame in frames] == list(range(75))
    assert "counts 75 frames where the file lists 2" in notices[0]


@needs_decord
@needs_signals
def test_closing_early_leaves_no_child(film: Film, children: list[int]) -> None:
    frames = decoding.iter_frames(probe(film("plain")))
    next(frames)
    assert _is_alive(children[0])
    frames.close()  # type: ignore[attr-defined] # iter_frames is a generator
    assert not _is_alive(children[0])


@needs_decord
@needs_signals
def test_an_interrupt_leaves_no_child(film: Film, children: list[int]) -> None:
    def interrupted() -> None:
        for _ in iter_frames(probe(film("plain"))):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        interrupted()
    # The traceback holds the generator; once it is dropped, the child is gone.
    del caught
    deadline = time.monotonic() + 10
    while _is_alive(children[0]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_alive(children[0])


def _cut_off(source: Path, target: Path, share: float) -> VideoInfo:
    """A copy that breaks off after a share of its bytes, with the facts of the whole."""
    shutil.copy(source, target)
    os.truncate(target, int(source.stat().st_size * share))
    return probe(target)


def test_a_cut_off_film_gives_what_is_there(film: Film, tmp_path: Path, number_of: Reader) -> None:
    info = _cut_off(film("matroska"), tmp_path / "cut.mkv", 0.4)
    notices: list[str] = []
    numbers = [number_of(frame.rgb) for frame in iter_frames(info, on_notice=notices.append)]
    assert 5 < len(numbers) < 60
    # The frames around the break may be lost or damaged; those before are whole and in order.
    assert numbers[: len(numbers) - 5] == list(range(len(numbers) - 5))
    assert any("What could be read is used" in notice for notice in notices)


def test_nothing_decodable_is_an_error(film: Film, tmp_path: Path) -> None:
    whole = film("matroska")
    info = probe(whole)
    damaged = tmp_path / "damaged.mkv"
    content = bytearray(whole.read_bytes())
    content[1500:] = bytes(len(content) - 1500)
    damaged.write_bytes(content)
    broken = VideoInfo(damaged, *(getattr(info, name) for name in VideoInfo.__slots__[1:]))
    with pytest.raises(VideoError):
        list(iter_frames(broken))


@pytest.mark.data
def test_real_clips_decode_whole(clips: Path) -> None:
    notices: list[str] = []
    counts = {
        path.name: sum(1 for _ in iter_frames(probe(path), long_side=128, on_notice=notices.append))
        for path in (clips / "bikes.mp4", clips / "big-buck-bunny_trailer.webm")
    }
    assert counts == {"bikes.mp4": 250, "big-buck-bunny_trailer.webm": 813}
    assert not notices
