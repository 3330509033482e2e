"""A process that is killed at any moment loses at most the change in flight."""

from __future__ import annotations

import os

import pytest

from tests.session.kills import survive_kills


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_session_survives_kills() -> None:
    count = 200 if os.environ.get("EMSYNC_PROOF") else 20
    kills = survive_kills(count)
    assert (kills.tried, kills.survived) == (count, count)
    assert kills.composing >= count // 10
