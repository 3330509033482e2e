"""What of a subtitle is spoken: markup, speakers' names, sounds and credits are taken off."""

from __future__ import annotations

import html
import re

#: HTML-like tags, WebVTT's <v Name> and {\an8}-like overrides
_MARKUP = re.compile(r"<[^<>]{0,200}>|\{[^{}]{0,200}\}")
#: descriptions for those who do not hear: [music], (door slams), （音楽）, *sobs*
_SOUNDS = re.compile(
    r"\[[^\[\]]{0,200}\]|\([^()]{0,200}\)|（[^（）]{0,200}）|【[^【】]{0,200}】|\*[^*\n]{1,60}\*"
)
_NOTES = re.compile("[♪♫♬♩#]+")
#: a dash before a second speaker
_DASH = re.compile(r"^\s*[-–—•]+\s*")
#: JOHN: or MRS. O'NEIL 2: — in capitals only, for "Listen: …" is speech
_SPEAKER = re.compile(r"^[A-ZÀ-Þ][A-ZÀ-Þ0-9 .'’&\-]{0,30}:\s+")
#: who made the subtitles, and advertisements
_CREDITS = re.compile(
    r"https?://|\bwww\.|\bopensubtitles\b|^\W*(?:subtitles?|subtitled|captions?|captioned|sync(?:ed|hronized)?"
    r"(?: (?:and|&) corrected)?|translated) by\b",
    re.IGNORECASE,
)


def spoken(text: str) -> str:
    """The words of a subtitle in one line; empty where nobody speaks.

    Sung words stay, without their notes. Descriptions of sounds go: what sounds is for those who listen.
    """
    plain = html.unescape(_MARKUP.sub(" ", text))
    plain = _NOTES.sub(" ", _SOUNDS.sub(" ", plain))
    if _CREDITS.search(plain):
        return ""
    lines = (_SPEAKER.sub("", _DASH.sub("", line).strip()) for line in plain.splitlines())
    words = " ".join(" ".join(lines).split())
    words = "".join(letter for letter in words if letter.isprintable())
    return words if any(letter.isalpha() for letter in words) else ""
