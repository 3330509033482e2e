"""Mistakes with themes, and with pieces that have no film, as data: a new case is one line."""

from __future__ import annotations

from tests.cases import damaged_films as films
from tests.cases import damaged_music as music
from tests.cases import damaged_scores as scores
from tests.cases.hostile_text import ENSEMBLE
from tests.cases.mistake import Mistake, wrong
from tests.cases.worlds import a_folder, a_pipe, both, holds


def _theme(name: str, words: str, content: bytes | str, *, file: str = "t.mid", more: str = "") -> Mistake:
    """A file that is no theme, given to `score`."""
    command = f"score FILM --out deep/out --no-render --theme {file}{more}"
    return Mistake(f"theme: {name}", command, words, holds((file, content)))


def _line(*pitches: int, ticks: bytes = b"\x83\x60") -> bytes:
    """A MIDI file of quarters, or of so many ticks of 480, one after the other."""
    notes = (b"\x00\x90" + bytes([pitch, 64]) + ticks + b"\x80" + bytes([pitch, 64]) for pitch in pitches)
    return music.midi(music.track(b"".join(notes)))


THEMES = (
    wrong("theme: missing", "score FILM --out out --theme gone.mid", "no MIDI file at gone.mid. Check the path"),
    wrong("theme: a folder", "score FILM --out out --theme t.mid", "is a folder", a_folder("t.mid")),
    wrong("theme: a name without an ending", "score FILM --out out --theme theme", "no score that can be read"),
    wrong("theme: a time without a theme", "score FILM --out out --theme-at 0:12", "name one with --theme"),
    Mistake("theme: a pipe", "score FILM --theme t.mid", "pipe or a device", a_pipe("t.mid"), needs="posix"),
    _theme("empty", "is no MIDI file", b""),
    _theme("cut off", "ends too early", music.TUNE[:-9]),
    _theme("a million events", "holds more than 1,000,000 events", music.MILLION),
    _theme("gigantic deltas", "is longer than", music.LATE),
    _theme("a number without end", "number without end", music.ENDLESS_NUMBER),
    _theme("a tempo of no time", "tempo of no time", music.NO_TEMPO),
    _theme("type 2", "type 2. Export it as", music.TYPE_2),
    _theme("silence", "holds no melody", music.SILENT),
    _theme("no track", "holds no melody", music.NO_TRACK),
    _theme("a single note", "holds no melody", _line(60)),
    _theme("65 notes", "has 65 notes over 65 beats, and a theme at most 64 notes", _line(*[60, 62] * 32, 60)),
    _theme("nine bars", "has 2 notes over 36 beats.*8 bars", _line(60, 62, ticks=b"\xc3\x40")),
    _theme("wider than any instrument", "spans 100 semitones, more than any player", _line(20, 120)),
    _theme("a score of a billion laughs", "is not a readable MusicXML score", scores.LAUGHS, file="t.musicxml"),
    _theme("an archive that unpacks for ever", "unpacks to", scores.BOMB, file="t.mxl"),
    _theme("a picture", "no score that can be read", films.PNG, file="t.png"),
    _theme("a time that is none", "'0:7x' is not a time", _line(60, 62), more=" --theme-at 0:7x"),
    _theme("no hit near", "no hit lies within 2 s of 0:05.20.*the nearest are at 0:03.00 and 0:07.26", _line(60, 62),
           more=" --theme-at 5.2"),
    _theme("a time behind the film", "no hit lies within 2 s of 1:00.00", _line(60, 62), more=" --theme-at 1:00"),
    wrong("theme: --json over it", "score FILM --out out --theme t.mid --json t.mid", "would be lost",
           holds(("t.mid", music.TUNE))),
)  # fmt: skip

PIECES = (
    wrong("generate: a valence that is no number", "generate --valence happy", "valence 'happy' is neither a number"),
    wrong("generate: a valence out of range", "generate --valence 1.5", "valence must lie in -1 … 1, got 1.5"),
    wrong("generate: an arousal that leaves the range", "generate --arousal 0:-2", "arousal must lie in -1 … 1"),
    wrong("generate: three values", "generate --arousal 0:1:0", "neither a number nor two"),
    wrong("generate: NaN", "generate --arousal nan", "neither a number nor two"),
    wrong("generate: no bars", "generate --bars 0", "bars must lie in 1 … 512"),
    wrong("generate: a million bars", "generate --bars 1000000", "bars must lie in 1 … 512"),
    wrong("generate: too slow", "generate --bpm 1", "bpm must lie in 30 … 240"),
    wrong("generate: NaN beats a minute", "generate --bpm nan", "bpm must lie in 30 … 240"),
    wrong("generate: nine takes", "generate --takes 9", "takes must lie in 1 … 8"),
    wrong("generate: a seed below zero", "generate --seed -1", "seed must lie in"),
    wrong("generate: takes beyond the last seed", f"generate --takes 2 --seed {2**63 - 1}", "seed must lie in"),
    wrong("generate: an unknown ensemble", "generate --ensemble sting-quartet", "did you mean 'string-quartet'"),
    wrong("generate: a name that is not MIDI's", "generate --out a.wav", "give a name ending in .mid"),
    wrong("generate: this folder", "generate --out .", "name ending in .mid"),
    wrong("generate: into nowhere", "generate --out gone/a.mid", "gone is no folder"),
    wrong("generate: over a folder", "generate --out a.mid", "a.mid is a folder", a_folder("a.mid")),
    wrong("generate: a folder in the way of the second take", "generate --takes 2 --out a.mid", "a-2.mid is a folder",
           both(a_folder("a-2.mid"), holds(("a-1.mid", b"an older piece")))),
    wrong("generate: --json over the piece", "generate --out a.mid --json a.mid", "both name a.mid"),
    wrong("generate: --json over the ensemble", "generate --ensemble e.toml --json e.toml", "would be lost",
           holds(("e.toml", ENSEMBLE))),
    Mistake("generate: a pipe", "generate --out a.mid", "a pipe or a device", a_pipe("a.mid"), needs="posix"),
    Mistake("generate: no checkpoint there", "generate --out a.mid", "no such checkpoint",
            environment={"EMSYNC_CHECKPOINT": "gone.safetensors"}),
)  # fmt: skip
