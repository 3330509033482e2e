"""GoEmotions' tables, sound and hostile."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emsync_nb.analysis.words.labels import FINE, SEVEN
from emsync_nb.errors import DataError
from emsync_nb.training.words import read_sentences

GOOD = "I am sad.\t5\tid1\nOh!\u2028 yes\t3,6\tid2\r\n\n"


def test_labels_are_named_by_their_ids(tmp_path: Path) -> None:
    path = tmp_path / "test.tsv"
    path.write_text(GOOD, encoding="utf-8", newline="")
    found = read_sentences(path)
    assert found.texts == ("I am sad.", "Oh!\u2028 yes")
    assert [[SEVEN[i] for i in row.nonzero()[0]] for row in found.labels] == [
        ["sadness"],
        ["joy", "surprise"],
    ]


def test_labels_txt_decides(tmp_path: Path) -> None:
    path = tmp_path / "test.tsv"
    path.write_text("Thanks\t15\tx\nOk\t0\ty\n")
    (tmp_path / "labels.txt").write_text("\n".join(FINE))
    found = read_sentences(path)
    assert found.names == FINE
    assert found.labels[0].nonzero()[0].tolist() == [FINE.index("gratitude")]


def test_the_real_test_table_has_the_published_size(data_folder: Path) -> None:
    for kind, names in (("ekman", SEVEN), ("original", FINE)):
        found = read_sentences(data_folder / "text" / "goemotions" / kind / "test.tsv")
        assert (len(found.texts), found.names) == (5427, names)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no sentence"),
        ("no tabs", "line 1: 1 columns"),
        ("a\t1\tb\tc", "line 1: 4 columns"),
        ("a\tx\tb", "are no label ids"),
        ("a\t-1\tb", "are no label ids"),
        ("a\t\tb", "are no label ids"),
        ("a\t99999999999\tb", "are no label ids"),
        ("a\t1\tb\na\t28\tb", "line 2: there is no label 28"),
        (" \t1\tb", "line 1: no text"),
        ("x" * 6000 + "\t1\tb", "line 1: no text"),
    ],
)
def test_hostile_tables_are_refused_in_one_line(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(text)
    with pytest.raises(DataError, match=words) as caught:
        read_sentences(path)
    assert "\n" not in str(caught.value)
    assert "t.tsv" in str(caught.value)


def test_other_bytes_folders_and_labels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(b"\xff\xfea\t1\tb")
    with pytest.raises(DataError, match="no text in UTF-8"):
        read_sentences(path)
    with pytest.raises(DataError, match="cannot be read"):
        read_sentences(tmp_path)
    path.write_text("a\t1\tb")
    (tmp_path / "labels.txt").write_text("good\nbad")
    with pytest.raises(DataError, match="other labels"):
        read_sentences(path)


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_table_or_a_line(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(raw)
    try:
        assert read_sentences(path).texts
    except DataError as error:
        assert "\n" not in str(error)
