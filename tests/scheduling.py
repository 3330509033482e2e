"""Which process gets which file of tests where several share them (`-n`): long files first, real time in one process.

Otherwise files of few tests come last, and those are the longest: kills, films. And two processes that both have tests
in real time wait for each other; one that has them all leaves the cores to the others.
"""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

#: files with tests that `one_sound_server_at_a_time` lets wait for each other
IN_REAL_TIME = frozenset(
    {
        "tests/bridge/test_jack.py",
        "tests/bridge/test_jack_server.py",
        "tests/bridge/test_kills.py",
        "tests/bridge/test_latency.py",
        "tests/bridge/test_player_endings.py",
        "tests/bridge/test_player_process.py",
        "tests/bridge/test_selftest.py",
        "tests/bridge/test_soak.py",
        "tests/cli/test_bridge.py",
        "tests/cli/test_bridge_care.py",
    }
)
_REAL_TIME = "in real time"
#: what is handed out first, by seconds of a core, longest first; the others go as pytest-xdist has them
LONG = (
    _REAL_TIME,
    "tests/cases/test_films.py",
    "tests/cases/test_kills.py",
    "tests/cases/test_mistakes.py",
    "tests/cases/test_film_shapes.py",
    "tests/session/test_session_kills.py",
    "tests/pipeline/test_theme.py",
    "tests/session/test_many_hands.py",
    "tests/pipeline/test_sound.py",
    "tests/pipeline/test_genre.py",
    "tests/session/test_going_on.py",
    "tests/session/test_asked_once.py",
    "tests/session/test_session_machine.py",
    "tests/cases/test_long_films.py",
)


class LongFirst(LoadFileScheduling):
    """As `--dist loadfile`, in an order of its own."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return _REAL_TIME if file in IN_REAL_TIME else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        for file in LONG:
            if file in self.workqueue:
                self.workqueue.move_to_end(file, last=False)
                break
        super()._assign_work_unit(node)
