"""Which of the generator's voices a General MIDI program or a score's part name belongs to."""

from __future__ import annotations

import re

from emsync_nb.domain import PARTS

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

#: the first pattern found in a part's name or sound id decides; names beat programs, which are often wrong
_NAME_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"violoncello|\bcello|\bvc\b", "cello"),
    (r"contrabassoon|bassoon|fagott", "bassoon"),
    (r"contrabass|double bass|violone|kontrabass", "double-bass"),
    (r"violin.*(2|3|ii)\b", "violin-2"),
    (r"violin", "violin-1"),
    (r"viola", "viola"),
    (r"trombone|posaune", "trombone"),
    (r"tuba|ophicleide", "tuba"),
    (r"trumpet|tromba|cornet|trompete", "trumpet"),
    (r"english horn|oboe|corno inglese", "oboe"),
    (r"horn|corno", "horn"),
    (r"flute|traverso|piccolo|flauto|recorder", "flute"),
    (r"clarinet", "clarinet"),
    (r"timpani|pauken", "timpani"),
    (r"harpsichord|continuo|cembalo|clavichord", "keys"),
    (r"organ", "organ"),
    (r"celesta|glockenspiel|xylophone|vibraphone|marimba", "mallets"),
    (r"harp", "harp"),
    (r"piano|klavier|keyboard", "piano"),
    (r"guitar|lute", "acoustic-guitar"),
    (r"saxophone", "saxophone"),
    # last, for trombones and clarinets have alto, tenor and bass too
    (r"voice|soprano|alto\b|tenor\b|\bbass\b|bariton|stimme|chant|\bvoix|canto|chorus|choir", "choir"),
)


def part_of_program(program: int) -> int | None:
    """Index into PARTS for a General MIDI program 0 … 127, or None for sound effects."""
    name = next(part for first, part in reversed(_PROGRAM_ROWS) if program >= first)
    return None if name is None else PARTS.index(name)


def part_of_name(name: str, program: int | None) -> int | None:
    """Index into PARTS for a score's part name, falling back to its program; None if neither tells."""
    lowered = name.lower()
    for pattern, part in _NAME_PATTERNS:
        if re.search(pattern, lowered):
            return PARTS.index(part)
    return None if program is None else part_of_program(program)
