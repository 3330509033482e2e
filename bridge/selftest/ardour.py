"""A real DAW that records what it is sent: Ardour without a screen, one MIDI track for each port of the music.

Ardour runs the script `record.lua` (Lua bindings of Ardour 7: manual.ardour.org/lua-scripting/class_reference) as a
client of the JACK server that JACK_DEFAULT_SERVER names, with a configuration of its own that goes away with it.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
import time
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, NamedTuple

from emsync_nb.errors import PortError
from emsync_nb.extras import require

_PROGRAM = re.compile(r"ardour(\d+)-lua")
#: a track and its take are called so
_TAKE = re.compile(r"Take\d+_t(\d+)-\d+\.mid")
_BEGINS_WITHIN_S, _ENDS_WITHIN_S = 60.0, 30.0
#: Ardour 7.3 sometimes never rolls; started anew, it does
_STARTS = 3
_LOOK_S = 0.05
#: words of Ardour's log that a message ends with at most
_SHOWN_LETTERS = 200


class TakenNote(NamedTuple):
    """A note as Ardour recorded it."""

    #: seconds from the start of the take, by Ardour's count: whole ticks of its session's tempo
    time_s: float
    #: index of the track
    port: int
    channel: int
    key: int
    velocity: int


def find_ardour() -> str:
    """The path of Ardour's Lua interpreter, of the newest version.

    Raises:
        PortError: it is not installed.
    """
    found = {
        int(match[1]): path
        for folder in map(Path, os.environ.get("PATH", os.defpath).split(os.pathsep))
        if folder.is_dir()
        for path in folder.iterdir()
        if (match := _PROGRAM.fullmatch(path.name)) and os.access(path, os.X_OK)
    }
    if not found:
        raise PortError("Ardour is not installed. Install it (apt install ardour)")
    return str(found[max(found)])


class _DoesNotBeginError(PortError):
    """Ardour is there, and does not record."""


def ardour_tracks(tracks: int, *, rate: int, seconds: float) -> ArdourTracks:
    """`ArdourTracks`, started anew where Ardour does not begin at once.

    Raises:
        PortError: Ardour is not installed, or does not begin.
    """
    for _ in range(_STARTS - 1):
        with contextlib.suppress(_DoesNotBeginError):
            return ArdourTracks(tracks, rate=rate, seconds=seconds)
    return ArdourTracks(tracks, rate=rate, seconds=seconds)


class ArdourTracks:
    """Ardour with armed tracks, recording. Leave it and `notes` holds the takes."""

    def __init__(self, tracks: int, *, rate: int, seconds: float) -> None:
        """Start it, and wait until it records.

        Args:
            tracks: how many, at most 100.
            rate: frames a second of the JACK server.
            seconds: after which it ends by itself, whatever becomes of us.

        Raises:
            PortError: Ardour is not installed, or does not begin.
        """
        program = find_ardour()
        self._folder = tempfile.TemporaryDirectory(prefix="emsync-ardour-", ignore_cleanup_errors=True)
        self._session = Path(self._folder.name) / "session"
        self._tracks = tracks
        #: what it recorded, in order of tracks and times; empty until it is left
        self.notes: list[TakenNote] = []
        try:
            self._process = self._started(program, rate, seconds)
            tempo, *inputs = self._beginning()
        except BaseException:
            self._end_for_good()
            raise
        self._beat_s = 60 / float(tempo)
        #: whole names of its tracks' inputs
        self.inputs: list[str] = inputs

    @property
    def tick_s(self) -> float:
        """The grain of its takes, in seconds: 1920 ticks a beat (Temporal::ticks_per_beat)."""
        return self._beat_s / 1920

    def __enter__(self) -> ArdourTracks:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self._end_for_good()

    def close(self) -> None:
        """End recording and read the takes; harmless when done twice.

        Raises:
            PortError: Ardour does not end, or ended badly.
        """
        if not self._log.exists():
            return
        try:
            self._session.with_suffix(".stop").touch()
            if self._process.wait(_ENDS_WITHIN_S):
                raise PortError(self._failure("ended badly"))
            self.notes = sorted(self._taken(), key=lambda note: (note.port, note.time_s))
        except subprocess.TimeoutExpired as error:
            raise PortError(self._failure("does not end")) from error
        finally:
            self._end_for_good()

    def _started(self, program: str, rate: int, seconds: float) -> subprocess.Popen[bytes]:
        home = self._folder.name
        own = {"HOME": home, "XDG_CONFIG_HOME": f"{home}/config", "XDG_CACHE_HOME": f"{home}/cache"}
        numbers = [str(self._tracks), str(rate), f"{seconds:g}"]
        with as_file(files("bridge") / "scripts" / "record.lua") as script, self._log.open("wb") as log:
            text = Path(home) / "record.lua"
            text.write_bytes(script.read_bytes())  # the script of a wheel that is read from a zip goes away
            return subprocess.Popen(
                [program, str(text), str(self._session), *numbers],
                env=os.environ | own,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def _log(self) -> Path:
        return Path(self._folder.name) / "log"

    def _beginning(self) -> list[str]:
        """What the script says when it records."""
        ready = self._session.with_suffix(".ready")
        until_s = time.monotonic() + _BEGINS_WITHIN_S
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > until_s:
                raise _DoesNotBeginError(self._failure("does not begin to record"))
            time.sleep(_LOOK_S)
        return ready.read_text(encoding="utf-8").splitlines()

    def _failure(self, what: str) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        told = [line for line in lines if "call-slot" not in line] or ["it says nothing"]
        return f"Ardour {what} ({told[-1][:_SHOWN_LETTERS]}). Try whether it starts by itself"

    def _taken(self) -> list[TakenNote]:
        takes = self._session.glob("interchange/*/midifiles/*.mid")
        named = [(match, take) for take in takes if (match := _TAKE.fullmatch(take.name))]
        return [note for match, take in named for note in _notes_of(take, int(match[1]), self._beat_s)]

    def _end_for_good(self) -> None:
        process: subprocess.Popen[bytes] | None = getattr(self, "_process", None)
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
        self._folder.cleanup()


def _notes_of(take: Path, port: int, beat_s: float) -> list[TakenNote]:
    """The onsets in a take."""
    mido: Any = require("mido")
    midi = mido.MidiFile(take)
    notes, ticks = [], 0
    for message in mido.merge_tracks(midi.tracks):
        ticks += message.time
        if message.type == "note_on" and message.velocity > 0:
            time_s = ticks / midi.ticks_per_beat * beat_s
            notes.append(TakenNote(time_s, port, message.channel, message.note, message.velocity))
    return notes
