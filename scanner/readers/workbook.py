"""Excel workbooks (XLSX, XLSM, XLSB, XLS) and OpenDocument sheets: every sheet of them, hidden ones too.

The cells come from calamine as text, which is faster than any typed reading but blurs three things that are put right
here: midnights, times of day, and numbers that a float cannot hold. Formulas that a program wrote without their values
are read through openpyxl.
"""

from __future__ import annotations

import io
import logging
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from xml.etree import ElementTree

import fastexcel
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from scanner.cells import cell_text, float_column, row_columns
from scanner.errors import UnreadableError
from scanner.lazy import lazily
from scanner.model import Chunk, Note, Table, Unread
from scanner.readers import opendocument
from scanner.readers.binary_extent import Facts, package_is_sparse, xls_facts
from scanner.readers.grids import sheet_tables
from scanner.readers.locked import is_locked_opendocument, is_locked_package, opened
from scanner.readers.members import BROKEN_PART
from scanner.readers.opendocument_breaks import package_with_breaks
from scanner.readers.package import open_package, packed_files
from scanner.readers.row_tables import line_table
from scanner.readers.sheet_extent import OPENPYXL_FAILS, Extent, SheetFacts, sheet_facts, sparse_columns
from scanner.readers.workbook_hidden import hidden_tables
from scanner.readers.zip_archives import Inflated, check_package
from scanner.sources import HEAD, Source

if TYPE_CHECKING:
    import openpyxl
else:
    openpyxl = lazily("openpyxl")

SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".xlt", ".et", ".ods")
_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2: the container of XLS, and of OOXML under a password
_SECTOR = 512  # bytes; of larger sectors a multiple
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO] 2.3.4.4
_BOOKS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))  # [MS-XLS] 2.1.2
_OTHERS = tuple(name.encode("utf-16-le") for name in ("WordDocument", "PowerPoint Document", "__nameid", "VisioDocument"))
_PARTS = (b"xl/workbook.", b"opendocument.spreadsheet")
_AS_TEXT: Any = {"header_row": None, "skip_rows": 0, "dtypes": "string"}
_EMPTY: Any = pa.record_batch([], names=[])
_HIDDEN = {"hidden": "hidden sheet", "veryhidden": "sheet hidden from the menu"}
_BARE_FORMULA = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_LITERAL = re.compile(r'=\s*(?:"((?:[^"]|"")*)"|(\d+))\s*\Z')
_NAMES = {
    "s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "p": "http://schemas.openxmlformats.org/package/2006/relationships",
}

Result = TypeVar("Result")

# calamine warns of chart sheets and the like through these; what is unread is told by values, not on the terminal
for _logger in ("calamine", "fastexcel"):
    logging.getLogger(_logger).addHandler(logging.NullHandler())


def claims(head: bytes, source: Source) -> bool:
    """Whether this is a workbook: a zip with a workbook's parts, or a compound file with a workbook's stream."""
    if head.startswith(_ZIP):
        told = any(part in head for part in _PARTS) or source.suffix in SUFFIXES
        return told or (len(head) >= HEAD and _lists_a_workbook(source))
    if head.startswith(_COMPOUND):
        # the directory of a compound file may stand anywhere; the suffix saves most readings of the whole
        return source.suffix in SUFFIXES or any(name in head for name in (_ENCRYPTED, *_BOOKS))
    return False


def _lists_a_workbook(source: Source) -> bool:
    if source.stream is not None:
        return False
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as package:
            return any(name.startswith("xl/workbook.") for name in package.namelist())
    except BROKEN_PART:
        return False


