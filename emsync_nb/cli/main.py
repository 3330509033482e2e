"""Entry point: runs a command and turns errors into one line and an exit code.

Exit codes: 0 success, 1 a fault of ours, 2 a user's mistake, 130 stopped by Ctrl-C, 143 by SIGTERM, 129 by
SIGHUP.
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from typing import NoReturn

from emsync_nb.cli import stopping
from emsync_nb.errors import UserError

#: what goes wrong with a stream that somebody led into a full disk or a closed terminal
_STREAM_FAULTS = {getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO", "EBADF")}


def main() -> NoReturn:
    """Run `emsync` and leave the process."""
    _open_closed_streams()
    logging.basicConfig(level=logging.WARNING, format="emsync: %(message)s", stream=sys.stderr)
    logging.raiseExceptions = False  # a log that cannot be written is no reason to fail
    logging.getLogger("emsync_nb").setLevel(logging.INFO)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # for developers; what people should know, the rooms tell
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a narrow terminal is no reason to fail
    try:
        stopping.listen()
        code = _run()
        stopping.ignore()  # all is done: Ctrl-C from here on could only spoil the exit
    except KeyboardInterrupt:  # between two of these lines
        code = stopping.CTRL_C
    except stopping.Terminated as stop:
        code = stop.exit_code
    _let_go_of_streams()
    sys.exit(code)


def _run() -> int:
    try:
        code = _command()
    except KeyboardInterrupt:
        code = stopping.CTRL_C
    except stopping.Terminated as stop:
        return stop.exit_code
    if code == stopping.CTRL_C:
        _say("stopped")
    return code


def _command() -> int:
    """Run what the command line asks for, and answer what goes wrong."""
    try:
        # only now, for it takes time in which a signal can come already
        from emsync_nb.cli.commands import app

        # without standalone mode, Ctrl-C and --help come back as exit codes
        code = app(prog_name="emsync", standalone_mode=False)
        sys.stdout.flush()
    except UserError as error:
        stopping.check()  # what a signal has broken off can look like a package that does not load
        _say(str(error))
        return error.exit_code
    except BrokenPipeError:
        return 0  # whoever read our output has left
    except SystemExit as leave:
        if isinstance(leave.__context__, BrokenPipeError):  # typer's answer to the same
            return 0
        raise
    except Exception as error:
        stopping.check()
        return _answer(error)
    return code if isinstance(code, int) else 0


def _answer(error: Exception) -> int:
    """Errors of the command line and of standard output are a user's mistakes; all others are ours."""
    if type(error).__name__ == "Abort":  # typer's word for Ctrl-C at a question
        return stopping.CTRL_C
    tell = getattr(error, "format_message", None)
    if callable(tell):
        message, context = tell().strip(), getattr(error, "ctx", None)
        command = "emsync" if context is None else context.command_path
        if message:  # else the help has been shown, where a command was missing
            _say(f"{message.rstrip('.')} (see {command} --help)")
        return 2
    if isinstance(error, OSError) and error.filename is None and error.errno in _STREAM_FAULTS:
        _say(f"the output cannot be written ({error.strerror}); free some space, or send it elsewhere")
        return 2
    log = _write_log()
    _say(f"a fault of ours ({type(error).__name__}: {error}). Please report it with the log {log}")
    return 1


def _write_log() -> Path:
    with tempfile.NamedTemporaryFile(
        "w", prefix="emsync-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as stream:
        traceback.print_exc(file=stream)
    return Path(stream.name)


def _say(line: str) -> None:
    """One line on standard error, whatever names it holds: file names may hold a terminal's commands."""
    words = " ".join(line.split())
    plain = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in words)
    with contextlib.suppress(OSError):
        sys.stderr.write(f"emsync: {plain}\n")
        sys.stderr.flush()


def _open_closed_streams() -> None:
    """Lead the standard streams that came closed nowhere, or the next file opened would stand in for them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _let_go_of_streams() -> None:
    """What standard output still refuses would make Python complain when it exits, and change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
            continue
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
