"""What a browser says to a desk. Nothing of it is believed before it was looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from emsync_nb.errors import PlanError
from emsync_nb.widgets.desk.remembered import volume

#: what can be asked for with an answer soon after
CHANGES = (
    *("edit", "mute", "solo", "lock", "unlock", "undo", "redo", "accept", "direct", "import", "relink"),
    *("show", "plan", "history", "compare"),
)
#: what takes long
JOBS = ("analyze", "generate", "regenerate", "proxy", "link")
_KINDS = ("edit", "preview", "job", "cancel", "stems", "volume", "ping")
#: longer texts are no names of ours
_LONGEST = 200
#: of what is said to a person, such as two paths and what to do
_LONGEST_LINE = 10_000
_MOST_CHUNKS = 1_000_000


@dataclass(frozen=True, slots=True)
class Said:
    """A message that can be acted on."""

    kind: str
    #: by which its answer is known; None where none is awaited
    number: int | str | None = None
    request: dict[str, Any] = field(default_factory=dict)
    #: of a job; of a chunk of sound
    job: int | None = None
    chunk: int = 0
    track: str = ""
    volume_db: float = 0.0


def understood(content: object) -> Said:
    """A message, checked.

    Raises:
        PlanError: it says nothing that a desk knows.
    """
    if not isinstance(content, dict) or content.get("type") not in _KINDS:
        kind = content.get("type") if isinstance(content, dict) else content
        raise PlanError(f"a desk knows no message {kind!r:.60}; there are {', '.join(_KINDS)}")
    kind, number = content["type"], answered_by(content)
    match kind:
        case "edit" | "preview" | "job":
            return Said(kind, number, _request(kind, content.get("request")))
        case "ping":
            return Said(kind, number)
        case "cancel":
            job = content.get("job")
            return Said(kind, number, job=job if type(job) is int else None)
        case "stems":
            return Said(kind, number, chunk=_chunk(content.get("chunk")))
        case _:
            return Said(kind, number, track=_track(content.get("track")), volume_db=_volume(content))


def answered_by(content: object) -> int | str | None:
    """The id of a message, if it is one that can be said back."""
    number = content.get("id") if isinstance(content, dict) else None
    if type(number) is int and abs(number) < 1 << 53:
        return number
    return number if isinstance(number, str) and len(number) <= _LONGEST and _can_be_sent(number) else None


def line(text: str) -> str:
    """A text in one line that can be sent: short enough, and without halves of letters."""
    found = " ".join(text[: _LONGEST_LINE * 2].split())
    if len(found) > _LONGEST_LINE:
        found = f"{found[: _LONGEST_LINE - 1]}…"
    return found.encode("utf-8", "backslashreplace").decode()


def _can_be_sent(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _request(kind: str, request: object) -> dict[str, Any]:
    do = request.get("do") if isinstance(request, dict) else None
    known = {"edit": CHANGES, "preview": ("edit",), "job": JOBS}[kind]
    if not isinstance(request, dict) or not isinstance(do, str) or do not in known:
        raise PlanError(f"nothing that can be asked for here: {do!r:.60}; there are {', '.join(known)}")
    return request


def _chunk(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _MOST_CHUNKS:
        raise PlanError(f"chunks of sound are counted from 0, got {value!r:.60}")
    return value


def _track(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise PlanError(f"a track has a name, got {value!r:.60}")
    return value


def _volume(content: dict[str, Any]) -> float:
    found = volume(content.get("volume_db"))
    if found is None:
        raise PlanError(f"a volume is a number of dB, got {content.get('volume_db')!r:.60}")
    return found