def read(source: Source) -> Iterator[Table | Unread | Note | Source]:
    """The tables of every sheet in the workbook's order; one sheet may hold several. A locked or broken book is `Unread`."""
    data = source.read()
    if is_locked_package(data):
        yield from opened(source, data)
        return
    if data.startswith(_COMPOUND):
        data += bytes(-len(data) % _SECTOR)  # some programs leave the last sector short
    facts = xls_facts(data) if data.startswith(_COMPOUND) else Facts()
    if facts.damaged:
        yield Unread(source.path, "", "damaged", "the workbook's structure is broken", len(data))
        return
    if facts.locked:
        yield from opened(source, data)
        return
    parts = _sheet_parts(data, _checked(source)) if data.startswith(_ZIP) else {}
    if facts.sparse or (not parts and data.startswith(_ZIP) and package_is_sparse(data)):
        yield Unread(
            source.path, "", "too_large", "a few cells so far apart that the rectangle between them fills the memory", len(data)
        )
        return
    try:
        held = package_with_breaks(data) if data.startswith(_ZIP) and not parts else data
        book = _guarded(lambda: fastexcel.read_excel(held))
        names = list(book.sheet_names)
    except fastexcel.FastExcelError as error:
        yield Unread(source.path, "", *_trouble(error, data), len(data))
        return
    for place, name in enumerate(names):
        source.reached(place, len(names))
        sheet = parts.get(name) or _unmapped(data)
        for part in _sheet(source, book, name, data, sheet):
            paced = isinstance(part, Table) and sheet.facts.extent.rows > 0
            yield _paced(source, part, place, len(names), sheet.facts.extent.rows) if paced else part  # type: ignore[arg-type]
    if facts.properties:
        yield line_table("properties", facts.properties, "document properties")
    if data.startswith(_ZIP):
        told = frozenset(part.path for part in parts.values() if not part.facts.lists)
        yield from hidden_tables(source, data, told)
        yield from _packed(source, data)


def _packed(source: Source, data: bytes) -> Iterator[Unread | Source]:
    """Files embedded in the book, and images and macros by name."""
    try:
        with open_package(replace(source, data=data, file="", stream=None)) as package:
            if "content.xml" in package.parts:
                yield from opendocument.packed_files(source, package)
            else:
                yield from packed_files(source, package, "xl")
    except UnreadableError as error:
        yield Unread(source.path, "", error.reason, error.detail, len(data))


def _paced(source: Source, table: Table, place: int, sheets: int, rows: int) -> Table:
    """The table, whose chunks tell how far the workbook is read."""

    def chunks() -> Iterator[Chunk]:
        for chunk in table.chunks:
            source.reached(place + min((chunk.row + chunk.rows) / rows, 1.0), sheets)
            yield chunk

    return replace(table, chunks=chunks())


def _guarded(call: Callable[[], Result]) -> Result:
    """A call into calamine; a panic of its code, which is no Exception, becomes an error like others."""
    try:
        return call()
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise fastexcel.FastExcelError("panic") from None
        raise


def _trouble(error: fastexcel.FastExcelError, data: bytes) -> tuple[str, str]:
    said = str(error).lower()
    if "password" in said or "encrypt" in said or _is_locked_sheet(data):
        return "password", ""
    if data.startswith(_COMPOUND) and any(name in data for name in _OTHERS) and not any(name in data for name in _BOOKS):
        return "format", "not a workbook"
    return "damaged", "the workbook's structure is broken"


def _is_locked_sheet(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return is_locked_opendocument(package)
    except BROKEN_PART:
        return False


def _sheet(source: Source, book: fastexcel.ExcelReader, name: str, data: bytes, part: _Part) -> Iterator[Table | Unread]:
    if part.facts.extent.sparse and not part.path:
        yield Unread(source.path, name, "too_large", "its cells lie too far apart to be held, and the book is damaged")
        return
    if part.facts.extent.sparse:
        yield from _sparse_sheet(source, name, data, part)
        return
    try:
        if part.path:  # its XML has told what else is asked of a sheet, and reading at once spares a copy of every cell
            batch = _guarded(lambda: book.load_sheet(name, **_AS_TEXT, eager=True))
            state = part.state.lower()
        else:
            sheet = _guarded(lambda: book.load_sheet(name, **_AS_TEXT))
            batch, state = sheet.to_arrow() if sheet.width else _EMPTY, sheet.visible
        hidden = _HIDDEN.get(state, "") or part.facts.hidden
        bare = _BARE_FORMULA.search(part.facts.peek) is not None
        columns: tuple[pa.StringArray, ...] = ()
        if bare:
            try:
                columns = _by_openpyxl(data, name)  # begins at A1
            except OPENPYXL_FAILS:
                bare = False  # the cells at least are read
        if not bare:
            columns = _tidy(batch, lambda row: _numbers(book, name, row))
    except fastexcel.FastExcelError:
        yield Unread(source.path, name, "damaged", "the sheet could not be read")
        return
    yield from sheet_tables(name, columns, hidden, cache(lambda: 0 if bare else _corner(book, name, part, len(columns))))


def _sparse_sheet(source: Source, name: str, data: bytes, part: _Part) -> Iterator[Table | Unread]:
    """A few cells far apart: read without the rectangle between them."""
    try:
        columns = sparse_columns(data, name)
    except OPENPYXL_FAILS:
        yield Unread(source.path, name, "damaged", "the sheet could not be read")
        return
    yield from sheet_tables(name, columns, _HIDDEN.get(part.state.lower(), ""))


def _corner(book: fastexcel.ExcelReader, name: str, part: _Part, width: int) -> int:
    """First column of what calamine returned, for naming ranges; rows it returns from the sheet's first."""
    extent = part.facts.extent
    if part.path and width == extent.columns - extent.left:  # no column at the edges holds but empty cells
        return extent.left
    columns = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=1).available_columns() if width else []
    return min((column.absolute_index for column in columns), default=0)


