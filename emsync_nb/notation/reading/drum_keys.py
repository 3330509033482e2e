"""General MIDI drum keys by the names of instruments, as a table."""

from __future__ import annotations

import re

#: (pattern, key of the General MIDI percussion map); the first that is found counts
_KEYS: tuple[tuple[str, int], ...] = (
    (r"bass drum|bass-drum|grosse caisse|gran cassa|gro(ss|ß)e trommel|\bkick\b", 36),
    (r"tenor drum|r(ue|ü)hrtrommel|caisse roulante", 41),
    (r"side stick|rim ?shot", 37),
    (
        r"snare|side drum|military drum|tambour militaire|kleine trommel|caisse claire|\btambour\b|\btamburo\b",
        38,
    ),
    (r"tambourine|tamburin|tambour de basque|tamburello|schellentrommel", 54),
    (r"tam-?tam|\bgong", 52),
    (r"triang", 81),
    (r"hi-?hat", 42),
    (r"\bride\b", 51),
    (r"splash", 55),
    (r"suspended cymbal|crash|cymbal|becken|piatt|cinell", 49),
    (r"castanet|kastagnett|nacchere", 85),
    (r"wood ?block|temple ?block|holzblock", 76),
    (r"cow ?bell", 56),
    (r"sleigh ?bell|jingle|schellen", 83),
    (r"whip|slapstick|frusta|clap", 39),
    (r"ratchet|guiro|r(ae|ä)tsche", 73),
    (r"claves", 75),
    (r"maracas|shaker|cabasa", 70),
    (r"bongo", 60),
    (r"conga", 63),
    (r"\btoms?\b|tom-tom", 47),
    (r"anvil|amboss", 56),
)


def drum_key_of_name(name: str) -> int | None:
    """The key for an instrument's name in small letters; None where it is no drum of that map."""
    return next((key for pattern, key in _KEYS if re.search(pattern, name)), None)
