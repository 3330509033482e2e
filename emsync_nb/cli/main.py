"""Entry point: runs a command and turns errors into one line and an exit code.

Exit codes: 0 success, 1 a fault of ours, 2 a user's mistake, 130 stopped by Ctrl-C, 143 by SIGTERM.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from types import FrameType
from typing import NoReturn

import typer

from emsync_nb.cli import analyze, doctor, play, render, score, train
from emsync_nb.errors import UserError

app = typer.Typer(
    name="emsync",
    help="Watch a film, read its emotion and its cuts, and compose music that follows both.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
score.register(app)
analyze.register(app)
render.register(app)
play.register(app)
train.register(app)
doctor.register(app)


class _Terminated(BaseException):
    """SIGTERM, raised so that everything is cleaned up on the way out."""


def main() -> NoReturn:
    """Run `emsync` and leave the process."""
    logging.basicConfig(level=logging.WARNING, format="emsync: %(message)s", stream=sys.stderr)
    logging.getLogger("emsync_nb").setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_run())


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise _Terminated


def _run() -> int:
    try:
        app(standalone_mode=False)
    except UserError as error:
        _say(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _say("stopped; nothing was changed")
        return 130
    except _Terminated:
        return 143
    except BrokenPipeError:
        # whoever read our output has left; silence Python's own complaint at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except typer.Exit as leave:
        return leave.exit_code
    except Exception as error:
        return _usage_or_fault(error)
    return 0


def _usage_or_fault(error: Exception) -> int:
    """Click's own errors are a user's mistakes; all others are ours."""
    show = getattr(error, "show", None)
    if callable(show):
        show()
        return 2
    log = _write_log()
    _say(f"a fault of ours ({type(error).__name__}: {error}). Please report it with the log {log}")
    return 1


def _write_log() -> Path:
    with tempfile.NamedTemporaryFile(
        "w", prefix="emsync-", suffix=".log", delete=False, encoding="utf-8"
    ) as stream:
        traceback.print_exc(file=stream)
    return Path(stream.name)


def _say(line: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(f"emsync: {' '.join(line.split())}\n")
