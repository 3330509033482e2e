"""What must not be left half done is not interrupted, and no signal is lost."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from emsync_nb.session.held_signals import held_signals

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


class _CameError(Exception):
    """What the handler of these tests raises."""


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """SIGTERM raises; SIGHUP is ignored."""

    def raises(number: int, _frame: FrameType | None) -> None:
        raise _CameError(number)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGTERM, raises)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_signal_waits_for_the_end_of_the_block() -> None:
    steps: list[str] = []
    with pytest.raises(_CameError), held_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        steps.append("whole")
    assert steps == ["whole"]


def test_blocks_within_blocks_wait_for_the_outermost() -> None:
    steps: list[str] = []
    with pytest.raises(_CameError), held_signals():
        with held_signals():
            os.kill(os.getpid(), signal.SIGTERM)
        steps.append("whole")
    assert steps == ["whole"]


def test_an_error_in_the_block_does_not_lose_the_signal() -> None:
    with pytest.raises(_CameError) as caught, held_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        raise ValueError("ours")
    assert isinstance(caught.value.__context__, ValueError)


def test_what_is_ignored_stays_ignored_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with held_signals():
        os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_other_threads_pass_through() -> None:
    passed: list[bool] = []

    def work() -> None:
        with held_signals():
            passed.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert passed == [True]
