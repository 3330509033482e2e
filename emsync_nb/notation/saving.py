"""Put a finished file on disk, or say why it cannot be done."""

from __future__ import annotations

from pathlib import Path

from emsync_nb.errors import OutputError


def save_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`.

    Raises:
        OutputError: the folder is missing, or the place cannot be written.
    """
    try:
        path.write_bytes(data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"{path} cannot be written ({reason}). Free some space, or choose a folder that exists and is yours"
        ) from error
