"""What words say about tempo, as tables.

The ranges of the Italian words are about those that metronomes bear and dictionaries of music give: beats a minute
from … to. They differ from maker to maker, and some are narrower here; the German, French and English words stand,
by our own judgement, beside the Italian ones that composers used them for. Words are compared in small letters and
without accents.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

#: (pattern, slowest, fastest) in beats a minute; the first that is found in the words counts
TEMPO_WORDS: tuple[tuple[str, float, float], ...] = (
    (r"prestissimo", 200, 208),
    (r"\bpresto|\btres vite\b|sehr schnell|very fast|\bso (schnell|rasch) (als|wie) moglich", 168, 200),
    (r"vivacissimo", 168, 184),
    (r"allegro vivace|allegro con brio|allegro molto|molto allegro|allegro assai", 140, 172),
    (r"allegretto", 100, 120),
    (r"allegro moderato|moderato assai allegro", 108, 126),
    (r"\ballegro|\ballo\b", 120, 152),
    (
        r"\bvivace|\bvivo\b|\blebhaft|\blively\b|\bvif\b|\bvivement|\bmunter|\blustig|\bfroh|\bfrisch",
        132,
        160,
    ),
    (r"\bschnell\b|\brasch\b|\bgeschwind|\bhurtig|\bfeurig|\bsturmisch|\beilig", 132, 160),
    (r"\bvite\b|\bquick|\bfast\b|\brapide|\brapido|\bbrisk", 132, 160),
    (r"\bandante con moto|\bandantino", 84, 108),
    (r"\bandante|\bgehend", 76, 108),
    (r"\blarghetto", 60, 66),
    (r"\blarghissimo|\badagissimo", 34, 44),
    (r"\bgrave\b", 36, 46),
    (r"\bsehr langsam|\btres lent|\bvery slow|\bsehr breit", 40, 56),
    (r"\blargo|\blargement|\blarge\b|\bbreit", 40, 60),
    (r"\badagio", 60, 76),
    (r"\blento|\blent\b|\blentement|\blangsam\b|\bslow(ly)?\b", 48, 66),
    (r"\bmoderato|\bmodere|\bmoderate|\bmassig|\bmaestoso|\bmarziale|\balla marcia|\bmarschm", 100, 120),
)
#: words of mood, which are a tempo only where a piece begins with them
MOOD_WORDS: tuple[tuple[str, float, float], ...] = (
    (
        r"\banimato|\banime\b|\bagitato|\bagite|\berregt|\bcon (moto|spirito|fuoco)\b|\bleidenschaftlich bewegt",
        112,
        144,
    ),
    (r"\bmouvemente|\bheiter|\bgaiement", 112, 144),
    (r"\bbewegt|\bbelebt|\bzart bewegt|\bfliessend|\bleicht bewegt", 96, 126),
    (
        r"\btranquillo|\btranquille|\bruhig|\binnig|\bsostenuto|\bgetragen|\bfeierlich|\bcalme|\bcalm\b",
        58,
        76,
    ),
    (r"\btempo di (minuetto|menuetto|valse)|\bgrazioso|\bcommodo|\bcomodo|\bgemachlich|\bbequem", 84, 112),
)
#: words after which the tempo of the piece, or of before, holds again
_FIRST_TEMPO = re.compile(
    r"\btempo (primo|i|1|1o|1mo|uno|prima)\b|\btempo i[.°o]|\b(1er|i ?er|premier)\W+mouv|\berstes (zeitmass|tempo)"
    r"|\bhauptzeitmass|\bfruheres tempo|\b1[o°º]? tempo|\b1 ?er\W+mouv"
)
_SAME_TEMPO = re.compile(
    r"\ba tempo|\bin tempo|\bim tempo|\bau mouv|^tempo\W*$|\bim zeitmass|\bmouv\W*t\b|\bistesso tempo|\blo stesso tempo"
)
#: (pattern, factor): gradual changes and where they lead by and by
_GRADUAL: tuple[tuple[str, float], ...] = (
    (
        r"\brit\b|\britard|\briten|\brall|\brallent|\ballarg|\bslarg|\bslent|\bcalando|\bcal\b|\blentando",
        0.75,
    ),
    (
        r"\bzuruckhalt|\bzogernd|\bnachlass|\bverbreit|\bverlangsam|\blangsamer werdend|\bimmer langsamer",
        0.75,
    ),
    (r"\ben retenant|\bcedez|\bcedant|\bretenu|\bretenez|\bralent|\ben elargissant|\belargi|\bslowing", 0.75),
    (r"\bmorendo|\bsmorz", 0.75),
    (
        r"\baccel|\bstring\b|\bstringend|\baffrett|\bincalz|\bbeschleunig|\beilend|\bdrangend|\bschneller werd",
        1.25,
    ),
    (r"\ben animant|\banimez|\banimando|\bpressez|\bpressant|\bserrez|\bserrant", 1.25),
    (r"\bnach und nach (bewegt|schnell|beleb)", 1.25),
)
#: (pattern, factor): another tempo at once, compared with the one before
_RELATIVE: tuple[tuple[str, float], ...] = (
    (r"\bpiu (mosso|allegro|vivo|vivace|presto|animato|moto|stretto)|\bpoco mosso", 1.15),
    (r"\bstretto\b|\bdoppio movimento", 1.2),
    (
        r"\bschneller|\brascher|\bbewegter|\blebhafter|\bbelebter|\bplus (vite|anime|vif)|\bfaster|\bmoins lent",
        1.15,
    ),
    (
        r"\bmeno (mosso|allegro|presto|vivo|vivace)|\bpiu (lento|largo|adagio|tranquillo|sostenuto|moderato)",
        0.85,
    ),
    (
        r"\blangsamer|\bruhiger|\bbreiter|\bgemassigter|\bplus (lent|calme|large)|\bmoins vi(te|f)|\bslower",
        0.85,
    ),
)
_MORE = re.compile(r"\bmolto|\bassai|\bsehr|\btres|\bvery|\bviel|\bmuch|\bbeaucoup|\bbedeutend|\bausserst")
_LESS = re.compile(
    r"\bpoco|\betwas|\bun peu|\bpeu\b|\bma non tr|\bnon tr|\bnicht zu|\bpas tr|\bnot too|\bein wenig"
)
#: words whose middle is quicker than this are quick: "molto" makes them quicker, the others slower
_NEITHER_BPM = 92.0
TempoAnswer = Literal["absolute", "mood", "relative", "gradual", "first", "same"]


@dataclass(frozen=True, slots=True)
class TempoWord:
    """What words ask for."""

    kind: TempoAnswer
    #: beats a minute of "absolute" and "mood"; a factor of "relative" and "gradual"; 0 else
    value: float = 0.0


def plain(text: str) -> str:
    """Small letters without accents: "Mäßig" is massig, "più" is piu."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@lru_cache(maxsize=4096)
