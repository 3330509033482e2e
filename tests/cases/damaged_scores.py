"""MusicXML scores, damaged and mean, and the small files around collections."""

from __future__ import annotations

import io
import zipfile

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_LIST = '<part-list><score-part id="P1"><part-name>Piano</part-name></score-part></part-list>'
_BAR = (
    "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
)


def note(step: str = "C", duration: str = "4") -> str:
    """A note of four quarters."""
    return f"<note><pitch><step>{step}</step><octave>4</octave></pitch><duration>{duration}</duration></note>"


def score(*measures: str, head: str = _HEAD) -> str:
    """A score for one piano."""
    music = "".join(
        f'<measure number="{number}">{content}</measure>' for number, content in enumerate(measures, 1)
    )
    return f'{head}<score-partwise version="4.0">{_LIST}<part id="P1">{music}</part></score-partwise>'


def archive(name: str, content: bytes) -> bytes:
    """One file in an archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return stream.getvalue()


PLAIN = score(_BAR + note(), note("D"), note("E"))
NO_PARTS = f'{_HEAD}<score-partwise version="4.0"><part-list/></score-partwise>'
RESTS = score(_BAR + "<note><rest/><duration>4</duration></note>")
ENDLESS = score(
    _BAR + note(),
    note() + '<barline location="right"><repeat direction="backward" times="1000000000"/></barline>',
)
ENDLESS_NOTE = score(_BAR + note(duration="1e300"))
ODD_LETTER = score(_BAR + note("H"))
#: each line is ten of the one before
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
LAUGHS = score(
    _BAR + f"<direction><direction-type><words>&l11;</words></direction-type></direction>{note()}",
    head=f'{_HEAD}<!DOCTYPE score-partwise [<!ENTITY l0 "ha">{_LAUGHS}]>',
)
BOMB = archive("score.xml", bytes(120_000_000))
NO_SCORE = archive("README.txt", b"no score here")

CC_BY = "This work is licensed under the Creative Commons Attribution 4.0 International License.\n"
GROOVE = "drummer,session,beat_type,midi_filename\nd,d/s,beat,d/s/1.mid\n"
