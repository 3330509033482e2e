"""Native libraries print to standard error on their own; here they are overheard instead."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger("emsync_nb.cli")
_STDERR = 2
#: bytes of a library's talk that are kept
_KEPT = 64 * 1024


@contextmanager
def overheard() -> Iterator[None]:
    """Put what is printed to standard error meanwhile into the log, at debug level.

    ALSA and JACK tell there that nobody answers, which doctor and play tell in words of their own. Nothing
    is changed where standard error cannot be copied.
    """
    with tempfile.TemporaryFile() as talk:
        try:
            sys.stderr.flush()
            terminal = os.dup(_STDERR)
        except (OSError, ValueError):
            yield
            return
        os.dup2(talk.fileno(), _STDERR)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, _STDERR)
            os.close(terminal)
        talk.seek(0)
        for line in talk.read(_KEPT).decode(errors="replace").splitlines():
            log.debug("%s", line)
