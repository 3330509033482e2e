"""MusicXML files into element trees: compressed or plain, with limits on what a forged one can cost."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from emsync_nb.extras import require
from emsync_nb.midi_input import read_bounded

#: a score that is larger, or unpacks to more, is refused; the finale of Beethoven's ninth has 27 MB
MAX_XML_BYTES = 100_000_000
#: a score of more elements is refused; the finale of Beethoven's ninth has 700,000
MAX_ELEMENTS = 1_500_000
#: and one of more attributes; that finale has 400,000
MAX_ATTRIBUTES = 1_000_000
#: a container lists a few files
MAX_CONTAINER_BYTES = 100_000
_CONTAINER = "META-INF/container.xml"
_SCORE_TYPES = (None, "application/vnd.recordare.musicxml+xml", "application/vnd.recordare.musicxml")
_ENDINGS = (".musicxml", ".xml")
#: bytes within a pair of characters in UTF-8, UTF-16 and UTF-32
_GAPS = (b"", b"\0", b"\0\0\0")
#: encodings in which "<" is a byte of its own, as it is not in UTF-7 or on mainframes
_COUNTED = re.compile(
    rb"(us-)?ascii|utf-?(8|16|32)([bl]e)?|ucs-[24]|iso-10646-ucs-[24]|iso[-_]?8859[-_]\d+|latin-?\d+"
    rb"|(windows-?|cp)(125\d|874|932|936|949|950)|koi8-[ru]|mac\w*|x-mac-\w+|shift[-_]jis|sjis|euc-\w+|gb\w+|big5\S*"
)
_ENCODING = re.compile(rb"""\sencoding\s*=\s*["']([^"'<>]*)["']""")
#: byte order marks and blanks
_BEFORE_XML = b"\xef\xbb\xbf\xfe\xff \t\r\n"
#: default attributes cost memory at every element, and parameter entities hide them
_DECLARING = re.compile(rb"<!ATTLIST|<!ENTITY\s+%")
#: what damaged archives raise; encrypted ones raise RuntimeError, unknown compressions NotImplementedError
ARCHIVE_DAMAGES = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, KeyError, ValueError,
)  # fmt: skip


def load_score(path: Path) -> Any:  # noqa: ANN401 - an lxml element
    """The root element of a MusicXML file, compressed (.mxl) or not.

    Raises:
        MidiError: the file is missing, too large, or cannot be opened.
        ValueError: it is no MusicXML, or unpacks to too much.
        MissingExtraError: lxml is not installed.
    """
    etree = require("lxml.etree")
    data = read_bounded(path, kind="MusicXML score", limit=MAX_XML_BYTES)
    try:
        if data.startswith(b"PK"):
            data = _unpacked(data, etree)
        root = _parsed(data, etree)
    except (*ARCHIVE_DAMAGES, etree.XMLSyntaxError) as error:
        reason = " ".join(str(error).split()) or "it ends too early"
        raise ValueError(reason) from error
    if root.tag not in ("score-partwise", "score-timewise"):
        raise ValueError(f"it holds <{str(root.tag)[:40]}>, not <score-partwise>")
    return root


def _parsed(data: bytes, etree: Any) -> Any:  # noqa: ANN401 - lxml has no types
    _check_cost(data)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(data, parser)
    if root is None:
        raise ValueError("it holds no elements")
    return root


def _check_cost(data: bytes) -> None:
    """Refuse what would fill the memory before there is a tree that could be counted.

    The bytes are counted in whatever encoding: a character that is no markup may be counted too, none is missed.

    Raises:
        ValueError: too many elements or attributes, or an encoding in which they cannot be counted.
    """
    closing = sum(data.count(b"<" + gap + b"/") for gap in _GAPS)
    if data.count(b"<") - closing + data.count(b"&") > MAX_ELEMENTS:
        raise ValueError(f"it has more than {MAX_ELEMENTS} elements")
    if data.count(b'"') + data.count(b"'") > 2 * MAX_ATTRIBUTES:
        raise ValueError(f"it has more than {MAX_ATTRIBUTES} attributes")
    plain = data if b"\0" not in data[:4] else data.replace(b"\0", b"")
    if plain[:1000].lstrip(_BEFORE_XML)[:1] != b"<":
        raise ValueError("it is no XML")
    encoding = _ENCODING.search(plain[: plain.find(b"?>") + 1])
    if encoding is not None and _COUNTED.fullmatch(encoding.group(1).lower()) is None:
        raise ValueError(
            f"its encoding {encoding.group(1)[:20].decode('latin-1')} is not read. Save it in UTF-8"
        )
    if _DECLARING.search(plain) is not None:
        raise ValueError("it declares attributes or entities of a document type of its own")


def _unpacked(data: bytes, etree: Any) -> bytes:  # noqa: ANN401 - lxml has no types
    """The score inside an archive: the one its container names, else the first that looks like one."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        known = set(names)
        listed = [name for name in _listed(archive, etree) if name in known]
        others = [name for name in names if name.endswith(_ENDINGS) and not name.startswith("META-INF")]
        chosen = [*listed, *others]
        if not chosen:
            raise ValueError("the archive holds no score")
        return _member(archive, chosen[0], MAX_XML_BYTES)


def _listed(archive: zipfile.ZipFile, etree: Any) -> list[str]:  # noqa: ANN401 - lxml has no types
    """The scores that the container names; none where it is missing or damaged."""
    try:
        root = _parsed(_member(archive, _CONTAINER, MAX_CONTAINER_BYTES), etree)
    except (*ARCHIVE_DAMAGES, etree.XMLSyntaxError):
        return []
    files = [element for element in root.iter("{*}rootfile") if element.get("media-type") in _SCORE_TYPES]
    return [element.get("full-path", "") for element in files]


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    size = archive.getinfo(name).file_size
    if size <= limit:
        with archive.open(name) as stream:  # the size may be a lie
            content = stream.read(limit + 1)
        size = len(content)
    if size > limit:
        raise ValueError(f"{name} unpacks to {size} bytes or more")
    return content
