"""The long work of a desk: what it is called, and how it is done."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from emsync_nb.errors import PlanError
from emsync_nb.pipeline.progress import Progress
from emsync_nb.session.stopping import Stoppable
from emsync_nb.widgets.desk.filling import film_info
from emsync_nb.widgets.desk.work import DeskWork

#: what is asked for → what a person calls it
NAMES = {
    "analyze": "the analysis",
    "generate": "composing",
    "regenerate": "composing",
    "proxy": "making a copy that the browser can play",
    "link": "linking the film",
}


def do_long_work(
    work: DeskWork, request: Mapping[str, Any], progress: Progress, cancel: threading.Event
) -> None:
    """Do it; `cancel` stops it, and then nothing was changed.

    The first take of all is accepted: it is there to be heard.

    Raises:
        StoppedError: `cancel` was set.
        UserError: what cannot be done.
    """
    do = str(request.get("do"))
    if do not in NAMES:
        raise PlanError(f"no long work: {do!r:.60}; there are {', '.join(NAMES)}")
    if do in ("proxy", "link"):
        _bring_film(work, do, progress, cancel)
        return
    answer = work.run(request, progress, cancel)
    made = answer.get("takes") or ()
    if made and work.read().state.accepted is None:
        work.carry_out({"do": "accept", "take": made[0]["name"]})


def _bring_film(work: DeskWork, do: str, progress: Progress, cancel: threading.Event) -> None:
    """Have the film where the browser can read it, as what it can play."""
    from emsync_nb.widgets.desk.film_place import link_film, make_proxy_for

    saved = work.read()
    video = saved.film.found(saved.folder)
    if work.session is not None:
        work.session.check_held()  # a copy may go into its folder
    if do == "link":
        link_film(video)
    else:
        make_proxy_for(video, film_info(saved), saved.folder, Stoppable(progress, cancel), cancel)
