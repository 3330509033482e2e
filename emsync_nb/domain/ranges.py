"""How low and how high each of the parts can sound, as MIDI note numbers (60 = middle C)."""

from __future__ import annotations

from dataclasses import dataclass

from emsync_nb.domain.ensemble import PARTS


@dataclass(frozen=True, slots=True)
class InstrumentRange:
    """The sounding range of one part: what its players reach, and where they are at home."""

    #: lowest note that professionals play
    low: int
    #: highest note that professionals play
    high: int
    #: lowest note that sounds well in every player's hands
    comfortable_low: int
    #: highest note that sounds well in every player's hands
    comfortable_high: int

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.comfortable_low <= self.comfortable_high <= self.high <= 127:
            raise ValueError("a range needs 0 ≤ low ≤ comfortable low ≤ comfortable high ≤ high ≤ 127")

    def holds(self, low: int, high: int) -> bool:
        """Whether notes from `low` to `high` can be played."""
        return self.low <= low and high <= self.high


#: part → its range. Orchestral instruments after S. Adler, The Study of Orchestration (4th edition, 2016): the
#: professional ranges of its appendix, and the registers that its chapters call clear or characteristic. Fretted
#: instruments and keyboards by their construction (open strings and frets, keys). A part that several sizes of one
#: instrument play (saxophones, voices, mallets) spans them; flute, oboe, clarinet and bassoon stand for the
#: common size alone, so that a piccolo lies outside and is not moved further out.
INSTRUMENT_RANGES: dict[str, InstrumentRange] = {
    "piano": InstrumentRange(21, 108, 28, 100),  # 88 keys
    "keys": InstrumentRange(28, 103, 36, 91),  # electric piano of 73 keys with the span of a harpsichord
    "organ": InstrumentRange(24, 108, 36, 96),  # manuals of 61 keys at eight feet, with 16' and 4' stops
    "mallets": InstrumentRange(45, 108, 53, 103),  # marimba, vibraphone, xylophone, celesta, glockenspiel
    "harp": InstrumentRange(23, 104, 28, 96),  # 47 strings
    "acoustic-guitar": InstrumentRange(40, 84, 40, 76),  # 19 frets and a little more
    "electric-guitar": InstrumentRange(36, 88, 40, 84),  # 24 frets; low string tuned down
    "bass-guitar": InstrumentRange(23, 67, 28, 60),  # five strings, 24 frets
    "violin-1": InstrumentRange(55, 103, 55, 93),
    "violin-2": InstrumentRange(55, 103, 55, 88),
    "viola": InstrumentRange(48, 91, 48, 81),
    "cello": InstrumentRange(36, 84, 36, 72),
    "double-bass": InstrumentRange(24, 67, 28, 55),  # with the extension to C
    "strings": InstrumentRange(24, 103, 28, 93),  # from double basses to first violins
    "choir": InstrumentRange(36, 86, 41, 79),  # from basses to sopranos; soloists too
    "trumpet": InstrumentRange(52, 86, 55, 81),
    "trombone": InstrumentRange(33, 77, 40, 70),  # tenor and bass trombone
    "tuba": InstrumentRange(26, 65, 29, 58),
    "horn": InstrumentRange(33, 77, 41, 72),
    "saxophone": InstrumentRange(36, 88, 44, 81),  # from baritone to soprano
    "oboe": InstrumentRange(58, 93, 60, 86),
    "bassoon": InstrumentRange(34, 76, 36, 67),
    "clarinet": InstrumentRange(50, 94, 50, 86),  # in B flat
    "flute": InstrumentRange(59, 98, 62, 93),
    "lead": InstrumentRange(21, 108, 36, 96),  # a synthesizer knows no range; that of the piano is one
    "pad": InstrumentRange(21, 108, 36, 96),
    "timpani": InstrumentRange(36, 60, 40, 55),
    # keys of the General MIDI percussion map, not pitches; they are never moved
    "drums": InstrumentRange(27, 87, 35, 81),
}

if tuple(INSTRUMENT_RANGES) != PARTS:
    raise ValueError("INSTRUMENT_RANGES must hold every part, in the order of PARTS")
