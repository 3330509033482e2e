"""Compare our reader of MusicXML with music21, note by note, and write docs/reading-scores.md.

Run from the checkout: `python -m tests.benchmarks.reader_agreement`, with `--short` for a small part. Every note is
compared as (onset, length with its ties, sounding pitch) in exact quarters, part by part: first in the order of the
pages, then, where music21 can play the repeats, in the order of playing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from lxml import etree

from emsync_nb.notation.reading.musicxml_table import read_musicxml
from emsync_nb.notation.reading.playing import play_part, played_starts
from emsync_nb.notation.reading.repeats import playing_order
from emsync_nb.notation.reading.score_file import load_score
from emsync_nb.notation.reading.score_reader import read_score
from emsync_nb.notation.reading.written import WrittenScore
from tests.benchmarks.reader_reasons import PAPER_REASONS, PLAYED_REASONS

OUT = Path(__file__).parents[2] / "docs" / "reading-scores.md"
DATA = Path(os.environ.get("EMSYNC_DATA", Path(__file__).parents[3] / "shared" / "data")) / "music"
CORPUS = "music21 corpus"
#: files of each collection, and the most notes a file of it may have
SAMPLE = {
    "openscore-lieder": (45, 15_000),
    "openscore-string-quartets": (13, 9_000),
    "openscore-orchestra": (12, 15_000),
    CORPUS: (30, 15_000),
}
#: what the test suite compares
SHORT = {
    "openscore-lieder": (6, 2000),
    "openscore-string-quartets": (1, 4500),
    "openscore-orchestra": (1, 4500),
    CORPUS: (4, 1500),
}
#: of the corpus, most of which is Bach's chorales, so many files of one folder
MOST_OF_ONE = 6
#: onset and length in quarters, MIDI pitch, −1 for percussion
Heard = tuple[Fraction, Fraction, int]
Parts = list[Counter[Heard]]


@dataclass
class Outcome:
    """How far both agree on one file, in one order."""

    name: str
    collection: str
    notes: int
    agreeing: int
    #: music21 could not play the repeats
    refused: bool = False
    differences: list[str] = field(default_factory=list)


def sample(sizes: dict[str, tuple[int, int]], data: Path = DATA) -> list[tuple[str, Path]]:
    """(collection, file): always the same ones, spread by a hash of their names."""
    import music21

    corpus = Path(music21.__file__).parent / "corpus"
    chosen: list[tuple[str, Path]] = []
    for collection, (number, most) in sizes.items():
        home = corpus if collection == CORPUS else data / collection
        files = [path for path in home.rglob("*") if path.suffix in (".mxl", ".xml", ".musicxml")]
        files.sort(key=lambda path: hashlib.sha256(str(path.relative_to(home)).encode()).digest())
        chosen += _small_enough(collection, files, number, most)
    return chosen


def _small_enough(collection: str, files: Iterable[Path], number: int, most: int) -> list[tuple[str, Path]]:
    chosen: list[tuple[str, Path]] = []
    composers: Counter[str] = Counter()
    for path in files:
        if len(chosen) == number:
            break
        if collection == CORPUS and composers[path.parts[-3]] + composers[path.parts[-2]] >= MOST_OF_ONE:
            continue
        notes = sum(len(bar) for part in read_score(load_score(path)).parts for bar in part.bars)
        if 0 < notes <= most:
            chosen.append((collection, path))
            composers[path.parts[-2]] += 1
    return chosen


def as_we_read(score: WrittenScore, order: list[int]) -> Parts:
    """Our notes by part, in an order of bars."""
    starts = played_starts(score, order)
    quarter = score.per_quarter
    return [
        Counter(
            (_exact(Fraction(n.onset, quarter)), _exact(Fraction(n.duration, quarter)), _pitch(n.written))
            for n in play_part(part, starts, order)
        )
        for part in score.parts
    ]


def _pitch(written: Any) -> int:  # noqa: ANN401
    return -1 if written.unpitched else int(written.pitch)


def _exact(value: Any) -> Fraction:  # noqa: ANN401 - whatever music21 counts in
    """Quarters, with the denominators that music21 allows."""
    return Fraction(value).limit_denominator(65535)


def music21_score(path: Path, folder: Path) -> Any:  # noqa: ANN401 - a music21 score
    """What music21 reads, at sounding pitch; cue notes, which it takes for notes, are made rests before."""
    import music21

    root = load_score(path)
    source = path
    if next(root.iter("cue"), None) is not None:
        source = folder / "without_cues.musicxml"
        for note in [cue.getparent() for cue in root.iter("cue")]:
            for child in note.findall("pitch"):
                note.replace(child, etree.Element("rest"))
            if note.find("chord") is not None:
                note.getparent().remove(note)
        source.write_bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
    elif path.suffix == ".mxl" and not zipfile.is_zipfile(path):
        source = folder / "plain.musicxml"
        source.write_bytes(path.read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score = music21.converter.parse(str(source), forceSource=True, format="musicxml")
        return score.toSoundingPitch(inPlace=True) or score


def as_music21_reads(score: Any, drums: list[bool]) -> Parts:  # noqa: ANN401
    """music21's notes by part, staves of one part together, ties joined here."""
    by_part: dict[str, list[tuple[Fraction, Fraction, int, str, str]]] = {}
    for number, part in enumerate(score.parts):
        # names may come twice; the staves of one part are called P2-Staff1, P2-Staff2
        staves = re.fullmatch(r"(.*)-Staff\d+", str(part.id))
        heads = by_part.setdefault(staves.group(1) if staves else f"{number}", [])
        is_drum = drums[len(by_part) - 1] if len(by_part) <= len(drums) else False
        heads += _noteheads(part, is_drum)
    return [Counter(_joined(heads)) for heads in by_part.values()]


