"""How large a rectangle the cells of an XLSX sheet span, told before anything allocates it; and sparse sheets without it.

calamine holds the whole rectangle between a sheet's first and last cell, 32 bytes a cell: one value in XFD1048576 asks for 512 GiB,
and the process is ended. What the sheet declares as its dimension may be absent or wrong, so the references of the cells are asked.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scanner.cells import cell_text, row_columns
from scanner.lazy import lazily

if TYPE_CHECKING:
    import openpyxl
else:
    openpyxl = lazily("openpyxl")

_PIECE = 1 << 20
_OVERLAP = 64  # longer than any reference with what stands around it
_DENSE = 1 << 23  # cells of a rectangle that fit into 256 MiB, filled or not
_SPARSE = 8  # beyond, at least every eighth cell of it must be filled
_ROWS, _COLUMNS = 1 << 20, 1 << 14  # of a sheet (ECMA-376 part 1, 18.3.1.73; the limits of Excel)
_ODD = (b"r='", b"r =", b"r\t", b"r\n", b"r\r", b"r= ")  # other ways to write an attribute; programs write r="
_ODDLY = re.compile(rb"""\br\s*=\s*["']\s*([A-Z]{0,3})([1-9][0-9]{0,8})""")
_CODED = re.compile(rb"""\br\s*=\s*["'][^"'<>]{0,40}&""")

# What openpyxl raises on a broken package; SyntaxError is the base of the XML parsers' errors.
OPENPYXL_FAILS: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    RuntimeError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Extent:
    """rows, columns: of the rectangle from A1 to the furthest cell; cells: elements that can hold a value."""

    rows: int
    columns: int
    cells: int

    @property
    def sparse(self) -> bool:
        """Whether the rectangle is too large for what stands in it."""
        area = self.rows * self.columns
        return area > _DENSE and area > self.cells * _SPARSE


def extent(first: bytes, rest: BinaryIO) -> Extent:
    """The extent of a sheet's XML, its beginning and the stream behind."""
    rows, columns, cells, kept, piece = 0, 0, 0, b"", first
    while piece:
        text = kept + piece
        kept = text[-_OVERLAP:]
        cells += piece.count(b"<c ") + piece.count(b":c ") + piece.count(b"<c>")
        if b"\0" in piece or (b"&" in text and _CODED.search(text)):
            return Extent(_ROWS, _COLUMNS, cells)  # references that cannot be searched for: no program writes them
        row, column = _furthest(np.frombuffer(text + bytes(_OVERLAP), np.uint8))
        rows, columns = max(rows, row), max(columns, column)
        for odd in _ODDLY.finditer(text) if any(mark in text for mark in _ODD) else ():
            rows, columns = (
                max(rows, int(odd[2])),
                max(columns, openpyxl.utils.column_index_from_string(odd[1].decode()) if odd[1] else 0),
            )
        piece = rest.read(_PIECE)
    return Extent(min(rows, _ROWS), min(columns, _COLUMNS), cells)


def _furthest(text: NDArray[np.uint8]) -> tuple[int, int]:
    """Highest row and column among r="…"; the text ends in zeros, more than a reference is long."""
    at = np.flatnonzero(text[1:-_OVERLAP] == 61) + 1  # =
    at = at[(text[at - 1] == 114) & (text[at + 1] == 34)] + 2  # r"
    if not len(at):
        return 0, 0
    column = np.zeros(len(at), np.int64)
    for _ in range(3):
        letter = text[at] - np.uint8(65)
        more = letter < 26
        column = np.where(more, column * 26 + letter + 1, column)
        at = at + more
    row = np.zeros(len(at), np.int64)
    for _ in range(8):
        digit = text[at] - np.uint8(48)
        more = digit < 10
        row = np.where(more, row * 10 + digit, row)
        at = at + more
    sound = row > 0  # XFD1, 17; not rId1
    return int(row[sound].max(initial=0)), int(column[sound].max(initial=0))


def sparse_columns(data: bytes, name: str) -> tuple[pa.StringArray, ...]:
    """The filled rows and columns of a sheet, as a grid without the empty ones between them. Raises what openpyxl raises."""
    sheet: Any = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True)[name]
    book = sheet.parent
    rows: list[dict[int, str]] = []
    with sheet._get_source() as source:
        parser = openpyxl.worksheet._reader.WorkSheetParser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for _, cells in parser.parse():
            row = {cell["column"]: cell_text(cell["value"]) for cell in cells if cell["value"] is not None}
            if row:
                rows.append(row)
    used = sorted({place for row in rows for place in row})
    return row_columns([[row.get(place, "") for place in used] for row in rows], len(used)) if used else ()
