"""JavaScript modules and style sheets, each put together to the one text that anywidget takes. No build step, no CDN.

Modules keep a scope of their own: each becomes a function that is called once. They may use named exports of
declarations, and imports of one another by name::

    import { TimeAxis, ticks } from "./time_axis.js";
    export class RulerLane …
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path

STATIC = Path(__file__).with_name("static")
_IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"\./([\w.]+)";[ \t]*\n?', re.MULTILINE)
_EXPORT = re.compile(r"^export\s+((?:async\s+)?function\*?|class|const)\s+(\w+)", re.MULTILINE)
_STRAY = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_STYLE_IMPORT = re.compile(r'^@import\s+"\./([\w.]+)";[ \t]*\n?', re.MULTILINE)


@functools.cache
def bundle(entry: str) -> str:
    """One ES module out of `entry` and all that it imports; its default export is {render}.

    Raises:
        ValueError: modules that import each other in a circle, or words that a bundle cannot have.
    """
    texts = [f"const {_variable(name)} = {_scoped(name)};" for name in _in_order(entry, _imported)]
    return "\n".join(texts) + f"\nexport default {{ render: {_variable(entry)}.render }};\n"


@functools.cache
def styles(entry: str) -> str:
    """A style sheet, with those that it imports in front of it."""
    return "\n".join(_STYLE_IMPORT.sub("", _text(name)) for name in _in_order(entry, _imported_styles))


def _in_order(entry: str, imported: Callable[[str], list[str]]) -> list[str]:
    """All that is needed, each behind whatever it imports."""
    found: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"modules import each other: {' → '.join((*above, name))}")
        if name not in found:
            for needed in imported(name):
                visit(needed, (*above, name))
            found.append(name)

    visit(entry, ())
    return found


@functools.cache
def _imported(name: str) -> list[str]:
    return [match[2] for match in _IMPORT.finditer(_text(name))]


@functools.cache
def _imported_styles(name: str) -> list[str]:
    return _STYLE_IMPORT.findall(_text(name))


def _scoped(name: str) -> str:
    """A module as the value of a function that makes it."""
    text = _text(name)
    exports = [match[2] for match in _EXPORT.finditer(text)]
    text = _IMPORT.sub(lambda match: f"const {{{match[1]}}} = {_variable(match[2])};\n", text)
    text = _EXPORT.sub(r"\1 \2", text)
    if stray := _STRAY.search(text):
        raise ValueError(f"{name}: {stray[0]!r:.80} cannot be bundled; import and export by name")
    return f"(() => {{\n{text}\nreturn {{ {', '.join(exports)} }};\n}})()"


def _variable(name: str) -> str:
    return f"module_{Path(name).stem}"


def _text(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
