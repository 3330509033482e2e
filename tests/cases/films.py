"""Films that people may bring, as data: a new case is one line of FILMS.

`film_factory` makes them; `test_films` puts them through the whole product.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

#: what is painted: checkered scenes with a moving square; every frame's number in blocks; one colour; black;
#: scenes with black frames between them; scenes that leave and come through a colour; a dissolve
Picture = Literal["scenes", "numbered", "flat", "black", "black between", "through white", "through black"]
#: streams that no score needs, but that films carry
Extra = Literal["cover", "attachment", "second picture", "subtitles", "data", "chapters"]


@dataclass(frozen=True)
class Sound:
    """One sound stream; times are seconds on the container's clock."""

    codec: str = "aac"
    rate: int = 48_000
    layout: str = "stereo"
    start_s: float = 0.0
    #: None: with the picture
    end_s: float | None = None
    #: a sine of this pitch and amplitude …
    tone_hz: float = 440.0
    level: float = 0.2
    #: … or a click of 10 ms in silence
    click_s: float | None = None


@dataclass(frozen=True)
class FilmCase:
    """A film to make: the defaults give six seconds at 25 frames a second with two cuts and stereo sound."""

    name: str
    codec: str = "libx264"
    suffix: str = ".mp4"
    #: width and height as coded, before rotation and sample aspect
    size: tuple[int, int] = (160, 90)
    #: frames a second; where `pace` says more, ticks a second
    fps: Fraction | int = 25
    pixels: str = "yuv420p"
    seconds: float = 6
    #: a scene begins with the first frame at or behind each of these times
    cuts_s: tuple[float, ...] = (1.0, 5.2)
    picture: Picture = "scenes"
    #: counter-clockwise degrees of the display matrix
    rotation: int = 0
    #: sample aspect ratio
    aspect: Fraction | int = 1
    is_interlaced: bool = False
    #: how many ticks each frame stays, over and over; more than one number makes a variable rate
    pace: tuple[int, ...] = (1,)
    #: when the first frame is shown, in seconds on the container's clock; before 0, an edit list hides frames
    start_s: float = 0.0
    sounds: tuple[Sound, ...] = (Sound(),)
    extras: tuple[Extra, ...] = ()
    #: None: the case's name and suffix
    file_name: str | None = None
    #: FFmpeg's muxer; None: by the suffix
    muxer: str | None = None
    #: of the encoder and of the muxer, beyond the quick ones of the factory
    options: tuple[tuple[str, str], ...] = ()
    muxer_options: tuple[tuple[str, str], ...] = ()
    #: whether the boundaries found must be the cuts made; fades and blends are other tests' affair
    is_exact: bool = True
    #: suffix of the scored film; None: the film's own
    scored: str | None = None
    #: words of each notice that the run gives, in order
    notices: tuple[str, ...] = ()
    #: True: the whole way, composed and rendered; False: read, analysed and muxed, to save time
    is_scored: bool = False

    @cached_property
    def ticks(self) -> tuple[int, ...]:
        """When each frame is shown, in ticks from the first."""
        return tuple(_ticks(self.pace, round(self.seconds * self.fps)))

    @cached_property
    def times_s(self) -> tuple[Fraction, ...]:
        """When each frame is shown, in seconds from the first that is seen."""
        seen = [tick - self.hidden for tick in self.ticks if tick >= self.hidden]
        return tuple(Fraction(tick) / self.fps for tick in seen)

    @property
    def hidden(self) -> int:
        """Ticks at the start that an edit list hides."""
        return max(0, -round(self.start_s * self.fps))

    @property
    def cut_times_s(self) -> tuple[Fraction, ...]:
        """When the first frame of each scene after the first is shown."""
        return tuple(self.times_s[bisect_left(self.times_s, cut)] for cut in self.cuts_s)

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height of the picture as it is painted, upright."""
        width, height = self.size
        return (height, width) if self.rotation % 180 else (width, height)

    @property
    def path_name(self) -> str:
        """Name of the file."""
        return f"{self.name}{self.suffix}" if self.file_name is None else self.file_name

    def scene_at(self, tick: int) -> int:
        """Number of the scene that a frame belongs to."""
        at_s = Fraction(tick - self.hidden) / self.fps
        return bisect_right(self.cuts_s, at_s)


def _ticks(pace: tuple[int, ...], end: int) -> Iterator[int]:
    tick = number = 0
    while tick < end:
        yield tick
        tick += pace[number % len(pace)]
        number += 1


_CIF = Fraction(12, 11)
AMR_LIKE = (Sound("aac", 8_000, "mono"),)
NTSC_FILM, NTSC_60 = Fraction(24_000, 1001), Fraction(60_000, 1001)
PCM = (Sound("pcm_s16le"),)
AC3 = (Sound("ac3", layout="5.1"),)
OPUS = (Sound("libopus"),)
#: its encoder begins before its first sample, and the AVI muxer would move the picture for that
MP3 = Sound("libmp3lame", start_s=0.1)
#: 200 cuts a minute
_FRANTIC = tuple(0.3 * number for number in range(1, 20))
_FRAGMENTS = (("movflags", "frag_keyframe+empty_moov+default_base_moof"),)
_FIELDS = (("flags", "+ilme+ildct"),)
_TOP_FIRST, _BOTTOM_FIRST = ((*_FIELDS, ("x264-params", order)) for order in ("tff=1", "bff=1"))
_DNXHR = (("profile", "dnxhr_sq"),)
_B_FRAMES = (
    ("bf", "6"),
    ("preset", "medium"),
    ("x264-params", "b-adapt=0:b-pyramid=normal:scenecut=0:keyint=50"),
)
_MP4 = {"scored": ".mp4"}
_MOV = {"scored": ".mov"}
_MKV = {"scored": ".mkv"}

FILMS: tuple[FilmCase, ...] = (
    # what the picture shows
    FilmCase("plain", is_scored=True),
    FilmCase("one colour", picture="flat", cuts_s=(), is_scored=True),
    FilmCase("no cuts", cuts_s=()),
    FilmCase("200 cuts a minute", cuts_s=_FRANTIC, is_scored=True),
    FilmCase("black frames", picture="black between", is_exact=False, is_scored=True),
    FilmCase("black throughout", picture="black", cuts_s=()),
    FilmCase("fade through black", picture="through black", cuts_s=(3,), is_exact=False),
    FilmCase("fade through white", picture="through white", cuts_s=(3,), is_exact=False),
    FilmCase("two seconds", seconds=2, cuts_s=(1,), is_scored=True),
    # shapes
    FilmCase("4 to 3", size=(160, 120)),
    FilmCase("square", size=(120, 120)),
    FilmCase("upright 9 to 16", size=(90, 160), is_scored=True),
    FilmCase("odd size", size=(161, 121), pixels="yuv444p"),
    FilmCase("tiny", size=(16, 16), is_exact=False),
    FilmCase("very wide", size=(480, 34)),
    FilmCase("4K", size=(3840, 2160), fps=5, seconds=2.4, cuts_s=(1.2,), options=(("preset", "ultrafast"),)),
    FilmCase("wide pixels", size=(90, 90), aspect=Fraction(16, 9)),
    FilmCase("phone turned 90", rotation=90, size=(160, 90), is_scored=True),
    FilmCase("phone turned 270", suffix=".mov", rotation=270, codec="libx265"),
    FilmCase("upside down", rotation=180, suffix=".mkv"),
    # rates
    FilmCase("23.976", fps=NTSC_FILM, is_scored=True),
    FilmCase("59.94", fps=NTSC_60),
    FilmCase("120", fps=120, seconds=4, cuts_s=(1.3,), is_scored=True),
    FilmCase("8 frames a second", fps=8),
    FilmCase("1 frame a second", fps=1, seconds=20, cuts_s=(8,)),
    FilmCase("variable rate", fps=100, pace=(2, 3, 4, 7, 3, 5), is_scored=True),
    FilmCase("screen recording", fps=60, pace=(1, 1, 1, 30, 1, 2, 20), cuts_s=(), is_exact=False),
    FilmCase("variable webm", codec="libvpx-vp9", suffix=".webm", fps=100, pace=(3, 4, 5), sounds=OPUS),
    # codecs
    FilmCase("10 bit", codec="libx264", pixels="yuv420p10le", is_scored=True),
    FilmCase("HEVC", codec="libx265", is_scored=True),
    FilmCase("HEVC 10 bit", codec="libx265", pixels="yuv420p10le", suffix=".mkv"),
    FilmCase("VP8", codec="libvpx", suffix=".webm", sounds=OPUS),
    FilmCase("VP9", codec="libvpx-vp9", suffix=".webm", sounds=OPUS, is_scored=True),
    FilmCase("VP9 in mp4", codec="libvpx-vp9"),
    FilmCase("AV1", codec="libsvtav1", is_scored=True),
    FilmCase("AV1 webm 10 bit", codec="libsvtav1", suffix=".webm", pixels="yuv420p10le", sounds=OPUS),
    FilmCase("ProRes", codec="prores_ks", suffix=".mov", pixels="yuv422p10le", sounds=PCM, is_scored=True),
    FilmCase("ProRes 4444", codec="prores_ks", suffix=".mov", pixels="yuva444p10le"),
    FilmCase("DNxHR", codec="dnxhd", suffix=".mov", size=(256, 144), pixels="yuv422p", options=_DNXHR),
    FilmCase("4 2 2", pixels="yuv422p"),
    FilmCase("4 4 4", pixels="yuv444p"),
    FilmCase("grey", pixels="gray", is_exact=False),
    FilmCase("many B-frames", options=_B_FRAMES),
    FilmCase("no B-frames", options=(("bf", "0"),)),
    FilmCase("FFV1", codec="ffv1", suffix=".mkv", sounds=(Sound("flac"),)),
    FilmCase("MPEG-4 in avi", codec="mpeg4", suffix=".avi", sounds=(MP3,), **_MP4),
    FilmCase("Xvid with B-frames", codec="mpeg4", suffix=".avi", sounds=(MP3,), options=(("bf", "2"),), **_MP4),
    FilmCase("Motion JPEG", codec="mjpeg", suffix=".avi", pixels="yuvj420p", sounds=(Sound("pcm_s16le"),), **_MKV),
    FilmCase("camera mov", codec="mjpeg", suffix=".mov", pixels="yuvj422p", sounds=(Sound("pcm_s16le"),)),
    FilmCase("MPEG-2 program", codec="mpeg2video", suffix=".mpg", sounds=(Sound("mp2"),), **_MKV),
    FilmCase("MPEG-2 transport", codec="mpeg2video", suffix=".ts", sounds=(Sound("mp2"),), **_MKV),
    FilmCase("DVD", codec="mpeg2video", suffix=".vob", size=(176, 144), aspect=Fraction(16, 11), sounds=AC3, **_MKV),
    FilmCase("H.264 flv", suffix=".flv", **_MP4),
    FilmCase("3gp phone", codec="h263", suffix=".3gp", size=(176, 144), aspect=_CIF, fps=15, sounds=AMR_LIKE, **_MOV),
    FilmCase("animated gif", codec="gif", suffix=".gif", fps=10, pixels="rgb8", sounds=(), **_MOV),
    # scanning
    FilmCase("interlaced", size=(160, 96), is_interlaced=True, options=_TOP_FIRST, is_scored=True),
    FilmCase("interlaced MPEG-2", codec="mpeg2video", suffix=".ts", is_interlaced=True, options=_FIELDS, **_MKV),
    FilmCase("bottom field first", size=(160, 96), is_interlaced=True, options=_BOTTOM_FIRST),
    # containers
    FilmCase("matroska", suffix=".mkv"),
    FilmCase("m4v", suffix=".m4v", muxer="mp4", **_MP4),
    FilmCase("H.264 transport", suffix=".ts", is_scored=True, **_MP4),
    FilmCase("H.264 m2ts", suffix=".m2ts", sounds=(Sound("ac3"),), **_MP4),
    FilmCase("H.264 avi", suffix=".avi", sounds=(MP3,), options=(("bf", "0"),), **_MP4),
    FilmCase("fragmented", muxer_options=_FRAGMENTS),
    FilmCase("live webm", codec="libvpx-vp9", suffix=".webm", muxer_options=(("live", "1"),), sounds=OPUS),
    FilmCase("trimmed by an edit list", start_s=-0.48, seconds=6.48, sounds=(Sound(),), is_scored=True),
    FilmCase("picture starts late", suffix=".mkv", start_s=0.5),
    FilmCase("picture starts late in mp4", start_s=0.52),
    FilmCase("long after its sound", codec="mpeg2video", suffix=".ts", start_s=10, **_MKV),
    FilmCase("picture starts late in webm", codec="libvpx-vp9", suffix=".webm", start_s=10, sounds=OPUS),
    FilmCase("broadcast clock", suffix=".ts", start_s=95_000, sounds=(Sound(start_s=95_000),), **_MP4),
    # sound
    FilmCase("no sound", sounds=(), is_scored=True),
    FilmCase("several sounds", suffix=".mkv", sounds=(*AC3, *OPUS, Sound(tone_hz=700)), is_scored=True),
    FilmCase("mono 22.05 kHz", sounds=(Sound(rate=22_050, layout="mono"),), is_scored=True),
    FilmCase("mono 8 kHz", sounds=(Sound(rate=8_000, layout="mono"),)),
    FilmCase("96 kHz 24 bit", suffix=".mov", sounds=(Sound("pcm_s24le", 96_000),)),
    FilmCase("5.1", suffix=".mkv", sounds=(Sound("ac3", layout="5.1"),)),
    FilmCase("7.1", suffix=".mkv", sounds=(Sound("flac", layout="7.1"),)),
    FilmCase("silent sound", sounds=(Sound(level=0),), is_scored=True),
    FilmCase("sound starts late", sounds=(Sound(start_s=2),), is_scored=True),
    FilmCase("sound starts late in mkv", suffix=".mkv", sounds=(Sound(start_s=2),)),
    FilmCase("longer sound", sounds=(Sound(end_s=11),)),
    FilmCase("longer sound in mkv", suffix=".mkv", sounds=(Sound(end_s=11),)),
    FilmCase("much longer sound", suffix=".mkv", sounds=(Sound(end_s=40),)),
    FilmCase("shorter sound", sounds=(Sound(end_s=2.5),)),
    # what else the file carries
    FilmCase("cover art", extras=("cover",)),
    FilmCase("cover attached", suffix=".mkv", extras=("attachment",)),
    FilmCase("still picture first", suffix=".mkv", extras=("cover",)),
    FilmCase("two pictures", suffix=".mkv", extras=("second picture",)),
    FilmCase("subtitles inside", extras=("subtitles",)),
    FilmCase("subtitles in mkv", suffix=".mkv", extras=("subtitles",)),
    FilmCase("data inside", suffix=".ts", extras=("data",), **_MP4),
    FilmCase("chapters", suffix=".mkv", extras=("chapters",)),
    # names
    FilmCase("name with spaces", file_name="my  holiday film .final (2).mp4"),
    FilmCase("name with quotes", file_name="\"it's\" `not` $HOME & <b>.mp4", is_scored=True),
    FilmCase("name with emoji", file_name="🎬 Ünïcödé 電影 👩‍👩‍👧.mp4", is_scored=True),
    FilmCase("name of 200 characters", file_name="x" * 196 + ".mp4", is_scored=True),
    FilmCase("name with a dash first", file_name="-x.mp4"),
    FilmCase("name like a protocol", file_name="http:film.mp4"),
    FilmCase("name like a pattern", file_name="film%03d[1-9]*.mp4"),
    FilmCase("uppercase suffix", file_name="FILM.MP4"),
    FilmCase("no suffix", file_name="film", muxer="mp4", is_scored=True, **_MP4),
    FilmCase("wrong suffix", file_name="film.mkv", muxer="mp4", **_MKV),
)  # fmt: skip
