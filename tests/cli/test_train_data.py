"""`emsync train prepare` and `stats`: what they write and print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Emsync
from tests.training.corpus.collections_of_music import tune, write_freedoom, write_song


def test_music_is_prepared_and_counted(emsync: Emsync, tmp_path: Path) -> None:
    data, cache = tmp_path / "data", tmp_path / "cache"
    write_song(
        data / "openscore-lieder" / "a.mxl", tune(12, seed=1), composer="Fanny Hensel", work="Das Jahr"
    )
    (data / "openscore-lieder" / "b.mxl").write_bytes(b"no archive")
    write_freedoom(data / "freedoom", {"c.mid": 80})
    done = emsync("train", "prepare", "--data", data, "--cache", cache, "--workers", "1", "--json", "-")
    facts = json.loads(done.out)
    assert done.code == 0
    assert facts["path"] == str(cache / "corpus.npz")
    assert [line.split(":")[0] for line in facts["skipped"]] == ["b.mxl"]
    # the two, and music21's own free works, as far as they are long enough
    assert facts["pieces"] > 2
    assert facts["bytes"] == (cache / "corpus.npz").stat().st_size

    done = emsync("train", "prepare", "--data", data, "--cache", cache, "--workers", "1")
    assert "left out b.mxl: " in done.out
    assert done.out.splitlines()[-1].startswith(f"{cache / 'corpus.npz'}: {facts['pieces']} pieces")
    assert "files read now: 1, left out: 1" in done.out

    counted = emsync(
        "train", "stats", "--cache", cache, "--json", tmp_path / "s.json", "--plot", tmp_path / "s.png"
    )
    assert counted.code == 0
    stored = json.loads((tmp_path / "s.json").read_text())
    assert stored["whole"]["pieces"] == facts["pieces"]
    assert stored["whole"]["notes"] == facts["notes"]
    lieder = stored["sources"]["openscore-lieder (CC0-1.0)"]
    assert (lieder["pieces"], lieder["notes"]) == (1, 96)
    assert set(stored) == {
        "whole", "sources", "splits", "instruments", "programs", "keys", "tempo_bpm", "notes_per_s", "valence",
        "arousal",
    }  # fmt: skip
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    for word in ("freedoom (BSD-3-Clause)", "train", "piano", "tempo_bpm"):
        assert word in counted.out


def test_the_cache_is_found_by_its_variable(
    emsync: Emsync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_freedoom(tmp_path / "data" / "freedoom", {"c.mid": 80})
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path / "here"))
    assert emsync("train", "prepare", "--data", tmp_path / "data", "--workers", "1").code == 0
    assert (tmp_path / "here" / "corpus.npz").is_file()
    assert "freedoom" in emsync("train", "stats").out
