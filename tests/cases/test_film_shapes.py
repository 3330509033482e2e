"""Films of random shape: container, codec, size, rate, rotation, clock and sound in any mixture FFmpeg can write.

EMSYNC_PROOF=1 tries many more of them.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from emsync_nb.domain import AudioClip
from emsync_nb.video import iter_audio, iter_frames, mux, probe, scored_suffix
from tests.cases.film_factory import make_film, read_number
from tests.cases.films import NTSC_60, NTSC_FILM, FilmCase, Sound

EXAMPLES = 500 if os.environ.get("EMSYNC_PROOF") else 25
RATE = 22_050
#: Matroska and FLV count milliseconds; the first frame's own rounding comes on top
ROUNDING_S = 0.0011

#: codec → pixel formats that leave the numbers readable
PIXELS = {
    "libx264": ("yuv420p", "yuv422p", "yuv444p", "yuv420p10le"),
    "libx265": ("yuv420p", "yuv420p10le"),
    "libvpx": ("yuv420p",),
    "libvpx-vp9": ("yuv420p", "yuv444p"),
    "libsvtav1": ("yuv420p", "yuv420p10le"),
    "mpeg4": ("yuv420p",),
    "mpeg2video": ("yuv420p", "yuv422p"),
    "prores_ks": ("yuv422p10le", "yuv444p10le"),
    "ffv1": ("yuv420p", "yuv444p"),
    "mjpeg": ("yuvj420p", "yuvj422p"),
}
#: suffix → codecs of picture and sound that it holds
CONTAINERS = {
    ".mp4": (("libx264", "libx265", "libvpx-vp9", "libsvtav1", "mpeg4"), ("aac", "libmp3lame", "ac3")),
    ".mov": (("libx264", "libx265", "prores_ks", "mjpeg", "mpeg4"), ("aac", "pcm_s16le", "pcm_s24le")),
    ".mkv": (
        tuple(codec for codec in PIXELS if codec != "prores_ks"),
        ("aac", "flac", "libopus", "ac3", "pcm_s16le"),
    ),
    ".webm": (("libvpx", "libvpx-vp9", "libsvtav1"), ("libopus",)),
    ".avi": (("mpeg4", "mjpeg"), ("pcm_s16le", "ac3")),
    ".ts": (("libx264", "libx265", "mpeg2video"), ("aac", "mp2", "ac3")),
    ".flv": (("libx264",), ("aac",)),
}
#: containers that keep the display matrix; those whose clock may start anywhere; those that know variable rates
TURNING, LATE, UNEVEN = (
    {".mp4", ".mov", ".mkv"},
    {".mp4", ".mov", ".mkv", ".webm", ".ts"},
    {".mp4", ".mov", ".mkv"},
)
RATES = (Fraction(10), NTSC_FILM, Fraction(24), Fraction(25), Fraction(30_000, 1001), Fraction(50), NTSC_60)
#: sound codec → rates that its encoder takes
SOUND_RATES = {"libopus": (48_000,), "ac3": (44_100, 48_000), "mp2": (44_100, 48_000)}
SIZES = st.tuples(st.integers(40, 130), st.integers(30, 100)).map(lambda size: (2 * size[0], 2 * size[1]))


@st.composite
def sounds(draw: st.DrawFn, codecs: tuple[str, ...]) -> Sound:
    """One sound stream."""
    codec = draw(st.sampled_from(codecs))
    layouts = ("mono", "stereo") if codec in ("libmp3lame", "mp2") else ("mono", "stereo", "5.1")
    return Sound(
        codec,
        draw(st.sampled_from(SOUND_RATES.get(codec, (16_000, 22_050, 44_100, 48_000)))),
        draw(st.sampled_from(layouts)),
        # from a little behind zero: encoders of sound count a delay before it, and muxers move all for that
        start_s=draw(st.sampled_from((0.1, 0.5, 1.2))),
        end_s=draw(st.sampled_from((None, 2.0, 5.0))),
    )


@st.composite
def films(draw: st.DrawFn) -> FilmCase:
    """A numbered film of two seconds and a bit."""
    suffix = draw(st.sampled_from(sorted(CONTAINERS)))
    pictures, sound_codecs = CONTAINERS[suffix]
    codec = draw(st.sampled_from(pictures))
    return FilmCase(
        "shape",
        codec,
        suffix,
        size=draw(SIZES),
        # MPEG-2 knows few rates
        fps=draw(st.sampled_from(RATES[1:] if codec == "mpeg2video" else RATES)),
        pixels=draw(st.sampled_from(PIXELS[codec])),
        seconds=draw(st.sampled_from((2.4, 3.0))),
        picture="numbered",
        cuts_s=(),
        rotation=draw(st.sampled_from((0, 90, 180, 270))) if suffix in TURNING else 0,
        pace=draw(st.sampled_from(((1,), (1, 2), (1, 3, 1, 1))))
        if suffix in UNEVEN and codec in STEADY
        else (1,),
        start_s=draw(st.sampled_from((0, 0, 0.4, 10))) if suffix in LATE else 0,
        sounds=tuple(draw(st.lists(sounds(sound_codecs), max_size=2))),
    )


#: encoders that take any times
STEADY = {"libx264", "libx265", "libvpx", "libvpx-vp9", "ffv1", "mjpeg", "prores_ks"}


#: no shrinking: a film costs a second, and a case is readable as it is
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=EXAMPLES, phases=PHASES)
@given(case=films())
def test_any_film_is_read_and_copied_as_it_was_made(case: FilmCase) -> None:
    with tempfile.TemporaryDirectory() as folder:
        film = make_film(case, Path(folder))
        info = probe(film)
        assert (info.width, info.height) == case.shown_size
        _frames_are_those_made(film, case)
        assert _heard(film) == (round(info.duration_s * RATE) if case.sounds else 0)
        out = Path(folder) / f"scored{scored_suffix(info)}"
        silence = AudioClip(np.zeros((2, round(info.duration_s * RATE)), dtype=np.float32), RATE)
        mux(info, silence, out)
        _frames_are_those_made(out, case)
        assert _sizes(out) == _sizes(film) or (case.suffix == ".ts" and out.suffix == ".mp4")


def _frames_are_those_made(film: Path, case: FilmCase) -> None:
    """Each once, in order, upright, at its time; nothing need be said, except where the fast decoder crashes."""
    notices: list[str] = []
    frames = list(iter_frames(probe(film), on_notice=notices.append))
    assert [read_number(frame.rgb) for frame in frames] == list(range(len(case.ticks)))
    times = [float(frame.time_s) for frame in frames]
    np.testing.assert_allclose(times, [float(time_s) for time_s in case.times_s], atol=ROUNDING_S)
    assert all(one < other for one, other in itertools.pairwise(times))
    # decord aborts now and then on VP9 of 4:4:4; the frames above are then the slower decoder's
    assert all(notice.startswith("The fast decoder gave up") for notice in notices)


def _heard(film: Path) -> int:
    return sum(block.samples.shape[1] for block in iter_audio(probe(film), rate=RATE))


def _sizes(film: Path) -> list[int]:
    """Bytes of each packet of the picture."""
    with av.open(str(film)) as container:
        return [packet.size for packet in container.demux(video=0) if packet.size]
