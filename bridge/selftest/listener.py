"""An independent ear: a JACK client in a process of its own that notes the frame of every message.

Started as `python -m bridge.selftest.listener FILE PORTS`. It says "ready", and writes what it heard when its standard
input closes: a row (frame, port, bytes) for each message, as JSON lines. It shares no code with the player.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

CLIENT_NAME = "emsync-listener"
_ANSWERS_WITHIN_S = 10.0
#: the two clocks are compared so often
_CLOCK_FRAMES = 2048


class Heard(NamedTuple):
    """A message as it arrived."""

    #: frame of the JACK server
    frame: int
    #: index of the listener's port
    port: int
    data: bytes


class Listener:
    """The process, from outside. Leave it and `heard` holds all."""

    def __init__(self, ports: int) -> None:
        """Begin to listen on so many ports."""
        self._folder = tempfile.TemporaryDirectory(prefix="emsync-")
        self._file = Path(self._folder.name) / "heard.jsonl"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bridge.selftest.listener", str(self._file), str(ports)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None  # noqa: S101 - it was started with a pipe
        first = json.loads(self._process.stdout.readline() or "{}")
        #: whole names of its ports
        self.ports: list[str] = first.get("ports", [])
        #: what it heard, in order; empty until it is left
        self.heard: list[Heard] = []
        #: frames at which the server dropped a period
        self.xrun_frames: list[int] = []
        #: (first frame, first frame behind) of what the server played without the ear
        self.missed: list[tuple[int, int]] = []
        #: (nanoseconds of the computer's monotonic clock, frame of the server), now and then
        self.clock: list[tuple[int, int]] = []

    @property
    def pid(self) -> int:
        """The process that listens."""
        return self._process.pid

    @property
    def xruns(self) -> int:
        """Periods that the server dropped meanwhile."""
        return len(self.xrun_frames)

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End listening, and read what was heard; harmless when done twice."""
        if self._process.poll() is None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(_ANSWERS_WITHIN_S)
            with self._file.open(encoding="utf-8") as lines:
                first = json.loads(next(lines))
                self.xrun_frames = first["xruns"]
                self.missed = [(since, until) for since, until in first["missed"]]
                self.clock = [(at_ns, frame) for at_ns, frame in first["clock"]]
                rows = (json.loads(line) for line in lines)
                self.heard = [Heard(frame, port, bytes.fromhex(data)) for frame, port, data in rows]
            assert self._process.stdout is not None  # noqa: S101 - it was started with a pipe
            self._process.stdout.close()
            self._folder.cleanup()


def _listen(file: Path, ports: int) -> None:
    import jack

    client = jack.Client(CLIENT_NAME, no_start_server=True)
    inputs = [client.midi_inports.register(f"in_{number}") for number in range(ports)]
    heard: list[tuple[int, int, bytes]] = []
    xruns: list[int] = []
    clock: list[tuple[int, int]] = []
    missed: list[tuple[int, int]] = []
    due = 0

    def process(frames: int) -> None:
        nonlocal due
        start = client.last_frame_time
        if due and start > due:
            missed.append((due, start))
        due = start + frames
        if not clock or start - clock[-1][1] > _CLOCK_FRAMES:
            clock.append((time.monotonic_ns(), client.frame_time))
        for number, port in enumerate(inputs):
            for offset, data in port.incoming_midi_events():
                heard.append((start + offset, number, bytes(data)))

    def count(_: float) -> None:
        xruns.append(client.frame_time)

    client.set_process_callback(process)
    client.set_xrun_callback(count)
    sys.setswitchinterval(0.0001)
    client.activate()
    sys.stdout.write(json.dumps({"ports": [port.name for port in inputs]}) + "\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()
    client.deactivate()
    with file.open("w", encoding="utf-8") as lines:
        lines.write(json.dumps({"xruns": xruns, "missed": missed, "clock": clock}) + "\n")
        for frame, port, data in heard:
            lines.write(json.dumps([frame, port, data.hex()]) + "\n")
    client.close()


if __name__ == "__main__":
    _listen(Path(sys.argv[1]), int(sys.argv[2]))
