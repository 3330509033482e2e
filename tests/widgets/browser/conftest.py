"""One JupyterLab and one browser for all these tests, and one film, scored once; they run one at a time."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, BrowserContext

from emsync_nb.session import Session
from tests.widgets.browser.chromium import chromium_path, new_context, running_chromium
from tests.widgets.browser.desk_page import DeskPage
from tests.widgets.browser.films import write_film
from tests.widgets.browser.jupyter import Lab, running_lab
from tests.widgets.browser.place import Place

#: those that are open, to be looked at when a test fails
_contexts: list[BrowserContext] = []


@pytest.fixture(autouse=True)
def one_at_a_time() -> Iterator[None]:
    """Browsers play in real time, and wait for all else that does, whichever process it runs in."""
    with FileLock(Path(tempfile.gettempdir()) / "emsync-tests.lock"):
        yield


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser; tests are skipped where there is none, except in CI."""
    found = chromium_path()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no browser: apt install chromium")
        pytest.skip("neither chromium nor google-chrome is installed")
    return found


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with film.mp4 and its session, a take accepted; made once for all processes of a run. Copy it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "scored_film"
    with FileLock(shared / "scored_film.lock"):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            with _cache_of(folder), Session.create(write_film(folder / "film.mp4")) as session:
                session.analyze(ensemble="string-quartet")
                session.accept(session.generate(seed=1)[0])
            (folder / "done").touch()
    return folder


@contextmanager
def _cache_of(folder: Path) -> Iterator[None]:
    """Within, what experts say is kept beside a film: a notebook of another process knows it then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMSYNC_CACHE", str(folder / "cache"))
        yield


@pytest.fixture(scope="package")
def lab(chromium: str, scored: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab of our own, which knows what experts say of the scored film."""
    with running_lab(tmp_path_factory.mktemp("lab"), cache=scored / "cache") as lab:
        yield lab


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium; it ends with these tests, for Playwright's event loop would be in the way of others'."""
    with running_chromium(chromium) as browser:
        yield browser


@pytest.fixture(scope="package")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Windows that share cookies."""
    context = new_context(browser)
    _contexts.append(context)
    yield context
    _contexts.remove(context)
    context.close()


@pytest.fixture(scope="package")
def opened(lab: Lab, context: BrowserContext, scored: Path) -> Iterator[DeskPage]:
    """A desk of the scored film that has been run; for `desk`, which brings it back to what it was."""
    place = Place(lab, context, lab.root / "shared")
    place.folder.mkdir()
    yield place.copy(scored).run()
    place.close()


@pytest.fixture
def desk(opened: DeskPage) -> Iterator[DeskPage]:
    """The desk of the scored film, as if nobody had touched it."""
    opened.page.bring_to_front()
    opened.as_new()
    yield opened
    assert not opened.faults.take()


@pytest.fixture(scope="package")
def bench(lab: Lab, context: BrowserContext) -> Iterator[DeskPage]:
    """A notebook that tests use one after another."""
    place = Place(lab, context, lab.root / "bench")
    place.folder.mkdir()
    yield place.open("")
    place.close()


@pytest.fixture
def place(lab: Lab, context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A folder of one test, whose windows and kernels end with it."""
    place = Place(lab, context, lab.root / re.sub(r"\W", "_", request.node.name)[:60])
    place.folder.mkdir()
    yield place
    place.close()


@pytest.fixture
def on_bench(place: Place, bench: DeskPage) -> Place:
    """A folder of one test, to be looked at from the notebook that is open already."""
    place.bench = bench
    bench.page.bring_to_front()
    return place


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What fails is told with a picture of every window, and with what went wrong in its cells."""
    report = yield
    if report.when != "teardown" and report.failed:
        folder = Path(tempfile.mkdtemp(prefix="emsync-browser-"))
        for number, page in enumerate(page for context in _contexts for page in context.pages):
            page.screenshot(path=folder / f"{number}.png")
            errors = page.locator(".jp-OutputArea-output[data-mime-type*=error]").all_inner_texts()
            report.sections.append((f"window {number}", "\n".join([str(folder / f"{number}.png"), *errors])))
    return report
