"""Presets, sessions and subtitles as people and attackers write them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

ENSEMBLE = """\
name = "Duo"
description = "Two strings."
[[players]]
name = "Violin"
part = "violin-1"

program = 40
low = 55
high = 100
role = "melody"
[[players]]
name = "Cello"
part = "cello"
program = 42
low = 36
high = 76
role = "bass"
"""
MASTERING = """\
name = "mine"
description = "One gain."
target_lufs = -16.0
max_true_peak_dbtp = -1.0
[[stages]]
type = "gain"
gain_db = 1.0
"""


def preset(old: str, new: str) -> str:
    """The ensemble with its first `old` replaced."""
    assert old in ENSEMBLE
    return ENSEMBLE.replace(old, new, 1)


def nested(depth: int) -> str:
    """Brackets within brackets."""
    return "[" * depth + "]" * depth


def session_of(fingerprint: str) -> str:
    """The session of a film with this fingerprint."""
    return json.dumps({"schema": 1, "film": {"path": "../../../etc/passwd", "fingerprint": fingerprint}})


#: what is wrong with a session.json → its text
SESSIONS = {
    "empty": "",
    "cut off": '{"film": {"fing',
    "a list": "[1, 2]",
    "a number": "7",
    "no film": '{"schema": 1}',
    "a film that is a text": '{"film": "film.mp4"}',
    "a film that is null": '{"film": null}',
    "brackets within brackets": nested(100_000),
    "no text": "\udcff\udcfe\udc80",
}

_SOUND = "1\n00:00:01,000 --> 00:00:02,000\nI love you, this is wonderful!\n\n"


def _many() -> bytes:
    """A hundred and twenty thousand subtitles within a minute: 5 MB."""
    block = "".join(
        f"00:00:{second:02d},000 --> 00:00:{second:02d},900\nNo. {second}\n\n" for second in range(60)
    )
    return block.encode() * (120_000 // 60)


#: what is wrong with a sidecar → its bytes, and words of the one notice
SUBTITLES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "no readable subtitle lies within the film"),
    "random bytes": (lambda: random.Random(1).randbytes(20_000), "it is not UTF-8"),
    "another format": (
        lambda: b"{25}{50}Hello\n{75}{100}It is MicroDVD.\n",
        "no readable subtitle lies within the film",
    ),
    "a hundred thousand": (_many, "it is larger than 4 MiB"),
    "200 at once": (lambda: 200 * _SOUND.encode(), "more than 4 of its subtitles begin within one second"),
    "negative times": (
        lambda: (_SOUND + "2\n-00:00:03,000 --> -00:00:01,000\nBefore.\n").encode(),
        "1 of its subtitles cannot be read",
    ),
    "ends before it begins": (
        lambda: (_SOUND + "2\n00:00:09,000 --> 00:00:03,000\nBack.\n").encode(),
        "1 of its subtitles cannot be read",
    ),
    "Windows letters": (lambda: _SOUND.replace("love", "“love”").encode("cp1252"), "it is not UTF-8"),
    "all behind the film": (lambda: _SOUND.replace("00:00:0", "09:00:0").encode(), "no readable subtitle"),
}
