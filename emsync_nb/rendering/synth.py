"""MIDI to sound with a SoundFont.

Honoured: tempo changes, programs and banks, velocity, channel volume (CC7), pan (CC10), expression (CC11),
sustain pedal (CC64), release, exclusive classes. Not honoured: pitch bend, modulation, aftertouch, and the
sends to reverb and chorus (mastering has a reverb).

Why not symusic's synthesizer: version 0.5.9 plays every note equally loud whatever its velocity, ignores
CC7, CC10, CC11 and CC64, cuts notes 3 ms after their end, and one General MIDI preset of TimGM6mb (whistle)
comes out at 10^28; docs/soundfonts.md has the measurements.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import BLOCK, AudioClip, Sound
from emsync_nb.errors import AudioError, MidiError
from emsync_nb.rendering.midi_events import DEFAULTS, EXPRESSION, PAN, VOLUME, Part, PlayedNote, read_parts
from emsync_nb.rendering.regions import DRUM_BANK, SoundFont, Voice
from emsync_nb.rendering.soundfont import find_soundfont
from emsync_nb.rendering.tones import Mono, ToneCache, release_curve

Stereo = NDArray[np.float32]
#: room for a full orchestra below full scale; FluidSynth's own default is of this size
SYNTH_GAIN = 0.25
#: what is rendered after the last note when no length is asked for
TAIL_S = 2.0
#: longer than any film; beyond it a file is broken or hostile
MAX_DURATION_S = 4 * 3600.0
#: a voice that its exclusive class cuts off
CHOKE_S = 0.02
#: a change of a controller is spread over this time, or it would click
SMOOTHING_S = 0.01
MIN_RATE, MAX_RATE = 8_000, 192_000


@dataclass(slots=True)
class _Sounding:
    note: PlayedNote
    voice: Voice
    end_s: float
    release_s: float


@dataclass(frozen=True, slots=True, eq=False)
class _Strike:
    """A voice of one note, on the grid of samples."""

    voice: Voice
    start: int
    #: where the key is let go
    release_from: int
    #: where nothing is left of it
    stop: int
    release: Mono
    left: np.float32
    right: np.float32


class _Controller:
    """The gain that a law makes of a controller over time; each change is a ramp of SMOOTHING_S."""

    def __init__(self, part: Part, control: int, law: Callable[[int], float], rate: int, frames: int) -> None:
        changes = part.controls.get(control, [])
        steps = {0.0: DEFAULTS[control]} | {max(0.0, time_s): value for time_s, value in changes}
        times = sorted(steps)
        self._starts = [min(round(time_s * rate), frames) for time_s in times]
        self._ends = [*self._starts[1:], frames]
        self._gains = [law(steps[time_s]) for time_s in times]
        self._smoothing = round(SMOOTHING_S * rate)

    def apply(self, out: Stereo, at: int) -> None:
        """Multiply `out`, whose first sample is sample `at` of the sound."""
        for number in range(bisect_right(self._starts, at) - 1, len(self._starts)):
            start, end = self._starts[number], self._ends[number]
            if start >= at + out.shape[1]:
                return
            before, gain = self._gains[max(0, number - 1)], self._gains[number]
            ramp = np.linspace(before, gain, min(self._smoothing, end - start), dtype=np.float32)
            settled = start + len(ramp)
            smooth = slice(max(0, start - at), max(0, settled - at))
            part = out[:, smooth]
            part *= ramp[max(0, at - start) :][: part.shape[1]]
            out[:, max(0, settled - at) : max(0, end - at)] *= np.float32(gain)


class PartSound:
    """One part, stereo, rendered block by block, or from any sample on; a `Sound`."""

    channels = 2

    def __init__(self, part: Part, soundfont: SoundFont, tones: ToneCache, rate: int, frames: int) -> None:
        self.rate = rate
        self.frames = frames
        self._tones = tones
        #: in order of time, so that each sample is the same sum whatever the blocks are
        self._strikes = [_strike(sounding, tones, rate) for sounding in _soundings(part, soundfont)]
        self._starts = np.array([strike.start for strike in self._strikes], dtype=np.int64)
        self._stops = np.array([strike.stop for strike in self._strikes], dtype=np.int64)
        laws = (VOLUME, _level_gain), (EXPRESSION, _level_gain)
        self._levels = [_Controller(part, control, law, rate, frames) for control, law in laws]
        self._pans = [_Controller(part, PAN, law, rate, frames) for law in _LEFT_RIGHT]

    def blocks(self, size: int = BLOCK) -> Iterator[Stereo]:
        """See `Sound`."""
        for at in range(0, self.frames, size):
            yield self.between(at, min(at + size, self.frames))

    def between(self, begin: int, end: int) -> Stereo:
        """(2, end − begin) samples from `begin` to `end`: the same as in `blocks`, without what comes before."""
        out = np.zeros((2, end - begin), dtype=np.float32)
        sounding = self._sounding(begin, end)
        for number in sounding:
            self._add(out, begin, self._strikes[number])
        if len(sounding):
            self._apply_controllers(out, begin)
        return out

    def sounds_between(self, begin: int, end: int) -> bool:
        """Whether any note sounds there, be it ever so softly; renders nothing."""
        return len(self._sounding(begin, end)) > 0

    def _sounding(self, begin: int, end: int) -> NDArray[np.intp]:
        """Numbers of the strikes heard between two samples, in order of time."""
        return np.flatnonzero((self._starts < end) & (self._stops > begin))

    def _add(self, out: Stereo, at: int, strike: _Strike) -> None:
        begin, end = max(at, strike.start), min(at + out.shape[1], strike.stop)
        sound = self._tones.tone(strike.voice, begin - strike.start, end - strike.start)
        if end > strike.release_from:
            released = max(begin, strike.release_from)
            sound = sound.copy()
            sound[released - begin :] *= strike.release[
                released - strike.release_from : end - strike.release_from
            ]
        out[0, begin - at : end - at] += strike.left * sound
        out[1, begin - at : end - at] += strike.right * sound

    def _apply_controllers(self, out: Stereo, at: int) -> None:
        """Channel volume, expression and pan, over everything that the part sounds."""
        for level in self._levels:
            level.apply(out, at)
        for side, pan in enumerate(self._pans):
            pan.apply(out[side : side + 1], at)


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """Parts that sound together; itself the `Sound` of all of them, stereo."""

    #: name → stereo sound, each at `rate` and `frames` long
    parts: Mapping[str, Sound]
    rate: int
    frames: int

    @property
    def channels(self) -> int:
        """2 for stereo."""
        return 2

    def blocks(self, size: int = BLOCK) -> Iterator[Stereo]:
        """See `Sound`."""
        playing = [part.blocks(size) for part in self.parts.values()]
        for at in range(0, self.frames, size):
            mix = np.zeros((2, min(size, self.frames - at)), dtype=np.float32)
            for blocks in playing:
                mix += next(blocks)
            yield mix


def perform(
    midi: Path, *, soundfont: Path | None = None, rate: int = 48_000, duration_s: float | None = None
) -> Performance:
    """Make a MIDI file ready to be rendered, block by block, second 0 of the file at sample 0.

    Rendering takes the memory of a block and of the tone cache, however long the file is.

    Args:
        midi: a Standard MIDI File.
        soundfont: an SF2 or SF3 file; None as `find_soundfont` finds it.
        rate: samples per second, 8000 … 192000.
        duration_s: length of the result, exact to the sample; None for the file's length and its tail.

    Raises:
        MidiError: the file cannot be read, or lasts longer than four hours.
        SoundFontError: the SoundFont is missing, damaged or lacks an instrument.
        AudioError: `rate` or `duration_s` is out of range.
    """
    parts, frames = part_sounds(midi, soundfont=soundfont, rate=rate, duration_s=duration_s)
    return Performance(parts, rate, frames)


def part_sounds(
    midi: Path, *, soundfont: Path | None = None, rate: int = 48_000, duration_s: float | None = None
) -> tuple[dict[str, PartSound], int]:
    """Name → part, as in a `Performance`, and the length of each in samples. Arguments and errors as for `perform`."""
    if not MIN_RATE <= rate <= MAX_RATE:
        raise AudioError(f"The sample rate must lie in {MIN_RATE} … {MAX_RATE} Hz, got {rate}")
    parts, end_s = read_parts(midi)
    frames = round(_length_s(midi, end_s, duration_s) * rate)
    font = SoundFont(find_soundfont(soundfont))
    tones = ToneCache(font, rate)
    return {part.name: PartSound(part, font, tones, rate, frames) for part in parts}, frames


def render(
    midi: Path, *, soundfont: Path | None = None, rate: int = 48_000, duration_s: float | None = None
) -> AudioClip:
    """Render a MIDI file in stereo, into memory. Arguments and errors as for `perform`."""
    return AudioClip.of(perform(midi, soundfont=soundfont, rate=rate, duration_s=duration_s))


def render_stems(
    midi: Path, *, soundfont: Path | None = None, rate: int = 48_000, duration_s: float | None = None
) -> dict[str, AudioClip]:
    """Render each part of a MIDI file alone: name → clip; their sum is what `render` gives.

    Arguments and errors as for `perform`. Ten minutes in stereo at 48 kHz take 230 MB a part.
    """
    performance = perform(midi, soundfont=soundfont, rate=rate, duration_s=duration_s)
    return {name: AudioClip.of(part) for name, part in performance.parts.items()}


def _length_s(midi: Path, end_s: float, duration_s: float | None) -> float:
    length_s = end_s + TAIL_S if duration_s is None else duration_s
    if not 0 <= length_s <= MAX_DURATION_S:
        kind = MidiError if duration_s is None else AudioError
        raise kind(
            f"{midi} would last {length_s:.0f} s; up to {MAX_DURATION_S:.0f} s can be rendered. "
            "Cut it, or export it again if it is damaged"
        )
    return length_s


def _soundings(part: Part, soundfont: SoundFont) -> list[_Sounding]:
    """The voices of all notes, in order of time."""
    soundings: list[_Sounding] = []
    last_of_class: dict[int, list[_Sounding]] = {}
    for note in sorted(part.notes, key=lambda note: note.start_s):
        bank = DRUM_BANK if part.is_drum else note.bank
        for voice in soundfont.voices(bank, note.program, note.key, note.velocity):
            sounding = _Sounding(note, voice, note.end_s, voice.envelope.release_s)
            soundings.append(sounding)
            if voice.exclusive_class:
                _choke(last_of_class.setdefault(voice.exclusive_class, []), sounding)
    return soundings


def _strike(sounding: _Sounding, tones: ToneCache, rate: int) -> _Strike:
    start, release_from = round(sounding.note.start_s * rate), round(sounding.end_s * rate)
    release = release_curve(sounding.release_s, rate)
    stop = min(release_from + len(release), start + tones.longest(sounding.voice))
    level = SYNTH_GAIN * (sounding.note.velocity / 127) ** 2
    left, right = (np.float32(level * gain) for gain in _pan_gains(sounding.voice.pan))
    return _Strike(sounding.voice, start, release_from, stop, release, left, right)


def _choke(earlier: list[_Sounding], new: _Sounding) -> None:
    """Cut off the voices of the class that began before `new`, and note it in their place."""
    still: list[_Sounding] = []
    for sounding in earlier:
        if sounding.note.start_s == new.note.start_s:
            still.append(sounding)
        else:
            # the tail counts too: a drum's note is over long before its sound is
            sounding.end_s = min(sounding.end_s + sounding.release_s, new.note.start_s)
            sounding.release_s = CHOKE_S
    earlier[:] = [*still, new]


def _level_gain(value: int) -> float:
    """(cc / 127)², the SoundFont's law for CC7 and CC11 (2.04, sections 8.4.5 and 8.4.8)."""
    return (value / 127) ** 2


def _pan_gains(pan: float) -> tuple[float, float]:
    """(left, right) of equal power: (1, 0) at −1, (√½, √½) at 0, (0, 1) at +1."""
    angle = (pan + 1) * math.pi / 4
    return math.cos(angle), math.sin(angle)


def _channel_pan(value: int, side: int) -> float:
    # × √2: the middle must leave each voice where its SoundFont put it
    return math.sqrt(2) * _pan_gains(max(-1.0, (value - 64) / 63))[side]


_LEFT_RIGHT = (partial(_channel_pan, side=0), partial(_channel_pan, side=1))
