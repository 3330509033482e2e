"""Which recordings of a SoundFont sound for a key, and how: presets, instruments, zones, generators.

Source: SoundFont Technical Specification 2.04, sections 7 (structure), 8.1 (generators), 9.4 (zones).
Left out, as not needed for a sketch of film music: modulation envelopes, LFOs and custom modulators.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

import numpy as np

from emsync_nb.errors import SoundFontError
from emsync_nb.rendering.soundfont import Record, Sample, SoundFontTables, damaged

DRUM_BANK = 128
#: zones that a preset and its instruments may have together, and recordings that may sound for one key: no
#: SoundFont comes near, and a forged one would take hours
MAX_ZONES, MAX_VOICES = 50_000, 256
#: zones read of one file in all
_MAX_READ = 1_000_000
#: FluidSynth and the EMU8000 take 0.4 of the attenuation that the specification names
ATTENUATION_FACTOR = 0.4


class Gen(IntEnum):
    """Generator numbers that are honoured (section 8.1.2)."""

    START = 0
    END = 1
    LOOP_START = 2
    LOOP_END = 3
    START_COARSE = 4
    FILTER_CUTOFF = 8
    FILTER_Q = 9
    END_COARSE = 12
    PAN = 17
    DELAY = 33
    ATTACK = 34
    HOLD = 35
    DECAY = 36
    SUSTAIN = 37
    RELEASE = 38
    KEY_TO_HOLD = 39
    KEY_TO_DECAY = 40
    INSTRUMENT = 41
    KEY_RANGE = 43
    VELOCITY_RANGE = 44
    LOOP_START_COARSE = 45
    FIXED_KEY = 46
    ATTENUATION = 48
    LOOP_END_COARSE = 50
    COARSE_TUNE = 51
    FINE_TUNE = 52
    SAMPLE = 53
    SAMPLE_MODES = 54
    SCALE_TUNING = 56
    EXCLUSIVE_CLASS = 57
    ROOT_KEY = 58


_DEFAULTS = {
    Gen.FILTER_CUTOFF: 13_500,
    **dict.fromkeys((Gen.DELAY, Gen.ATTACK, Gen.HOLD, Gen.DECAY, Gen.RELEASE), -12_000),
    Gen.SCALE_TUNING: 100,
    Gen.FIXED_KEY: -1,
    Gen.ROOT_KEY: -1,
}
#: what a preset may add to its instrument's values; the rest is for instruments only (section 8.1.3)
_ADDITIVE = frozenset(
    (
        *(Gen.FILTER_CUTOFF, Gen.FILTER_Q, Gen.PAN, Gen.ATTENUATION),
        *(Gen.DELAY, Gen.ATTACK, Gen.HOLD, Gen.DECAY, Gen.SUSTAIN, Gen.RELEASE),
        *(Gen.KEY_TO_HOLD, Gen.KEY_TO_DECAY, Gen.COARSE_TUNE, Gen.FINE_TUNE, Gen.SCALE_TUNING),
    )
)
Zone = dict[int, int]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Volume over time: delay, attack (linear), hold, decay to sustain and release (linear in dB)."""

    delay_s: float
    attack_s: float
    hold_s: float
    #: for 100 dB of fall
    decay_s: float
    #: below the peak, in dB
    sustain_db: float
    #: for 100 dB of fall
    release_s: float


@dataclass(frozen=True, slots=True)
class Voice:
    """One recording as it sounds on one key. Two equal voices sound alike, so it can key a cache."""

    sample: int
    start: int
    end: int
    loop_start: int
    loop_end: int
    loops: bool
    #: samples of the recording per second of sound
    speed: float
    gain: float
    #: −1 left … +1 right
    pan: float
    cutoff_hz: float
    resonance_db: float
    envelope: Envelope
    #: voices of one class cut each other off (an open hi-hat is closed); 0 for none
    exclusive_class: int


@dataclass(frozen=True, slots=True, eq=False)
class _Region:
    keys: tuple[int, int]
    velocities: tuple[int, int]
    values: Zone

    def get(self, gen: Gen) -> int:
        return self.values.get(gen, _DEFAULTS.get(gen, 0))


