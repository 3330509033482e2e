"""Where a browser finds a film: below the root of the Jupyter server that owns this kernel, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from emsync_nb.domain import VideoInfo
from emsync_nb.errors import OutputError, UserError
from emsync_nb.extras import require
from emsync_nb.pipeline.progress import Progress
from emsync_nb.session.film import fingerprint
from emsync_nb.session.stopping import StoppedError
from emsync_nb.widgets.desk.served_root import served_root

Document = dict[str, Any]
#: below a session's folder, and below the server's root where no session's folder is served
RENDERS, PROXIES = "renders", "emsync_proxies"
#: part of a copy's name; another way of making it is another version
_VERSION = 1
#: digits of the film's fingerprint in a name
_DIGITS = 16
#: what a person reads while a copy is made
STAGE = "copying the film"
_PROXY = {"label": "Make a copy that browsers play", "request": {"do": "proxy"}}
_LINK = {"label": "Link the film into the served folder", "request": {"do": "link"}}


@dataclass(frozen=True, slots=True)
class _Way:
    """How a file is reached from the server's root."""

    #: below the server's base URL; None where the server does not show it
    url: str | None
    #: why not, as the end of a sentence about the film
    why: str = ""


def film_facts(video: Path, info: VideoInfo, start_timecode: str, session_folder: Path) -> Document:
    """The trait `film` of a desk.

    `url` is relative to the server's base URL (`files/…`, percent-encoded) and leads to the film, or to the
    copy or link that was made of it. `problem` says in a line why it is None, or why the browser will hardly
    play what it leads to.

    Args:
        video: where the film lies now; it is there.
        info: what is known of it.
        start_timecode: of its first frame.
        session_folder: where copies may lie.
    """
    url, problem = _url_and_problem(video, info, session_folder)
    return {
        "name": video.name,
        "url": url,
        "duration_s": float(info.duration_s),
        "fps": [info.fps.numerator, info.fps.denominator],
        "start_timecode": start_timecode,
        "width": info.width,
        "height": info.height,
        "has_sound": info.has_audio,
        "problem": problem,
    }


def thumbnails(info: VideoInfo) -> tuple[Document, bytes]:
    """The traits `thumbnails` and `thumbnails_jpeg`.

    Raises:
        VideoError: the film cannot be read.
        MissingExtraError: PyAV is not installed.
    """
    from emsync_nb.pipeline.thumbnails import thumbnails_of

    found = thumbnails_of(info)
    facts = {
        "times_s": list(found.times_s),
        "width": found.width,
        "height": found.height,
        "columns": found.columns,
    }
    return facts, found.jpeg


def make_proxy_for(
    video: Path, info: VideoInfo, session_folder: Path, progress: Progress, cancel: threading.Event
) -> Path:
    """Make a copy of a film that browsers play, where the server shows it: in the session's renders/ or in the root.

    Raises:
        StoppedError: `cancel` was set; nothing is left of the copy.
        OutputError: no server, or none of its folders can be written.
        VideoError: the film cannot be read.
    """
    from emsync_nb.video import make_proxy

    root = _root_or_refusal()
    places = [place for place in _proxy_places(root, session_folder) if _can_write(place)]
    if not places:
        raise OutputError(
            f"nothing can be written in {root}, which the server shows; give yourself the right"
        )
    target = places[0] / _proxy_name(video)
    _make_folder(target.parent)
    source = replace(info, path=video)
    advance = lambda share: progress.stage(STAGE, share)  # noqa: E731 - one argument more, no more
    if not make_proxy(source, target, progress=advance, notice=progress.notice, cancel=cancel):
        raise StoppedError("stopped; nothing was changed")
    return target


def link_film(video: Path) -> Path:
    """Give a film a second name in the folder emsync_proxies/ of the server's root: a hard link, which takes no room.

    A symbolic link would not do: see `_way`.

    Raises:
        OutputError: no server, the folder cannot be written, or the film lies on another disk.
    """
    root = _root_or_refusal()
    link = root / PROXIES / _link_name(video)
    _make_folder(link.parent)
    if _is_same(link, video):
        return link
    new = link.with_name(f".{link.name}.{secrets.token_hex(4)}")
    try:
        os.link(os.path.realpath(video), new)
        new.replace(link)
    except OSError as error:
        new.unlink(missing_ok=True)
        why = "it lies on another disk" if error.errno == errno.EXDEV else error.strerror
        raise OutputError(
            f"{video} cannot be linked into {link.parent} ({why}); make a copy instead"
        ) from error
    return link


