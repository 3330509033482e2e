"""Run as a script in a process of its own: decode a film with decord and write raw frames to standard output.

decord 0.6 dates from 2021 and can crash or hang on damaged files; alone in a process it takes nobody along.
The script imports nothing of emsync_nb, so that it starts fast.

Arguments: path, width, height (upright, pixels), memory limit in bytes.
Output: one line of JSON, {"frames": n}, then n frames of height × width × 3 bytes, RGB.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import BinaryIO


def main() -> None:
    """Decode until the end, the first error, or the parent's death."""
    # Ctrl-C reaches the whole process group; the parent decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    path, width, height, memory_bytes = sys.argv[1], *map(int, sys.argv[2:])
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _limit_memory(memory_bytes)
    with _private_stdout() as frames:
        _decode(path, width, height, frames)


def _die_with_parent() -> None:
    """Standard input ends when the parent does."""
    sys.stdin.buffer.read()
    os._exit(1)


def _limit_memory(memory_bytes: int) -> None:
    """Cap the address space where the system knows how (not on Windows)."""
    try:
        import resource
    except ModuleNotFoundError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _private_stdout() -> BinaryIO:
    """Standard output for frames alone; whatever libraries print there goes to standard error."""
    private = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(private, os.O_BINARY)
    return os.fdopen(private, "wb", buffering=0)


def _decode(path: str, width: int, height: int, out: BinaryIO) -> None:
    import decord

    reader = decord.VideoReader(path, ctx=decord.cpu(0), width=width, height=height)
    out.write(json.dumps({"frames": len(reader)}).encode() + b"\n")
    for _ in range(len(reader)):
        _write_all(out, memoryview(reader.next().asnumpy()).cast("B"))


def _write_all(out: BinaryIO, data: memoryview) -> None:
    """An unbuffered write may take less than all."""
    while data:
        data = data[out.write(data) :]


if __name__ == "__main__":
    main()
