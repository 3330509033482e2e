"""A file comes whole or not at all, from where it may come, and a broken fetch goes on."""

from __future__ import annotations

import hashlib
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from emsync_nb.errors import OutputError, WeightsError
from emsync_nb.weights import GENERATOR, ModelFile, entry, fetch
from tests.weights.model_server import Manners, serving

CONTENT = bytes(range(256)) * 1_000
MODEL = ModelFile(
    name="tiny",
    purpose="is fetched",
    file_name="tiny.bin",
    licence="none",
    citation="none",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    size=len(CONTENT),
    address="https://example.invalid/model.bin",
)


def test_a_file_comes_whole(tmp_path: Path) -> None:
    shares: list[float] = []
    with serving(Manners(CONTENT)) as address:
        path = fetch(replace(MODEL, address=address), tmp_path / "a" / "b", shares.append)
    assert path.read_bytes() == CONTENT
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert not list(path.parent.glob("*.part"))


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "tiny.bin").write_bytes(CONTENT)
    assert fetch(MODEL, tmp_path) == tmp_path / "tiny.bin"


def test_what_is_damaged_is_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "tiny.bin").write_bytes(CONTENT[::-1])
    with serving(Manners(CONTENT)) as address:
        assert fetch(replace(MODEL, address=address), tmp_path).read_bytes() == CONTENT


def test_a_broken_fetch_goes_on_where_it_was(tmp_path: Path) -> None:
    manners = Manners(CONTENT, breaks_after=1_000)
    with serving(manners) as address:
        model = replace(MODEL, address=address)
        with pytest.raises(WeightsError, match=r"broke off at 3,000 of 256,000 bytes\. Run the same again"):
            fetch(model, tmp_path)
        assert not (tmp_path / "tiny.bin").exists()
        assert (tmp_path / "tiny.bin.part").read_bytes() == CONTENT[:3_000]
        manners.breaks_after = None
        assert fetch(model, tmp_path).read_bytes() == CONTENT
    assert manners.asked == [None, "bytes=1000-", "bytes=2000-", "bytes=3000-"]


def test_a_server_without_ranges_begins_again(tmp_path: Path) -> None:
    (tmp_path / "tiny.bin.part").write_bytes(b"x" * 5_000)
    manners = Manners(CONTENT, ranges=False)
    with serving(manners) as address:
        assert fetch(replace(MODEL, address=address), tmp_path).read_bytes() == CONTENT
    assert manners.asked == ["bytes=5000-"]


def test_a_part_that_is_too_long_is_not_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "tiny.bin.part").write_bytes(CONTENT + b"x")
    with serving(Manners(CONTENT)) as address, pytest.raises(WeightsError, match="another file than tiny"):
        fetch(replace(MODEL, address=address), tmp_path)
    assert not (tmp_path / "tiny.bin.part").exists()


@pytest.mark.parametrize("content", [CONTENT[::-1], bytes(len(CONTENT))])
def test_another_file_is_not_kept(tmp_path: Path, content: bytes) -> None:
    with (
        serving(Manners(content)) as address,
        pytest.raises(WeightsError, match=r"another file than tiny \(another SHA-256\); nothing was kept"),
    ):
        fetch(replace(MODEL, address=address), tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".lock"]


def test_a_part_of_another_file_spoils_one_fetch_only(tmp_path: Path) -> None:
    (tmp_path / "tiny.bin.part").write_bytes(b"x" * 5_000)
    with serving(Manners(CONTENT)) as address:
        model = replace(MODEL, address=address)
        with pytest.raises(WeightsError, match="nothing was kept"):
            fetch(model, tmp_path)
        assert fetch(model, tmp_path).read_bytes() == CONTENT


def test_a_server_that_never_ends_is_stopped(tmp_path: Path) -> None:
    with (
        serving(Manners(CONTENT * 2)) as address,
        pytest.raises(WeightsError, match=r"gave more than the 256,000 bytes of tiny"),
    ):
        fetch(replace(MODEL, address=address), tmp_path)
    assert not (tmp_path / "tiny.bin").exists()
    assert (tmp_path / "tiny.bin.part").stat().st_size == 0


@pytest.mark.parametrize("said", ["bytes 0-9/10", "bytes 7-255999/256000", "lines 5-6/7", ""])
def test_a_part_that_nobody_asked_for_is_refused(tmp_path: Path, said: str) -> None:
    (tmp_path / "tiny.bin.part").write_bytes(CONTENT[:5_000])
    with serving(Manners(CONTENT[5_000:], range_said=said or "?")) as address, pytest.raises(WeightsError):
        fetch(replace(MODEL, address=address), tmp_path)
    assert not (tmp_path / "tiny.bin").exists()


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "ftp://127.0.0.1/model.bin",
        "http://example.invalid/model.bin",
        "http://127.0.0.1.example.invalid/model.bin",
        "http://localhost/model.bin",
    ],
)
def test_only_https_is_fetched_from_or_followed(tmp_path: Path, address: str) -> None:
    with pytest.raises(WeightsError, match="only https is"):
        fetch(replace(MODEL, address=address), tmp_path)
    with (
        serving(Manners(CONTENT, leads_to=address)) as first,
        pytest.raises(WeightsError, match=r"leads to|answered 302"),
    ):
        fetch(replace(MODEL, address=first), tmp_path)
    assert not list(tmp_path.glob("tiny.bin*"))


def test_a_redirect_here_is_followed_and_asks_for_the_same_range(tmp_path: Path) -> None:
    (tmp_path / "tiny.bin.part").write_bytes(CONTENT[:5_000])
    manners = Manners(CONTENT, leads_to="/elsewhere.bin")
    with serving(manners) as address:
        assert fetch(replace(MODEL, address=address), tmp_path).read_bytes() == CONTENT
    assert manners.asked == ["bytes=5000-", "bytes=5000-"]


def test_a_circle_of_redirects_ends(tmp_path: Path) -> None:
    with (
        serving(Manners(CONTENT, leads_to="/model.bin")) as address,
        pytest.raises(WeightsError, match="answered 302"),
    ):
        fetch(replace(MODEL, address=address), tmp_path)


@pytest.mark.parametrize("status", [404, 416, 500])
def test_what_the_server_refuses_is_told(tmp_path: Path, status: int) -> None:
    with (
        serving(Manners(CONTENT, status=status)) as address,
        pytest.raises(WeightsError, match=f"answered {status}"),
    ):
        fetch(replace(MODEL, address=address), tmp_path)


def test_a_part_that_the_server_cannot_go_on_with_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "tiny.bin.part").write_bytes(CONTENT[:5_000])
    with serving(Manners(CONTENT, status=416)) as address, pytest.raises(WeightsError, match="answered 416"):
        fetch(replace(MODEL, address=address), tmp_path)
    assert not (tmp_path / "tiny.bin.part").exists()


def test_without_a_connection_there_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/model.bin"
        with pytest.raises(WeightsError, match=r"tiny cannot be fetched from 127\.0\.0\.1") as caught:
            fetch(replace(MODEL, address=address), tmp_path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith("into a folder that EMSYNC_WEIGHTS names")


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        fetch(MODEL, tmp_path / "file")


@pytest.mark.parametrize("model", [GENERATOR, entry("clip-ViT-B-32")])
def test_what_others_bring_is_not_fetched(tmp_path: Path, model: ModelFile) -> None:
    with pytest.raises(WeightsError, match="is not fetched by emsync"):
        fetch(model, tmp_path)
