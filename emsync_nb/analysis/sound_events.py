"""What is heard: laughter, screams, shots, birds, and the mood of music, by YAMNet.

Twice a second a window of 0.975 s is tagged with 521 kinds of sound (`yamnet`). Two readings are joined:

- *Kinds with a place.* Each kind in `sound_places` weighs by how far its log-odds lie above −6, about the share of
  clips that a rare kind has in Audio Set: (log-odds + 6)/6, at most 1, squared, times what the kind says. So a kind
  counts long before its sigmoid would move, and one that is certain counts once.
- *The mood of music.* The log-odds of YAMNet's six moods all rise and fall with how much the sound is music, so only
  contrasts between them are read, those of `evaluation.mood`: valence = happy − 0.75 sad + 0.5 tender − 0.75 scary,
  arousal = exciting − 0.5 sad − 0.5 tender. On 50 piano pieces of VGMIDI, rendered, their first 20 s correlate with
  people's valence at 0.42 and arousal at 0.56, better than the moods taken as places (0.35 and 0.40); hence the small
  trust. Their zero is set between rendered music (22 pieces of Freedoom: 3.6 and 0.7) and film music as recorded
  (two trailers by the Blender Foundation: 1.2 and −0.1), for a SoundFont never sounds scary to YAMNet.

Where only speech or music as such is heard, trust is small. 3 ms a window; with the resampling of stereo at 48 kHz
0.54 s of one core for a minute of film.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from emsync_nb.analysis.circumplex import EKMAN, classes_at
from emsync_nb.analysis.evidence import noticed
from emsync_nb.analysis.expert import Evidence, Opinion, Unavailable
from emsync_nb.analysis.sound_places import PLACES
from emsync_nb.analysis.timeline import GRID_HZ
from emsync_nb.analysis.yamnet import RATE, WINDOW, Tagger
from emsync_nb.domain import AudioClip, Boundary
from emsync_nb.domain.curve import FloatArray
from emsync_nb.errors import MissingExtraError, WeightsError
from emsync_nb.extras import require
from emsync_nb.weights import path_of

#: samples from one window to the next
_HOP = RATE // 2
#: root mean square that a window is brought to, and by how much at most, so that near silence stays silent
_LEVEL, _MOST_GAIN = 0.1, 10.0
#: root mean square of a window below which there is silence, −70 dB of full scale
_SILENCE = 10 ** (-70 / 20)
#: log-odds at which a kind begins to count, and how many more it takes to count in full
_REST, _SPAN = -6.0, 6.0
#: the moods, as YAMNet names them, and their contrasts
_MOODS = ("Happy music", "Sad music", "Tender music", "Exciting music", "Scary music")
_VALENCE_OF_MOODS = np.array([1.0, -0.75, 0.5, 0.0, -0.75])
_AROUSAL_OF_MOODS = np.array([0.0, -0.5, -0.5, 1.0, 0.0])
#: contrasts of music of no mood, and what reaches tanh 1 from there
_USUAL_CONTRAST, _CONTRAST_RANGE = (2.4, 0.3), (5.0, 3.0)
#: trust in valence and arousal of kinds that are plainly heard, and of the mood of plain music
_EVENT_TRUST, _MUSIC_TRUST = (0.8, 0.8), (0.25, 0.4)
#: weight of "none of the six" beside the kinds that speak of one
_NO_EMOTION = 0.3
#: a kind is told from this probability on, and at most so many at once
_TOLD_FROM, _TOLD_AT_ONCE = 0.2, 3
#: sounds are short: what has changed is told this soon after the last, in seconds
_TOLD_AFTER_S = 1.0
#: windows on each side over which the mood of music is averaged: 2 s
_MOOD_REACH = 4


class Ear(Protocol):
    """What `Tagger` is; tests bring their own."""

    labels: tuple[str, ...]

    def levels(self, window: NDArray[np.float32]) -> NDArray[np.int8]:
        """(521,) 8-bit log-odds."""

    def log_odds(self, levels: NDArray[np.int8]) -> FloatArray:
        """What the levels mean."""


def open_ear() -> Ear:
    """YAMNet, where it lies.

    Raises:
        WeightsError, CheckpointError, MissingExtraError: it is missing, damaged, or LiteRT is.
    """
    return Tagger(path_of("yamnet"))


class SoundEventExpert:
    """Names what is heard; a hearing expert. Keeps 521 bytes for every half second: 3.8 MB an hour."""

    name = "events"

    def __init__(self, ear: Callable[[], Ear] = open_ear) -> None:
        """`ear` opens the network when the first sound arrives."""
        self._open = ear
        self._ear: Ear | None = None
        self._missing = ""
        self._resampler: _Resampler | None = None
        #: at 16 kHz, what no window has covered from its start
        self._waiting = np.zeros(0, np.float32)
        #: the levels of all windows, one after the other
        self._levels = bytearray()
        self._loudest = 0.0
        self._heard_s = 0.0

    @property
    def note(self) -> str:
        """How much it heard."""
        return f"{len(self._levels) // max(1, self._kinds())} windows of sound by YAMNet"

    def hear(self, block: AudioClip) -> None:
        """Tag the windows that the next block completes; blocks follow one another without a gap."""
        if self._missing or not block.samples.size:
            return
        if self._ear is None and not self._has_ear():
            return
        self._heard_s += block.duration_s
        mono = np.nan_to_num(block.samples.mean(axis=0, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        if self._resampler is None or self._resampler.rate != block.rate:
            self._flush()
            self._resampler = _Resampler(block.rate)
        # of a block of any length only ten seconds are resampled at once
        for first in range(0, mono.size, 10 * block.rate):
            self._take(self._resampler.next(mono[first : first + 10 * block.rate]))

    def judge(self, at_s: FloatArray, boundaries: Sequence[Boundary]) -> Opinion:
        """The places of what was heard at the grid times; the boundaries play no part.

        Raises:
            Unavailable: YAMNet or LiteRT is missing, or there is no sound, or nothing but silence.
        """
        if self._missing:
            raise Unavailable(self._missing)
        self._flush()
        if self._ear is None or self._heard_s == 0:
            raise Unavailable("the film has no sound")
        if not self._levels:
            self._tag(np.pad(self._waiting, (0, WINDOW - self._waiting.size)))
        if self._loudest < _SILENCE:
            raise Unavailable("the sound is silence throughout")
        table = np.frombuffer(self._levels, np.int8).reshape(-1, self._kinds())
        return self._opinion(_on_grid(self._ear, table, at_s), at_s)

    def _opinion(self, heard: _Heard, at_s: FloatArray) -> Opinion:
        within = at_s < self._heard_s
        event_trust, music_trust = np.array(_EVENT_TRUST), np.array(_MUSIC_TRUST)
        events = (1 - np.exp(-heard.weight))[:, None] * event_trust
        # the mood of music is read where music is plain, and less where an event stands before it
        music = (heard.music * np.exp(-heard.weight))[:, None] * music_trust
        trust = events + music
        place = (events * heard.place + music * heard.mood) / np.maximum(trust, 1e-9)
        mood_share = (music.mean(axis=1) / np.maximum(trust.mean(axis=1), 1e-9))[:, None]
        ekman = (1 - mood_share) * heard.ekman + mood_share * classes_at(*heard.mood.T)
        return Opinion(
            self.name,
            at_s,
            np.clip(place[:, 0], -1, 1),
            np.clip(place[:, 1], -1, 1),
            np.where(within, trust[:, 0], 0.0),
            np.where(within, trust[:, 1], 0.0),
            ekman / ekman.sum(axis=1, keepdims=True),
            tuple(item for item in heard.evidence if item.time_s < self._heard_s),
        )

    def _has_ear(self) -> bool:
        try:
            require("soxr")
            self._ear = self._open()
        except (WeightsError, MissingExtraError) as reason:  # said in the report, by `judge`
            self._missing = str(reason)
        return self._ear is not None

    def _kinds(self) -> int:
        return len(self._ear.labels) if self._ear else 0

    def _flush(self) -> None:
        if self._resampler is not None:
            self._take(self._resampler.rest())
            self._resampler = None

    def _take(self, samples: NDArray[np.float32]) -> None:
        """Tag all windows that are whole with these samples at 16 kHz."""
        waiting = np.concatenate([self._waiting, samples])
        first = 0
        while first + WINDOW <= waiting.size:
            self._tag(waiting[first : first + WINDOW])
            first += _HOP
        self._waiting = waiting[first:].copy()

    def _tag(self, window: NDArray[np.float32]) -> None:
        assert self._ear is not None  # noqa: S101 - opened before anything is taken
        level = float(np.sqrt(np.mean(np.square(window, dtype=np.float64))))
        self._loudest = max(self._loudest, level)
        gain = min(_MOST_GAIN, _LEVEL / max(level, 1e-9))
        self._levels += self._ear.levels(np.clip(window * np.float32(gain), -1, 1)).tobytes()


class _Resampler:
    """Sound of one rate, block by block, brought to 16 kHz by libsoxr, which keeps what blocks share."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._stream: Any = require("soxr").ResampleStream(rate, RATE, 1, dtype="float32", quality="MQ")

    def next(self, mono: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is ready; it lags behind a little."""
        return np.asarray(self._stream.resample_chunk(np.ascontiguousarray(mono)), dtype=np.float32)

    def rest(self) -> NDArray[np.float32]:
        """What was held back."""
        return np.asarray(self._stream.resample_chunk(np.zeros(0, np.float32), last=True), dtype=np.float32)


class _Heard(NamedTuple):
    """What all windows together say at the grid times."""

    #: (n,) how much the kinds with a place say together, 0 or more
    weight: FloatArray
    #: (n, 2) their mean place
    place: FloatArray
    #: (n,) probability of music
    music: FloatArray
    #: (n, 2) its place
    mood: FloatArray
    #: (n, 6) what the kinds say of Ekman's emotions; rows sum to 1
    ekman: FloatArray
    evidence: tuple[Evidence, ...]


def _on_grid(ear: Ear, table: NDArray[np.int8], at_s: FloatArray) -> _Heard:
    """Read (windows, kinds) levels; values between the middles of windows are interpolated."""
    index = {label: number for number, label in enumerate(ear.labels)}
    known = [place for place in PLACES if place.label in index]
    odds = ear.log_odds(table[:, [index[place.label] for place in known]])
    says = np.array([place.says for place in known])
    weights = says * np.clip((odds - _REST) / _SPAN, 0, 1) ** 2
    middles = (np.arange(len(table)) * _HOP + WINDOW / 2) / RATE
    weights = _between(middles, weights, at_s)
    total = weights.sum(axis=1)
    places = np.array([(place.valence, place.arousal) for place in known])
    moods = ear.log_odds(table[:, [index[mood] for mood in _MOODS]])
    music = 1 / (1 + np.exp(-ear.log_odds(table[:, [index["Music"]]])))
    moods = _around(moods * music) / np.maximum(_around(music), 1e-9)
    return _Heard(
        total,
        weights @ places / np.maximum(total, 1e-9)[:, None],
        _between(middles, music, at_s)[:, 0],
        _between(middles, _moods(moods), at_s),
        _emotions(weights, [place.emotion for place in known]),
        _told(ear, table, middles),
    )


def _between(middles: FloatArray, values: FloatArray, at_s: FloatArray) -> FloatArray:
    """(n, columns) values at the middles of the grid's cells."""
    moments = at_s + 0.5 / GRID_HZ
    return np.stack([np.interp(moments, middles, column) for column in values.T], axis=1)


def _around(values: FloatArray) -> FloatArray:
    """(windows, columns) sums over some windows before and after each."""
    kernel = np.ones(2 * _MOOD_REACH + 1)
    # of the full convolution the middle, for "same" would follow the longer of the two
    return np.stack([np.convolve(column, kernel)[_MOOD_REACH:-_MOOD_REACH] for column in values.T], axis=1)


def _moods(odds: FloatArray) -> FloatArray:
    """(windows, 2) valence and arousal of the contrasts of (windows, 5) log-odds."""
    contrasts = np.stack([odds @ _VALENCE_OF_MOODS, odds @ _AROUSAL_OF_MOODS], axis=1)
    return np.asarray(np.tanh((contrasts - _USUAL_CONTRAST) / np.array(_CONTRAST_RANGE)))


def _emotions(weights: FloatArray, emotions: Sequence[str | None]) -> FloatArray:
    """(n, 6) shares of the emotions that (n, kinds) weights speak of, beside some of none."""
    shares = np.full((len(weights), len(EKMAN)), _NO_EMOTION / len(EKMAN))
    for column, emotion in enumerate(emotions):
        if emotion is None:
            shares += weights[:, column, None] / len(EKMAN)
        else:
            shares[:, EKMAN.index(emotion)] += weights[:, column]
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _told(ear: Ear, table: NDArray[np.int8], middles: FloatArray) -> tuple[Evidence, ...]:
    """The likeliest kinds in words, whether they have a place or not."""
    tops = np.argsort(-table.astype(np.int16), axis=1, kind="stable")[:, :_TOLD_AT_ONCE]
    odds = ear.log_odds(np.take_along_axis(table, tops, axis=1))
    chances = 1 / (1 + np.exp(-odds))
    names = [_name(label) for label in ear.labels]
    rows = [
        [(names[kind], chance) for kind, chance in zip(kinds, row, strict=True) if chance >= _TOLD_FROM]
        for kinds, row in zip(tops.tolist(), chances.tolist(), strict=True)
    ]
    kinds = [tuple(sorted(name for name, _ in row)) or None for row in rows]
    return noticed(
        middles,
        kinds,
        lambda at: ", ".join(f"{name} {chance:.2f}" for name, chance in rows[at]),
        soonest_s=_TOLD_AFTER_S,
    )


def _name(label: str) -> str:
    """A label as it is said: "Crying, sobbing" is "crying"."""
    return label.partition(",")[0].lower()
