"""`emsync presets`: all of them, or those that words describe."""

from __future__ import annotations

import pytest

from emsync_nb import preset_library, text_embedding
from tests.cli.conftest import Emsync
from tests.cli.test_commands import only_json

needs_text = pytest.mark.skipif(not text_embedding.is_available(), reason="the extra 'text' is not installed")


def test_without_words_all_are_listed(emsync: Emsync) -> None:
    done = emsync("presets", "--json", "-")
    facts = only_json(done.out)
    assert (done.code, done.err, facts["words"]) == (0, "", None)
    for kind in ("ensembles", "mastering", "templates"):
        listed = [one["name"] for one in facts["presets"] if one["kind"] == kind]
        assert listed == list(preset_library.names(kind))
    lines = emsync("presets", "--kind", "mastering").out.splitlines()
    assert lines[0].split()[:2] == ["kind", "preset"]
    assert [line.split()[1] for line in lines[1:-1]] == list(preset_library.names("mastering"))
    assert "Rounder lows, softer highs." in lines[-2]
    assert lines[-1] == "take one: emsync score film.mp4 --mastering bright"


@needs_text
def test_words_find_what_is_near_first(emsync: Emsync) -> None:
    done = emsync("presets", "warm,", "dark,", "close", "--kind", "mastering", "--json", "-")
    facts = only_json(done.out)
    assert (done.code, facts["words"]) == (0, "warm, dark, close")
    assert facts["presets"][0]["name"] == "warm"
    scores = [one["score"] for one in facts["presets"]]
    assert scores == sorted(scores, reverse=True)
    assert all(-1 <= score <= 1 for score in scores)
    both = emsync("presets", "four strings, intimate").out.splitlines()
    assert both[0].split()[:3] == ["score", "kind", "preset"]
    assert both[1].split()[1:3] == ["ensembles", "string-quartet"]
    assert both[-1] == "take one: emsync score film.mp4 --ensemble string-quartet"


def test_a_search_without_the_extra_says_what_installs_it(
    emsync: Emsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    from emsync_nb.directing import preset_search
    from emsync_nb.errors import MissingExtraError

    def missing(_: object) -> None:
        raise MissingExtraError("sentence_transformers", "text")

    monkeypatch.setattr(text_embedding, "embed", missing)
    preset_search._shelf.cache_clear()
    done = emsync("presets", "warm")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "pip install 'emsync_nb[text]'" in done.err
    assert "emsync presets, which needs no search" in done.err
    assert emsync("presets").code == 0


def test_a_kind_that_is_none_is_one_line(emsync: Emsync) -> None:
    done = emsync("presets", "--kind", "colours")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "'mastering', 'ensembles', 'templates'" in done.err
