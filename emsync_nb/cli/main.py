"""Entry point: runs a command and turns errors into one line and an exit code.

Exit codes: 0 success, 1 a fault of ours, 2 a user's mistake, 130 stopped by Ctrl-C, 143 by SIGTERM, 129 by
SIGHUP.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from typing import NoReturn

import typer

from emsync_nb.cli import analyze, doctor, play, render, score, stopping, train
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


def main() -> NoReturn:
    """Run `emsync` and leave the process."""
    logging.basicConfig(level=logging.WARNING, format="emsync: %(message)s", stream=sys.stderr)
    logging.getLogger("emsync_nb").setLevel(logging.INFO)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # for developers; what people should know, the rooms tell
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a narrow terminal is no reason to fail
    stopping.listen()
    sys.exit(_run())


def _run() -> int:
    try:
        # without standalone mode, Ctrl-C and --help come back as exit codes
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except UserError as error:
        _say(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = stopping.CTRL_C
    except stopping.Terminated as stop:
        return stop.exit_code
    except BrokenPipeError:
        # whoever read our output has left; silence Python's own complaint at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit as leave:
        if isinstance(leave.__context__, BrokenPipeError):  # typer's answer to the same
            return 0
        raise
    except Exception as error:
        return _usage_or_fault(error)
    if code == stopping.CTRL_C:
        _say("stopped")
    return code if isinstance(code, int) else 0


def _usage_or_fault(error: Exception) -> int:
    """Errors of the command line are a user's mistakes; all others are ours."""
    tell = getattr(error, "format_message", None)
    if callable(tell):
        message, context = tell().strip(), getattr(error, "ctx", None)
        command = "emsync" if context is None else context.command_path
        if message:  # else the help has been shown, where a command was missing
            _say(f"{message.rstrip('.')} (see {command} --help)")
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
