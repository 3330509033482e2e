"""One mistake as data."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.cases.worlds import World, bare

#: posix: the system's pipes, links and signals; user: somebody who is not root; network: the tiny checkpoint
Need = Literal["posix", "user"]


@dataclass(frozen=True, eq=False)
class Mistake:
    """One thing that is wrong, and the words that the answer must hold."""

    name: str
    #: what follows `emsync`, as typed in a shell; FILM is a sound film
    command: str
    #: regular expression that the line must match
    words: str
    world: World = bare
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: Need | None = None

    def arguments(self, film: str) -> list[str]:
        """The command's words."""
        return [film if word == "FILM" else word for word in shlex.split(self.command)]


def wrong(name: str, command: str, words: str, world: World = bare) -> Mistake:
    """An option that makes no sense."""
    return Mistake(name, command, words, world)
