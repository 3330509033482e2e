"""Written chords and rests as MusicXML 4.0 `note` elements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emsync_nb.notation.bars import Piece
from emsync_nb.notation.drum_kit import drum_sound
from emsync_nb.notation.durations import NOTE_VALUES
from emsync_nb.notation.spelling import spell

#: MIDI velocity that MusicXML calls 100 % (a forte)
_FULL_VELOCITY = 90
_ACCIDENTALS = {-1: "flat", 0: "natural", 1: "sharp"}
_TRIPLET = (
    "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>"
)


@dataclass(frozen=True, slots=True)
class Line:
    """Where a voice stands: what all its notes have in common."""

    part_id: str
    #: number of the voice within the part, from 1
    voice: int
    #: number of the staff from 1; None in parts with a single one
    staff: int | None
    fifths: int
    is_drum: bool

    @property
    def tail(self) -> str:
        """The staff element, where the part has several."""
        return "" if self.staff is None else f"<staff>{self.staff}</staff>"


def bar_rest(line: Line, length: int) -> str:
    """A rest for the whole bar of `length` grid steps."""
    place = f"<voice>{line.voice}</voice>{line.tail}"
    return f'<note><rest measure="yes"/><duration>{length}</duration>{place}</note>\n'


def rest(piece: Piece, line: Line) -> str:
    """A rest; only the first voice of a staff shows its rests, the others would crowd it."""
    hidden = "" if line.voice % 4 == 1 else ' print-object="no"'
    return (
        f"<note{hidden}><rest/><duration>{piece.length}</duration><voice>{line.voice}</voice>"
        f"{_value(piece, '')}{line.tail}{_notations(piece, '')}</note>\n"
    )


def chord_notes(piece: Piece, line: Line, shown: set[int]) -> Iterator[str]:
    """The notes of a chord from low to high; `shown` are the pitches that bear an accidental."""
    if piece.chord is None:
        return
    loudness = f"{100 * piece.chord.velocity / _FULL_VELOCITY:.2f}"
    ties = _ties(piece, "tie")
    for index, pitch in enumerate(piece.chord.pitches):
        sound, mark, head = _drum(pitch, line) if line.is_drum else _pitch(pitch, line, pitch in shown)
        # the bracket belongs to the chord, so its first note alone bears it
        notations = _notations(piece if index == 0 else piece._replace(tuplet=""), _ties(piece, "tied"))
        yield (
            f'<note dynamics="{loudness}">{"<chord/>" if index else ""}{sound}'
            f"<duration>{piece.length}</duration>{ties}{_instrument(pitch, line)}<voice>{line.voice}</voice>"
            f"{_value(piece, mark)}{head}{line.tail}{notations}</note>\n"
        )


def drum_id(part_id: str, pitch: int) -> str:
    """Identifier of a percussion sound of a part."""
    return f"{part_id}-I{pitch + 1}"


def _pitch(pitch: int, line: Line, shown: bool) -> tuple[str, str, str]:
    """(pitch, accidental, notehead) elements of a pitched note."""
    spelling = spell(pitch, line.fifths)
    alter = f"<alter>{spelling.alter}</alter>" if spelling.alter else ""
    mark = f"<accidental>{_ACCIDENTALS[spelling.alter]}</accidental>" if shown else ""
    sound = f"<pitch><step>{spelling.step}</step>{alter}<octave>{spelling.octave}</octave></pitch>"
    return sound, mark, ""


def _drum(pitch: int, line: Line) -> tuple[str, str, str]:
    """(unpitched, no accidental, notehead) elements of a percussion note."""
    drum = drum_sound(pitch)
    head = "" if drum.notehead == "normal" else f"<notehead>{drum.notehead}</notehead>"
    place = f"<display-step>{drum.step}</display-step><display-octave>{drum.octave}</display-octave>"
    return f"<unpitched>{place}</unpitched>", "", head


def _instrument(pitch: int, line: Line) -> str:
    return f'<instrument id="{drum_id(line.part_id, pitch)}"/>' if line.is_drum else ""


def _value(piece: Piece, accidental: str) -> str:
    value = NOTE_VALUES[piece.length]
    dot = "<dot/>" if value.dotted else ""
    return f"<type>{value.kind}</type>{dot}{accidental}{_TRIPLET if value.triplet else ''}"


def _ties(piece: Piece, element: str) -> str:
    back = f'<{element} type="stop"/>' if piece.tied_back else ""
    return back + (f'<{element} type="start"/>' if piece.tied_on else "")


def _notations(piece: Piece, ties: str) -> str:
    bracket = f'<tuplet type="{piece.tuplet}"/>' if piece.tuplet else ""
    return f"<notations>{ties}{bracket}</notations>" if ties or bracket else ""
