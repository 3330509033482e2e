"""One pedalboard chain from a preset, then loudness and true peak as delivery asks for them.

Fields of a preset (`presets/mastering/*.toml`):

- `name`, `description`; `target_lufs` (−40 … −6); `max_true_peak_dbtp` (−12 … 0)
- `[[stages]]`, in order, each with a `type` and that type's fields, all required:

  ==========================  ===================================================================
  highpass, lowpass           cutoff_hz (10 … 20000)
  lowshelf, peak, highshelf   frequency_hz (20 … 20000), gain_db (−18 … 18), q (0.1 … 10)
  compressor                  threshold_db (−60 … 0), ratio (1 … 20), attack_ms (0.1 … 200),
                              release_ms (5 … 2000)
  reverb                      room_size, damping, wet, dry, width (0 … 1 each)
  gain                        gain_db (−24 … 24)
  limiter                     threshold_db (−24 … 0), release_ms (5 … 2000)
  ==========================  ===================================================================

The chain hears sound at −20 LUFS, so that thresholds mean the same for every piece. The stage `limiter`
is JUCE's, which makes up for its threshold and colours the sound; the true peak is held by our own
look-ahead limiter after the chain, whatever the stages.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emsync_nb import preset_library
from emsync_nb.domain import BLOCK, AudioClip, Sound
from emsync_nb.errors import AudioError
from emsync_nb.extras import require
from emsync_nb.preset_table import PresetTable
from emsync_nb.rendering.effects import (
    Advance,
    Block,
    Effect,
    Scaled,
    Watched,
    span,
    unwatched,
    with_neighbours,
)
from emsync_nb.rendering.loudness import LoudnessMeter, inter_sample_peaks, loudness_lufs, true_peak_dbtp
from emsync_nb.rendering.tape import Tape

KIND = "mastering"
#: what the chain is fed with
INPUT_LUFS = -20.0
#: how far from the target the loudness may end
TOLERANCE_LU = 0.5
#: the search stops earlier than it must, and the limiter lower: its gain changes raise peaks a little
_AIM_LU, _MARGIN_DB = 0.1, 0.2
_ROUNDS = 8
#: the limiter looks this far ahead and back
LOOK_AHEAD_S = 0.005
#: samples of the shortest block that the chain is fed
_SHORTEST_FED = 64

_EQ = {"frequency_hz": (20.0, 20_000.0), "gain_db": (-18.0, 18.0), "q": (0.1, 10.0)}
_CUT = {"cutoff_hz": (10.0, 20_000.0)}
_RELEASE_MS = (5.0, 2000.0)
#: type → field → allowed range
STAGES: dict[str, dict[str, tuple[float, float]]] = {
    "highpass": _CUT,
    "lowpass": _CUT,
    "lowshelf": _EQ,
    "peak": _EQ,
    "highshelf": _EQ,
    "compressor": {
        "threshold_db": (-60.0, 0.0),
        "ratio": (1.0, 20.0),
        "attack_ms": (0.1, 200.0),
        "release_ms": _RELEASE_MS,
    },
    "reverb": dict.fromkeys(("room_size", "damping", "wet", "dry", "width"), (0.0, 1.0)),
    "gain": {"gain_db": (-24.0, 24.0)},
    "limiter": {"threshold_db": (-24.0, 0.0), "release_ms": _RELEASE_MS},
}
#: type → class of pedalboard, and our field names → its
_PLUGINS = {
    "highpass": ("HighpassFilter", {"cutoff_hz": "cutoff_frequency_hz"}),
    "lowpass": ("LowpassFilter", {"cutoff_hz": "cutoff_frequency_hz"}),
    "lowshelf": ("LowShelfFilter", {"frequency_hz": "cutoff_frequency_hz"}),
    "peak": ("PeakFilter", {"frequency_hz": "cutoff_frequency_hz"}),
    "highshelf": ("HighShelfFilter", {"frequency_hz": "cutoff_frequency_hz"}),
    "compressor": ("Compressor", {}),
    "reverb": ("Reverb", {"wet": "wet_level", "dry": "dry_level"}),
    "gain": ("Gain", {}),
    "limiter": ("Limiter", {}),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One effect of the chain."""

    #: a key of STAGES
    kind: str
    #: (field, value) as in the preset
    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class MasteringSettings:
    """A chain and what its output must measure."""

    name: str
    stages: tuple[Stage, ...]
    #: integrated loudness, held within ± 0.5 LU
    target_lufs: float = -16.0
    #: never exceeded
    max_true_peak_dbtp: float = -1.0


