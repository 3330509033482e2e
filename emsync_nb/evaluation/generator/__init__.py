"""What the composer must show: one table of measures, each with what it has to reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emsync_nb.extras import lazy_face

if TYPE_CHECKING:
    from emsync_nb.evaluation.generator.run import evaluate_generator, with_speed_again
    from emsync_nb.evaluation.generator.scale import FULL, QUICK, Scale
    from emsync_nb.evaluation.generator.table import Row, table_of_results, verdicts

__all__ = [
    "FULL",
    "QUICK",
    "Row",
    "Scale",
    "evaluate_generator",
    "table_of_results",
    "verdicts",
    "with_speed_again",
]

__getattr__ = lazy_face(
    __name__,
    {
        "FULL": "emsync_nb.evaluation.generator.scale",
        "QUICK": "emsync_nb.evaluation.generator.scale",
        "Row": "emsync_nb.evaluation.generator.table",
        "Scale": "emsync_nb.evaluation.generator.scale",
        "evaluate_generator": "emsync_nb.evaluation.generator.run",
        "table_of_results": "emsync_nb.evaluation.generator.table",
        "verdicts": "emsync_nb.evaluation.generator.table",
        "with_speed_again": "emsync_nb.evaluation.generator.run",
    },
)
