"""Tables of labels: what is read, and where a fault is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from emsync_nb.errors import DataError
from emsync_nb.training.tables import Line, read_lines, read_names, read_text


def table(folder: Path, content: str | bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    text = '\ufeff name , title\r\na,x\r\n\r\n"b","two\r\nlines"\r\nc\r\n'
    lines = read_lines(table(tmp_path, text), ("name", "title"))
    assert [line.number for line in lines] == [2, 5, 6]
    assert [(line["name"], line["title"]) for line in lines] == [("a", "x"), ("b", "two\r\nlines"), ("c", "")]
    assert lines[2].cells["title"] is None


@pytest.mark.parametrize("sign", ["\u2028", "\x0b", "\x1c", "\x85"])
def test_signs_in_titles_end_no_line(tmp_path: Path, sign: str) -> None:
    (line,) = read_lines(table(tmp_path, f"name,title\na,be{sign}fore\n"), ("name", "title"))
    assert (line.number, line["title"]) == (2, f"be{sign}fore")


def test_columns_may_be_cut_by_tabs_and_others_stay(tmp_path: Path) -> None:
    (line,) = read_lines(table(tmp_path, "id\tmore\n1\ta,b\n"), ("id",), delimiter="\t")
    assert (line["id"], line["more"], line.where) == ("1", "a,b", f"{tmp_path / 't.csv'}, line 2")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "it has no column a; the columns a, b are needed"),
        ("a,c\n1,2\n", "it has no column b; the columns a, b are needed"),
        ("a,b\n\n\n", "it holds no line"),
        ('a,b\n1,2\n"3,4\n5,6\n', r"it is no table \(line 4: unexpected end of data\)"),
        ("a,b\n1," + "x" * 200_000, r"it is no table \(line 2: field larger"),
        (b"a,b\n\xff,1\n", r"is no text in UTF-8 \(byte 4\)"),
        ("a,b\n" + "1,2\n" * 80_000, "has more than 0 MB"),
    ],
)
def test_what_is_no_table_is_one_line(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(DataError, match=words) as told:
        read_lines(table(tmp_path, content), ("a", "b"), most_bytes=300_000)
    assert "\n" not in str(told.value)
    assert "t.csv" in str(told.value)


@pytest.mark.parametrize("cell", ["", None, "calm", "nan", "inf", "-inf", "7.1", "0.9"])
def test_a_number_that_is_none_is_told_with_file_line_and_column(cell: str | None) -> None:
    with pytest.raises(DataError, match=r"^t\.csv, line 7: arousal is .*; give 1 to 7$"):
        Line(Path("t.csv"), 7, {"arousal": cell}).number_in("arousal", 1, 7, "give 1 to 7")


def test_a_number_is_read() -> None:
    assert Line(Path("t.csv"), 7, {"arousal": " 6.5 "}).number_in("arousal", 1, 7, "") == 6.5


def test_names_and_texts_that_cannot_be_read(tmp_path: Path) -> None:
    assert read_names(table(tmp_path, "# list\na\n\n b \n")) == ["a", "b"]
    for path in (tmp_path, tmp_path / "gone", tmp_path / "a\0b"):
        with pytest.raises(DataError, match="cannot be read"):
            read_text(path)
