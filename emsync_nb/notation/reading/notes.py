"""One `<note>` of MusicXML: how it sounds and how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from emsync_nb.notation.reading.numbers import decimal, whole
from emsync_nb.notation.reading.written import WrittenNote

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
#: `dynamics` of a note or sound is a share of forte, which is velocity 90
FORTE_SHARE = 0.9
#: velocity that an articulation adds
ACCENTS = {"accent": 10.0, "strong-accent": 14.0, "soft-accent": 5.0}
_SHORT = {"staccato", "staccatissimo"}


@dataclass(slots=True)
class NoteElement:
    """The children of a `<note>` that matter, picked in one pass."""

    duration: str | None = None
    pitch: Any = None
    unpitched: Any = None
    voice: str = "1"
    staff: str = "1"
    instrument: str = ""
    chord: bool = False
    grace: bool = False
    cue: bool = False
    ties: set[str] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, element: Any) -> NoteElement:  # noqa: ANN401 - an lxml element
        """Pick what matters."""
        found = cls()
        for child in element:
            picker = _PICKERS.get(child.tag)
            if picker is not None:
                picker(found, child)
        return found


def _set_text(name: str) -> Any:  # noqa: ANN401 - a picker
    def pick(found: NoteElement, child: Any) -> None:  # noqa: ANN401
        setattr(found, name, (child.text or "").strip())

    return pick


def _set_flag(name: str) -> Any:  # noqa: ANN401 - a picker
    def pick(found: NoteElement, child: Any) -> None:  # noqa: ANN401
        setattr(found, name, True)

    return pick


def _set_element(name: str) -> Any:  # noqa: ANN401 - a picker
    def pick(found: NoteElement, child: Any) -> None:  # noqa: ANN401
        setattr(found, name, child)

    return pick


def _notations(found: NoteElement, child: Any) -> None:  # noqa: ANN401
    for notation in child:
        if notation.tag == "articulations":
            found.marks.update(mark.tag for mark in notation)


_PICKERS = {
    "duration": _set_text("duration"),
    "voice": _set_text("voice"),
    "staff": _set_text("staff"),
    "pitch": _set_element("pitch"),
    "unpitched": _set_element("unpitched"),
    "chord": _set_flag("chord"),
    "grace": _set_flag("grace"),
    "cue": _set_flag("cue"),
    "tie": lambda found, child: found.ties.add(child.get("type", "")),
    "notations": _notations,
    "instrument": lambda found, child: setattr(found, "instrument", child.get("id", "")),
}


def pitch_number(pitch: Any) -> int:  # noqa: ANN401 - an lxml element
    """MIDI note number of a `<pitch>` as written.

    Raises:
        ValueError: the step is unknown, or a number is none.
    """
    step, octave, alter = "", None, "0"
    for child in pitch:
        if child.tag == "step":
            step = (child.text or "").strip()
        elif child.tag == "octave":
            octave = child.text
        elif child.tag == "alter":
            alter = child.text
    if step not in _STEPS:
        raise ValueError(f"a note is called {step[:20]!r}")
    return round(12 * (whole(octave) + 1) + _STEPS[step] + decimal(alter))


def written_note(
    element: Any,  # noqa: ANN401 - an lxml element
    found: NoteElement,
    *,
    onset: int,
    duration: int,
    pitch: int,
) -> WrittenNote:
    """The note with its articulations; `onset` and `duration` in ticks."""
    loudness = element.get("dynamics")
    return WrittenNote(
        onset=onset,
        duration=duration,
        pitch=pitch,
        staff=max(1, whole(found.staff or "1")),
        voice=found.voice,
        tied_from="stop" in found.ties,
        tied_to="start" in found.ties,
        accent=max((ACCENTS[mark] for mark in found.marks if mark in ACCENTS), default=0.0),
        velocity=None if loudness is None else FORTE_SHARE * decimal(loudness),
        staccato=bool(found.marks & _SHORT),
        unpitched=found.unpitched is not None,
    )
