"""Modules and style sheets put together, read by node."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from emsync_nb.widgets import bundling


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of modules of our own."""
    monkeypatch.setattr(bundling, "STATIC", tmp_path)
    _forget()
    yield tmp_path
    _forget()


def _forget() -> None:
    for cached in (bundling.bundle, bundling.styles, bundling._imported, bundling._imported_styles):
        cached.cache_clear()


def _evaluated(text: str, folder: Path) -> str:
    (folder / "whole.mjs").write_text(f"{text}\nconsole.log(JSON.stringify(module_entry.render()));")
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    return subprocess.run(
        [node, folder / "whole.mjs"], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_each_module_keeps_its_own_scope(static: Path) -> None:
    (static / "one.js").write_text(
        "const secret = 1;\nexport const ONE = secret;\nexport function twice(x) {\n  return 2 * x;\n}\n"
    )
    (static / "two.js").write_text(
        'import { ONE } from "./one.js";\nconst secret = 20;\nexport class Two {\n  static value = secret + ONE;\n}\n'
    )
    (static / "entry.js").write_text(
        """import { Two } from "./two.js";
import {
  ONE,
  twice,
} from "./one.js";

export function render() {
  return [ONE, twice(4), Two.value];
}
"""
    )
    assert _evaluated(bundling.bundle("entry.js"), static) == "[1,8,21]"


@pytest.mark.parametrize(
    "text",
    [
        'import * as all from "./one.js";',
        "export default 3;",
        'import { a } from "https://cdn.example/a.js";',
    ],
)
def test_what_cannot_be_bundled_is_refused(static: Path, text: str) -> None:
    (static / "entry.js").write_text(text + "\n")
    with pytest.raises(ValueError, match="cannot be bundled"):
        bundling.bundle("entry.js")


def test_circles_are_refused(static: Path) -> None:
    (static / "one.js").write_text('import { b } from "./two.js";\nexport const a = 1;\n')
    (static / "two.js").write_text('import { a } from "./one.js";\nexport const b = 1;\n')
    with pytest.raises(ValueError, match=r"one.js → two.js → one.js"):
        bundling.bundle("one.js")


def test_style_sheets_come_once_and_in_order(static: Path) -> None:
    (static / "core.css").write_text(".a { color: red; }\n")
    (static / "part.css").write_text('@import "./core.css";\n.b { color: blue; }\n')
    (static / "all.css").write_text('@import "./core.css";\n@import "./part.css";\n.c { color: green; }\n')
    text = bundling.styles("all.css")
    assert [line for line in text.splitlines() if line] == [
        ".a { color: red; }",
        ".b { color: blue; }",
        ".c { color: green; }",
    ]
