"""Only what says that it is free is learnt from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from music21 import common, converter

from emsync_nb.training.corpus.catalogue import MUSIC21, MUSIC21_ALLOWED, catalogue
from emsync_nb.training.corpus.headline import read_headline
from tests.training.corpus.collections_of_music import tune, write_freedoom, write_song

#: words that bind whoever uses a work to something that a film cannot promise, or forbid it
BINDING = re.compile(r"SA\b|share.?alike|NC\b|non.?commercial|GPL|GNU|all rights|permission", re.IGNORECASE)


def test_the_words_of_every_allowed_work_stand_in_its_file() -> None:
    root = Path(common.getCorpusFilePath())
    for name, (licence, words) in MUSIC21_ALLOWED.items():
        assert licence
        assert any(words in said for said in read_headline(root / name).rights), name
        assert not any(BINDING.search(said) for said in read_headline(root / name).rights), name


def test_music21_reads_the_same_rights() -> None:
    """What we take for a statement of rights, music21 takes for one too."""
    root = Path(common.getCorpusFilePath())
    for name, (_, words) in MUSIC21_ALLOWED.items():
        score = converter.parse(root / name)
        assert words in " ".join(str(score.metadata.copyright).split()), name


def test_a_work_that_lost_its_words_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from emsync_nb.training import prepare

    monkeypatch.setattr(
        "emsync_nb.training.corpus.catalogue.MUSIC21_ALLOWED",
        {"weber/concertino_clarinet.mxl": ("CC0-1.0", "words that nobody wrote")},
    )
    write_freedoom(tmp_path / "freedoom", {"a.mid": 80})
    done = prepare(tmp_path, tmp_path / "cache", workers=1)
    assert done.skipped == ("concertino_clarinet.mxl: states no right to use it, so it is not free",)


def test_the_catalogue_names_every_file_once(tmp_path: Path) -> None:
    write_song(tmp_path / "openscore-lieder" / "b.mxl", tune(9))
    write_song(tmp_path / "openscore-lieder" / "a.mxl", tune(9))
    (tmp_path / "openscore-lieder" / "a.pdf").write_text("a picture of it")
    (tmp_path / "vgmidi").mkdir()  # not free, and not read
    write_song(tmp_path / "vgmidi" / "c.mxl", tune(9))
    found = [entry for entry in catalogue(tmp_path) if entry.source != MUSIC21]
    assert [entry.path.name for entry in found] == ["a.mxl", "b.mxl"]


def test_a_headline_is_what_the_file_says(tmp_path: Path) -> None:
    write_song(tmp_path / "a.mxl", tune(2), composer="Fanny  Hensel", work="Das Jahr", rights="CC0\n 1.0")
    headline = read_headline(tmp_path / "a.mxl")
    assert (headline.work, headline.composer, headline.rights) == ("Das Jahr", "Fanny Hensel", ("CC0 1.0",))


@pytest.mark.data
def test_the_real_collections_are_listed_whole(data_folder: Path) -> None:
    counts: dict[str, int] = {}
    for entry in catalogue(data_folder / "music"):
        counts[entry.source] = counts.get(entry.source, 0) + 1
    # the folder's own README counts these; of groove's performances, 503 are beats, the others fills
    assert counts.pop("groove") == 503
    assert counts == {
        "openscore-orchestra": 96, "openscore-string-quartets": 122, "openscore-lieder": 1460, "freedoom": 112,
        MUSIC21: len(MUSIC21_ALLOWED),
    }  # fmt: skip