def _noteheads(part: Any, is_drum: bool) -> Iterator[tuple[Fraction, Fraction, int, str, str]]:  # noqa: ANN401
    for measure in part.getElementsByClass("Measure"):
        for holder in (measure, *measure.voices):
            begin = measure.offset + (0 if holder is measure else holder.offset)
            voice = "" if holder is measure else str(holder.id)
            for element in holder.notes:
                if element.duration.isGrace or element.duration.quarterLength == 0:
                    continue
                onset = _exact(begin + element.offset)
                for head in getattr(element, "notes", (element,)):
                    pitched = hasattr(head, "pitch") and not is_drum
                    if pitched or is_drum:
                        length = _exact(head.duration.quarterLength or element.duration.quarterLength)
                        tie = head.tie.type if head.tie else ""
                        yield onset, length, head.pitch.midi if pitched else -1, tie, voice


def _joined(heads: list[tuple[Fraction, Fraction, int, str, str]]) -> Iterator[Heard]:
    """Tied noteheads as one note: a head that is tied from goes on with one of its pitch that ends there."""
    sounding: list[list[Any]] = []
    waiting: dict[tuple[Fraction, int], list[tuple[str, list[Any]]]] = {}
    for onset, length, pitch, tie, voice in sorted(heads, key=lambda head: head[0]):
        found = waiting.get((onset, pitch), []) if tie in ("stop", "continue") else []
        if found:
            pair = min(found, key=lambda other: other[0] != voice)
            found.remove(pair)
            note = pair[1]
            note[1] += length
        else:
            note = [onset, length, pitch]
            sounding.append(note)
        if tie in ("start", "continue"):
            waiting.setdefault((onset + length, pitch), []).append((voice, note))
    return ((onset, length, pitch) for onset, length, pitch in sounding)


def compared(name: str, collection: str, ours: Parts, theirs: Parts) -> Outcome:
    """Count the notes that both have, part by part."""
    outcome = Outcome(name, collection, sum(map(Counter.total, theirs)), 0)
    for index in range(max(len(ours), len(theirs))):
        mine = ours[index] if index < len(ours) else Counter()
        other = theirs[index] if index < len(theirs) else Counter()
        outcome.agreeing += (mine & other).total()
        outcome.notes = max(outcome.notes, 0) + max(0, (mine - other).total() - (other - mine).total())
        for who, extra in (("only ours", mine - other), ("only music21", other - mine)):
            for onset, length, pitch in sorted(extra)[:3]:
                outcome.differences.append(f"part {index + 1}, {who}: {pitch} at {onset} for {length}")
    return outcome


def compare_file(
    collection: str, path: Path, folder: Path, *, repeats: bool = True
) -> tuple[Outcome, Outcome | None]:
    """One file in the order of the pages, and as played where it has repeats."""
    import music21

    name = path.name if collection != CORPUS else "/".join(path.parts[-2:])
    score = read_score(load_score(path))
    drums = [any(note.unpitched for bar in part.bars for note in bar) for part in score.parts]
    theirs = music21_score(path, folder)
    pages = list(range(score.bars))
    paper = compared(name, collection, as_we_read(score, pages), as_music21_reads(theirs, drums))
    order = playing_order(score.signs)
    if not repeats or not any(sign.backward or sign.jumps for sign in score.signs):
        return paper, None
    try:
        expanded = theirs.expandRepeats()
    except (music21.exceptions21.Music21Exception, AttributeError, TypeError, IndexError, KeyError):
        return paper, Outcome(name, collection, 0, 0, refused=True)
    return paper, compared(name, collection, as_we_read(score, order), as_music21_reads(expanded, drums))