@dataclass(frozen=True, slots=True)
class Measures:
    """What mastered sound measures."""

    #: −inf for silence and for less than 0.4 s
    loudness_lufs: float
    #: −inf for silence
    true_peak_dbtp: float
    #: one line where the loudness misses its target; None where all is well
    warning: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Mastered(Measures):
    """Mastered sound in memory and its measures."""

    audio: AudioClip


def load_mastering(name_or_path: str | Path) -> MasteringSettings:
    """A mastering preset by name ("film") or from a .toml file; the module's docstring lists its fields.

    Raises:
        PresetError: it does not exist, or a field is missing, unknown or out of range.
    """
    table = preset_library.load(KIND, name_or_path)
    name = table.text("name")
    table.text("description")
    settings = MasteringSettings(
        name,
        tuple(_stage(entry) for entry in table.tables("stages")),
        table.number("target_lufs", -40, -6),
        table.number("max_true_peak_dbtp", -12, 0),
    )
    table.finish()
    return settings


def master(audio: AudioClip, settings: MasteringSettings) -> AudioClip:
    """The sound of `master_measured`, without its measures."""
    return master_measured(audio, settings).audio


def master_measured(audio: AudioClip, settings: MasteringSettings) -> Mastered:
    """`master_to` for sound in memory; arguments, promises and errors are the same."""
    with Tape(None, audio.rate, audio.channels) as tape:
        measures = master_to(tape, audio, settings)
        return Mastered(measures.loudness_lufs, measures.true_peak_dbtp, measures.warning, AudioClip.of(tape))


def master_to(
    tape: Tape, sound: Sound, settings: MasteringSettings, advance: Advance = unwatched
) -> Measures:
    """Run the chain, then bring the sound to the target loudness without exceeding the true peak.

    Length, channels and timing stay as they are. Silence, and sound shorter than the 0.4 s that loudness
    needs, come back untouched. Where both targets cannot hold, the true peak wins and `warning` says so.

    Args:
        tape: takes the mastered sound; what is needed on the way lies in the same folder.
        sound: mono or stereo; read twice.
        settings: from `load_mastering`.
        advance: hears which share is done.

    Raises:
        AudioError: more than two channels, or samples that are not finite.
    """
    if sound.channels not in (1, 2):
        raise _unfit()
    level = loudness_lufs(_Checked(Watched(sound, span(advance, 0, 0.1))))
    if not math.isfinite(level):
        tape.record(sound)
        return Measures(level, true_peak_dbtp(tape), None)
    with Tape(tape.folder, sound.rate, sound.channels) as shaped, Tape(tape.folder, sound.rate, 1) as peaks:
        fed = Watched(Scaled(sound, _gain(INPUT_LUFS - level)), span(advance, 0.1, 0.3))
        for block in _shaped(fed, settings):
            shaped.append(block)
        for block in inter_sample_peaks(Watched(shaped, span(advance, 0.3, 0.5))):
            peaks.append(block)
        loud = _to_loudness(shaped, peaks, settings, span(advance, 0.5, 0.8))
        return _finished(tape, loud, settings, span(advance, 0.8, 1))


class _Checked(Effect):
    """A sound as it is; what is not finite is refused."""

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """See `Sound`."""
        for block in self.source.blocks(size):
            if not np.all(np.isfinite(block)):
                raise _unfit()
            yield block


class _Limited(Effect):
    """A sound, louder or softer, but never above a ceiling: the limiter looks ahead and back."""

    def __init__(self, source: Sound, peaks: Sound, gain: np.float32, ceiling: np.float32) -> None:
        """`peaks` has one channel: the highest magnitude of `source` at each sample and until the next."""
        super().__init__(source)
        self._peaks = peaks
        self._gain = gain
        self._ceiling = ceiling

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """See `Sound`."""
        reach = round(LOOK_AHEAD_S * self.rate)
        # the minimum sees `reach` samples either side, and the mean over it half as many
        around = with_neighbours(self._peaks.blocks(size), 2 * reach)
        for block, (peaks, place) in zip(self.source.blocks(size), around, strict=True):
            reduction = _reduction(peaks[0] * self._gain, self._ceiling, reach)
            yield block * (self._gain * reduction[place])


