"""By which a film is known: its bytes. Those of a large one are read once, and again only when the file has changed."""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from pathlib import Path

from emsync_nb.weights import sha256

#: bytes; smaller films are read sooner than anybody could notice
LARGE = 128 * 1024 * 1024
#: a file that was changed so shortly before may change again within one tick of the clock; seconds
_UNSETTLED_S = 5.0
_DIGEST = re.compile(r"[0-9a-f]{64}")


def film_digest(film: Path, folder: Path) -> str:
    """The SHA-256 of a film.

    Args:
        film: any file.
        folder: where digests of large ones are kept, under their place, size and times of change.

    Raises:
        OSError: the film cannot be read.
    """
    facts = film.stat()
    if facts.st_size < LARGE:
        return sha256(film)
    times = (facts.st_mtime_ns, facts.st_ctime_ns)
    name = repr((str(film.resolve()), facts.st_dev, facts.st_ino, facts.st_size, *times)).encode()
    kept = folder / f"{hashlib.sha256(name).hexdigest()}.digest"
    with contextlib.suppress(OSError, ValueError):
        known = kept.read_text(encoding="ascii")
        if _DIGEST.fullmatch(known):
            return known
    digest = sha256(film)
    if time.time() - max(times) / 1e9 > _UNSETTLED_S:
        with contextlib.suppress(OSError):  # a full disk, say: then it is read again
            folder.mkdir(parents=True, exist_ok=True)
            kept.write_text(digest, encoding="ascii")
    return digest
