"""Files that are there whole or not at all, whoever is killed while writing."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; what was written takes the place of `path` once all is well and on the disk.

    The folder is made where it is not there. Raises what the system does; nothing is left of what failed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield beside
        with beside.open("r+b") as stream:
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step, so that no reader ever meets half of it."""
    with replacing(path) as beside:
        beside.write_bytes(content)
