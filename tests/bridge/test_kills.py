"""Whoever is killed at whatever moment: what sounded is ended."""

from __future__ import annotations

import os

import pytest

from tests.bridge.kills import VICTIMS, kills

pytestmark = [
    pytest.mark.jack,
    pytest.mark.usefixtures("hasty_jack"),
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL"),
]


@pytest.mark.parametrize("who", VICTIMS)
def test_no_note_goes_on_sounding_when_somebody_is_killed(who: str) -> None:
    count = 50 if os.environ.get("EMSYNC_PROOF") else 10
    done = kills(who, count)
    assert len(done) == count
    # a server that stalls keeps the player silent, and the listener deaf, for a moment
    assert sum(bool(kill.sounding and kill.heard) for kill in done) > count * 0.6
    assert [kill for kill in done if kill.stuck] == []
