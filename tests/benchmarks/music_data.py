"""Prepares all the free music and writes docs/music-data.md: what was read, left out and why, and what is in it.

::

    python -m tests.benchmarks.music_data [--data DIR] [--cache DIR]
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from emsync_nb.cli.train import draw_stats
from emsync_nb.training import CorpusStats, Prepared, corpus_stats, load_corpus, prepare
from emsync_nb.training.corpus.catalogue import COLLECTIONS, MUSIC21_ALLOWED
from tests.conftest import DATA

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "docs" / "music-data.md"
PICTURE = ROOT / "docs" / "images" / "music_data.png"

HEAD = """# Music data

What a composer may learn from, and what is in it; the one that ships learnt from the training split of it
([card](model-card.md)). Written by `python -m tests.benchmarks.music_data` from one full run of

```sh
emsync train prepare --data DIR --cache CACHE
emsync train stats --cache CACHE --plot corpus.png
```

A piece is read only where words that free it are found, in the score itself or in its collection's licence file
([why](decisions/0008-music-that-says-it-is-free.md)). Every piece keeps its source, licence, composer, work, the
words that free it and the SHA-256 of its file.

DIR holds one folder for each collection, those that are there: `openscore-orchestra/*.mxl` (scores of
github.com/MarkGotham/Hauptstimme), `openscore-string-quartets/*.mxl` (github.com/OpenScore/StringQuartets),
`openscore-lieder/*.mxl` (github.com/OpenScore/Lieder), `freedoom/*.mid` with `COPYING.adoc` and `CREDITS-MUSIC`
(github.com/freedoom/freedoom), and `groove/` as magenta.tensorflow.org/datasets/groove packs it. LicenseRef marks a
licence that a file states in words of its own.

| collection | licence | where it is granted |
|---|---|---|
"""


CHANGES = """## What training changes on the fly

Nothing of this is stored. Each excerpt may be transposed (only as far as every instrument can play), played faster or
slower, lose or merge tracks (never the outer voices, never more than ten sounding notes on a piano), and, where it has
no drums and its bars and tempo fit within 15 %, get a drummer's performance from groove. Its labels are computed again
from what then sounds, and it says what was done to it, the groove and its licence by name
(`emsync_nb.training.augmentation`, `Excerpt.changes`).
"""


def collections() -> Iterator[str]:
    """A row for each collection, then one for each work of music21's corpus."""
    for own in COLLECTIONS:
        place = "in every score" if own.notice is None else f"`{own.notice}` beside the music"
        yield f"| {own.folder} | {own.licence} | {place} |"
    for name, (licence, words) in MUSIC21_ALLOWED.items():
        yield f"| music21: {name} | {licence} | “{words}” |"


def shares(found: CorpusStats) -> Iterator[str]:
    """How much there is of each."""
    yield "| | pieces | notes | hours |\n|---|--:|--:|--:|"
    for name, share in {"all": found.whole, **found.sources, **found.splits}.items():
        yield f"| {name} | {share.pieces:,} | {share.notes:,} | {share.hours:.1f} |"


def left_out(done: Prepared) -> Iterator[str]:
    """Reasons with their numbers of files, then the duplicates."""
    reasons = Counter(line.split(": ", 1)[1] for line in done.skipped)
    yield "| files | why |\n|--:|---|"
    for reason, count in reasons.most_common():
        yield f"| {count} | {reason} |"
    yield ""
    yield (
        f"{len(done.duplicates)} pieces are left out as duplicates, in another key or for other players too. Where "
        "their titles differ, one file is named wrongly and holds the other's music:"
    )
    yield ""
    yield from (f"- {line}" for line in done.duplicates)


def percentiles(found: CorpusStats) -> Iterator[str]:
    """The middle of what is counted by bars."""
    import numpy as np

    ranks = (5, 25, 50, 75, 95)
    yield "| by bars | " + " | ".join(f"{rank} %" for rank in ranks) + " |\n|---|" + "--:|" * len(ranks)
    rows = {
        "quarters a minute": found.tempi,
        "notes a second": found.densities,
        "valence": found.labels[:, 0],
        "arousal": found.labels[:, 1],
    }
    for name, values in rows.items():
        cells = " | ".join(f"{value:.2f}" for value in np.percentile(values, ranks))
        yield f"| {name} | {cells} |"


def page(done: Prepared, found: CorpusStats, seconds: float) -> str:
    """The whole document."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cost = (
        f"Preparing took {seconds / 60:.1f} minutes with {os.cpu_count()} processes on {os.cpu_count()} cores "
        f"(peak memory {own:.0f} MB, at most {children:.0f} MB in a reader); the corpus has {done.bytes / 1e6:.1f} MB."
    )
    parts = ", ".join(f"{name} {count:,}" for name, count in found.instruments.items())
    keys = ", ".join(f"{name} {count}" for name, count in found.keys.items())
    sections = [
        HEAD + "\n".join(collections()),
        "## What is in it",
        cost,
        "\n".join(shares(found)),
        "No work is in two splits: composer and work decide, and pieces that share a tenth of their melodies stay "
        "together.",
        "![The corpus at a glance: hours, instruments, keys, tempi, densities, emotion](images/music_data.png)",
        "The dark streak in the plane of emotion is drums alone, which say little about valence.",
        "\n".join(percentiles(found)),
        f"Notes by part: {parts}.",
        f"Pieces by key: {keys}.",
        CHANGES.rstrip(),
        "## What was left out",
        "\n".join(left_out(done)),
    ]
    return "\n\n".join(sections) + "\n"


def main() -> None:
    """Prepare, count, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA / "music")
    parser.add_argument(
        "--cache", type=Path, help="default: an empty one, so that the time is that of a full run"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as empty:
        start = time.monotonic()
        cache = options.cache or Path(empty)
        done = prepare(options.data, cache, workers=os.cpu_count() or 1)
        seconds = time.monotonic() - start
        found = corpus_stats(load_corpus(cache))
    draw_stats(found, PICTURE)
    TARGET.write_text(page(done, found, seconds), encoding="utf-8")
    print(f"{TARGET}: {done.pieces} pieces in {seconds:.0f} s")


if __name__ == "__main__":
    main()
