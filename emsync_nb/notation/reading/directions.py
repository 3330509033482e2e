"""One `<direction>`, `<sound>` or `<barline>` of MusicXML: loudness, tempo, and where to play next."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from emsync_nb.notation.reading.levels import ACCENT_LEVELS, ATTACKS, LEVELS, level_in_text
from emsync_nb.notation.reading.notes import FORTE_SHARE
from emsync_nb.notation.reading.numbers import decimal
from emsync_nb.notation.reading.written import BarSigns, DynamicsKind, JumpKind

#: quarters of each note value that a metronome mark can name
UNIT_QUARTERS = {
    "long": 16.0, "breve": 8.0, "whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25, "32nd": 0.125,
}  # fmt: skip
#: attribute of `<sound>` for each jump
_SOUND_JUMPS: tuple[JumpKind, ...] = ("dacapo", "dalsegno", "fine", "tocoda", "coda", "segno")
#: what jumps are called where no `<sound>` tells; a pattern has to match all the words but a title before them
_JUMP_WORDS: tuple[tuple[str, JumpKind], ...] = (
    (r"\bd\. ?s\b|\bdal segno\b|\bd\.s\.", "dalsegno"),
    (r"\bd\. ?c\b|\bda capo\b|\bd\.c\.", "dacapo"),
    (r"^(to|alla|zur) coda\W*$", "tocoda"),
    (r"^coda\W*$", "coda"),
    (r"^(il )?fine?\W*$", "fine"),
)
_CRESCENDO = re.compile(r"\bcresc|\bcr[eé]sc|\bcres\b|\baugment")
_DIMINUENDO = re.compile(
    r"\bdim\b|\bdimin|\bdecres|\bmorendo|\bperdendo|\bcalando|\bsmorz|\bmancando|\bdiluendo|\babnehmend"
)
_NO_HAIRPIN = re.compile(r"\b(senza|ohne|sans|non?) (cresc|dim|augm)")
_TRIO = re.compile(r"^(trio|maggiore|minore|alternativo)\b")
#: up to the next bracket of either kind: many that open and never close are read once
_MARKUP = re.compile(r"<[^<>]*>")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
#: so much of the words of one direction is read
MAX_WORDS = 1000
#: the most often that a repeat sign is believed
MAX_TIMES = 99


@dataclass(slots=True)
class DirectionFound:
    """What one direction holds."""

    words: str = ""
    #: quarters a minute of a metronome mark; 0 without one
    metronome_bpm: float = 0.0
    #: quarters a minute for playback; 0 without
    sound_bpm: float = 0.0
    #: kind, velocity, number
    dynamics: list[tuple[DynamicsKind, float, str]] = field(default_factory=list)
    #: velocity that notes of this moment gain, and the least that they have
    attack: tuple[float, float] = (0.0, 0.0)
    jumps: set[JumpKind] = field(default_factory=set)
    forward: bool = False


def read_direction(element: Any) -> DirectionFound:  # noqa: ANN401 - an lxml element
    """Everything that a `<direction>` says."""
    found = DirectionFound()
    words: list[str] = []
    for child in element.iterfind("direction-type/*"):
        if child.tag == "words":
            words.append(child.text or "")
        elif child.tag == "metronome":
            found.metronome_bpm = metronome_bpm(child)
        elif child.tag == "dynamics":
            _dynamics(found, child)
        elif child.tag == "wedge":
            _wedge(found, child)
        elif child.tag == "dashes" and child.get("type") == "stop":
            found.dynamics.append(("dashes-stop", 0.0, child.get("number", "1")))
        elif child.tag in ("segno", "coda"):
            found.jumps.add(child.tag)
    found.words = tidy(" ".join(words))
    if found.words:
        _dynamics_words(found, element)
    sound = element.find("sound")
    if sound is None or not read_sound(found, sound):
        found.jumps |= jumps_in_words(found.words)
    return found


def tidy(text: str) -> str:
    """Words in small letters, without markup, on one line."""
    return " ".join(_MARKUP.sub(" ", text[:MAX_WORDS]).lower().split())


def jumps_in_words(words: str) -> set[JumpKind]:
    """The jumps that words name: "menuetto d.c. al fine" is one, "dim. al fine" is none."""
    return {kind for pattern, kind in _JUMP_WORDS if re.search(pattern, words)}


def is_trio(words: str) -> bool:
    """Whether a trio, or what stands for one, begins with these words."""
    return _TRIO.match(words) is not None


def read_sound(found: DirectionFound, element: Any) -> bool:  # noqa: ANN401 - an lxml element
    """Take in a `<sound>`; whether it tells of jumps."""
    tempo, loudness = element.get("tempo"), element.get("dynamics")
    if tempo is not None:
        found.sound_bpm = max(0.0, decimal(tempo))
    marked = found.attack != (0.0, 0.0) or any(kind == "level" for kind, _, _ in found.dynamics)
    if loudness is not None and not marked:
        found.dynamics.append(("level", FORTE_SHARE * decimal(loudness), "1"))
    found.forward = element.get("forward-repeat") == "yes"
    told = {kind for kind in _SOUND_JUMPS if element.get(kind) not in (None, "", "no")}
    if told:  # a sign that a sound explains is that and nothing else
        found.jumps = told
    return bool(told)


def metronome_bpm(element: Any) -> float:  # noqa: ANN401 - an lxml element
    """Quarters a minute of a `<metronome>`; the middle of "60-66"; 0 where it names no number."""
    unit = UNIT_QUARTERS.get((element.findtext("beat-unit") or "").strip())
    numbers = [
        float(text.replace(",", ".")) for text in _NUMBER.findall((element.findtext("per-minute") or "")[:40])
    ]
    if unit is None or not numbers or len(element.findall("beat-unit")) > 1:
        return 0.0
    dots = len(element.findall("beat-unit-dot"))
    return unit * (2.0 - 0.5**dots) * sum(numbers[:2]) / len(numbers[:2])


def _dynamics(found: DirectionFound, element: Any) -> None:  # noqa: ANN401
    for mark in element:
        name = mark.tag
        if name in ACCENT_LEVELS:
            found.attack = (ACCENT_LEVELS[name], 0.0)
        elif name in ATTACKS:
            loud, after = ATTACKS[name]
            found.attack = (0.0, loud)
            found.dynamics.append(("level", after, "1"))
        elif name in LEVELS:
            found.dynamics.append(("level", LEVELS[name], "1"))
        elif name == "other-dynamics":
            level = level_in_text(mark.text or "")
            if level is not None:
                found.dynamics.append(("level", level, "1"))


def _wedge(found: DirectionFound, element: Any) -> None:  # noqa: ANN401
    kind, number = element.get("type", ""), element.get("number", "1")
    if kind in ("crescendo", "diminuendo", "stop"):
        found.dynamics.append((kind, 0.0, number))


def _dynamics_words(found: DirectionFound, element: Any) -> None:  # noqa: ANN401
    words = found.words
    rises, falls = _CRESCENDO.search(words), _DIMINUENDO.search(words)
    if _NO_HAIRPIN.search(words) or (rises is None and falls is None):
        return
    dashes = [child for child in element.iterfind("direction-type/dashes") if child.get("type") == "start"]
    number = dashes[0].get("number", "1") if dashes else ""
    up = rises is not None and (falls is None or rises.start() < falls.start())
    found.dynamics.append(("word-crescendo" if up else "word-diminuendo", 0.0, number))


def read_barline(signs: BarSigns, element: Any) -> bool:  # noqa: ANN401 - an lxml element
    """Take a `<barline>`'s repeat into the signs of its bar; whether the next bar starts a repeat."""
    repeat = element.find("repeat")
    if repeat is None:
        return False
    if repeat.get("direction") == "backward":
        times = _NUMBER.search(repeat.get("times", "2")[:9])
        count = 2 if times is None else round(float(times.group().replace(",", ".")))
        signs.backward = max(signs.backward, min(MAX_TIMES, max(2, count)))
        return False
    at_end = bool(element.get("location") == "right")
    signs.forward = signs.forward or not at_end
    return at_end


def ending_passes(element: Any) -> frozenset[int]:  # noqa: ANN401 - an lxml element
    """The passes that an `<ending>` is for: {1, 2} of "1, 2" or "1-2"; its text counts where it says more."""
    number, text = element.get("number", "")[:60], (element.text or "").strip()[:60]
    if re.fullmatch(r"\d+\.?", text):  # Finale writes number="1" and the text 2.
        number = text
    passes: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:\s*-\s*(\d+))?", number):
        low = int(first)
        passes.update(range(low, min(int(last or low), low + MAX_TIMES) + 1))
    return frozenset(number for number in passes if 0 < number <= MAX_TIMES) or frozenset({1})
