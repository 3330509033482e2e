"""Model files: what ships with the package, where it lies, under which licence."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

#: names a checkpoint to use in place of the shipped one
CHECKPOINT_VARIABLE = "EMSYNC_CHECKPOINT"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file and its terms."""

    name: str
    purpose: str
    path: Path
    licence: str

    @property
    def is_present(self) -> bool:
        """Whether the file is there."""
        return self.path.is_file()


GENERATOR = ModelFile(
    name="generator",
    purpose="composes the music",
    path=Path(__file__).parent / "models" / "generator.safetensors",
    licence="GPL-3.0-or-later; trained only on CC0, BSD-3, CC BY 4.0 and public-domain music (docs/model-card.md)",
)

SHIPPED = (GENERATOR,)


def generator_checkpoint() -> Path:
    """The checkpoint to compose with: `EMSYNC_CHECKPOINT` if set, else the shipped one."""
    chosen = os.environ.get(CHECKPOINT_VARIABLE)
    return Path(chosen) if chosen else GENERATOR.path


def sha256(path: Path) -> str:
    """The SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
