from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.domain import BLOCK, AudioClip
from emsync_nb.errors import OutputError
from emsync_nb.video import iter_frames, mux, probe, read_audio, scored_suffix

Film = Callable[[str], Path]
Reader = Callable[[NDArray[np.uint8]], int]
RATE = 44_100

#: film → suffix of the scored film
FILMS = {
    "plain": ".mp4",
    "click": ".mp4",
    "turned 90": ".mp4",
    "turned 180": ".mkv",
    "variable rate": ".mp4",
    "late picture": ".mkv",
    "matroska": ".mkv",
    "quicktime": ".mov",
    "webm": ".webm",
    "sixty": ".mkv",
}


def _sound(seconds: float, channels: int = 2) -> AudioClip:
    """Silence with a click at 1.2 s."""
    samples = np.zeros((channels, round(seconds * RATE)), dtype=np.float32)
    samples[:, int(1.2 * RATE) : int(1.21 * RATE)] = 0.8
    return AudioClip(samples, RATE)


def _packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("name", FILMS)
def test_picture_is_copied_byte_for_byte(film: Film, tmp_path: Path, number_of: Reader, name: str) -> None:
    source, out = film(name), tmp_path / f"scored{FILMS[name]}"
    mux(probe(source), _sound(3), out)
    assert _packets(out) == _packets(source)
    assert [number_of(frame.rgb) for frame in iter_frames(probe(out))] == [
        number_of(frame.rgb) for frame in iter_frames(probe(source))
    ]


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize("seconds", [1.5, 3.0, 9.0])
def test_scored_film_is_as_long_as_the_film(film: Film, tmp_path: Path, name: str, seconds: float) -> None:
    info, out = probe(film(name)), tmp_path / f"scored{FILMS[name]}"
    mux(info, _sound(seconds), out)
    with av.open(str(out)) as container:
        length_s = container.duration / 1_000_000
    # The film's own length, where the container counts from before a late first frame.
    own_s = float(max(frame.time_s for frame in iter_frames(info)) + 1 / info.fps)
    assert min(abs(length_s - float(info.duration_s)), abs(length_s - own_s)) <= info.frame_s


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_starts_with_the_picture(film: Film, tmp_path: Path, name: str, channels: int) -> None:
    out = tmp_path / f"scored{FILMS[name]}"
    mux(probe(film(name)), _sound(3, channels), out)
    clip = read_audio(probe(out), rate=RATE, channels=channels)
    assert clip is not None
    assert np.flatnonzero(np.abs(clip.samples[0]) > 0.3)[0] / RATE == pytest.approx(1.2, abs=0.005)


class _Stream:
    """A sound that is nowhere as a whole, and shorter than the film."""

    rate, channels, frames = RATE, 2, 2 * RATE

    def blocks(self, size: int = BLOCK) -> Iterator[NDArray[np.float32]]:
        return _sound(2).blocks(size)


@pytest.mark.parametrize("name", ["plain", "webm"])
def test_sound_is_taken_block_by_block(film: Film, tmp_path: Path, name: str) -> None:
    clip, stream = (tmp_path / f"{kind}{FILMS[name]}" for kind in ("clip", "stream"))
    mux(probe(film(name)), _sound(2), clip)
    mux(probe(film(name)), _Stream(), stream)
    sounds = [read_audio(probe(out), rate=RATE, channels=2) for out in (clip, stream)]
    assert sounds[0] is not None and sounds[1] is not None
    np.testing.assert_array_equal(sounds[0].samples, sounds[1].samples)


@pytest.mark.parametrize("name", ["turned 90", "turned 180", "turned 270"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_rotation_survives(film: Film, tmp_path: Path, name: str, suffix: str) -> None:
    info, out = probe(film(name)), tmp_path / f"scored{suffix}"
    mux(info, _sound(3), out)
    scored = probe(out)
    assert (scored.rotation, scored.width, scored.height) == (info.rotation, info.width, info.height)


def test_old_sound_is_replaced(film: Film, tmp_path: Path) -> None:
    out = tmp_path / "scored.webm"
    mux(probe(film("webm")), _sound(3), out)
    with av.open(str(out)) as container:
        assert [(stream.type, stream.codec_context.codec.canonical_name) for stream in container.streams] == [
            ("video", "vp9"),
            ("audio", "opus"),
        ]


#: suffix of the source, codec → suffix of the scored film
SUFFIXES = (
    (".mp4", "h264", ".mp4"),
    (".M4V", "h264", ".mp4"),
    (".mov", "prores", ".mov"),
    (".mkv", "h264", ".mkv"),
    (".webm", "vp9", ".webm"),
    (".webm", "h264", ".mkv"),
    (".avi", "mpeg4", ".mp4"),
    (".ogv", "theora", ".mkv"),
    (".ivf", "vp8", ".webm"),
)


@pytest.mark.parametrize(("suffix", "codec", "expected"), SUFFIXES)
def test_suffix_fits_codec_and_source(film: Film, suffix: str, codec: str, expected: str) -> None:
    info = replace(probe(film("plain")), path=Path(f"film{suffix}"), codec=codec)
    assert scored_suffix(info) == expected


#: what is wrong → name of the output, and words of the line
REFUSED = {
    "unknown suffix": ("scored.txt", "does not end like a film"),
    "no folder": ("missing/scored.mp4", "cannot be written"),
    "codec does not fit": ("scored.webm", "Use .mkv|use .mkv"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_cannot_be_written_is_said(film: Film, tmp_path: Path, fault: str) -> None:
    name, words = REFUSED[fault]
    with pytest.raises(OutputError, match=words):
        mux(probe(film("plain")), _sound(3), tmp_path / name)


def test_the_film_itself_is_never_overwritten(film: Film) -> None:
    info = probe(film("plain"))
    before = info.path.read_bytes()
    with pytest.raises(OutputError, match="is the film itself"):
        mux(info, _sound(3), info.path)
    assert info.path.read_bytes() == before


@pytest.mark.data
def test_real_clips_keep_their_picture(clips: Path, tmp_path: Path) -> None:
    for path in sorted(clips.glob("*.*")):
        info = probe(path)
        out = tmp_path / f"{path.stem}{scored_suffix(info)}"
        mux(info, _sound(40), out)
        assert _packets(out) == _packets(path)
        assert abs(probe(out).duration_s - info.duration_s) <= 1 / info.fps