def tempo_word(words: str) -> TempoWord | None:
    """What words say about tempo; None where they speak of something else."""
    text = plain(words[:200])
    if re.search(r"\b(senza|ohne|sans|non|no) (rit|rall|accel|presser|string)", text):
        return None
    if _FIRST_TEMPO.search(text):
        return TempoWord("first")
    for pattern, factor in _GRADUAL:
        if re.search(pattern, text):
            return TempoWord("gradual", _bent(factor, text))
    for pattern, factor in _RELATIVE:
        if re.search(pattern, text):
            return TempoWord("relative", _bent(factor, text))
    if _SAME_TEMPO.search(text):
        return TempoWord("same")
    absolute = _beats(text, TEMPO_WORDS)
    if absolute:
        return TempoWord("absolute", absolute)
    mood = _beats(text, MOOD_WORDS)
    return TempoWord("mood", mood) if mood else None


def _bent(factor: float, text: str) -> float:
    """A change made smaller by "poco" and larger by "molto"."""
    strength = 0.5 if _LESS.search(text) else 1.5 if _MORE.search(text) else 1.0
    return 1.0 + (factor - 1.0) * strength


def _beats(text: str, table: tuple[tuple[str, float, float], ...]) -> float:
    """Beats a minute of the first row that is found in the text, moved within its range; 0 without one."""
    for pattern, slowest, fastest in table:
        if re.search(pattern, text):
            towards_neither = -1 if (slowest + fastest) / 2 > _NEITHER_BPM else 1
            share = 0.5
            if _LESS.search(text):
                share += 0.4 * towards_neither
            elif _MORE.search(text):
                share -= 0.4 * towards_neither
            return slowest + share * (fastest - slowest)
    return 0.0
