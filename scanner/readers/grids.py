"""The tables on a grid of cells, named by the place where they stand on their sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from scanner.cells import row_columns, slices
from scanner.header_rows import Block, filled_cells, split, tells
from scanner.model import Table


def sheet_tables(
    name: str, columns: tuple[pa.StringArray, ...], hidden: str = "", left: Callable[[], int] = lambda: 0
) -> Iterator[Table]:
    """The tables on one sheet's grid. The first or only one carries the sheet's name, others the range of their data too.

    left: columns of the sheet before the grid's, asked only where a range is named.
    """
    blocks = split(columns)
    for block in blocks:
        alone = len(blocks) == 1
        above = _rows(columns, block, block.above, block.head)
        if above and tells(above):
            lines = row_columns([[" ".join(row)] for row in above], 1)
            place = _range(block, block.above, block.head, left())
            yield Table(f"{name} [{place}, above the header]", None, slices(lines), hidden)
        cells = tuple(column.slice(block.top, block.bottom - block.top) for column in columns[block.left : block.right])
        if not block.header and block.top >= block.bottom:
            continue
        label = name if alone else f"{name} [{_range(block, block.head, block.bottom, left())}]"
        yield Table(label, block.header, slices(without_blank_rows(cells)), hidden)


def _rows(columns: tuple[pa.StringArray, ...], block: Block, start: int, end: int) -> list[list[str]]:
    parts = [column.slice(start, end - start).to_pylist() for column in columns[block.left : block.right]]
    rows = [[cell for cell in row if cell] for row in zip(*parts, strict=True)]
    return [row for row in rows if row]


def _letters(column: int) -> str:
    """1 → A, 27 → AA: a column as workbooks name it."""
    return (_letters((column - 1) // 26) if column > 26 else "") + chr(65 + (column - 1) % 26)


def _range(block: Block, start: int, end: int, left: int) -> str:
    first, last = _letters(left + block.left + 1), _letters(left + block.right)
    return f"{first}{start + 1}:{last}{max(end, start + 1)}"


def without_blank_rows(cells: tuple[pa.StringArray, ...]) -> tuple[pa.StringArray, ...]:
    """Columns without the rows in which no cell holds anything."""
    if not cells or not len(cells[0]):
        return cells
    used = filled_cells(cells).any(axis=1)
    if used.all():
        return cells
    keep = pa.array(used)
    return tuple(column.filter(keep) for column in cells)
