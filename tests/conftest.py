"""What all test rooms share: the data folder, and hypothesis without deadlines on a busy machine."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import settings

from tests.written_scores import write_score

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

__all__ = ["data_folder", "write_score"]

settings.register_profile("emsync", deadline=None)
settings.load_profile("emsync")

#: the folder of training and test data; beside the checkout unless the environment says otherwise
DATA = Path(os.environ.get("EMSYNC_DATA", Path(__file__).parents[2] / "shared" / "data"))


_numbers = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def cache_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What fixtures of wider scope find out is not kept in the user's own cache."""
    folder = tmp_path_factory.mktemp("caches")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMSYNC_CACHE", str(folder / "shared"))
        yield folder


@pytest.fixture(autouse=True)
def cache_of_one(cache_of_all: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds what another has left; the folder is made by whoever keeps something."""
    monkeypatch.setenv("EMSYNC_CACHE", str(cache_of_all / str(next(_numbers))))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """With `--dist loadfile`, in our order; any other way is pytest-xdist's own."""
    if config.getoption("dist") != "loadfile":
        return None
    from tests.scheduling import LongFirst

    return LongFirst(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--notebooks` runs the notebooks, which take minutes."""
    parser.addoption("--notebooks", action="store_true", help="run every notebook from top to bottom")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The data folder; tests that need it are skipped where it is absent, except in CI."""
    if not DATA.is_dir():
        message = f"no data folder at {DATA}; set EMSYNC_DATA to it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return DATA


#: fixtures that bring a JACK server
_SERVERS = {"jack", "patient_jack", "strict_jack", "hasty_jack", "jack_server"}


@pytest.fixture(autouse=True)
def one_sound_server_at_a_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests in real time wait for each other, whichever process they run in: two at once disturb one another."""
    in_real_time = request.node.get_closest_marker("jack") or _SERVERS.intersection(request.fixturenames)
    with FileLock(Path(tempfile.gettempdir()) / "emsync-tests.lock") if in_real_time else nullcontext():
        yield
