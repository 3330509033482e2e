"""`emsync bridge` is there at once: it loads nothing that it does not need."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

HEAVY = ("torch", "cv2", "music21", "pedalboard", "symusic", "scipy", "onnxruntime", "librosa", "numba")
#: runs a command as the entry point does, then says on the last line what it loaded
LOADED = """
import json, sys
from emsync_nb.cli import main
sys.argv = ["emsync", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps([name for name in {heavy} if name in sys.modules]))
"""


@pytest.mark.parametrize(
    "arguments", [("bridge", "--help"), ("bridge", "doctor"), ("bridge", "play", "--help")]
)
def test_nothing_heavy_is_loaded(arguments: tuple[str, ...]) -> None:
    code = LOADED.format(heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows does not say what a process has cost")
def test_the_doctor_costs_less_than_half_a_second() -> None:
    """Of a core's time: how long it takes is the affair of whatever else runs."""
    assert min(_cost_s("bridge", "doctor") for _ in range(3)) < 0.5


def _cost_s(*arguments: str) -> float:
    process = subprocess.Popen(
        [sys.executable, "-m", "emsync_nb", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, code, cost = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(code)
    assert process.returncode == 0
    return cost.ru_utime + cost.ru_stime
