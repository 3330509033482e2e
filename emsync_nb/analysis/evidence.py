"""When an expert says what it notices: at changes, and now and then, so that a film of hours stays readable."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from emsync_nb.analysis.expert import Evidence
from emsync_nb.domain.curve import FloatArray

#: what has changed is told no sooner than this after the last; what has not, again after that long; seconds
SOONEST_S, AGAIN_S = 2.0, 8.0


def noticed(
    at_s: FloatArray,
    kinds: Sequence[Hashable | None],
    words: Callable[[int], str],
    *,
    soonest_s: float = SOONEST_S,
) -> tuple[Evidence, ...]:
    """What is worth telling of a row of moments.

    Args:
        at_s: (n,) seconds, not falling.
        kinds: n of what there is, without numbers that always change; None where there is nothing to tell.
        words: for the number of a moment, what is told there.
        soonest_s: changes are told no sooner than this after the last.
    """
    told: list[Evidence] = []
    last: Hashable | None = None
    for index, (time_s, kind) in enumerate(zip(at_s.tolist(), kinds, strict=True)):
        since = time_s - told[-1].time_s if told else AGAIN_S
        if kind is not None and since >= (AGAIN_S if kind == last else soonest_s):
            told.append(Evidence(time_s, words(index)))
            last = kind
    return tuple(told)
