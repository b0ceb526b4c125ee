"""A line without an end is read to its end in pieces, and said to be; what is held of it stays small."""

from __future__ import annotations

import pyarrow as pa
import pytest

from scanner.errors import UnreadableError
from scanner.readers import delimited, encodings, open_source
from scanner.sources import bytes_source

LINE, PIECE = 1 << 14, 1 << 10


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bounds a thousand times smaller, and the sizes of what is parsed as one block."""
    for module, name, size in (
        (delimited, "_LONGEST_LINE", LINE),
        (delimited, "_LONGEST_RECORD", 2 * LINE),
        (delimited, "_PIECE", PIECE),
        (delimited, "BLOCK", 1 << 13),
        (delimited, "HEAD", 1 << 12),
        (encodings, "BLOCK", 1 << 13),
        (encodings, "_LONGEST_LINE", LINE),
    ):
        monkeypatch.setattr(module, name, size)
    sizes: list[int] = []
    whole = delimited._block_columns

    def watched(block: bytes, *words: object, **more: object) -> object:
        sizes.append(len(block))
        return whole(block, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(delimited, "_block_columns", watched)
    return sizes


def read(data: bytes, name: str = "a.csv") -> tuple[str, int, str]:
    """All text of all cells one after the other, the bytes of the largest chunk, and how the reading ended."""
    text: list[str] = []
    largest = 0
    try:
        for table in open_source(bytes_source(name, data)):
            text += getattr(table, "header", None) or ()
            for chunk in table.chunks:  # type: ignore[union-attr]
                largest = max(largest, sum(column.nbytes for column in chunk.columns))
                rows = zip(*(pa.array(column).to_pylist() for column in chunk.columns), strict=True)
                text += [cell for row in rows for cell in row]
    except UnreadableError as error:
        return "".join(text), largest, error.detail
    return "".join(text), largest, ""


@pytest.mark.parametrize(
    ("unit", "encoding"),
    [
        ("x", "utf-8"),
        ("ab,13812345678,", "utf-8"),
        ("张三丰", "utf-8"),
        ("张三丰", "gb18030"),
        ("张a", "gb18030"),
        ('"ab","cd",', "utf-8"),
    ],
)
def test_nothing_of_an_endless_line_is_lost(unit: str, encoding: str, small: list[int]) -> None:
    line = unit * (200_000 // len(unit))
    text, largest, said = read(line.encode(encoding))
    assert "1 lines have more than" in said
    assert largest < 8 * delimited._PIECES * PIECE
    assert max(small, default=0) <= 3 * LINE
    letters = str.maketrans("", "", ',"')
    # cells that were told before the line was known to be endless have lost their delimiters
    assert text.translate(letters) == line.translate(letters)


def test_rows_around_a_long_line_stay_rows() -> None:
    data = "姓名,电话\n张三,13812345678\n" + "备注 " * 20_000 + "\n李四,13912345678\n"
    tables = open_source(bytes_source("a.csv", data.encode()))
    table = next(tables)
    rows: list[tuple[str, ...]] = []
    said = ""
    try:
        for chunk in table.chunks:  # type: ignore[union-attr]
            rows += zip(*(column.to_pylist() for column in chunk.columns), strict=True)
    except UnreadableError as error:
        said = error.detail
    assert said.startswith("1 lines have more")
    assert table.header == ("姓名", "电话")  # type: ignore[union-attr]
    assert rows[0] == ("张三", "13812345678")
    assert rows[-1] == ("李四", "13912345678")
    assert "".join(row[0] for row in rows[1:-1]).replace(" ", "") == "备注" * 20_000


def test_lines_below_the_bound_are_records() -> None:
    cells = ["张" * 5_000, "13812345678"]
    text, _, said = read(("姓名,电话\n" + ",".join(cells) + "\n李四,13912345678\n").encode())
    assert said == ""
    assert "".join(cells) in text