def _unfit() -> AudioError:
    return AudioError("Mastering takes mono or stereo sound without NaN or infinity. Downmix it first")


def _stage(entry: PresetTable) -> Stage:
    kind = entry.text("type", choices=STAGES)
    values = tuple((field, entry.number(field, *span)) for field, span in STAGES[kind].items())
    entry.finish()
    return Stage(kind, values)


def _chain(settings: MasteringSettings) -> Any:  # noqa: ANN401 - a pedalboard
    pedalboard = require("pedalboard")
    return pedalboard.Pedalboard([_plugin(pedalboard, stage) for stage in settings.stages])


def _plugin(pedalboard: Any, stage: Stage) -> Any:  # noqa: ANN401 - the module, one of its effects
    name, fields = _PLUGINS[stage.kind]
    return getattr(pedalboard, name)(**{fields.get(field, field): value for field, value in stage.values})


def _shaped(sound: Sound, settings: MasteringSettings) -> Iterator[Block]:
    """`sound` through the effects of a preset, which remember what they heard from block to block."""
    chain = _chain(settings)
    for number, block in enumerate(sound.blocks()):
        count = block.shape[1]
        # of blocks with hardly any samples, pedalboard takes these for channels
        padded = np.pad(block, ((0, 0), (0, max(0, _SHORTEST_FED - count))))
        shaped = chain(padded, sound.rate, reset=number == 0)
        yield np.asarray(shaped[:, :count], dtype=np.float32)


def _to_loudness(shaped: Sound, peaks: Sound, settings: MasteringSettings, advance: Advance) -> Sound:
    """Raise or lower the gain before the limiter until the loudness behind it meets the target."""
    ceiling = _gain(settings.max_true_peak_dbtp - _MARGIN_DB)
    gain_db, sound = 0.0, shaped
    for number in range(_ROUNDS):
        # nobody knows how many rounds there will be: each takes half of what is left
        watched = Watched(sound, span(advance, 1 - 0.5**number, 1 - 0.5 ** (number + 1)))
        missing_lu = settings.target_lufs - loudness_lufs(watched)
        if abs(missing_lu) <= _AIM_LU or not math.isfinite(missing_lu):
            break
        gain_db += missing_lu
        sound = _Limited(shaped, peaks, _gain(gain_db), ceiling)
    return sound


def _reduction(peaks: NDArray[np.float32], ceiling: np.float32, reach: int) -> NDArray[np.float32]:
    """(n,) gain ≤ 1 that keeps `peaks` below `ceiling`, smooth, and in time: it looks both ways.

    The minimum over a window, averaged over half of it, is nowhere above what each sample needs.
    """
    ndimage = require("scipy.ndimage")
    needed = np.minimum(np.float32(1), ceiling / np.maximum(peaks, ceiling))
    lowest = ndimage.minimum_filter1d(needed, 2 * reach + 1, mode="nearest")
    return np.asarray(ndimage.uniform_filter1d(lowest, reach + 1, mode="nearest"), dtype=np.float32)


def _finished(tape: Tape, sound: Sound, settings: MasteringSettings, advance: Advance) -> Measures:
    """Record the sound, lowered where its true peak is still too high, and measure it."""
    peak = true_peak_dbtp(Watched(sound, span(advance, 0, 0.6)))
    if peak > settings.max_true_peak_dbtp:
        # a hair more than needed, or rounding to float32 could leave it above
        lowered_db = peak - settings.max_true_peak_dbtp + 1e-3
        sound, peak = Scaled(sound, _gain(-lowered_db)), peak - lowered_db
    meter = LoudnessMeter(sound.rate, sound.channels)
    for block in Watched(sound, span(advance, 0.6, 1)).blocks():
        tape.append(block)
        meter.hear(block)
    return Measures(meter.lufs, peak, _warning(meter.lufs, settings))


def _warning(loudness: float, settings: MasteringSettings) -> str | None:
    if abs(loudness - settings.target_lufs) <= TOLERANCE_LU:
        return None
    return (
        f"The music measures {loudness:.1f} LUFS instead of {settings.target_lufs:.1f}: "
        f"its true peak may not exceed {settings.max_true_peak_dbtp:.1f} dBTP"
    )


def _gain(db: float) -> np.float32:
    return np.float32(10 ** (db / 20))
