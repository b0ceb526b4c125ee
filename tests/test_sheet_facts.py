"""What one pass over a sheet's XML tells, wherever the pieces it is read in are cut."""

from __future__ import annotations

import io
import random

import pytest

from scanner.readers import sheet_extent
from scanner.readers.sheet_extent import sheet_facts

_HEAD = b'<?xml version="1.0"?><worksheet><cols><col hidden="1" min="2" max="2"/></cols><sheetData>'


def _sheet(*, last: bytes = b"") -> bytes:
    rows = (
        b'<row r="%d"%s><c r="A%d" t="s"><v>0</v></c><c r="C%d"><v>5 = r</v></c></row>'
        % (n, b' hidden="1"' if n % 7 == 0 else b"", n, n)
        for n in range(1, 50)
    )
    return _HEAD + b"".join(rows) + last + b"</sheetData></worksheet>"


@pytest.mark.parametrize("piece", [70, 97, 512, 1 << 20])
def test_cells_and_hidden_rows_are_counted_once(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_extent, "_PIECE", piece)
    facts = sheet_facts(io.BytesIO(_sheet()))
    assert (facts.extent.rows, facts.extent.columns) == (49, 3)
    if piece > 200:  # longer than any tag here
        assert facts.extent.cells == 98
        assert facts.hidden == "7 hidden rows, 1 hidden column groups"
    assert not facts.lists


@pytest.mark.parametrize(
    "written", [b'r="XFD1048576"', b"r='XFD1048576'", b'r = "XFD1048576"', b'r\n="XFD1048576"', b'r= "XFD1048576"']
)
@pytest.mark.parametrize("piece", [97, 1 << 20])
def test_a_far_cell_is_seen_however_it_is_written(written: bytes, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_extent, "_PIECE", piece)
    facts = sheet_facts(io.BytesIO(_sheet(last=b"<row><c " + written + b"><v>1</v></c></row>")))
    assert (facts.extent.rows, facts.extent.columns) == (1 << 20, 1 << 14)
    assert facts.extent.sparse


def test_references_that_cannot_be_searched_for_count_as_far() -> None:
    facts = sheet_facts(io.BytesIO(_sheet(last=b'<c r="&#65;1"/>')))
    assert facts.extent.sparse
    assert facts.lists  # nobody looked


def test_lists_for_input_are_seen_across_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_extent, "_PIECE", 64)
    dice = random.Random(5)
    for _ in range(30):
        blank = b"<t>" + b"x" * dice.randint(0, 90) + b"</t>"
        assert sheet_facts(io.BytesIO(_sheet(last=blank + b'<dataValidation type="list">'))).lists


def test_a_text_of_many_pieces_without_a_tag_is_no_burden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_extent, "_PIECE", 1 << 10)
    facts = sheet_facts(io.BytesIO(_HEAD + b'<c r="B2"><t>' + b"y" * (1 << 18) + b'</t></c><c r="D9"/>'))
    assert (facts.extent.rows, facts.extent.columns) == (9, 4)
