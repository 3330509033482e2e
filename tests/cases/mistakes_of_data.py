"""Mistakes with scores to label and music to prepare, as data: a new case is one line."""

from __future__ import annotations

from tests.cases import damaged_films as films
from tests.cases import damaged_music as music
from tests.cases import damaged_scores as scores
from tests.cases.mistake import Mistake, wrong
from tests.cases.worlds import a_folder, holds


def _score(name: str, words: str, content: bytes | str, *, file: str = "a.musicxml") -> Mistake:
    """A damaged MusicXML file, labelled."""
    return Mistake(f"label: {name}", f"label {file}", words, holds((file, content)))


SCORES = (
    _score("an empty score", "is not a readable MusicXML score", b""),
    _score("text as a score", "is not a readable MusicXML score", "Dear diary"),
    _score("a web page as a score", "not <score-partwise>", "<html><body/></html>"),
    _score("a score cut off", "is not a readable MusicXML score", scores.PLAIN[: len(scores.PLAIN) // 2]),
    _score("a score without parts", "a.musicxml", scores.NO_PARTS),
    _score("a score of rests", "holds no notes", scores.RESTS),
    _score("a score of a billion laughs", "is not a readable MusicXML score", scores.LAUGHS),
    _score("a note of an endless length", "is not a readable MusicXML score", scores.ENDLESS_NOTE),
    _score("a note outside of the alphabet", "is not a readable MusicXML score", scores.ODD_LETTER),
    _score("an archive that unpacks for ever", "unpacks to", scores.BOMB, file="a.mxl"),
    _score("an archive without a score", "holds no score", scores.NO_SCORE, file="a.mxl"),
    _score("text as an archive", "is not a readable MusicXML score", "Dear diary", file="a.mxl"),
    _score("a picture", "is no score that can be read", films.PNG, file="a.png"),
    wrong("label silence", "label a.mid", "holds no notes", holds(("a.mid", music.SILENT))),
    wrong("label nothing", "label gone.mid", "There is no MIDI file at gone.mid"),
    wrong("label no score", "label gone.mxl", "There is no MusicXML score at gone.mxl"),
    wrong("label a folder", "label a.mxl", "is a folder", a_folder("a.mxl")),
    wrong("label over the score", "label a.mid --json a.mid", "would be lost", holds(("a.mid", music.TUNE))),
    wrong("label a picture over the score", "label a.mid --plot a.mid", "name ending in .png",
          holds(("a.mid", music.TUNE))),
    wrong("label into nowhere", "label a.mid --plot gone/a.png", "gone is no folder", holds(("a.mid", music.TUNE))),
    wrong("label twice into one file", "label a.mid --plot a.png --json a.png", "both name a.png",
           holds(("a.mid", music.TUNE))),
)  # fmt: skip

COLLECTIONS = (
    wrong("train prepare without data", "train prepare --data gone --cache cache", "gone holds none of the"),
    wrong("train prepare of an empty folder", "train prepare --data in --cache cache", "holds none of the",
           a_folder("in")),
    wrong("train prepare of music that nobody freed", "train prepare --data in --cache cache",
           "COPYING.adoc cannot be read", holds(("in/freedoom/a.mid", music.TUNE))),
    wrong("train prepare with an odd listing", "train prepare --data in --cache cache", "is not groove's listing",
           holds(("in/groove/info.csv", "a,b\n1,2\n"), ("in/groove/LICENSE", scores.CC_BY))),
    wrong("train prepare into a file", "train prepare --data in --cache file", "file cannot be written",
           holds(("file", b"a thesis"), ("in/groove/info.csv", scores.GROOVE), ("in/groove/LICENSE", scores.CC_BY))),
    wrong("train prepare over what is not ours", "train prepare --data in --cache c", "none of ours",
           holds(("c/corpus.npz", b"a thesis"), ("c/.lock", b""), ("in/groove/info.csv", scores.GROOVE),
                 ("in/groove/LICENSE", scores.CC_BY))),
    wrong("train prepare over a score", "train prepare --data in --cache c --json in/freedoom/a.mid",
           "lies in in, which this command reads", holds(("in/freedoom/a.mid", music.TUNE))),
    wrong("train prepare over the corpus", "train prepare --data in --cache c --json c/corpus.npz", "lies in c",
           holds(("c/corpus.npz", b"a corpus"), ("in/freedoom/a.mid", music.TUNE))),
    wrong("train stats over the corpus", "train stats --cache c --json c/corpus.npz", "lies in c",
           holds(("c/corpus.npz", b"a corpus"))),
    wrong("train stats twice into one file", "train stats --cache c --plot a.png --json a.png", "both name a.png"),
    wrong("train prepare with nobody", "train prepare --data in --workers 0", "workers"),
    wrong("train stats without music", "train stats --cache gone", "Run: emsync train prepare"),
    wrong("train stats of a thesis", "train stats --cache c", "is damaged", holds(("c/corpus.npz", b"a thesis"))),
    wrong("train stats into nowhere", "train stats --cache gone --plot gone/a.png", "gone is no folder"),
)  # fmt: skip
