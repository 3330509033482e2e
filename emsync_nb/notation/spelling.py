"""Spell pitches by the key: letters, sharps and flats.

Spellings lie on the line of fifths (… B♭ F C G D A E B F♯ …, C = 0; Temperley 2001, The Cognition of Basic
Musical Structures, chapter 5). A key with f sharps takes the twelve names from f − 3 to f + 8: its own seven,
two flatter and three sharper, so that C major has E♭ and B♭, F♯, C♯ and G♯ (the leading note of A minor).
Names that would need a double accidental give way to the plain one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

_LETTERS = "FCGDAEB"
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
#: F♭ … B♯: names further out would need double accidentals
_FLATTEST, _SHARPEST = -8, 12


@dataclass(frozen=True, slots=True)
class Spelling:
    """A written pitch."""

    step: str
    #: −1 flat, 0 natural, 1 sharp
    alter: int
    #: octave of the letter; C4 is middle C
    octave: int


@lru_cache(maxsize=4096)
def spell(pitch: int, fifths: int) -> Spelling:
    """The written form of a MIDI note number under a key signature of −6 … 6 sharps."""
    # a fifth is seven semitones, and seven is its own inverse modulo twelve
    place = (pitch * 7 - (fifths - 3)) % 12 + fifths - 3
    if place > _SHARPEST:
        place -= 12
    elif place < _FLATTEST:
        place += 12
    alter, letter = divmod(place + 1, 7)
    step = _LETTERS[letter]
    return Spelling(step, alter, (pitch - alter - _SEMITONES[step]) // 12 - 1)


@lru_cache(maxsize=16)
def signature(fifths: int) -> dict[str, int]:
    """Alteration of each letter under a key signature; letters it leaves alone are not in it."""
    altered = _LETTERS[:fifths] if fifths > 0 else _LETTERS[7 + fifths :]
    return dict.fromkeys(altered, 1 if fifths > 0 else -1) if fifths else {}
