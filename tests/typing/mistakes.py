"""What people get wrong; mypy refuses each line that says so, for the reason that it says."""

from __future__ import annotations

from fractions import Fraction

import emsync_nb
from bridge.player_process import PlayerProcess
from bridge.sinks import MidiSink
from emsync_nb import ScoreSettings
from emsync_nb.domain import Cue, Score

emsync_nb.scroe("film.mp4")  # refused: attr-defined
emsync_nb.score(42)  # refused: arg-type
emsync_nb.score("film.mp4", "out", "string-quartet")  # refused: arg-type
emsync_nb.analyze()  # refused: call-arg
emsync_nb.render(score=None)  # refused: arg-type
emsync_nb.master([0.0, 0.5], "film")  # refused: arg-type
ScoreSettings(seed="7")  # refused: arg-type
emsync_nb.generate("dark", 0.5)  # refused: arg-type
ScoreSettings(tempo=120)  # refused: call-arg
Cue(Fraction(0), Fraction(1), entry="slowly")  # refused: arg-type
result: Score = emsync_nb.score("film.mp4")  # refused: assignment
ScoreSettings().seed = 7  # refused: misc
emsync_nb.score("film.mp4").files["score.mid"] = None  # refused: index


class Deaf:
    """A sink that takes nothing."""

    def close(self) -> None:
        """Close."""


sink: MidiSink = Deaf()  # refused: assignment
PlayerProcess("alsa", ["EMSYNC"])  # refused: arg-type
