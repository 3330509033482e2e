"""Folders that JupyterLab serves: a film, its session, notebooks, and the windows that show them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.widgets.browser.desk_page import SESSION, DeskPage
from tests.widgets.browser.jupyter import Lab, write_notebook

#: what people write
CELL = 'from emsync_nb.widgets import ScoringDesk\n\ndesk = ScoringDesk("film.mp4")\ndesk'


@dataclass
class Place:
    """A folder below the server's root."""

    lab: Lab
    context: BrowserContext
    folder: Path
    #: a notebook that tests use one after another
    bench: DeskPage | None = None
    desks: list[DeskPage] = field(default_factory=list)

    def copy(self, scored: Path) -> Place:
        """Put a film and its session here."""
        shutil.copy(scored / "film.mp4", self.folder)
        shutil.copytree(scored / SESSION, self.folder / SESSION, ignore=shutil.ignore_patterns(".holder*"))
        return self

    def open(self, *cells: str, name: str = "desk.ipynb") -> DeskPage:
        """Open a notebook of these cells; nothing is run."""
        if not (self.folder / name).exists():
            write_notebook(self.folder / name, *(cells or (CELL,)))
        desk = DeskPage.open(self.context, self.lab, str((self.folder / name).relative_to(self.lab.root)))
        self.desks.append(desk)
        return desk

    def run(self, *cells: str) -> DeskPage:
        """Open a notebook of these cells, and run the first."""
        desk = self.open(*cells)
        desk.run_cell()
        desk.wait()
        return desk

    def on_bench(self, cell: str = "", film: str = "film.mp4") -> DeskPage:
        """Run a cell in the notebook that is open already; none: the desk of a film in this folder."""
        assert self.bench is not None
        source = cell or CELL.replace("film.mp4", str(self.folder / film))
        self.bench.run_anew(source)
        desk = replace(self.bench, elsewhere=self.folder, base=0)
        if cell:
            desk.shown()
        else:
            desk.wait()
        return desk

    def close(self) -> None:
        """End windows and kernels; nothing may have gone wrong in them."""
        benches = [self.bench] if self.bench else []
        faults = [fault for desk in (*self.desks, *benches) for fault in desk.faults.take()]
        for desk in self.desks:
            desk.close()
        for notebook in {desk.notebook for desk in self.desks}:
            self.lab.end_kernel(notebook)
        assert not faults
