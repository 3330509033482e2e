"""The music of a take as a desk's browser asks for it: chunk by chunk, a block for each track that sounds."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emsync_nb.errors import AudioError

if TYPE_CHECKING:
    from emsync_nb.domain import Cue
    from emsync_nb.pipeline.stems import StemPlayer

#: samples per second that the browser plays
RATE = 44_100


@dataclass(frozen=True, slots=True)
class Music:
    """Which music: equal ones sound alike."""

    #: the take's name, which the browser hears with each chunk
    take: str
    midi: Path
    #: SHA-256 of the file, or whatever else tells one music from another
    sha256: str
    #: the film's length; None for the music's own
    duration_s: float | None = None
    #: where the music may sound, as the film will be scored; None: everywhere
    cues: tuple[Cue, ...] | None = None

    @classmethod
    def of_film(
        cls, take: str, midi: Path, sha256: str, duration_s: float, cues: Sequence[Cue] = ()
    ) -> Music:
        """A take as it will be under its film; no cues: the whole film is one."""
        return cls(take, midi, sha256, duration_s, tuple(cues) or None)


class TakeSound:
    """Plays the music asked for last. Methods may be called from several threads."""

    def __init__(self, soundfont: Path | None = None) -> None:
        """`soundfont`: an SF2 or SF3 file; None as `find_soundfont` finds it."""
        self._soundfont = soundfont
        self._guard = threading.Lock()
        self._playing: tuple[Music, StemPlayer] | None = None
        self._is_closed = False

    def chunk(self, music: Music, number: int) -> tuple[dict[str, Any], list[bytes]]:
        """What the browser is told of a chunk, and int16 samples, left and right in turn, of each track named.

        Raises:
            AudioError: the number is below 0, or this is closed.
            MidiError, SoundFontError, MissingExtraError: the music cannot be rendered.
        """
        found = self._player(music).chunk(number)
        facts = {
            "chunk": number,
            "take": music.take,
            "rate": RATE,
            "frames": found.frames,
            "tracks": list(found.tracks),
        }
        return facts, list(found.blocks)

    def close(self) -> None:
        """Let go of what is kept."""
        with self._guard:
            self._is_closed = True
            self._leave()

    def _player(self, music: Music) -> StemPlayer:
        from emsync_nb.pipeline.stems import StemPlayer

        with self._guard:
            if self._is_closed:
                raise AudioError("this desk is closed; run its cell again")
            if self._playing is not None and self._playing[0] == music:
                return self._playing[1]
            self._leave()
            player = StemPlayer(
                music.midi, RATE, self._soundfont, duration_s=music.duration_s, cues=music.cues
            )
            self._playing = music, player
            return player

    def _leave(self) -> None:
        if self._playing is not None:
            self._playing[1].close()
            self._playing = None
