"""Small scores as MusicXML, and the pieces they are written from."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

WriteScore = Callable[..., Path]
ATTRIBUTES = "<attributes><divisions>{}</divisions><time><beats>{}</beats><beat-type>{}</beat-type></time></attributes>"

_CONTAINER = '<container><rootfiles><rootfile full-path="score.xml"/></rootfiles></container>'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<score-partwise version="4.0">'


def score_xml(parts: dict[str, str], details: dict[str, str] | None = None) -> str:
    """A score: measures by part name, and what else stands in each part's list entry."""
    listed = "".join(
        f'<score-part id="P{i}"><part-name>{name}</part-name>{(details or {}).get(name, "")}</score-part>'
        for i, name in enumerate(parts)
    )
    music = "".join(f'<part id="P{i}">{measures}</part>' for i, measures in enumerate(parts.values()))
    return f"{_HEAD}<part-list>{listed}</part-list>{music}</score-partwise>"


def note(
    step: str, octave: int, duration: int, *, alter: int = 0, more: str = "", chord: bool = False
) -> str:
    """A note of some divisions; `more` goes inside it."""
    altered = f"<alter>{alter}</alter>" if alter else ""
    return (
        f"<note>{'<chord/>' if chord else ''}<pitch><step>{step}</step>{altered}<octave>{octave}</octave></pitch>"
        f"<duration>{duration}</duration>{more}</note>"
    )


def rest(duration: int) -> str:
    """A rest of some divisions."""
    return f"<note><rest/><duration>{duration}</duration></note>"


def measure(number: int, *content: str) -> str:
    """A measure of what is given."""
    return f'<measure number="{number}">{"".join(content)}</measure>'


def direction(content: str, *, offset: int | None = None, more: str = "") -> str:
    """A direction of one type; `offset` in divisions, `more` beside the type."""
    shifted = "" if offset is None else f"<offset>{offset}</offset>"
    return f"<direction><direction-type>{content}</direction-type>{shifted}{more}</direction>"


def words(text: str, *, sound: str = "", staff: int | None = None) -> str:
    """Words, with what stands beside them."""
    place = "" if staff is None else f"<staff>{staff}</staff>"
    return direction(f"<words>{text}</words>", more=place + (f"<sound {sound}/>" if sound else ""))


def metronome(unit: str, per_minute: str, *, dots: int = 0, sound: str = "") -> str:
    """A metronome mark."""
    beat = f"<beat-unit>{unit}</beat-unit>{'<beat-unit-dot/>' * dots}<per-minute>{per_minute}</per-minute>"
    return direction(f"<metronome>{beat}</metronome>", more=f"<sound {sound}/>" if sound else "")


def barline(content: str, location: str = "right") -> str:
    """A barline of some content."""
    return f'<barline location="{location}">{content}</barline>'


def repeat(direction: str, times: int | None = None) -> str:
    """A repeat sign, "forward" or "backward"."""
    often = "" if times is None else f' times="{times}"'
    where = "left" if direction == "forward" else "right"
    return barline(f'<repeat direction="{direction}"{often}/>', where)


def ending(number: str, kind: str, more: str = "") -> str:
    """One end of an ending; `more` is a repeat sign within its barline."""
    where = "left" if kind == "start" else "right"
    return barline(f'<ending number="{number}" type="{kind}"/>{more}', where)


def mark(name: str) -> str:
    """A dynamics mark."""
    return direction(f"<dynamics><{name}/></dynamics>")


def wedge(kind: str) -> str:
    """One end of a hairpin."""
    return direction(f'<wedge type="{kind}"/>')


def tempo(bpm: float) -> str:
    """Words that are no tempo, with one for playback."""
    return f'<direction><direction-type><words>x</words></direction-type><sound tempo="{bpm}"/></direction>'


@pytest.fixture
def write_score(tmp_path: Path) -> WriteScore:
    """Writes measures by part name, or a whole document, as an .mxl and gives its path."""

    def write(
        score: dict[str, str] | str | bytes, *, details: dict[str, str] | None = None, name: str = "score.mxl"
    ) -> Path:
        document = score_xml(score, details) if isinstance(score, dict) else score
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("META-INF/container.xml", _CONTAINER)
            archive.writestr("score.xml", document)
        return path

    return write