class SoundFont:
    """The voices of one SoundFont file."""

    def __init__(self, path: Path) -> None:
        """Read `path`.

        Raises:
            SoundFontError: as `SoundFontTables` does.
        """
        self.path = path
        self._tables = SoundFontTables(path)
        self._read = 0
        presets = self._tables.records["phdr"][:-1]
        self._presets = {(int(p["bank"]), int(p["program"])): index for index, p in enumerate(presets)}
        self.sample = lru_cache(maxsize=None)(self._tables.sample)
        self._regions = lru_cache(maxsize=None)(self._read_regions)
        self.voices = lru_cache(maxsize=None)(self._voices)

    def _voices(self, bank: int, program: int, key: int, velocity: int) -> tuple[Voice, ...]:
        """What sounds when `key` (0 … 127) is struck with `velocity` (1 … 127).

        A variation bank or drum kit that the file lacks gives way to the General MIDI one, as GM2 asks.
        """
        sounding = [
            region
            for region in self._regions(self._preset(bank, program))
            if region.keys[0] <= key <= region.keys[1]
            and region.velocities[0] <= velocity <= region.velocities[1]
        ]
        if len(sounding) > MAX_VOICES:
            raise damaged(self.path, f"sounds {len(sounding)} recordings for one key")
        return tuple(_voice(region, key, self.sample(region.get(Gen.SAMPLE))) for region in sounding)

    def _preset(self, bank: int, program: int) -> int:
        general = (bank, 0) if bank == DRUM_BANK else (0, program)
        for address in ((bank, program), general):
            if address in self._presets:
                return self._presets[address]
        kind = "drum kit" if bank == DRUM_BANK else f"General MIDI program {program}"
        raise SoundFontError(f"The SoundFont {self.path} has no {kind}. Give a General MIDI SoundFont")

    def _read_regions(self, preset: int) -> tuple[_Region, ...]:
        regions: list[_Region] = []
        looked_at = 0
        for outer in self._zones("p", preset, Gen.INSTRUMENT):
            inners = self._zones("i", outer[Gen.INSTRUMENT] & 0xFFFF, Gen.SAMPLE)
            looked_at += 1 + len(inners)
            if looked_at > MAX_ZONES:
                raise damaged(self.path, f"has more than {MAX_ZONES} zones in one preset")
            regions += [_merged(outer, inner) for inner in inners if _overlap(outer, inner)]
        return tuple(regions)

    def _zones(self, level: str, owner: int, terminal: Gen) -> list[Zone]:
        """The zones of a preset ("p") or instrument ("i"), each with its global zone's values below."""
        records = self._tables.records
        owners, bags = records["phdr" if level == "p" else "inst"], records[f"{level}bag"]
        if owner + 1 >= len(owners):
            raise damaged(self.path, f"names instrument {owner} of {len(owners) - 1}")
        first, last = int(owners[owner]["bag"]), int(owners[owner + 1]["bag"])
        if not first <= last < len(bags):
            raise damaged(self.path, f"counts zones {first} to {last} of {len(bags) - 1}")
        self._read += last - first
        if self._read > _MAX_READ:
            raise damaged(self.path, "counts the same zones again and again")
        zones = [_zone(bags, records[f"{level}gen"], bag, self.path) for bag in range(first, last)]
        base = zones[0] if zones and terminal not in zones[0] else {}
        return [base | zone for zone in zones if terminal in zone]


def _zone(bags: Record, generators: Record, bag: int, path: Path) -> Zone:
    first, last = int(bags[bag]["gen"]), int(bags[bag + 1]["gen"])
    if not first <= last <= len(generators):
        raise damaged(path, f"counts generators {first} to {last} of {len(generators)}")
    return {int(g["kind"]): int(g["amount"]) for g in generators[first:last]}


def _range(zone: Zone, gen: Gen) -> tuple[int, int]:
    packed = zone.get(gen, 0x7F00) & 0xFFFF
    return packed & 0xFF, packed >> 8


