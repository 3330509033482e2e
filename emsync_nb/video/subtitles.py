"""Subtitles inside a film: its text streams (mov_text, SubRip, WebVTT, ASS), read without decoding a picture."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from emsync_nb.domain import VideoInfo
from emsync_nb.domain.words import MAX_SUBTITLES, Subtitle, Subtitles, collected, dialogue, sane
from emsync_nb.extras import require
from emsync_nb.video.container import demuxed, first_picture, open_film, picture_stream

#: FFmpeg's names of codecs whose subtitles are text, not pictures of text
TEXT_CODECS = frozenset({"ass", "ssa", "subrip", "srt", "mov_text", "webvtt", "text"})
_ENGLISH, _UNKNOWN = ("eng", "en"), ("und", "")
#: what players show where a file gives a subtitle no end, in seconds
_USUAL_LENGTH_S = Fraction(3)
#: commas before the text of a dialogue, as FFmpeg writes it: ReadOrder, Layer, Style, Name, three margins, Effect
_FIELDS_BEFORE_TEXT = 8


def embedded_subtitles(info: VideoInfo) -> Subtitles | None:
    """What the best text stream of a film holds; None where it has no subtitles.

    English comes first, then what names no language, then what the film calls its default. Where all are pictures
    (DVD, Blu-ray), there are no lines, and the fault says so. Times count from the first picture.

    Raises:
        VideoError: the film can no longer be read.
        MissingExtraError: PyAV is not installed.
    """
    with open_film(info.path) as container:
        streams = list(container.streams.subtitles)
        if not streams:
            return None
        texts = [
            stream for stream in streams if stream.codec_context and stream.codec_context.name in TEXT_CODECS
        ]
        if not texts:
            source = f"subtitle stream {streams[0].index} of {info.path.name}"
            return Subtitles(source, (), ("its subtitles are pictures",))
        picture = picture_stream(container, info.path)
        start_s = first_picture(container, picture, info.path).start_s
        chosen = min(texts, key=_rank)
        return _read(info, start_s, chosen.index)


def _rank(stream: Any) -> tuple[bool, bool, bool, int]:  # noqa: ANN401 - a PyAV object
    disposition = require("av").stream.Disposition
    language = (stream.language or "").lower()
    return (
        bool(stream.disposition & disposition.forced),
        language not in _ENGLISH + _UNKNOWN,
        language not in _ENGLISH and not stream.disposition & disposition.default,
        stream.index,
    )


def _read(info: VideoInfo, start_s: Fraction, index: int) -> Subtitles:
    with open_film(info.path) as container:  # anew: not every container can go back to its start
        stream = container.streams[index]
        found: list[Subtitle] = []
        damaged = 0
        for subtitle in _subtitles(container, stream, start_s):
            damaged += subtitle is None
            found += [subtitle] if subtitle is not None else []
            if len(found) == MAX_SUBTITLES:
                break
        kind = f"{stream.codec_context.name}{', ' + stream.language if stream.language else ''}"
        return collected(f"subtitle stream {index} ({kind}) of {info.path.name}", found, damaged)


def _subtitles(container: Any, stream: Any, start_s: Fraction) -> Iterator[Subtitle | None]:  # noqa: ANN401 - PyAV's
    """One for each packet with words; None for one that is damaged."""
    av = require("av")
    for packet in demuxed(container, stream):
        if packet.pts is None or not packet.size:
            continue
        try:
            text = "\n".join(_text(rect) for rect in stream.decode(packet))
        except av.FFmpegError:
            yield None
            continue
        begin_s = packet.pts * packet.time_base - start_s
        length_s = (packet.duration or 0) * packet.time_base or _USUAL_LENGTH_S
        if text.strip() and begin_s + length_s > 0:  # what ends before the first picture is never seen
            yield sane(float(max(begin_s, 0)), float(begin_s + length_s), text)


def _text(rect: Any) -> str:  # noqa: ANN401 - a PyAV object
    """The words of one box; FFmpeg writes all of them as lines of ASS."""
    line = bytes(getattr(rect, "ass", b"") or b"").decode("utf-8", errors="replace")
    text = line.split(",", _FIELDS_BEFORE_TEXT)[-1] if line.count(",") >= _FIELDS_BEFORE_TEXT else line
    return dialogue(text)
