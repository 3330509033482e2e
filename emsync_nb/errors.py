"""Every error a person can meet, as one tree.

::

    EmsyncError
    ├── UserError              the input or the request is at fault; exit code 2
    │   ├── VideoError         a film that cannot be read, or is not one
    │   ├── AudioError         sound that cannot be read or mastered
    │   ├── MidiError          a MIDI or MusicXML file that cannot be read
    │   ├── PresetError        an unknown preset, or one with a wrong field
    │   ├── PlanError          cues or settings that no plan can satisfy
    │   ├── CheckpointError    model weights that are missing or damaged
    │   ├── WeightsError       a model file of others that is missing, damaged or cannot be fetched
    │   ├── SoundFontError     a SoundFont that is missing or damaged
    │   ├── OutputError        a folder or file that cannot be written
    │   ├── PortError          a MIDI port or driver that does not answer
    │   ├── DataError          training data that is missing or unusable
    │   ├── ClusterError       workers that cannot be reached, or that died
    │   ├── MissingExtraError  an optional dependency that is not installed
    │   └── BrokenExtraError   an optional dependency that cannot be loaded
    └── InternalError          our own fault; exit code 1

Messages are one line: what is wrong, then what to do about it.
"""

from __future__ import annotations

import copyreg


class EmsyncError(Exception):
    """Base of every error raised on purpose."""

    exit_code = 1

    def __reduce__(self) -> tuple[object, ...]:
        """Copied without `__init__`, whose arguments are each class's own: errors travel between processes."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class InternalError(EmsyncError):
    """A broken promise of our own; please report it."""


class UserError(EmsyncError):
    """The input or the request is at fault."""

    exit_code = 2


class VideoError(UserError):
    """A film that cannot be read, or is not one."""


class AudioError(UserError):
    """Sound that cannot be read or mastered."""


class MidiError(UserError):
    """A MIDI or MusicXML file that cannot be read."""


class PresetError(UserError):
    """An unknown preset, or one with a wrong field."""


class PlanError(UserError):
    """Cues or settings that no plan can satisfy."""


class CheckpointError(UserError):
    """Model weights that are missing or damaged."""


class WeightsError(UserError):
    """A model file of others that is missing, damaged or cannot be fetched."""


class SoundFontError(UserError):
    """A SoundFont that is missing or damaged."""


class OutputError(UserError):
    """A folder or file that cannot be written."""


class PortError(UserError):
    """A MIDI port or driver that does not answer."""


class DataError(UserError):
    """Training data that is missing or unusable."""


class ClusterError(UserError):
    """Workers that cannot be reached, or that died."""


class MissingExtraError(UserError):
    """An optional dependency that is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(f"{package} is not installed. Run: pip install 'emsync_nb[{extra}]'")


class BrokenExtraError(UserError):
    """An optional dependency that cannot be loaded."""

    def __init__(self, package: str, reason: str) -> None:
        self.package = package
        super().__init__(
            f"{package} is installed but cannot be loaded ({reason}). Install the library that it names, "
            f"such as Debian's libasound2 for rtmidi, or reinstall {package}"
        )
