"""How large a rectangle the cells of XLS, XLSB and ODS sheets span, and whether an XLS is locked, told before anything allocates.

calamine holds the whole rectangle between a sheet's first and last cell, 32 bytes a cell, and of XLS that of all sheets when it
opens the book. One damaged row number asks for more memory than there is, and the process is ended by the system.
Sources: [MS-XLS] 2.4 and 2.5, [MS-XLSB] 2.1.4 and 2.4, OpenDocument 1.3 part 3, 19.674 and 19.676.
"""

from __future__ import annotations

import contextlib
import io
import re
import struct
import zipfile
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.lazy import lazily
from scanner.readers.members import BROKEN_PART

if TYPE_CHECKING:
    import olefile
else:
    olefile = lazily("olefile")


_DENSE = 1 << 23  # cells of a rectangle that fit into 256 MiB, filled or not
_SPARSE = 8  # beyond, at least every eighth cell of it must be filled
_BOF, _FILEPASS = 0x0809, 0x002F
_MANY = frozenset((0x00BD, 0x00BE))  # MULRK, MULBLANK: several cells of a row
_CELLS = _MANY | {0x0006, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E}
_LARGEST = 1 << 30  # bytes of a sheet's part, unpacked
_REPEATED = re.compile(rb"<table:table-(row|cell)\b[^>]*?number-(?:rows|columns)-repeated=\"(\d{3,})\"[^>]*?(/?)>")
_FILLED = b"office:value-type="
_FAILS = (OSError, ValueError, IndexError, TypeError, AttributeError, KeyError, OverflowError, struct.error, MemoryError)


@dataclass(frozen=True, slots=True)
class Facts:
    """locked: encrypted; sparse: a sheet spans far more than it holds; properties: of the document, "name: text".

    damaged: the container breaks before the workbook ends; calamine would panic, or allocate what nobody has told
    """

    locked: bool = False
    sparse: bool = False
    properties: tuple[str, ...] = ()
    damaged: bool = False


def _too_large(rows: int, columns: int, cells: int) -> bool:
    return rows > 0 and rows * columns > _DENSE and rows * columns > cells * _SPARSE


def xls_facts(data: bytes) -> Facts:
    """Facts of a compound file with a workbook's stream; one without is damaged, and looking for it may never end."""
    said: tuple[str, ...] = ()
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            name = next((one for one in ("Workbook", "Book", "WORKBOOK", "BOOK") if file.exists(one)), "")
            if not name:
                return Facts(damaged=True)
            book: bytes = file.openstream(name).read()
            with contextlib.suppress(*_FAILS):
                said = properties(file)
    except _FAILS:
        return Facts(damaged=True)
    locked, sparse = _walk(book)
    return Facts(locked, sparse, said)


def properties(file: olefile.OleFileIO) -> tuple[str, ...]:
    """Properties of a document in a compound file, "name: text"."""
    meta = file.get_metadata()
    found = []
    for name in ("author", "last_saved_by", "title", "subject", "comments", "keywords", "manager", "company"):
        value = getattr(meta, name, None)
        if isinstance(value, bytes):
            # 65001 and 936 are what Chinese systems write; a property set without a code page is in the system's
            codec = {65001: "utf-8", 1252: "cp1252"}.get(meta.codepage if isinstance(meta.codepage, int) else 0, "gb18030")
            value = value.decode(codec, "replace")
        if isinstance(value, str) and value.strip("\0 "):
            found.append(f"{name}: {value.strip(chr(0))}")
    return tuple(found)


def _walk(book: bytes) -> tuple[bool, bool]:
    at, end = 0, len(book) - 4
    unpack = struct.Struct("<HHHH").unpack_from
    top, bottom, left, right, cells = 1 << 20, -1, 1 << 20, -1, 0
    padded = book + bytes(4)
    while at <= end:
        kind, size, row, column = unpack(padded, at)
        at += 4 + size
        if kind in _CELLS and size >= 6:
            last = column + (size - 6) // (6 if kind == 0x00BD else 2) if kind in _MANY else column
            cells += 1 + last - column
            top, bottom, left, right = min(top, row), max(bottom, row), min(left, column), max(right, last)
        elif kind == _BOF:
            if _too_large(bottom - top + 1, right - left + 1, cells):
                return False, True
            top, bottom, left, right, cells = 1 << 20, -1, 1 << 20, -1, 0
        elif kind == _FILEPASS:
            return True, False
    return False, _too_large(bottom - top + 1, right - left + 1, cells)


def package_is_sparse(data: bytes) -> bool:
    """Whether a sheet of an XLSB or ODS package spans a rectangle that is too large for what stands in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            for part in package.infolist():
                if part.file_size > _LARGEST:
                    continue
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".bin"):
                    if _xlsb_sheet(package.read(part)):
                        return True
                elif part.filename == "content.xml" and _ods_content(package.read(part)):
                    return True
    except BROKEN_PART:
        return False
    return False


def _xlsb_sheet(sheet: bytes) -> bool:
    at, size_at = 0, len(sheet)
    top, bottom, left, right, cells = 1 << 30, -1, 1 << 30, -1, 0
    while at < size_at:
        kind = sheet[at]
        at += 1
        if kind & 0x80 and at < size_at:
            kind = (kind & 0x7F) | (sheet[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        while at < size_at and shift < 28:
            byte = sheet[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if kind <= 11 and size >= 4 and at + 4 <= size_at:  # BrtRowHdr 0, cells 1–11
            place = int.from_bytes(sheet[at : at + 4], "little")
            if kind == 0:
                top, bottom = min(top, place), max(bottom, place)
            else:
                left, right = min(left, place), max(right, place)
                cells += 1
        at += size
    return _too_large(bottom - top + 1, right - left + 1, cells)


def _ods_content(text: bytes) -> bool:
    """By the repetitions: those behind which a value still follows, or which repeat a value, make the rectangle large."""
    rows = columns = 1
    filled, tables, lines = (_places(text, mark) for mark in (_FILLED, b"</table:table>", b"</table:table-row>"))
    for repeat in _REPEATED.finditer(text):
        times = min(int(repeat[2][:9]), 1 << 20)
        value = _next(filled, repeat.end())
        if repeat[1] == b"row":
            if value < _next(tables, repeat.end()):
                rows += times
        elif _FILLED in repeat[0] or value < _next(lines, repeat.end()):
            columns = max(columns, times)
    if rows * columns == 1:
        return False
    rows += text.count(b"<table:table-row")
    return _too_large(rows, columns, len(filled))


def _places(text: bytes, mark: bytes) -> list[int]:
    return [found.start() for found in re.finditer(re.escape(mark), text)]


def _next(places: list[int], at: int) -> int:
    """The first of sorted places that is not before `at`, or one behind all."""
    found = bisect_left(places, at)
    return places[found] if found < len(places) else 1 << 62
