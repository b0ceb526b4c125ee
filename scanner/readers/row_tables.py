"""Rows that a reader takes one after the other, as tables: the first rows tell header and width, the rest streams.

What fits into the sample goes through the same steps as a sheet of a workbook, so a table gives the same cells in every format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from scanner.cells import CHUNK_ROWS, row_columns, slices
from scanner.errors import UnreadableError
from scanner.header_rows import split, tells
from scanner.model import Chunk, Table
from scanner.readers.grids import sheet_tables, without_blank_rows

_HALVES = re.compile("[\ud800-\udfff]")
WIDEST = 1 << 14  # columns of the widest spreadsheets
_SAMPLE = 20_000  # rows that are looked at as a sheet
_SAMPLE_CELLS = 2_000_000
_CELLS = 4_000_000  # cells held at once while rows become columns
_CHARACTERS = 1 << 25


def row_tables(name: str, rows: Iterable[Sequence[str]], hidden: str = "") -> Iterator[Table]:
    """The tables in a stream of rows: usually one; stacked, side by side or under titles as on a sheet.

    rows: lists of cells without None, of any length; cells beyond the 16,384th are joined to that one. Read the chunks of one
    table before asking for the next: the last one goes on as long as the rows do.
    """
    stream = iter(rows)
    sample: list[Sequence[str]] = []
    cells = 0
    whole = True
    trouble: UnreadableError | None = None
    try:
        for row in stream:
            sample.append(row)
            cells += max(len(row), 1)
            if len(sample) >= _SAMPLE or cells >= _SAMPLE_CELLS:
                whole = False
                break
    except UnreadableError as error:  # what came before stands
        trouble = error
    width = min(max(map(len, sample), default=0), WIDEST)
    if width:
        yield from _sampled(name, sample, stream, width, hidden, whole=whole)
    if trouble is not None:
        raise trouble


def _sampled(
    name: str, sample: list[Sequence[str]], stream: Iterator[Sequence[str]], width: int, hidden: str, *, whole: bool
) -> Iterator[Table]:
    grid = row_columns([clean_row(row) for row in sample], width)
    if whole:
        yield from sheet_tables(name, grid, hidden)
        return
    blocks = split(grid)
    if not blocks:
        yield Table(name, None, _rest((), stream, width, len(sample)), hidden)
        return
    last = blocks[-1]
    for block in blocks:
        above = [row for row in (list(filter(None, row)) for row in sample[block.above : block.head]) if row]
        if above and tells(above):
            lines = row_columns([[" ".join(row)] for row in above], 1)
            yield Table(f"{name} (rows {block.above + 1}–{block.head}, above the header)", None, slices(lines), hidden)
        if block is last:
            header = block.header
            titles = None if header is None else ("",) * block.left + header + ("",) * (width - block.right)
            begun = tuple(column.slice(block.top) for column in grid)
            yield Table(name, titles, _rest(begun, stream, width, 0), hidden)
        elif block.header or block.bottom > block.top:
            columns = tuple(c.slice(block.top, block.bottom - block.top) for c in grid[block.left : block.right])
            label = f"{name} (rows {block.above + 1}–{block.bottom})"
            yield Table(label, block.header, slices(without_blank_rows(columns)), hidden)


def titled_table(name: str, header: Sequence[str], rows: Iterable[Sequence[str]], hidden: str = "") -> Table:
    """A table whose format names its columns: nothing is guessed."""
    return Table(name, tuple(header), _rest((), iter(rows), max(len(header), 1), 0), hidden)


def line_table(name: str, lines: Iterable[str], hidden: str = "") -> Table:
    """Prose as a table without header, a line a row; blank lines are left out."""
    return Table(name, None, _rest((), ((line,) for line in lines if line.strip()), 1, 0), hidden)


def clean_row(row: Sequence[str]) -> Sequence[str]:
    """A row that can be stored as UTF-8: halves of characters (lone surrogates) become U+FFFD."""
    try:
        "".join(row).encode()
    except UnicodeEncodeError:
        return [_HALVES.sub("\ufffd", cell) for cell in row]
    return row


def _rest(begun: tuple[pa.StringArray, ...], stream: Iterator[Sequence[str]], width: int, row: int) -> Iterator[Chunk]:
    if begun:
        kept = without_blank_rows(begun)
        yield from slices(kept, row)
        row += len(kept[0])
    for rows in batches(stream):
        columns = without_blank_rows(row_columns([clean_row(one) for one in rows], width))
        yield from slices(columns, row)
        row += len(columns[0])


def batches(rows: Iterator[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    """Rows in lists of at most 65,536 rows, 4 million cells or 32 million characters; before an error, what came before it."""
    batch: list[Sequence[str]] = []
    cells = characters = 0
    try:
        for row in rows:
            batch.append(row)
            cells += len(row)
            characters += sum(map(len, row))
            if len(batch) >= CHUNK_ROWS or cells >= _CELLS or characters >= _CHARACTERS:
                yield batch
                batch, cells, characters = [], 0, 0
    except UnreadableError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


class Names:
    """Gives each table of a source a name of its own: the second 客户 is 客户 (2)."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def __call__(self, name: str) -> str:
        self._seen[name] += 1
        if self._seen[name] == 1:
            return name
        return self(f"{name} ({self._seen[name]})")
