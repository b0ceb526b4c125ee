"""How large a rectangle the cells of an XLSX sheet span, told before anything allocates it; and sparse sheets without it.

calamine holds the whole rectangle between a sheet's first and last cell, 32 bytes a cell: one value in XFD1048576 asks for 512 GiB,
and the process is ended. What the sheet declares as its dimension may be absent or wrong, so the references of the cells are asked.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Protocol

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
_ODDLY = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]{0,9})([0-9]{1,19})""")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*\bhidden=\"(?:1|true)\"")
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*\bhidden=\"(?:1|true)\"")
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
    """rows, columns: of the rectangle from A1 to the furthest cell; cells: references of cells; left: columns before the first."""

    rows: int
    columns: int
    cells: int
    left: int = 0

    @property
    def sparse(self) -> bool:
        """Whether the rectangle is too large for what stands in it."""
        area = self.rows * self.columns
        return area > _DENSE and area > self.cells * _SPARSE


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What one pass over a sheet's XML tells.

    peek: its beginning; hidden: which of its rows and columns nobody sees, in words; lists: whether it may hold lists for input
    """

    peek: bytes
    extent: Extent
    hidden: str = ""
    lists: bool = False


class Readable(Protocol):
    """Bytes from the beginning to the end: a file, a part of a package."""

    def read(self, size: int, /) -> bytes: ...


def sheet_facts(stream: Readable) -> SheetFacts:
    """Reads a sheet's XML to its end. Raises what the stream raises."""
    peek = stream.read(_PIECE)
    rows = columns = cells = hidden_rows = hidden_columns = 0
    left = _COLUMNS
    lists = False
    for text in _whole_tags(peek, stream):
        if b"\0" in text or (b"&" in text and _CODED.search(text)):
            # references that cannot be searched for: no program writes them
            return SheetFacts(peek, Extent(_ROWS, _COLUMNS, cells), lists=True)
        row, column, first, found, odd = _furthest(np.frombuffer(text + bytes(_OVERLAP), np.uint8))
        rows, columns, cells, left = max(rows, row), max(columns, column), cells + found, min(left, first)
        for other in _ODDLY.finditer(text) if odd else ():
            letters = other[1].decode().upper()
            rows = max(rows, int(other[2]))
            column = 0 if not letters else openpyxl.utils.column_index_from_string(letters) if len(letters) <= 3 else _COLUMNS
            columns, left = max(columns, column), min(left, max(column - 1, 0))
        bare = max(0, text.count(b"<c ") + text.count(b"<c>") - found)  # they follow each other, perhaps all in one row
        columns, cells = max(columns, bare), cells + bare
        if b'hidden="' in text:
            hidden_rows += len(_HIDDEN_ROW.findall(text))
            hidden_columns += len(_HIDDEN_COLUMN.findall(text))
        lists = lists or b"dataValidation " in text
    said = [f"{count} hidden {what}" for count, what in ((hidden_rows, "rows"), (hidden_columns, "column groups")) if count]
    return SheetFacts(peek, Extent(min(rows, _ROWS), min(columns, _COLUMNS), cells, left), ", ".join(said), lists)


def _whole_tags(first: bytes, stream: Readable) -> Iterator[bytes]:
    """The stream in pieces that end behind a tag, so that none is met twice or torn; text without one comes with an overlap."""
    kept, piece = b"", first
    while piece:
        text = kept + piece
        cut = text.rfind(b">") + 1
        kept = text[cut:] if cut else text[-_OVERLAP:]
        yield text[:cut] if cut else text
        piece = stream.read(_PIECE)
    if kept:
        yield kept


def _furthest(text: NDArray[np.uint8]) -> tuple[int, int, int, int, bool]:
    """Highest row and column among r="…", columns before the lowest, how many cells have one, and whether some may be written
    otherwise (r = 'A1').

    The text ends in zeros, more than a reference is long.
    """
    at = np.flatnonzero(text[1:-_OVERLAP] == 61) + 1  # =
    before, after = text[at - 1], text[at + 1]
    named, quoted = (before == 114) & (text[at - 2] <= 32), after == 34  # r, "; not color="
    odd = bool((before <= 32).any() or (named & ~quoted).any())
    at = at[named & quoted] + 2
    if not len(at):
        return 0, 0, _COLUMNS, 0, odd
    column = np.zeros(len(at), np.int32)
    for _ in range(3):
        letter = (text[at] | np.uint8(32)) - np.uint8(97)  # small letters are taken for large ones by some
        more = letter < 26
        if not more.any():
            break
        column = np.where(more, column * 26 + letter + 1, column)
        at = at + more
    beyond = (column > 0) & ((text[at] | np.uint8(32)) - np.uint8(97) < 26)
    row = np.zeros(len(at), np.int32)
    for _ in range(8):
        digit = text[at] - np.uint8(48)
        more = digit < 10
        if not more.any():
            break
        row = np.where(more, row * 10 + digit, row)
        at = at + more
    beyond |= text[at] - np.uint8(48) < 10
    if beyond.any():  # no such place is in a sheet; whoever reads it all the same allocates up to there
        row, column = np.where(beyond, _ROWS, row), np.where(beyond, _COLUMNS, column)
    sound = row > 0  # XFD1, 17; not rId1
    named_columns = column[sound & (column > 0)]
    left = int(named_columns.min(initial=_COLUMNS + 1)) - 1
    return int(row[sound].max(initial=0)), int(named_columns.max(initial=0)), left, len(named_columns), odd


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