def _url_and_problem(
    video: Path, info: VideoInfo, session_folder: Path
) -> tuple[str | None, Document | None]:
    if not video.is_file():  # a circle of links is none either
        return None, _problem(f"{video} is not there; say where it is: emsync session relink SESSION FILM")
    root = served_root()
    if root is None:
        return None, _problem(
            "no Jupyter server shows files to this page, as in VS Code, Colab and plain IPython; "
            f"to see the film, run: emsync desk {video.name}"
        )
    if _shows_nothing(root):
        return None, _problem(
            f"the Jupyter server was started in {root}, which is a link, and so it shows no files; "
            f"start it in {os.path.realpath(root)}"
        )
    copy = _known_url(root, [place / _proxy_name(video) for place in _proxy_places(root, session_folder)])
    if copy is not None:
        return copy, None
    way, unplayable = _way(root, video), _unplayable(video, info)
    url = way.url or _known_url(root, [root / PROXIES / _link_name(video)])
    if unplayable:
        return url, _problem(f"{unplayable}; make a copy that browsers play", _PROXY)
    if url is None and _can_link(root, video):
        return None, _problem(f"{video} {way.why}; link it there, or make a copy", _LINK, _PROXY)
    if url is None:
        return None, _problem(f"{video} {way.why}; make a copy there", _PROXY)
    return url, None


def _shows_nothing(root: Path) -> bool:
    """Whether the server fails on every file: Tornado since 6.5.9 where the root itself is reached through a link."""
    is_link = os.path.realpath(root) != os.path.abspath(root)  # noqa: PTH100 - keeps links
    return is_link and require("tornado").version_info[:3] >= (6, 5, 9)


def _problem(text: str, *remedies: Document) -> Document:
    return {"text": text, "remedies": [dict(remedy) for remedy in remedies]}


def _unplayable(video: Path, info: VideoInfo) -> str:
    """Why a browser will hardly play it; "" where nothing speaks against it."""
    from emsync_nb.video import browser_problem

    try:
        return browser_problem(info, video)
    except UserError as error:  # a film that cannot be read has its say here
        return str(error).rstrip(".")


def _root_or_refusal() -> Path:
    root = served_root()
    if root is None:
        raise OutputError("no Jupyter server shows files to this page; run: emsync desk FILM")
    return root


def _proxy_places(root: Path, session_folder: Path) -> list[Path]:
    """Folders for copies, best first, that the server shows or will show."""
    inner, outer = session_folder / RENDERS, root / PROXIES
    return [place for place in (inner, outer) if _way(root, place).url is not None]


def _proxy_name(video: Path) -> str:
    return f"proxy-{fingerprint(video)[:_DIGITS]}-{_VERSION}.mp4"


def _link_name(video: Path) -> str:
    suffix = video.suffix.lower()
    return f"film-{fingerprint(video)[:_DIGITS]}{suffix if suffix[1:].isalnum() and suffix.isascii() else ''}"


def _known_url(root: Path, candidates: list[Path]) -> str | None:
    """Of the first file that is there."""
    return next((_way(root, file).url for file in candidates if file.is_file()), None)


def _way(root: Path, file: Path) -> _Way:
    """From the server's root to a file or folder, which need not be there.

    Only where the file really lies counts: servers since Tornado 6.5.9 follow no link out of their root.
    """
    top, real = Path(os.path.realpath(root)), Path(os.path.realpath(file))
    if not real.is_relative_to(top):
        return _Way(None, f"lies outside the folder that the Jupyter server shows ({root})")
    relative = real.relative_to(top)
    if _is_hidden(top, relative):
        return _Way(
            None, f"is hidden, or lies in a hidden folder of {root}, which the Jupyter server does not show"
        )
    try:
        return _Way("files/" + "/".join(quote(part, safe="") for part in relative.parts))
    except UnicodeEncodeError:  # bytes that are no UTF-8
        return _Way(None, "has a name that no address can hold")


def _can_link(root: Path, video: Path) -> bool:
    return root.stat().st_dev == video.stat().st_dev


def _is_hidden(root: Path, relative: Path) -> bool:
    """The server's own rule: names that begin with a dot, and what the system marks as hidden."""
    return bool(require("jupyter_core.paths").is_hidden(str(root / relative), str(root)))


def _is_same(link: Path, video: Path) -> bool:
    try:
        return link.samefile(video)
    except OSError:
        return False


def _can_write(folder: Path) -> bool:
    """Whether the folder, or the one that it will be made in, can be written."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be made ({error.strerror}); give yourself the right to write there"
        ) from error
