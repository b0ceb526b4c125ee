"""Which rows are titles, headers and data: grids as people make them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from scanner.cells import row_columns
from scanner.header_rows import filled_cells, find_header, split, tells

CASES = tomllib.loads((Path(__file__).parent.parent / "fixtures/header_rows/grids.toml").read_text(encoding="utf-8"))["case"]


def grid(text: str) -> tuple[pa.StringArray, ...]:
    rows = [["" if cell == "." else cell for cell in line.split("|")] for line in text.strip("\n").split("\n")]
    return row_columns(rows, max(map(len, rows)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_tables_of_a_grid(case: dict[str, Any]) -> None:
    columns = grid(case["grid"])
    filled = filled_cells(columns)
    found = [
        {
            "header": "" if block.header is None else "|".join(block.header),
            "rows": int(filled[block.top : block.bottom, block.left : block.right].any(axis=1).sum()),
        }
        for block in split(columns)
    ]
    assert found == case["tables"]


def test_no_row_is_lost() -> None:
    for case in CASES:
        columns = grid(case["grid"])
        filled = filled_cells(columns)
        covered = [False] * len(filled)
        for block in split(columns):
            for row in range(block.above, block.bottom):
                covered[row] = True
        assert [row for row, seen in enumerate(covered) if not seen and filled[row].any()] == [], case["name"]


def test_twenty_lines_of_preamble() -> None:
    rows = [[f"说明第{n}行", "", ""] for n in range(20)] + [["姓名", "手机号", "金额"]] + [["杨丽华", "13758295793", "1.00"]] * 3
    found = find_header(rows)
    assert (found.titles, found.depth, found.header) == (20, 1, ("姓名", "手机号", "金额"))


def test_empty_grids() -> None:
    assert split(()) == []
    assert split(row_columns([], 3)) == []
    assert split(row_columns([["", ""]], 2)) == []
    assert find_header([]).header is None


def test_rows_above_that_may_tell_of_persons() -> None:
    assert tells([["户名：张三", "账号：6222021234567890123"]])
    assert tells([["微信昵称：[张三]"]])
    assert not tells([["2026年客户名单"]])
    assert not tells([["数据来源：统计年鉴"]])


def test_many_blank_rows_are_a_way_of_spacing() -> None:
    rows = [["姓名", "手机号"]] + [row for n in range(500) for row in (["杨丽华", f"137582{n:05d}"], ["", ""])]
    blocks = split(row_columns(rows, 2))
    assert [block.header for block in blocks] == [("姓名", "手机号")]
    assert blocks[0].bottom >= 1000
