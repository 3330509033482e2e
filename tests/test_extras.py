"""Optional dependencies: found, missing, broken; and the lazy face of packages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from emsync_nb.errors import BrokenExtraError, MissingExtraError, UserError
from emsync_nb.extras import is_installed, lazy_face, require


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path for modules made by a test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("lxml_like", "soundfile", "torch_user"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


def test_what_is_installed_is_imported() -> None:
    assert require("numpy.linalg").__name__ == "numpy.linalg"
    assert is_installed("numpy")


def test_what_is_missing_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emsync_nb.extras.importlib.import_module", _refuse("pedalboard"))
    with pytest.raises(MissingExtraError, match=r"pip install 'emsync_nb\[rendering\]'") as caught:
        require("pedalboard.io")
    assert isinstance(caught.value, UserError)
    assert caught.value.exit_code == 2


def test_what_cannot_be_loaded_says_why(library: Path) -> None:
    reason = "libasound.so.2: cannot open shared object file"
    (library / "soundfile.py").write_text(f"raise ImportError({reason!r})")
    with pytest.raises(BrokenExtraError, match=r"soundfile .*libasound\.so\.2") as caught:
        require("soundfile")
    assert "\n" not in str(caught.value)


def test_a_fault_inside_a_package_is_not_called_missing(library: Path) -> None:
    (library / "lxml_like.py").write_text("import no_such_module_of_its_own")
    with pytest.raises(ModuleNotFoundError, match="no_such_module_of_its_own"):
        require("lxml_like")


def test_a_lazy_face_imports_on_first_use_and_knows_its_names() -> None:
    find = lazy_face("a_package", {"sqrt": "math", "root": "math:sqrt"})
    assert find("sqrt")(9) == find("root")(9) == 3
    with pytest.raises(AttributeError, match="module 'a_package' has no attribute 'cube'"):
        find("cube")


def test_a_lazy_face_names_the_extra_that_its_home_lacks(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (library / "torch_user.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')"
    )
    with pytest.raises(MissingExtraError, match=r"emsync_nb\[generation\]"):
        lazy_face("a_package", {"compose": "torch_user"})("compose")


def _refuse(package: str):  # noqa: ANN202 - a stand-in for import_module
    def import_module(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)

    return import_module
