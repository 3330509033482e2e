"""Subtitle files beside a film: which one belongs to it, and what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from emsync_nb.analysis.words.encodings import decode
from emsync_nb.analysis.words.subrip import parse_subrip
from emsync_nb.analysis.words.substation import parse_substation
from emsync_nb.domain.words import Subtitles, collected

#: a film of three hours has about 150 kB of subtitles; what lies beyond this is not read
MAX_BYTES = 4 * 1024 * 1024
#: endings of names, the better known first
SUFFIXES = (".srt", ".vtt", ".ass", ".ssa")
#: between the film's name and the ending: film.en.srt, film.pt-BR.forced.srt, but not film.part2.srt
_LANGUAGE = re.compile(
    r"[a-z]{2,3}(?:[-_][a-z0-9]{2,4})?|english|german|french|spanish|italian|japanese|chinese"
)
_MARKS = frozenset({"forced", "sdh", "cc", "hi", "full", "default"})
_ENGLISH = frozenset({"en", "eng", "english"})


def find_sidecar(film: Path) -> Path | None:
    """The subtitle file beside a film, by name; None where there is none.

    film.srt comes before film.en.srt, that before other languages, and those that only translate what is foreign
    ("forced") come last; of one name, .srt before .vtt, .ass and .ssa.
    """
    ranked = sorted(
        (rank, path) for path in _files_beside(film) if (rank := _rank(film.stem, path)) is not None
    )
    return ranked[0][1] if ranked else None


def _files_beside(film: Path) -> Iterator[Path]:
    try:
        names = [path.name for path in film.parent.iterdir()]
    except OSError:  # a folder that may be entered but not listed: the plain names can still be tried
        names = [film.stem + suffix for suffix in SUFFIXES]
    for name in names:
        path = film.parent / name
        if name.startswith(film.stem + ".") and path.suffix.lower() in SUFFIXES and path.is_file():
            yield path


def _rank(stem: str, path: Path) -> tuple[int, int, str] | None:
    """How good a file is, the lower the better; None where it belongs to another film."""
    words = [word.lower() for word in path.name[len(stem) :].split(".")[1:-1]]
    languages = [word for word in words if word not in _MARKS]
    if len(languages) > 1 or not all(_LANGUAGE.fullmatch(word) for word in languages):
        return None
    is_english = not languages or re.split("[-_]", languages[0])[0] in _ENGLISH
    rank = bool(words) + 2 * (not is_english) + 4 * ("forced" in words)
    return rank, SUFFIXES.index(path.suffix.lower()), path.name


def read_sidecar(path: Path) -> Subtitles:
    """The readable subtitles of a file, and what kept others from being read. What it holds decides, not its name.

    Raises:
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    text, fault = decode(raw[:MAX_BYTES])
    faults = [fault] if fault else []
    if len(raw) > MAX_BYTES:
        faults.append(f"it is larger than {MAX_BYTES >> 20} MiB")
    parse = parse_substation if _is_substation(text) else parse_subrip
    return collected(path.name, *parse(text), faults)


def _is_substation(text: str) -> bool:
    beginning = text[:4096].lower()
    return "[script info]" in beginning or "[events]" in beginning
