"""Words and phrases that are known exactly, but for those of feeling, and what kind of thing each says."""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "split", "sequence", "filler", "not", "less", "more", "scale", "gradual", "build", "abrupt", "turn", "head",
    "middle",
    "tail", "tempo", "mode", "ensemble", "silence", "pause", "entry", "accent", "ending", "feeling", "instrument",
]  # fmt: skip
#: kind, and what it says: a name, or a number for scales and tempi
Entry = tuple[Kind, str | float]

#: kind → what is said → phrases that say so, parted by commas
_TABLE: dict[Kind, dict[str | float, str]] = {
    "split": {
        "and": "and, &, plus, while, with",
    },
    "sequence": {
        "then": "then, and then, but then, after which, followed by",
    },
    "not": {
        "not": "not, no, never, without, don't, no longer, not so, not too, not as, not any more, isn't, nor",
    },
    "less": {
        "less": "less, fewer",
        "growing": "less and less",
    },
    "more": {
        "more": "more, even more",
        "growing": "more and more, ever more",
    },
    "scale": {
        0.5: (
            "slightly, a bit, a little, a little bit, somewhat, a touch, a shade, mildly, faintly, "
            "rather, a tad"
        ),
        1.3: "very, really, deeply, strongly, so, truly, quite",
        1.6: "much, far, a lot, extremely, utterly, intensely, overwhelmingly, completely, way",
    },
    "gradual": {
        "gradual": (
            "slowly, gradually, little by little, bit by bit, step by step, over time, grow, grows, "
            "growing, gradual, ease into, eases into, melt into, melts into, progressively, increasingly, "
            "drift into"
        ),
    },
    "build": {
        "build": (
            "build, builds, building, build up, builds up, building up, rise, rises, rising, swell, "
            "swells, swelling, climb, climbs, work up"
        ),
    },
    "abrupt": {
        "abrupt": "suddenly, sudden, at once, immediately, abruptly, all at once, out of nowhere",
    },
    "turn": {
        "turn": (
            "turn, turns, turning, become, becomes, becoming, shift, shifts, change, changes, switch, "
            "switches, go, goes, going, get, gets, getting, move, moves, resolve, resolves"
        ),
    },
    "head": {
        "head": "start, starts, starting, begin, begins, beginning, open, opens, opening, intro, first",
    },
    "middle": {
        "middle": "middle, centre",
    },
    "tail": {
        "tail": "end, ends, ending, finish, finishes, finishing, finale, closes, conclude, outro, finally",
    },
    "mode": {
        "minor": "minor, minor key, minor mode, in minor, in a minor key, minor tonality",
        "major": "major, major key, major mode, in major, in a major key, major tonality",
    },
    "ensemble": {
        "piano-solo": (
            "just piano, just a piano, only piano, only a piano, solo piano, piano solo, piano alone, "
            "piano only, for piano, a single piano, one piano, piano music, on the piano, on piano, just "
            "the piano, for piano solo, for piano alone, for piano only, on piano alone, on the piano alone"
        ),
        "string-quartet": (
            "string quartet, quartet, just strings, only strings, strings only, strings alone, for strings, "
            "for strings alone, for strings only"
        ),
        "piano-and-strings": "piano and strings, strings and piano, piano with strings, piano plus strings",
        "full-orchestra": (
            "full orchestra, orchestra, big orchestra, large orchestra, whole orchestra, symphony "
            "orchestra, symphonic orchestra, orchestral, symphonic"
        ),
        "chamber-orchestra": "chamber orchestra, small orchestra",
        "band": "band, rock band, rock group, pop band, pop group",
        "ambient": "ambient, ambient pads, synth pads, ambient music",
    },
    "silence": {
        "silence": (
            "silence, silent, no music, without music, music stops, the music stops, stop the music, "
            "cut the music, kill the music, "
            "mute, no sound, music cuts out, no score, complete silence, total silence, music pauses, "
            "play nothing, no more music, cut to silence, hard cut to silence, drop to silence, stays "
            "silent"
        ),
    },
    "pause": {
        "pause": "a pause, pause, a moment of silence, a beat of silence, a short silence, a breath",
    },
    "entry": {
        "entry": (
            "music starts, music begins, music enters, music comes in, start the music, begin the music, "
            "come in, comes in, bring in the music, bring the music in, the music starts, the music "
            "begins, the music enters"
        ),
    },
    "accent": {
        "hit": (
            "hit, hits, accent, accents, stinger, stingers, crash, punch, stab, big hit, hit on, "
            "accented, sting"
        ),
    },
    "ending": {
        "fade_out": (
            "fade out, fades out, fading out, fade away, fades away, fading away, die away, dies away, "
            "fade-out, fade to silence, fade to nothing, fade, fades"
        ),
        "big": (
            "big finish, big chord, big last chord, "
            "grand finish, big finale, grand finale, big ending, grand ending, huge finish, "
            "strong finish, end abruptly, ends abruptly, abrupt end, abrupt ending, abrupt finish, sudden "
            "end, end suddenly, hard cut, end with a bang, finish with a bang, go out with a bang, end "
            "big, finish big, sudden stop, stop suddenly, stop abruptly, hard stop, end on a bang, finish "
            "strong, finish abruptly, big end"
        ),
        "ring": (
            "ring out, rings out, let it ring, let it ring out, let the last chord ring, final chord, "
            "last chord, button ending, clean ending, held chord, ring"
        ),
    },
    "tempo": {
        1.2: (
            "faster, quicker, speed up, speeds up, speeding up, accelerate, accelerates, accelerando, "
            "fast, quick, brisk, quickly, rapid"
        ),
        1 / 1.2: "slower, slow down, slows down, slowing down, slow, ritardando, decelerate, slow tempo",
        2.0: (
            "twice as fast, double tempo, double time, double speed, double the tempo, double the speed, "
            "at twice the speed"
        ),
        0.5: (
            "half tempo, half time, half speed, half as fast, half the tempo, half the speed, twice as "
            "slow, at half speed"
        ),
    },
    "filler": {
        "": (
            "a, an, the, it, its, is, are, be, of, in, on, at, to, into, for, as, by, like, something, "
            "some, thing, make, makes, keep, keeps, let, lets, music, mood, feel, feels, feeling, sound, "
            "sounds, sounding, play, plays, playing, played, please, more or less, should, would, could, "
            "i, we, want, that, this, there, here, just, only, still being, all, piece, score, theme, "
            "atmosphere, tone, emotion, vibe, again, use, using, do, tempo, key, mode, bit, little, too, "
            "up, down, from, or, my, me, us, have, has, having, stay, stays, remain, remains, give, kind, "
            "ensemble, sort, scene, film, video, movie, way, character, touch, time, begin to, start to, "
            "begins to, starts to, put, add, place, will, -, ', \", (, ), out, overall, now, was, were, "
            "one, back, through, over, during, possible, note, when"
        ),
    },
    "instrument": {
        "instrument": (
            "drums, piano, strings, violin, violins, viola, cello, cellos, bass, guitar, guitars, organ, "
            "harp, choir, trumpet, trumpets, brass, trombone, tuba, horn, horns, saxophone, oboe, "
            "bassoon, clarinet, flute, flutes, synth, synths, synthesizer, pads, timpani, percussion, "
            "woodwinds, winds, instruments, instrument"
        ),
    },
}
#: signs that end a clause
SIGNS: frozenset[str] = frozenset({",", ";", ".", ":", "!", "?", "\n", "/", "but"})


def _phrases() -> dict[tuple[str, ...], Entry]:
    return {
        tuple(phrase.replace("-", " ").split()) or ("-",): (kind, value)
        for kind, rows in _TABLE.items()
        for value, phrases in rows.items()
        for phrase in phrases.split(", ")
    }


#: words of a phrase → what it says
PHRASES: dict[tuple[str, ...], Entry] = _phrases()
LONGEST = max(map(len, PHRASES))