def main() -> int:
    """Compare, print, and write the page; 1 where fewer than 97 in 100 files agree wholly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    begun = time.perf_counter()
    paper: list[Outcome] = []
    played: list[Outcome] = []
    files = sample(SHORT if chosen.short else SAMPLE)
    with tempfile.TemporaryDirectory() as folder:
        for collection, path in files:
            first, second = compare_file(collection, path, Path(folder))
            paper.append(first)
            played += [second] if second is not None else []
            for kind, outcome in (("pages", first), ("played", second)):
                if outcome is not None:
                    _print(kind, outcome)
    speed = notes_a_second([path for _, path in files])
    if not chosen.short:
        chosen.out.write_text(page(paper, played, speed, time.perf_counter() - begun), encoding="utf-8")
    whole = sum(outcome.agreeing == outcome.notes for outcome in paper)
    print(f"{whole} of {len(paper)} files agree wholly; {speed:,.0f} notes a second")
    return int(whole < 0.97 * len(paper))


def _print(kind: str, outcome: Outcome) -> None:
    state = "music21 cannot" if outcome.refused else f"{outcome.agreeing}/{outcome.notes}"
    print(f"{kind:6} {state:>14} {outcome.collection}: {outcome.name}", flush=True)
    for line in outcome.differences[:8]:
        print(f"         {line}")


def notes_a_second(files: list[Path]) -> float:
    """How fast our reader makes tables of these files, in played notes."""
    begun = time.perf_counter()
    notes = sum(len(read_musicxml(path).onset) for path in files)
    return notes / (time.perf_counter() - begun)


_HEAD = """# Reading scores

Written by `python -m tests.benchmarks.reader_agreement`.

`emsync_nb.notation.reading` reads MusicXML itself, for preparing training music and for labelling: music21 needs
minutes for what it reads in seconds. This page shows how far both agree, note by note, on {files} files that are
always the same (chosen by a hash of their names among files of up to 15,000 notes). A note agrees when its onset and
its length with ties, as exact fractions of a quarter, and its sounding pitch are the same in the same part. Ties are
joined by the comparison itself, for music21's `stripTies` mishandles chords that are tied in part. Cue notes, which
music21 sounds, are taken out before.

Our reader made tables of these files at **{speed:,.0f} notes a second** on one core; the whole comparison took
{minutes:.0f} minutes.
"""


def page(paper: list[Outcome], played: list[Outcome], speed: float, seconds: float) -> str:
    """docs/reading-scores.md."""
    lines = [
        _HEAD.format(files=len(paper), speed=speed, minutes=seconds / 60),
        "## In the order of the pages",
        "",
    ]
    lines += [*_table(paper), "", *_disagreements(paper, PAPER_REASONS), ""]
    lines += ["## As played, with repeats", ""]
    lines.append(
        "Only files with repeats or jumps; music21 plays each part by its own signs, ours plays all parts by the"
        " signs of all."
    )
    lines += ["", *_played_table([one for one in played if not one.refused])]
    refused = [one.name for one in played if one.refused]
    lines += [
        "",
        f"music21 could not play {len(refused)} more of them: {', '.join(sorted(refused)) or 'none'}.",
        "",
    ]
    lines += _disagreements([one for one in played if not one.refused], PLAYED_REASONS)
    return "\n".join([*lines, "", _LIMITS])


_LIMITS = """## What is left out, on purpose

Grace notes (no time of their own), cue notes (another's music), ornaments (trills, turns, arpeggios), tremolos
(played as written), spoken rhythms in a singer's part, pedals. A part that changes its instrument keeps the first one.

A bar too short for the grid of 1/12 quarter takes one step from the next one, so that every bar of the page is a bar of
the table. Scores of more than 1,000 parts, 1.5 million elements or a million attributes (the finale of Beethoven's
ninth has about 700,000 and 400,000) are refused before they are built in memory.
"""


def _table(outcomes: list[Outcome]) -> list[str]:
    lines = ["| collection | files | agree wholly | notes | agreeing |", "|---|---|---|---|---|"]
    for collection in (*SAMPLE, "all"):
        chosen = [one for one in outcomes if collection in (one.collection, "all")]
        whole = sum(one.agreeing == one.notes for one in chosen)
        notes, agreeing = sum(one.notes for one in chosen), sum(one.agreeing for one in chosen)
        share = f"{agreeing:,} ({agreeing / notes:.3%})" if notes else "0"
        lines.append(f"| {collection} | {len(chosen)} | {whole} | {notes:,} | {share} |")
    return lines


def _played_table(outcomes: list[Outcome]) -> list[str]:
    """Without shares of notes: one bar played more, and nothing after it agrees."""
    lines = ["| collection | files | agree wholly | differ, for a reason below |", "|---|---|---|---|"]
    for collection in (*SAMPLE, "all"):
        chosen = [one for one in outcomes if collection in (one.collection, "all")]
        whole = sum(one.agreeing == one.notes for one in chosen)
        lines.append(f"| {collection} | {len(chosen)} | {whole} | {len(chosen) - whole} |")
    return lines


def _disagreements(outcomes: list[Outcome], reasons: dict[str, str]) -> list[str]:
    differing = [one for one in outcomes if one.agreeing != one.notes]
    if not differing:
        return ["No disagreement."]
    lines = ["| file | notes | agreeing | why |", "|---|---|---|---|"]
    for one in differing:
        why = reasons.get(one.name, "not looked into: " + "; ".join(one.differences[:2]))
        lines.append(f"| {one.name} | {one.notes:,} | {one.agreeing:,} | {why} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
