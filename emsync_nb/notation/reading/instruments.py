"""Which General MIDI program and which of the generator's voices a score's part belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from emsync_nb.domain import PARTS
from emsync_nb.notation.reading.drum_keys import drum_key_of_name

#: (first program, part): each row holds until the next; None marks sound effects, which are left out
_PROGRAM_ROWS: tuple[tuple[int, str | None], ...] = (
    (0, "piano"),
    (4, "keys"),
    (8, "mallets"),
    (16, "organ"),
    (24, "acoustic-guitar"),
    (26, "electric-guitar"),
    (32, "bass-guitar"),
    (40, "violin-1"),
    (41, "viola"),
    (42, "cello"),
    (43, "double-bass"),
    (44, "strings"),
    (46, "harp"),
    (47, "timpani"),
    (48, "strings"),
    (52, "choir"),
    (55, None),
    (56, "trumpet"),
    (57, "trombone"),
    (58, "tuba"),
    (59, "trumpet"),
    (60, "horn"),
    (61, "trumpet"),
    (64, "saxophone"),
    (68, "oboe"),
    (70, "bassoon"),
    (71, "clarinet"),
    (72, "flute"),
    (80, "lead"),
    (88, "pad"),
    (104, "acoustic-guitar"),
    (108, "mallets"),
    (109, "oboe"),
    (110, "violin-1"),
    (111, "oboe"),
    (112, "mallets"),
    (115, None),
)
VOICE = 52
#: so much of the name of an instrument is read
MAX_WORDS = 200
#: (pattern, General MIDI program): the first that a part's name or sound id holds decides; names beat programs,
#: which are often wrong
_NAME_PROGRAMS: tuple[tuple[str, int], ...] = (
    (r"violoncell|\bcello|\bcelli\b|\bvlc\b|\bvc\b", 42),
    (r"contra-?bassoon|contrafagott|kontrafagott|bassoon|\bfagott|\bbasson\b", 70),
    (r"contra-?bass|double bass|violone|kontrabass|\bcb\b|\bbassi\b|contrebasse|string bass", 43),
    (r"bass clarinet|clarone", 71),
    (r"violin|\bvln?\b|\bgeige|fiddle|\bvl\.", 40),
    (r"viola d.amore|viola|\bvla\b|bratsche|\baltos? \(strings\)|viole\b", 41),
    (r"bass guitar|electric bass", 33),
    (r"trombone|posaune|sackbut", 57),
    (r"tuba|ophicl[eé]ide|serpent", 58),
    (r"trumpet|tromba\b|trombe\b|tromp|cornet|flugelhorn|\bclarin[oi]\b|bugle", 56),
    (r"english horn|cor anglais|corno inglese|englischhorn", 69),
    (r"basset horn|bassetthorn|corno di bassetto", 71),
    (r"oboe|hautbois|\bhob", 68),
    (r"\bhorn|\bcorn[oi]\b|\bcor\b|\bcors\b|waldhorn|french-horn|natural-horn|\bh[oö]rner", 60),
    (r"piccolo|ottavino|petite fl[uû]te", 72),
    (r"recorder|blockfl|flauto dolce|fl[uû]te à bec", 74),
    (r"pan flute|pan-?pipes", 75),
    (r"flute|fl[oö]te|traverso|flaut|fl[uû]te", 73),
    (r"clarinet|klarinet|clarinett", 71),
    (r"soprano sax", 64),
    (r"alto sax", 65),
    (r"tenor sax", 66),
    (r"bar[iy]tone? sax", 67),
    (r"sax", 65),
    (r"timpan|pauken|kettle", 47),
    (r"harpsichord|continuo|cembalo|clavecin|clavichord|spinet", 6),
    (r"harmonium|reed organ|accordion|\bregal\b", 20),
    (r"organ|orgel|orgue", 19),
    (r"celest", 8),
    (r"glockenspiel|carillon|lyra", 9),
    (r"vibraphon", 11),
    (r"marimba", 12),
    (r"xylophon", 13),
    (r"tubular|chime|\bglocken\b|campan", 14),
    (r"\bharp\b|\bharfe|\barpa\b|\bharpe|\bharps\b", 46),
    (r"electric guitar", 27),
    (r"guitar|gitarre|\blute\b|laute|theorbo|mandolin|ukulele|vihuela", 24),
    (r"piano|klavier|keyboard|clavier|fortepiano|\bpf\b|^primo\b|^secondo\b", 0),
    (r"string ensemble|strings|streicher|archi\b", 48),
    # last, for trombones and clarinets have alto, tenor and bass too
    (
        r"voice|vocal|sopran|\balt\b|\balto|contralto|tenor|\bbass\b|\bbasso\b|bariton|stimme|chant|\bvoix|cant(o|us)"
        r"|chor|choeur|gesang|discant|mezzo|superius|altus|bassus|quintus|sextus",
        VOICE,
    ),
)
#: names of both voices and instruments: the sound id decides where there is one
_AMBIGUOUS = re.compile(
    r"^\W*(bass|basso|bassi|alto|altos|alt|tenor|soprano|baritone?|treble|ténor)\W*[0-9iv]*\W*$"
)
_SECOND_VIOLIN = re.compile(r"\b(2|3|ii|iii|second|zweite)\b|\bsecond|[a-z](2|3)\b")
_PERCUSSION = re.compile(r"percussion|drum|schlag|batterie|\btimbales\b")


@dataclass(slots=True)
class Instruments:
    """The instruments that a part list gives one part."""

    #: all the names of the part, in small letters
    name: str = ""
    #: drum keys by instrument id
    keys: dict[str, int] = field(default_factory=dict)
    default_key: int = 38

    def drum_key(self, instrument: str) -> int:
        """General MIDI drum of an unpitched note."""
        return self.keys.get(instrument, self.default_key)


def part_of_program(program: int) -> int | None:
    """Index into PARTS for a General MIDI program 0 … 127, or None for sound effects."""
    name = next(part for first, part in reversed(_PROGRAM_ROWS) if program >= first)
    return None if name is None else PARTS.index(name)


def program_of_name(name: str) -> int | None:
    """General MIDI program for a part's name or sound id; None where it tells nothing."""
    lowered = name.lower()
    return next((program for pattern, program in _NAME_PROGRAMS if re.search(pattern, lowered)), None)


