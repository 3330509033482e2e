"""`python -m bridge.player TASK`: what runs in a player process and in its guard. The asker starts both.

TASK is JSON: role (play or guard), sink (jack or rtmidi), journal, client, ports, targets, driver, asker (its pid, or
null). A player says in one line of JSON how it began, then takes commands from its standard input.
"""

from __future__ import annotations

import contextlib
import gc
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bridge.journal import MAX_PORTS, Journal
from bridge.player.guard import guard
from bridge.player.hurry import hurries
from emsync_nb.errors import EmsyncError
from emsync_nb.extras import require

#: seconds after which Python's own threads make room for JACK's
_SWITCH_S = 0.0001
#: seconds in which a server may still hold on to a client of our name that has just ended; no other bridge has it
_NAME_IS_FREED_S = 2.0


def main(task: dict[str, Any]) -> int:
    """Play or guard, until it is over; the exit code."""
    journal = Journal(Path(task["journal"]))
    gc.freeze()
    gc.disable()  # a player makes no circles, and a collection would hold up a period
    sys.setswitchinterval(_SWITCH_S)
    if task["role"] == "guard":
        return _guard(journal, task)
    try:
        problem = (_play_on_jack if task["sink"] == "jack" else _play_on_rtmidi)(journal, task)
    except EmsyncError as error:
        _say({"error": str(error)})
        return 1
    return 1 if problem else 0


def _guard(journal: Journal, task: dict[str, Any]) -> int:
    client = _prepared(task)
    hurries()  # it sleeps until it is needed, and then a busy machine must not hold it up
    try:
        guard(journal, lambda: _silence(journal, task, client))
    except EmsyncError:  # the driver has gone as well; what is owed stays in the journal for the next start
        return 1
    if client is not None:
        client.close()
    return 0


def _prepared(task: dict[str, Any]) -> Any:  # noqa: ANN401 - a jack.Client, or None
    """What takes longest, done beforehand: later every moment counts. A client without ports shows nowhere."""
    try:
        if task["sink"] == "jack":
            return _second_client(task)
        require("rtmidi")
    except EmsyncError:  # the player will say so
        pass
    return None


def _second_client(task: dict[str, Any]) -> Any:  # noqa: ANN401 - a jack.Client
    from bridge.player.jack_player import open_client

    return open_client(f"{task['client']}-guard", exact=False)


def _play_on_jack(journal: Journal, task: dict[str, Any]) -> str:
    from bridge.player.jack_player import JackPlayer, open_client
    from bridge.player.reading import Asker

    hurries()  # its main thread sleeps; when the process is killed, a busy machine must not hold up its end
    asker = Asker(task["asker"])
    asker.end_on_signals()
    if journal.is_unclean:  # it may have had other ports, and other listeners than are asked for now
        _silence(journal, task)
    player = JackPlayer(journal, task["ports"], open_client(task["client"], wait_s=_NAME_IS_FREED_S), asker)
    player.activate(task["targets"] or journal.listeners, must_exist=bool(task["targets"]))
    journal.write_problem("")
    _say(player.facts)
    return player.run()


def _play_on_rtmidi(journal: Journal, task: dict[str, Any]) -> str:
    from bridge.player.reading import PatientAsker
    from bridge.player.rtmidi_player import RtMidiPlayer

    asker = PatientAsker(task["asker"])
    asker.end_on_signals()
    player = RtMidiPlayer(journal, _outputs(task), asker)
    journal.write_problem("")
    _say(player.facts)
    return player.run()


def _silence(journal: Journal, task: dict[str, Any], client: Any = None) -> None:  # noqa: ANN401 - a jack.Client
    if task["sink"] == "jack":
        from bridge.player.jack_player import JackPlayer

        listeners = journal.listeners
        ports = [str(number) for number in range(max(1, min(len(listeners), MAX_PORTS)))]
        player = JackPlayer(journal, ports, client or _second_client(task), None)
        player.activate(listeners)
        player.run()
    else:
        from bridge.player.rtmidi_player import RtMidiPlayer

        RtMidiPlayer(journal, _outputs(task), None).run()


def _outputs(task: dict[str, Any]) -> Sequence[Any]:
    from bridge.ports import open_outputs

    return open_outputs(task["ports"], task["targets"], driver=task["driver"], client=task["client"])


def _say(line: dict[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError):  # the asker has died already, which is noticed elsewhere
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
