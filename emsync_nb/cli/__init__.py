"""The command line: `emsync`."""

from emsync_nb.cli.main import main

__all__ = ["main"]