def is_percussion(name: str) -> bool:
    """Whether a name is of an instrument without pitch."""
    lowered = name.lower()
    if program_of_name(lowered) is not None and "bass drum" not in lowered:
        return False
    return _PERCUSSION.search(lowered) is not None or drum_key_of_name(lowered) is not None


def program_and_part(name: str, sounds: str, program: int | None) -> tuple[int, int]:
    """(General MIDI program, index into PARTS) of a part that plays pitches.

    Args:
        name: as printed.
        sounds: sound ids and names of its instruments.
        program: what the file wants for playback, 0 … 127.
    """
    by_name, by_sound = program_of_name(name), program_of_name(sounds)
    if _AMBIGUOUS.match(name.lower()) and by_sound is not None:
        by_name = by_sound
    chosen = next((number for number in (by_name, by_sound, program) if number is not None), 0)
    part = part_of_program(chosen)
    if part is None:  # a part of notes is more than a sound effect
        chosen, part = 0, PARTS.index("piano")
    if chosen == 40 and _SECOND_VIOLIN.search(name.lower()):
        part = PARTS.index("violin-2")
    return chosen, part


def instruments_of(entry: Any, name: str) -> Instruments:  # noqa: ANN401 - an lxml element
    """The drums of a `<score-part>`: from `midi-unpitched` (1 … 128), else from the names."""
    found = Instruments(name)
    key = drum_key_of_name(name)
    if key is not None:
        found.default_key = key
    for instrument in entry.iterfind("score-instrument"):
        words = " ".join(
            (instrument.findtext(tag) or "")[:MAX_WORDS] for tag in ("instrument-name", "instrument-sound")
        )
        key = drum_key_of_name(words.lower())
        if key is not None:
            found.keys[instrument.get("id", "")] = key
    for midi in entry.iterfind("midi-instrument"):
        text = (midi.findtext("midi-unpitched") or "").strip()
        if text.isdecimal() and 1 <= int(text[:4]) <= 128:
            found.keys[midi.get("id", "")] = int(text[:4]) - 1
    return found