def _tidy(batch: Any, numeric: Callable[[int], set[int]]) -> tuple[pa.StringArray, ...]:
    """Columns as text without nulls. numeric(row): which columns of a row hold numbers, asked only in doubt."""
    columns = []
    blank = pa.array([""]).take(pa.array(np.zeros(batch.num_rows, np.int64)))  # a damaged book can have thousands of empty columns
    for place, column in enumerate(batch.columns):
        if column.null_count == len(column):
            columns.append(blank)
            continue
        texts: Any = column if column.type == pa.string() else column.cast(pa.string())
        if texts.null_count:
            texts = pc.fill_null(texts, "")
        columns.append(_long_numbers(_fractions(_moments(texts)), place, numeric))
    return tuple(columns)


def _moments(texts: Any) -> Any:
    """A date has no time of day, a time of day has no date (calamine: 2026-09-01 00:00:00, 1899-12-31 08:23:00)."""
    midnight = pc.and_(pc.ends_with(texts, " 00:00:00"), pc.equal(pc.binary_length(texts), 19))
    if pc.any(midnight).as_py():
        texts = pc.if_else(midnight, pc.utf8_slice_codeunits(texts, 0, 10), texts)
    clock = pc.or_(pc.starts_with(texts, "1899-12-31 "), pc.starts_with(texts, "1899-12-30 "))
    if pc.any(clock).as_py():
        texts = pc.if_else(clock, pc.utf8_slice_codeunits(texts, 11), texts)
    return texts


