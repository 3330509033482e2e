"""Mistakes of people and attacks of others, as data: a new case is one line of MISTAKES.

Each is answered with exit code 2 and one line that says what is wrong and what to do, and leaves nothing behind.
HARMLESS are those that look as bad and must not stop the work. `test_mistakes` runs them; docs/cases.md shows
the answers.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.cases import damaged_films as films
from tests.cases import damaged_models as models
from tests.cases import damaged_music as music
from tests.cases.hostile_text import ENSEMBLE, MASTERING, SESSIONS, nested, preset, session_of
from tests.cases.mistake import Mistake, Need, wrong
from tests.cases.mistakes_of_data import COLLECTIONS, SCORES
from tests.cases.mistakes_of_themes import PIECES, THEMES
from tests.cases.worlds import (
    World,
    a_folder,
    a_link,
    a_pipe,
    a_socket,
    bare,
    both,
    holds,
    the_film,
    without_rights,
)


def _film(
    name: str, words: str, world: World = bare, *, file: str = "film.mp4", needs: Need | None = None
) -> Mistake:
    """Something that is no film, given to `score`."""
    return Mistake(f"as film: {name}", f"score {file} --out deep/out", words, world, needs=needs)


def _preset(kind: str, name: str, words: str, content: bytes | str) -> Mistake:
    """A preset file with something wrong in it."""
    return Mistake(
        f"{kind}: {name}", f"score FILM --out out --{kind} mine.toml", words, holds(("mine.toml", content))
    )


def _soundfont(name: str, words: str, content: bytes) -> Mistake:
    """A damaged SoundFont, to render a sound MIDI file with."""
    world = holds(("a.sf2", content), ("tune.mid", music.TUNE))
    return Mistake(f"SoundFont: {name}", "render tune.mid --soundfont a.sf2", words, world)


def _model(name: str, words: str, content: object) -> Mistake:
    """A damaged checkpoint; its weights are looked at before the film."""
    world = holds(("a.safetensors", content))  # type: ignore[arg-type]  # bytes or what makes them
    variable = {"EMSYNC_CHECKPOINT": "a.safetensors"}
    return Mistake(f"checkpoint: {name}", "score FILM --out out --no-render", words, world, variable)


#: a template for the bridge
TEMPLATE = 'name = "a"\ndescription = "b"\n[[routes]]\ntracks = ["*"]\nchannel = 17\n'


def _midi(
    name: str, words: str, content: bytes, verbs: Sequence[str] = ("render", "play", "label")
) -> tuple[Mistake, ...]:
    """A damaged MIDI file, rendered, played and labelled."""
    world = holds(("a.mid", content))
    commands = {"render": "render", "play": "bridge play", "label": "label"}
    return tuple(Mistake(f"{verb}: {name}", f"{commands[verb]} a.mid", words, world) for verb in verbs)


def _session(name: str, words: str, content: str) -> Mistake:
    """A DIR with a session.json that another wrote."""
    world = holds(("out/session.json", content), ("out/score.mid", b"theirs"))
    return Mistake(f"session: {name}", "score FILM --out out", words, world)


NOT_FILMS = (
    _film("missing", "film.mp4 does not exist"),
    _film("a folder", "is a folder", a_folder("film.mp4")),
    _film("this folder", "is a folder", file="."),
    _film("a text file", "cannot be read as a video", holds(("film.mp4", films.TEXT))),
    _film("random bytes", "cannot be read as a video", holds(("film.mp4", films.NOISE))),
    _film("cut off", "cannot be read as a video", holds(("film.mp4", films.cut_off))),
    _film("zero bytes", r"empty \(0 bytes\)", holds(("film.mp4", b""))),
    _film("sound only", "holds only sound", holds(("film.mp4", films.sound_only))),
    _film("a WAV file", "holds only sound", holds(("film.mp4", films.wave))),
    _film("one second", "lasts only 1.00 s", holds(("film.mp4", films.short))),
    _film("no picture that decodes", "picture", holds(("film.mp4", films.no_pictures))),
    _film("a box that lies", "cannot be read as a video|picture", holds(("film.mp4", films.lying_size))),
    _film("a still picture", "film.mp4", holds(("film.mp4", films.PNG))),
    _film("a playlist that leads elsewhere", "cannot be read as a video", holds(("film.mp4", films.PLAYLIST))),
    _film("a MIDI file", "film.mp4", holds(("film.mp4", music.TUNE))),
    _film("a SoundFont", "film.mp4", holds(("film.mp4", music.TONE))),
    _film("an address", "does not exist", file="https://example.org/film.mp4"),
    _film("an endless name", "too long", file="n" * 300 + ".mp4"),
    _film("a name that is no text", r"\\udcff\\udcfe.mp4 does not exist", file="\udcff\udcfe.mp4"),
    _film("a name that commands the terminal", r"\\x1b\[31mred.mp4 does not exist", file="'\x1b[31mred.mp4'"),
    _film("a pipe", "pipe or a device, not a video", a_pipe("film.mp4"), needs="posix"),
    _film("a socket", "pipe or a device", a_socket("film.mp4"), needs="posix"),
    _film("a device", "pipe or a device", a_link("film.mp4", "/dev/zero"), needs="posix"),
    _film("a link to nowhere", "does not exist", a_link("film.mp4", "gone.mp4"), needs="posix"),
    _film("no rights", "film.mp4", without_rights("film.mp4", holds(("film.mp4", the_film))), needs="user"),
    _film("in a locked folder", "rights|denied", without_rights("in", holds(("in/film.mp4", the_film))),
          file="in/film.mp4", needs="user"),
)  # fmt: skip

OPTIONS = (
    wrong("no film named", "score", "Missing argument 'VIDEO'"),
    wrong("an empty name", "score ''", "is a folder"),
    wrong("a command that is not there", "scoer film.mp4", "No such command 'scoer'. Did you mean 'score'"),
    wrong("an option that is not there", "score FILM --bogus", "No such option.*see .*score --help"),
    wrong("a seed below zero", "score FILM --out deep/out --seed -1", "seed must lie in"),
    wrong("a seed of 20 digits", f"score FILM --out deep/out --seed {10**20}", "seed must lie in"),
    wrong("a seed that is no number", "score FILM --seed x", "--seed.*see .*score --help"),
    wrong("keep-sound NaN", "score FILM --out out --keep-sound nan", "keep-sound must lie in"),
    wrong("keep-sound too loud", "score FILM --out out --keep-sound 99", "keep-sound must lie in"),
    wrong("a cue without an out", "score FILM --out out --cue 1:00", "needs an in and an out"),
    wrong("a cue from back to front", "score FILM --out out --cue 3-2", "ends before it begins"),
    wrong("a cue that is no time", "score FILM --out out --cue 0:0x-3", "is not a time"),
    wrong("a cue beyond the film", "score FILM --out out --cue 1-60", "ends after the film"),
    wrong("a cue far outside the film", "score FILM --out out --cue 20-30", "ends after the film"),
    wrong("cues that overlap", "score FILM --out out --cue 0-3 --cue 2-5", "overlap"),
    wrong("the same cue twice", "score FILM --out out --cue 1-3 --cue 1-3", "overlap"),
    wrong("--json into a folder that is not there", "score FILM --json gone/a.json", "gone is no folder"),
    wrong("--json into a folder", "score FILM --json .", "is a folder"),
    wrong("--json over the film", "score film.mp4 --json film.mp4", "is read by this command and would be lost",
           holds(("film.mp4", the_film))),
    wrong("--json over the ensemble", "score FILM --out out --ensemble a.toml --json a.toml", "would be lost",
           holds(("a.toml", ENSEMBLE))),
    wrong("an unknown ensemble", "score FILM --out deep/out --ensemble sting-quartet",
           "did you mean 'string-quartet'"),
    wrong("an unknown mastering", "score FILM --out deep/out --mastering flim", "did you mean 'film'"),
    wrong("an ensemble that is like none", "score FILM --out out --ensemble qqqq", "Choose one of ambient, band, "),
    wrong("a film as ensemble", "score FILM --out out --ensemble FILM", "no preset .* path of a .toml file"),
    wrong("a film as SoundFont", "score FILM --out out --soundfont FILM", "is not a SoundFont"),
    wrong("an ensemble as mastering", "score FILM --out out --mastering a.toml", "a.toml, line 1: .*stages",
           holds(("a.toml", ENSEMBLE))),
)  # fmt: skip

PRESETS = (
    wrong("no preset file there", "score FILM --out out --ensemble gone.toml", "no preset file at gone.toml"),
    wrong("a folder as preset", "score FILM --ensemble a.toml", "a.toml is no file", a_folder("a.toml")),
    Mistake("a pipe as preset", "score FILM --ensemble a.toml", "a.toml is no file", a_pipe("a.toml"), needs="posix"),
    _preset("ensemble", "a program out of range", r"mine.toml, line 7: 'program' must lie in 0 … 127, got 142",
            preset("program = 40", "program = 142")),
    _preset("ensemble", "a field misspelt", "'program' is missing .did you mean 'progam'",
            preset("program = 40", "progam = 40")),
    _preset("ensemble", "a field too many", "line 11: 'colour' is no field here. Known: ",
            preset('role = "melody"', 'role = "melody"\ncolour = "red"')),
    _preset("ensemble", "an unknown part", "'part' must be one of .*did you mean 'violin-1'",
            preset('"violin-1"', '"violin-11"')),
    _preset("ensemble", "no bass", "role bass", preset('role = "bass"', 'role = "harmony"')),
    _preset("ensemble", "twice the same field", "not valid TOML.*line 2", preset('name = "Duo"', 'name="a"\nname="b"')),
    _preset("ensemble", "an integer of 9000 digits", "absurd length", preset("= 40", "= " + "9" * 9000)),
    _preset("ensemble", "an integer of 9000 hexadecimal digits", "'program' must lie in 0 … 127",
            preset("= 40", "= 0x" + "f" * 9000)),
    _preset("ensemble", "NaN for a whole number", "'program' must be a whole number", preset("= 40", "= nan")),
    _preset("ensemble", "a date for a number", "'program' must be a whole number", preset("= 40", "= 2024-01-01")),
    _preset("ensemble", "half a surrogate", "not valid TOML", preset("Duo", r"\ud800")),
    _preset("ensemble", "random bytes", "is no text .* Save it as UTF-8", films.NOISE),
    _preset("ensemble", "UTF-16", "is no text .* Save it as UTF-8", ENSEMBLE.encode("utf-16")),
    _preset("ensemble", "empty", "'name' is missing. Add it", ""),
    _preset("ensemble", "arrays within arrays", "absurd length", "a = " + nested(50_000)),
    _preset("ensemble", "a key of 100000 parts", "line 1: holds too many dots", "a." * 100_000 + "b = 1"),
    _preset("ensemble", "65 players", "1 to 64 entries", 'name="a"\ndescription="b"\n' + "[[players]]\n" * 65),
    _preset("mastering", "10 MB", "larger than 256 KiB", "#" * 10_000_000),
    _preset("mastering", "louder than allowed", "'target_lufs' must lie in -40 … -6, got 0",
            MASTERING.replace("-16.0", "0.0")),
    _preset("mastering", "NaN", "'target_lufs' must lie in -40 … -6, got nan", MASTERING.replace("-16.0", "nan")),
    _preset("mastering", "an unknown effect", "'type' must be one of highpass",
            MASTERING.replace('"gain"', '"flanger"')),
    _preset("mastering", "a field of another effect", "'ratio' is no field here", MASTERING + "ratio = 3\n"),
)  # fmt: skip

SOUNDFONTS = (
    wrong("no SoundFont there", "score FILM --out deep/out --soundfont gone.sf2", "no SoundFont at gone.sf2"),
    wrong("a folder as SoundFont", "score FILM --out out --soundfont .", "is no file"),
    wrong("an endless name as SoundFont", f"score FILM --out out --soundfont {'n' * 300}", "too long"),
    Mistake("EMSYNC_SOUNDFONT to nowhere", "score FILM --out out", "no SoundFont at gone.sf2",
            environment={"EMSYNC_SOUNDFONT": "gone.sf2"}),
    Mistake("EMSYNC_SOUNDFONT to a text", "score FILM --out out", "a.sf2 is not a SoundFont",
            holds(("a.sf2", films.TEXT)), {"EMSYNC_SOUNDFONT": "a.sf2"}),
    Mistake("a pipe as SoundFont", "score FILM --soundfont a.sf2", "is no file", a_pipe("a.sf2"), needs="posix"),
    Mistake("a SoundFont without rights", "score FILM --soundfont a.sf2", "a.sf2'? (cannot be|is not) read",
            without_rights("a.sf2", holds(("a.sf2", music.TONE))), needs="user"),
    Mistake("a damaged SoundFont, before the film is analysed", "score FILM --out out --soundfont a.sf2",
            "a.sf2 is damaged", holds(("a.sf2", music.TONE[:-60]))),
    _soundfont("empty", "is empty", b""),
    _soundfont("random bytes", "is not a SoundFont", films.NOISE),
    _soundfont("cut off", "ends after", music.TONE[:-60]),
    _soundfont("the head alone", "lacks the chunk", b"RIFF\x10\0\0\0sfbkLIST" + bytes(12)),
    _soundfont("a chunk beyond the end", "runs over its end", music.soundfont(smpl_size=900_000)),
    _soundfont("gigabytes announced", "runs over its end", music.soundfont(smpl_size=0xFFFFFFF0)),
    _soundfont("no samples", "lacks the chunk", music.TONE.replace(b"smpl", b"xxxx")),
    _soundfont("fewer samples than told", "outside its sample chunk", music.soundfont(smpl_size=958)),
    _soundfont("a table of odd size", "runs over its end",
               music.TONE.replace(b"phdr\x4c", b"phdr\x4d")),
    _soundfont("no presets", "holds no preset", music.soundfont(presets=())),
    _soundfont("zones that are not there", "counts", music.soundfont(bag=60_000)),
    _soundfont("an instrument that is not there", "names instrument 7", music.soundfont(instrument=7)),
    _soundfont("a sample that is not there", "names sample 99", music.soundfont(zone=((53, 99),))),
    _soundfont("a sample beyond the samples", "outside its sample chunk", music.soundfont(end=481)),
    _soundfont("a sample of gigabytes", "outside its sample chunk", music.soundfont(end=0xFFFFFFFF)),
    _soundfont("a sample in a sound card", "ROM", music.soundfont(kind=0x8001)),
    _soundfont("a sample that is no Ogg Vorbis", "no Ogg Vorbis", music.soundfont(kind=0x11)),
    _soundfont("without a piano", "no General MIDI program 0", music.soundfont(presets=(40,))),
)  # fmt: skip

MODELS = (
    Mistake("no checkpoint there", "score FILM --out out --no-render", "no such checkpoint",
            environment={"EMSYNC_CHECKPOINT": "gone.safetensors"}),
    Mistake("a folder as checkpoint", "score FILM --out out --no-render", "no such checkpoint",
            environment={"EMSYNC_CHECKPOINT": "."}),
    Mistake("an endless name as checkpoint", "score FILM --out out --no-render", "too long",
            environment={"EMSYNC_CHECKPOINT": "n" * 300}),
    Mistake("a pipe as checkpoint", "score FILM --no-render --out out", "no such checkpoint", a_pipe("a.pipe"),
            {"EMSYNC_CHECKPOINT": "a.pipe"}, needs="posix"),
    _model("empty", "damaged checkpoint", b""),
    _model("random bytes", "damaged checkpoint", films.NOISE),
    _model("a pickle with another name", "damaged checkpoint", models.PICKLE),
    _model("the film", "damaged checkpoint", the_film),
    _model("cut off", "damaged checkpoint", models.cut_off),
    _model("an endless header", "damaged checkpoint", models.endless_header),
    _model("a header of brackets", "damaged checkpoint", models.nested_header),
    _model("offsets beyond the file", "damaged checkpoint",
           models.with_header(lambda header: models.first(header).update(data_offsets=[0, 2**40]))),
    _model("a shape that lies", "damaged checkpoint",
           models.with_header(lambda header: models.first(header).update(shape=[2**31, 2**31]))),
    _model("a type that is not there", "damaged checkpoint",
           models.with_header(lambda header: models.first(header).update(dtype="F99"))),
    _model("another type of the same width", "do not fit|not finite|damaged",
           models.with_header(lambda header: models.first(header).update(dtype="BF99"))),
    _model("a tensor too few", "damaged checkpoint|do not fit",
           models.with_header(lambda header: header.pop(next(reversed(header))))),
    _model("weights that are not finite", "not finite", models.not_finite),
    _model("another format", "this version reads",
           models.with_header(lambda header: header["__metadata__"].update(format="x" * 9000))),
    _model("no settings", "do not fit", models.with_header(lambda header: header["__metadata__"].pop("settings"))),
    _model("a billion layers", "do not fit", models.with_setting("layers", 10**9)),
    _model("an endless width", "do not fit", models.with_setting("width", 1e400)),
)  # fmt: skip

MIDI_FILES = (
    wrong("render: missing", "render gone.mid", "no MIDI file at gone.mid"),
    wrong("play: missing", "bridge play gone.mid", "no MIDI file at gone.mid"),
    wrong("render: this folder", "render .", "is a folder"),
    wrong("play: this folder", "bridge play .", "is a folder"),
    Mistake("render: a pipe", "render a.mid", "pipe or a device", a_pipe("a.mid"), needs="posix"),
    Mistake("play: a pipe", "bridge play a.mid", "pipe or a device", a_pipe("a.mid"), needs="posix"),
    *_midi("empty", "no MIDI file", b""),
    *_midi("a text file", "no MIDI file", films.TEXT.encode()),
    *_midi("the head alone", "not a readable MIDI file|no MIDI file", b"MThd"),
    *_midi("cut off", "ends too early", music.TUNE[:-9]),
    *_midi("gigantic deltas", "would last|is longer than|more than 100000 bars", music.LATE),
    *_midi("a tempo of no time", "tempo of no time", music.NO_TEMPO),
    *_midi("film frames for beats", "counts in film frames", music.FILM_FRAMES),
    *_midi("no ticks in a beat", "counts in film frames|not a readable", music.NO_TICKS),
    *_midi("type 2", "type 2. Export it as", music.TYPE_2),
    *_midi("type 9", "type 9. Export it as", music.TYPE_9),
    *_midi("a million events", "holds more than 1,000,000 events. Thin out", music.MILLION, ("render", "label")),
    *_midi("a track longer than the file", "ends too early|not a readable", music.LONG_TRACK),
    *_midi("a track of four gigabytes", "ends too early|not a readable", music.ENDLESS_TRACK),
    *_midi("sixty thousand tracks announced", "ends too early|not a readable", music.MANY_TRACKS),
    *_midi("a sysex without end", "not a readable", music.ENDLESS_SYSEX),
    *_midi("a running status that never began", "not a readable", music.NO_STATUS),
    *_midi("a number without end", "number without end", music.ENDLESS_NUMBER),
    *_midi("a key that is none", "not a readable", music.ODD_KEY),
    wrong("render over the MIDI file", "render a.mid --out a.mid", "is read by this command and would be lost",
           holds(("a.mid", music.TUNE))),
    wrong("render over the SoundFont", "render a.mid --soundfont a.sf2 --out a.sf2", "would be lost",
           holds(("a.mid", music.TUNE), ("a.sf2", music.TONE))),
    wrong("render and --json into one file", "render a.mid --out a.wav --json a.wav", "--json names the WAV file",
           holds(("a.mid", music.TUNE), ("a.wav", b"an older one"))),
    wrong("render into a folder that is not there", "render a.mid --out gone/a.wav", "gone is no folder",
           holds(("a.mid", music.TUNE))),
    wrong("render into a folder", "render a.mid --out .", "is a folder", holds(("a.mid", music.TUNE))),
    Mistake("render over a device", "render a.mid --out null", "a pipe or a device",
            both(holds(("a.mid", music.TUNE)), a_link("null", "/dev/null")), needs="posix"),
    wrong("render with an unknown mastering", "render a.mid --mastering wram", "did you mean 'warm'",
           holds(("a.mid", music.TUNE))),
    wrong("play over the MIDI file", "bridge play a.mid --json a.mid", "would be lost", holds(("a.mid", music.TUNE))),
    wrong("play without a MIDI port", "bridge play a.mid --port nowhere", "No MIDI driver answers|no MIDI port like",
           holds(("a.mid", music.TUNE))),
    wrong("play a loop backwards", "bridge play a.mid --loop 2-1", "not a first and a last one",
           holds(("a.mid", music.TUNE))),
    wrong("play from a bar that is not there", "bridge play a.mid --from 999", "there is no bar 999",
           holds(("a.mid", music.TUNE))),
    wrong("play with an unknown template", "bridge play a.mid --template genral-midi", "did you mean 'general-midi'",
           holds(("a.mid", music.TUNE))),
    wrong("play with a channel of MIDI's eighties", "bridge play a.mid --template a.toml", "must lie in 1 … 16, got 17",
           holds(("a.mid", music.TUNE), ("a.toml", TEMPLATE))),
)  # fmt: skip

FOLDERS = (
    wrong("--out is a file", "score FILM --out file", "is a file; choose another", holds(("file", "I am a file"))),
    wrong("--out in a file", "score FILM --out file/in", "cannot be (written|used)", holds(("file", "I am a file"))),
    wrong("--out is the film itself", "score film.mp4 --out film.mp4", "is a file", holds(("film.mp4", the_film))),
    wrong("the film would be overwritten", "score scored.mp4 --out .", "would be overwritten",
           holds(("scored.mp4", the_film))),
    wrong("--out of an endless name", f"score FILM --out {'n' * 300}", "too long"),
    Mistake("--out is a link to nowhere", "score FILM --out out", "is a link to nowhere", a_link("out", "gone/far"),
            needs="posix"),
    Mistake("--out is a pipe", "score FILM --out out", "is a file", a_pipe("out"), needs="posix"),
    Mistake("--out may not be written", "score FILM --out out", "cannot be written",
            without_rights("out", a_folder("out"), 0o555), needs="user"),
    Mistake("--out lies in a locked folder", "score FILM --out in/out", "in/out",
            without_rights("in", a_folder("in")), needs="user"),
    Mistake("a folder that may not be written, for --json", "analyze FILM --json in/a.json", "in is not yours",
            without_rights("in", a_folder("in"), 0o555), needs="user"),
    _session("another film's", "holds the session of another film", session_of("0123")),
    *(_session(name, "session.json is damaged", text) for name, text in SESSIONS.items()),
    Mistake("session: a folder as session.json and a folder as score.mid", "score FILM --out out --no-render",
            "out/(score.mid|session.json) is a folder", both(a_folder("out/score.mid"), a_folder("out/session.json"))),
    wrong("demo into a file", "demo --out file", "file", holds(("file", "I am a file"))),
    wrong("demo with a seed below zero", "demo --seed -1", "seed must lie in"),
)  # fmt: skip

OTHERS = (
    *(Mistake(case.name.replace("as film", "analyze"), case.command.split(" --out")[0].replace("score", "analyze", 1),
              case.words, case.world, needs=case.needs) for case in NOT_FILMS[:12]),
    wrong("analyze over the film", "analyze film.mp4 --json film.mp4", "would be lost", holds(("film.mp4", the_film))),
    wrong("train labels without ratings", "train labels --data .", "annotations.json"),
    wrong("train labels into nowhere", "train labels --data . --out gone/c.json", "gone is no folder"),
    wrong("train labels with broken ratings", "train labels --data .", "annotations.json",
           holds(("annotations.json", nested(50_000)))),
    wrong("train fit without music", "train fit --cache gone", "gone"),
    wrong("train fit of an odd width", "train fit --cache gone --width 33", "33 is no multiple of 32"),
    wrong("train fit for no time", "train fit --cache gone --minutes nan", "minutes"),
    wrong("train fit into nowhere", "train fit --cache gone --out gone/g.safetensors", "gone is no folder"),
)  # fmt: skip

MISTAKES: tuple[Mistake, ...] = (
    *NOT_FILMS, *OPTIONS, *PRESETS, *SOUNDFONTS, *MODELS, *MIDI_FILES, *FOLDERS, *SCORES, *COLLECTIONS, *THEMES,
    *PIECES, *OTHERS,
)  # fmt: skip
