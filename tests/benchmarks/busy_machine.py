"""A machine that has other things to do, as the machines of composers have."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator

_SPIN = "while True: pass"


@contextlib.contextmanager
def busy_core() -> Iterator[None]:
    """Within, a Python process keeps one core busy."""
    process = subprocess.Popen([sys.executable, "-c", _SPIN], start_new_session=True)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def busy_thread() -> Iterator[None]:
    """Within, a thread of this process wants Python for itself."""
    is_over = False

    def spin() -> None:
        while not is_over:
            sum(range(100))

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over = True
        thread.join()