def _bytes(texts: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """UTF-8 bytes of a string array, and where each cell begins and ends."""
    raw = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    buffer = texts.buffers()[2]
    data = np.frombuffer(buffer, np.uint8) if buffer is not None else np.zeros(0, np.uint8)
    return data, raw[:-1], raw[1:]


def _fractions(texts: Any) -> Any:
    """Nine decimals behind seven digits and more are one more than a float holds: 123456789.120000005 → 123456789.12."""
    data, starts, ends = _bytes(texts)
    at = np.flatnonzero(ends - starts >= 17)
    at = at[(data[ends[at] - 10] == 46) & (data[starts[at]] - np.uint8(48) < 10)] if len(at) else at
    if not len(at):
        return texts
    chosen = texts.take(pa.array(at)).to_pylist()
    mended = [cell_text(float(text)) if re.fullmatch(r"\d+\.\d{9}", text) else text for text in chosen]
    return _replaced(texts, at, pa.array(mended, pa.string()))


def _long_numbers(texts: Any, place: int, numeric: Callable[[int], set[int]]) -> Any:
    """Numbers above 2**53 as Excel would show them: the digits that the float is sure of, then zeros.

    calamine writes all digits of the float (440308199901100992 for 440308199901101000). Whether long digits are such a
    number or text is not told by the text. A number is a multiple of the float's step (16 and more), text is so by
    chance: four times in a row never; fewer are looked up.
    """
    data, starts, ends = _bytes(texts)
    lengths = ends - starts
    at = np.flatnonzero((lengths >= 16) & (lengths <= 22))
    if len(at):
        # all bytes are digits: no byte outside 0–9 between start and end
        others = np.zeros(len(data) + 1, np.int32)
        np.cumsum(data - np.uint8(48) >= 10, out=others[1:])
        at = at[others[ends[at]] == others[starts[at]]]
    if not len(at):
        return texts
    long = texts.take(pa.array(at))
    if not _are_floats(long.slice(0, 64).to_pylist()):  # a column of ID numbers is told by its first few
        return texts
    distinct: list[str] = pc.unique(long).to_pylist()
    if not _are_floats(distinct):
        return texts
    values = long.cast(pa.float64()).to_numpy(zero_copy_only=False)
    if len(distinct) < 4:
        sure = np.array([place in numeric(row) for row in at[:8].tolist()] + [True] * max(0, len(at) - 8))
        at, values = at[sure], values[sure]
    return _replaced(texts, at, float_column(values)) if len(at) else texts


def _are_floats(texts: list[str]) -> bool:
    """Whether all digits are a float's own: they come back when it is written out in full."""
    return all(int(text) >= 2**53 and int(float(text)) == int(text) for text in texts)


def _replaced(texts: Any, at: NDArray[np.int64], with_: pa.StringArray) -> Any:
    mask = np.zeros(len(texts), bool)
    mask[at] = True
    return pc.replace_with_mask(texts, pa.array(mask), with_)


def _numbers(book: fastexcel.ExcelReader, name: str, row: int) -> set[int]:
    """Which columns of one row hold numbers."""
    batch: Any = book.load_sheet(name, header_row=None, skip_rows=row, n_rows=1).to_arrow()
    return {place for place, kind in enumerate(batch.schema.types) if pa.types.is_floating(kind) or pa.types.is_integer(kind)}


@dataclass(frozen=True, slots=True)
class _Part:
    """A worksheet's part of the package: what its XML tells, and whether the book hides it."""

    facts: SheetFacts
    state: str = ""
    path: str = ""


_NO_PART = _Part(SheetFacts(b"", Extent(0, 0, 0)))


def _checked(source: Source) -> dict[str, SheetFacts]:
    """What the XML of large worksheets tells, by part, read while the package is checked. Raises UnreadableError(too_large)."""
    found: dict[str, SheetFacts] = {}

    def look(name: str, part: Inflated) -> None:
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            facts = sheet_facts(part)
            if part.sound:
                found[name] = facts

    check_package(source, look)
    return found


def _sheet_parts(data: bytes, known: Mapping[str, SheetFacts]) -> dict[str, _Part]:
    """The XML of each worksheet by sheet name, {} where the package has another structure. known: of parts read before."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            links = {
                link.get("Id"): link.get("Target", "")
                for link in ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels")).iterfind("p:Relationship", _NAMES)
            }
            found: dict[str, _Part] = {}
            for sheet in ElementTree.fromstring(package.read("xl/workbook.xml")).iterfind("s:sheets/s:sheet", _NAMES):
                target = links.get(sheet.get(f"{{{_NAMES['r']}}}id"), "")
                part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
                if part in package.NameToInfo:
                    facts = known.get(part)
                    if facts is None:
                        with package.open(part) as stream:
                            facts = sheet_facts(stream)
                    found[sheet.get("name", "")] = _Part(facts, sheet.get("state", ""), part)
            return found
    except OPENPYXL_FAILS:
        return {}


def _unmapped(data: bytes) -> _Part:
    """For a sheet whose XML could not be told: the most dangerous part of the package, since it may be that one."""
    worst = _NO_PART
    if not data.startswith(_ZIP):
        return worst
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            for info in package.infolist():
                if not (info.filename.startswith("xl/") and info.filename.endswith(".xml")):
                    continue  # of XLSB and ODS `package_is_sparse` has told
                with package.open(info) as stream:
                    found = sheet_facts(stream).extent
                if found.sparse:
                    worst = _Part(SheetFacts(b"", found))
    except OPENPYXL_FAILS:
        return worst
    return worst


def _by_openpyxl(data: bytes, name: str) -> tuple[pa.StringArray, ...]:
    """A sheet with formulas that have no stored value: ="138…" says its value, another formula stands as it is written."""
    stored = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)[name]
    written = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)[name]
    rows = []
    for values, formulas in zip(stored.iter_rows(values_only=True), written.iter_rows(values_only=True), strict=False):
        rows.append([_value(value, formula) for value, formula in zip(values, formulas, strict=False)])
    width = max(map(len, rows), default=0)
    return row_columns(rows, width) if width else ()


def _value(stored: object, written: object) -> str:
    if stored is not None or written is None:
        return cell_text(stored)
    text = cell_text(written)
    literal = _LITERAL.match(text)
    if not literal:
        return text
    return literal[1].replace('""', '"') if literal[1] is not None else literal[2]
