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
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emsync_nb.domain import AudioClip
from emsync_nb.errors import AudioError, MidiError
from emsync_nb.rendering.midi_events import DEFAULTS, EXPRESSION, PAN, VOLUME, Part, PlayedNote, read_parts
from emsync_nb.rendering.regions import DRUM_BANK, SoundFont, Voice
from emsync_nb.rendering.soundfont import find_soundfont
from emsync_nb.rendering.tones import ToneCache, release_curve

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


class _Player:
    """Renders parts with one SoundFont at one rate and length."""

    def __init__(self, soundfont: SoundFont, rate: int, length: int) -> None:
        self._soundfont = soundfont
        self._tones = ToneCache(soundfont, rate)
        self._rate = rate
        self._length = length

    def part(self, part: Part) -> Stereo:
        """(2, length) sound of one part."""
        out = np.zeros((2, self._length), dtype=np.float32)
        # longest first, so that each voice's tone is computed once, at the length all its notes can share
        for sounding in sorted(self._soundings(part), key=lambda s: s.note.start_s - s.end_s):
            self._add(out, sounding)
        self._apply_channel(out, part)
        return out

    def _soundings(self, part: Part) -> list[_Sounding]:
        soundings: list[_Sounding] = []
        last_of_class: dict[int, list[_Sounding]] = {}
        for note in sorted(part.notes, key=lambda note: note.start_s):
            bank = DRUM_BANK if part.is_drum else note.bank
            for voice in self._soundfont.voices(bank, note.program, note.key, note.velocity):
                sounding = _Sounding(note, voice, note.end_s, voice.envelope.release_s)
                soundings.append(sounding)
                if voice.exclusive_class:
                    _choke(last_of_class.setdefault(voice.exclusive_class, []), sounding)
        return soundings

    def _add(self, out: Stereo, sounding: _Sounding) -> None:
        start = round(sounding.note.start_s * self._rate)
        held = round(sounding.end_s * self._rate) - start
        release = release_curve(sounding.release_s, self._rate)
        wanted = min(held + len(release), self._length - start)
        if wanted <= 0:
            return
        tone = self._tones.tone(sounding.voice, wanted)
        sound = tone * np.float32(SYNTH_GAIN * (sounding.note.velocity / 127) ** 2)
        sound[held:] *= release[: max(0, len(sound) - held)]
        left, right = _pan_gains(sounding.voice.pan)
        out[0, start : start + len(sound)] += np.float32(left) * sound
        out[1, start : start + len(sound)] += np.float32(right) * sound

    def _apply_channel(self, out: Stereo, part: Part) -> None:
        """Channel volume, expression and pan, over everything that the part sounds."""
        for control, law in ((VOLUME, _level_gain), (EXPRESSION, _level_gain)):
            self._follow(out, part, control, law)
        for side, law in enumerate(_LEFT_RIGHT):
            self._follow(out[side : side + 1], part, PAN, law)

    def _follow(self, out: Stereo, part: Part, control: int, law: Callable[[int], float]) -> None:
        """Multiply `out` with what `law` makes of a controller; each change is a ramp of SMOOTHING_S."""
        changes = part.controls.get(control, [])
        steps = {0.0: DEFAULTS[control]} | {max(0.0, time_s): value for time_s, value in changes}
        times = sorted(steps)
        starts = [min(round(time_s * self._rate), self._length) for time_s in times] + [self._length]
        before = law(steps[0.0])
        for time_s, start, end in zip(times, starts, starts[1:], strict=False):
            gain = law(steps[time_s])
            ramp = min(round(SMOOTHING_S * self._rate), end - start)
            part_of = out[:, start:end]
            part_of[:, :ramp] *= np.linspace(before, gain, ramp, dtype=np.float32)
            part_of[:, ramp:] *= np.float32(gain)
            before = gain


def render(
    midi: Path, *, soundfont: Path | None = None, rate: int = 48_000, duration_s: float | None = None
) -> AudioClip:
    """Render a MIDI file in stereo, second 0 of the file at sample 0.

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
    parts, player, length = _prepared(midi, soundfont, rate, duration_s)
    mix = np.zeros((2, length), dtype=np.float32)
    for part in parts:
        mix += player.part(part)
    return AudioClip(mix, rate)


def render_stems(
    midi: Path, *, soundfont: Path | None = None, rate: int = 48_000, duration_s: float | None = None
) -> dict[str, AudioClip]:
    """Render each part of a MIDI file alone: name → clip; their sum is what `render` gives.

    Arguments and errors as for `render`. Ten minutes in stereo at 48 kHz take 230 MB a part.
    """
    parts, player, _ = _prepared(midi, soundfont, rate, duration_s)
    return {part.name: AudioClip(player.part(part), rate) for part in parts}


def _prepared(
    midi: Path, soundfont: Path | None, rate: int, duration_s: float | None
) -> tuple[list[Part], _Player, int]:
    if not MIN_RATE <= rate <= MAX_RATE:
        raise AudioError(f"The sample rate must lie in {MIN_RATE} … {MAX_RATE} Hz, got {rate}")
    parts, end_s = read_parts(midi)
    length_s = end_s + TAIL_S if duration_s is None else duration_s
    if not 0 <= length_s <= MAX_DURATION_S:
        kind = MidiError if duration_s is None else AudioError
        raise kind(
            f"{midi} would last {length_s:.0f} s; up to {MAX_DURATION_S:.0f} s can be rendered. "
            "Cut it, or export it again if it is damaged"
        )
    length = round(length_s * rate)
    return parts, _Player(SoundFont(find_soundfont(soundfont)), rate, length), length


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
