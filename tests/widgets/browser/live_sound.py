"""What the desk's running graph puts out, on the sound's own clock, and which frames are on the screen meanwhile."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.widgets.browser.desk_page import DeskPage
from tests.widgets.browser.films import DURATION_S, FPS, NUMBER_AT

RATE = 44_100
#: softer than this is silence: a 16-bit sample has no less
SILENCE = 1e-5
#: how many samples come at a time
_BLOCK = 128
#: how long a stretch is that is found again in the music, in samples
_SOUGHT = 32_768
Samples = NDArray[np.float64]


@dataclass(frozen=True)
class LiveSound:
    """An ear behind a desk that plays."""

    desk: DeskPage

    def last(self, seconds: float) -> Samples:
        """What was put out last, up to so many seconds of it."""
        now_s = self.desk.inside("desk.player.context.currentTime")
        _, samples = self.since(now_s - seconds)
        return samples

    def level_db(self, seconds: float = 0.2) -> float:
        """How loud it was at most in the last seconds."""
        samples = self.last(seconds)
        with np.errstate(divide="ignore"):
            return float(20 * np.log10(np.abs(samples).max(initial=0)))

    def is_silent(self, seconds: float) -> bool:
        """Whether nothing was put out for so long."""
        samples = self.last(seconds + 0.1)
        return len(samples) >= seconds * RATE and np.abs(samples[-int(seconds * RATE) :]).max() < SILENCE

    def since(self, context_s: float) -> tuple[int, Samples]:
        """Samples since a second of the context, and the number of the first."""
        answer = self._ask(f"heard(root, {context_s})")
        frames, samples = answer["frames"], _samples(answer["samples"])
        if not frames:
            return 0, samples
        whole = np.zeros(frames[-1] - frames[0] + _BLOCK)
        for frame, block in zip(frames, samples.reshape(-1, _BLOCK), strict=True):
            whole[frame - frames[0] :][:_BLOCK] = block
        return int(frames[0]), whole

    def sounded_after_click_s(self) -> float:
        """How long after the last click something was put out, up to now; nothing at all: 0."""
        click_s = self.desk.root.evaluate("root => root.emEar.clicks_s.at(-1)")
        first, samples = self.since(click_s)
        loud = np.flatnonzero(np.abs(samples) >= SILENCE)
        return (first + loud[-1]) / RATE - click_s if len(loud) else 0.0

    def forget_frames(self) -> None:
        """Frames count from here on."""
        self.desk.root.evaluate("root => { root.emEar.frames.length = 0; }")

    def drifts_ms(self) -> tuple[NDArray[np.float64], float]:
        """How much too early each frame was on the screen for what was heard; and the share that shows its number.

        Where in the film the sound is, its samples say: they are found again in the music that was rendered.
        """
        clocks, frames = (
            np.array(self.desk.root.evaluate(f"root => root.emEar.{name}")) for name in ("clocks", "frames")
        )
        first, samples = self.since(0)
        music = _samples(self._ask(f"rendered(root, 0, {DURATION_S})"))
        places = [
            _found(music, samples[at : at + _SOUGHT]) - (first + at) for at in (0, len(samples) - _SOUGHT)
        ]
        assert abs(places[0] - places[1]) <= 2, "the music goes on without a gap"
        ahead_s = np.median(clocks[:, 1] - clocks[:, 0] / 1000)
        heard_s = frames[:, 0] / 1000 + ahead_s + places[0] / RATE
        is_number = np.abs(frames[:, 1] * float(FPS) - frames[:, 2]) < 0.5
        return 1000 * (frames[:, 1] - heard_s), float(is_number.mean())

    def _ask(self, call: str) -> Any:  # noqa: ANN401 - JSON
        return self.desk.root.evaluate(f"root => emListening.{call}")


@contextmanager
def listening(desk: DeskPage) -> Iterator[LiveSound]:
    """An ear behind the desk's graph until the block ends; it must be playing."""
    desk.until(lambda: desk.inside("desk.player.context?.state === 'running'"), "there is sound")
    desk.page.evaluate(Path(__file__).with_suffix(".js").read_text(encoding="utf-8"))
    left, top, side, bits = NUMBER_AT
    where = {"x": left, "y": top, "side": side, "bits": bits}
    desk.root.evaluate("(root, number) => emListening.listen(root, number)", where)
    try:
        yield LiveSound(desk)
    finally:
        desk.root.evaluate("root => emListening.endListening(root)")


def _samples(text: str) -> Samples:
    return np.frombuffer(base64.b64decode(text), dtype="<f4").astype(np.float64)


def _found(music: Samples, stretch: Samples) -> int:
    """Where a stretch is most like the music."""
    size = 1 << (len(music) + len(stretch) - 1).bit_length()
    alike = np.fft.irfft(np.fft.rfft(music, size) * np.conj(np.fft.rfft(stretch, size)), size)[: len(music)]
    sums = np.concatenate([[0.0], np.cumsum(music**2)])
    ends = np.minimum(np.arange(len(music)) + len(stretch), len(music))
    within = np.sqrt(np.maximum(sums[ends] - sums[: len(music)], 1e-9))
    return int(np.argmax(alike / within))