def _both(outer: Zone, inner: Zone, gen: Gen) -> tuple[int, int]:
    (low, high), (other_low, other_high) = _range(outer, gen), _range(inner, gen)
    return max(low, other_low), min(high, other_high)


def _overlap(outer: Zone, inner: Zone) -> bool:
    spans = (_both(outer, inner, gen) for gen in (Gen.KEY_RANGE, Gen.VELOCITY_RANGE))
    return all(low <= high for low, high in spans)


def _merged(outer: Zone, inner: Zone) -> _Region:
    values = dict(inner)
    for kind in _ADDITIVE & outer.keys():
        values[kind] = inner.get(kind, _DEFAULTS.get(Gen(kind), 0)) + outer[kind]
    values[Gen.SAMPLE] = inner[Gen.SAMPLE] & 0xFFFF
    return _Region(_both(outer, inner, Gen.KEY_RANGE), _both(outer, inner, Gen.VELOCITY_RANGE), values)


def _seconds(timecents: float) -> float:
    """Section 8.1.2: 1200 timecents double a time; −12000 (1 ms) and less mean at once."""
    return 0.0 if timecents <= -12_000 else float(2 ** (min(timecents, 8_000) / 1200))


def _envelope(region: _Region, key: int) -> Envelope:
    hold = region.get(Gen.HOLD) + (60 - key) * region.get(Gen.KEY_TO_HOLD)
    decay = region.get(Gen.DECAY) + (60 - key) * region.get(Gen.KEY_TO_DECAY)
    return Envelope(
        delay_s=_seconds(region.get(Gen.DELAY)),
        attack_s=_seconds(region.get(Gen.ATTACK)),
        hold_s=_seconds(hold),
        decay_s=_seconds(decay),
        sustain_db=float(np.clip(region.get(Gen.SUSTAIN) / 10, 0, 100)),
        release_s=_seconds(region.get(Gen.RELEASE)),
    )


def _speed(region: _Region, key: int, sample: Sample) -> float:
    root = region.get(Gen.ROOT_KEY)
    root = root if 0 <= root <= 127 else (sample.key if sample.key <= 127 else 60)
    fixed = region.get(Gen.FIXED_KEY)
    struck = fixed if 0 <= fixed <= 127 else key
    cents = (struck - root) * region.get(Gen.SCALE_TUNING) + sample.correction_cents
    cents += 100 * region.get(Gen.COARSE_TUNE) + region.get(Gen.FINE_TUNE)
    # 20 octaves, beyond any hearing: a forged tuning would else have no number
    return float(sample.rate * 2 ** (min(max(cents, -24_000), 24_000) / 1200))


def _voice(region: _Region, key: int, sample: Sample) -> Voice:
    def place(origin: int, fine: Gen, coarse: Gen) -> int:
        moved = origin + region.get(fine) + 32_768 * region.get(coarse)
        return min(max(moved, 0), len(sample.wave))

    start = place(0, Gen.START, Gen.START_COARSE)
    end = place(len(sample.wave), Gen.END, Gen.END_COARSE)
    loop_start = place(sample.loop_start, Gen.LOOP_START, Gen.LOOP_START_COARSE)
    loop_end = min(end, place(sample.loop_end, Gen.LOOP_END, Gen.LOOP_END_COARSE))
    return Voice(
        sample=region.get(Gen.SAMPLE),
        start=start,
        end=end,
        loop_start=loop_start,
        loop_end=loop_end,
        loops=region.get(Gen.SAMPLE_MODES) in (1, 3) and start <= loop_start < loop_end,
        speed=_speed(region, key, sample),
        gain=float(10 ** (-max(0, region.get(Gen.ATTENUATION)) * ATTENUATION_FACTOR / 200)),
        pan=float(np.clip(region.get(Gen.PAN) / 500, -1, 1)),
        cutoff_hz=float(8.176 * 2 ** (np.clip(region.get(Gen.FILTER_CUTOFF), 1500, 13_500) / 1200)),
        resonance_db=float(np.clip(region.get(Gen.FILTER_Q) / 10, 0, 96)),
        envelope=_envelope(region, key),
        exclusive_class=region.get(Gen.EXCLUSIVE_CLASS),
    )
