"""Sheets as large as formats allow: a value in the last cell fills no memory, full rows are read, long cells are cut."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import pytest
from compound_file import compound_file

from fixtures.makers.biff import workbook_stream
from fixtures.makers.xlsb import xlsb
from scanner.errors import UnreadableError
from scanner.limits import Limits, Opening
from scanner.model import Table, Unread
from scanner.readers import open_source, workbook
from scanner.sources import bytes_source

Cells = Mapping[tuple[int, int], str]
_SPACES = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
_MIME = "application/vnd.oasis.opendocument.spreadsheet"
ROWS, COLUMNS = 1 << 20, 1 << 14  # of XLSX, XLSB and ODS; XLS has 65,536 and 256


def xls(cells: Cells) -> bytes:
    return compound_file({"Workbook": workbook_stream(cells)})


def _body(cells: Cells) -> str:
    """Rows and cells of an OpenDocument sheet; what is empty between them is said by repetition."""
    made, before = [], -1
    for row in sorted({row for row, _ in cells}):
        if row - before > 1:
            made.append(f'<table:table-row table:number-rows-repeated="{row - before - 1}"><table:table-cell/></table:table-row>')
        before, last, line = row, -1, ""
        for column in sorted(column for at, column in cells if at == row) if len(cells) < 100 else range(len(cells)):
            if (row, column) not in cells:
                continue
            if column - last > 1:
                line += f'<table:table-cell table:number-columns-repeated="{column - last - 1}"/>'
            last = column
            line += f'<table:table-cell office:value-type="string"><text:p>{cells[row, column]}</text:p></table:table-cell>'
        made.append(f"<table:table-row>{line}</table:table-row>")
    table = f'<table:table table:name="a">{"".join(made)}</table:table>'
    return f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"


def ods(cells: Cells) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", _MIME)
        manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        package.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{manifest}"/>')
        package.writestr("content.xml", f"<office:document-content {_SPACES}>{_body(cells)}</office:document-content>")
    return made.getvalue()


def fods(cells: Cells) -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?><office:document {_SPACES} office:mimetype="{_MIME}">'
    return f"{head}{_body(cells)}</office:document>".encode()


WRITERS: dict[str, tuple[Callable[[Cells], bytes], tuple[int, int]]] = {
    "a.xlsb": (xlsb, (ROWS - 1, COLUMNS - 1)),
    "a.xls": (xls, (65_535, 255)),
    "a.ods": (ods, (ROWS - 1, COLUMNS - 1)),
    "a.fods": (fods, (ROWS - 1, COLUMNS - 1)),
}
PERSON = {(0, 0): "姓名", (0, 1): "手机号", (1, 0): "杨丽华", (1, 1): "13758295793"}


def opened(name: str, data: bytes, opening: Opening | None = None) -> tuple[dict[str, list[tuple[str, ...]]], list[str]]:
    """Rows with the header by table, and the reasons of what was not read."""
    tables: dict[str, list[tuple[str, ...]]] = {}
    reasons: list[str] = []
    for part in open_source(bytes_source(name, data), opening):
        if isinstance(part, Unread):
            reasons.append(part.reason)
        elif isinstance(part, Table):
            rows = tables[part.name] = [part.header] if part.header else []
            try:
                for chunk in part.chunks:
                    rows += zip(*(column.to_pylist() for column in chunk.columns), strict=True)
            except UnreadableError as error:
                reasons.append(error.reason)
    return tables, reasons


@pytest.mark.parametrize("name", WRITERS)
def test_a_small_sheet_is_read(name: str) -> None:
    tables, reasons = opened(name, WRITERS[name][0](PERSON))
    assert (list(tables.values()), reasons) == ([[("姓名", "手机号"), ("杨丽华", "13758295793")]], [])


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("others", [PERSON, {}, {(0, 0): "x"}], ids=["a table", "nothing", "the first cell"])
def test_a_value_in_the_last_cell_allocates_nothing(name: str, others: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    write, last = WRITERS[name]
    sparse = bool(others) or name.endswith("ods")  # whose rectangle begins at the first cell

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the library would hold the whole rectangle")

    data = write({**others, last: "x"})
    if sparse:
        monkeypatch.setattr(workbook.fastexcel, "read_excel", refuse)
    tables, reasons = opened(name, data)
    assert reasons == (["too_large"] if sparse else [])
    assert list(tables.values()) == ([] if sparse else [[("x",)]])


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("columns", [256, pytest.param(COLUMNS, marks=pytest.mark.slow)])
def test_a_full_row_is_read(name: str, columns: int) -> None:
    write, (_, last) = WRITERS[name]
    titles = {(0, column): f"c{column}" for column in range(min(columns, last + 1))}
    tables, reasons = opened(name, write(titles))
    assert reasons == []
    assert {cell for rows in tables.values() for row in rows for cell in row if cell} == set(titles.values())


@pytest.mark.parametrize("name", ["a.xls", pytest.param("a.xlsb", marks=pytest.mark.slow)])
def test_a_full_column_is_read(name: str) -> None:
    write, (last, _) = WRITERS[name]
    tables, reasons = opened(name, write({(row, 0): f"r{row}" for row in range(last + 1)}))
    assert reasons == []
    assert sum(map(len, tables.values())) == last + 1


@pytest.mark.parametrize("name", ["a.xlsb", "a.ods", "a.fods"])
@pytest.mark.parametrize("size", [300_000, pytest.param(50_000_000, marks=pytest.mark.slow)])
def test_a_long_cell_is_cut_and_said(name: str, size: int) -> None:
    characters = size // 2 if name == "a.xlsb" else size  # which holds UTF-16
    data = WRITERS[name][0]({**PERSON, (1, 2): "x" * characters, (0, 2): "备注"})
    tables, reasons = opened(name, data, Opening(Limits(cell_bytes=100_000)))
    assert reasons == ["too_large"]
    (rows,) = tables.values()
    assert rows[1][:2] == ("杨丽华", "13758295793")
    assert 0 < len(rows[1][2]) < 100_000


@pytest.mark.parametrize("name", ["a.ods", "a.fods"])
@pytest.mark.parametrize(
    "mark", ["<text:tab/>", "<text:line-break/>", "<text:tab></text:tab>", '<text:s text:c="2"/>', "</text:p><text:p>"]
)
def test_two_numbers_in_one_cell_stay_apart(name: str, mark: str) -> None:
    tables, reasons = opened(name, WRITERS[name][0]({**PERSON, (2, 0): "钟丽", (2, 1): f"13136704668{mark}13570785320"}))
    assert reasons == []
    (rows,) = tables.values()
    assert rows[2][1].split() == ["13136704668", "13570785320"]
