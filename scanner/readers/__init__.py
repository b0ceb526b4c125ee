"""Where tables come from: one format, one module; told by content first, the suffix breaks ties.

A new format is a module with `SUFFIXES`, `claims(head, source)` and `read(source)`, and one line in `READERS`. A reader of
containers yields what is packed as `Source`s (`Source.child`); they are opened here, within the bounds of the settings.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from scanner.errors import UnreadableError
from scanner.limits import Budget, Opening
from scanner.model import Chunk, Note, Table, Unread
from scanner.readers import (
    compressed,
    dbf,
    delimited,
    docx,
    html_tables,
    json_tables,
    mail,
    msg,
    parquet,
    pdf,
    pptx,
    rar,
    rtf,
    sevenzip,
    spreadsheet_xml,
    sql_dump,
    sqlite,
    tar_archives,
    vcard,
    workbook,
    zip_archives,
)
from scanner.sources import Source, unreadable

_LOCK = 1024  # an office program's lock file (~$name.xlsx) has 165 bytes: the name of who has the file open


@dataclass(frozen=True, slots=True)
class Reader:
    """One format. suffixes: lower case with the dot; claims: by the first bytes; read: its tables, one after the other.

    said: the format in a sentence ("content is a workbook"), where the name does not do
    """

    name: str
    suffixes: tuple[str, ...]
    claims: Callable[[bytes, Source], bool]
    read: Callable[[Source], Iterator[Table | Unread | Note | Source]]
    said: str = ""


# The order decides between readers that claim the same bytes when no suffix does. Text comes last: it claims the most.
READERS: tuple[Reader, ...] = (
    Reader("workbook", workbook.SUFFIXES, workbook.claims, workbook.read, "a workbook"),
    Reader("docx", docx.SUFFIXES, docx.claims, docx.read, "a Word document"),
    Reader("pptx", pptx.SUFFIXES, pptx.claims, pptx.read, "a presentation"),
    Reader("pdf", pdf.SUFFIXES, pdf.claims, pdf.read, "a PDF document"),
    Reader("msg", msg.SUFFIXES, msg.claims, msg.read, "an Outlook message"),
    Reader("rtf", rtf.SUFFIXES, rtf.claims, rtf.read, "an RTF document"),
    Reader("mail", mail.SUFFIXES, mail.claims, mail.read, "an e-mail"),
    Reader("vcard", vcard.SUFFIXES, vcard.claims, vcard.read, "an address book"),
    Reader("zip", zip_archives.SUFFIXES, zip_archives.claims, zip_archives.read, "a ZIP archive"),
    Reader("7z", sevenzip.SUFFIXES, sevenzip.claims, sevenzip.read, "a 7-Zip archive"),
    Reader("rar", rar.SUFFIXES, rar.claims, rar.read, "a RAR archive"),
    Reader("compressed", compressed.SUFFIXES, compressed.claims, compressed.read, "a compressed file"),
    Reader("tar", tar_archives.SUFFIXES, tar_archives.claims, tar_archives.read, "a TAR archive"),
    Reader("parquet", parquet.SUFFIXES, parquet.claims, parquet.read, "Parquet or Arrow data"),
    Reader("sqlite", sqlite.SUFFIXES, sqlite.claims, sqlite.read, "an SQLite database"),
    Reader("dbf", dbf.SUFFIXES, dbf.claims, dbf.read, "a dBase table"),
    Reader("spreadsheet_xml", spreadsheet_xml.SUFFIXES, spreadsheet_xml.claims, spreadsheet_xml.read, "an XML spreadsheet"),
    Reader("html_tables", html_tables.SUFFIXES, html_tables.claims, html_tables.read, "a web page with tables"),
    Reader("json", json_tables.SUFFIXES, json_tables.claims, json_tables.read, "JSON"),
    Reader("sql", sql_dump.SUFFIXES, sql_dump.claims, sql_dump.read, "an SQL script"),
    Reader("delimited", delimited.SUFFIXES, delimited.claims, delimited.read, "text"),
)

# First bytes of formats that look like text at the start, or that deserve a better word than "not text".
_KNOWN = (
    (b"%PDF-", "PDF"),
    (b"\x89PNG", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"PK\x03\x04", "zip archive or document"),
    (b"PK\x05\x06", "zip archive or document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "document of an older office program"),
    (b"\x1f\x8b", "gzip archive"),
    (b"BZh", "bzip2 archive"),
    (b"\xfd7zXZ\0", "xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"Rar!\x1a\x07", "RAR archive"),
    (b"SQLite format 3\0", "SQLite database"),
    (b"PAR1", "Parquet"),
    (b"{\\rtf", "RTF document"),
)


# Names that promise bytes which are no text, whether or not there is a reader for them.
_NOT_TEXT = frozenset(
    f".{ending}"
    for endings in (
        ("png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "heic", "ico", "psd", "mp3", "mp4", "avi", "mov", "wav", "mkv"),
        ("exe", "dll", "so", "class", "ttf", "swf", "bin", "dat", "iso", "img", "tmp", "bak", "pdf", "doc", "ppt", "mdb", "accdb"),
    )
    for ending in endings
)
_ARCHIVES = (zip_archives.read, tar_archives.read, compressed.read, sevenzip.read, rar.read)


def reader_for(source: Source) -> Reader | None:
    """The reader of a source, None if no format fits. Raises UnreadableError when the source cannot be opened."""
    head = source.head()
    binary = any(head.startswith(mark) for mark, _ in _KNOWN)
    # an archive's first bytes are those of its members' too: an archive that holds a workbook is not one
    archived = head.startswith(zip_archives.MARKS) and zip_archives.claims(head, source)
    claimed = [
        r
        for r in READERS
        if not (binary and r.read is delimited.read) and (r.read in _ARCHIVES or not archived) and r.claims(head, source)
    ]
    by_suffix = [r for r in claimed if source.suffix in r.suffixes]
    return next(iter(by_suffix or claimed), None)


def open_source(source: Source, opening: Opening | None = None) -> Iterator[Table | Unread | Note]:
    """The tables of a source and of all that is packed in it, and what could not be read, or needs a word.

    Read the chunks of one table before asking for the next. Empty files and lock files of office programs have no tables.
    Raises nothing of its own; the chunks of a table may raise UnreadableError midway. opening: bounds and passwords.
    """
    before = _state(source)
    yield from _parts(replace(source, budget=Budget(opening or Opening(), source.size)))
    if before is not None and before != _state(source):
        yield Unread(source.path, "", "changed", "the file was changed, replaced or removed while it was read", source.size)


def open_tables(source: Source, opening: Opening | None = None) -> Iterator[Table | Unread]:
    """`open_source` without the notes."""
    for part in open_source(source, opening):
        if not isinstance(part, Note):
            yield part


def _state(source: Source) -> tuple[int, int, int] | None:
    """What changes when a file does; None where there is none to look at."""
    if not source.file:
        return None
    try:
        facts = os.stat(source.file)
    except OSError:
        return None
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _parts(source: Source) -> Iterator[Table | Unread | Note]:
    """A source's own tables, then those of the files in it as they come."""
    try:
        if source.depth > source.budget.limits.depth:
            raise UnreadableError("too_deep", f"more than {source.budget.limits.depth} containers around it (limits.depth)")
        head = source.head()
        if not head or (source.name.startswith("~$") and 0 < source.size <= _LOCK):
            return
        reader = reader_for(source)
        if reader is None:
            known = next((name for mark, name in _KNOWN if head.startswith(mark)), "unknown binary format")
            raise UnreadableError("format", known)
        if zip_archives.is_package(head, source):
            zip_archives.check_package(source)
        if _hides(source, reader):
            yield Note(source.path, source.member, f"content is {reader.said or reader.name}, the name says {source.suffix}")
        for part in guarded(reader.read(source)):
            if isinstance(part, Source):
                yield from _parts(part)
            else:
                yield _placed(part, source)
    except UnreadableError as error:
        yield _placed(Unread(source.path, "", error.reason, error.detail, source.size), source)
    except OSError as error:
        trouble = unreadable(error)
        yield _placed(Unread(source.path, "", trouble.reason, trouble.detail, source.size), source)


def _hides(source: Source, reader: Reader) -> bool:
    """Whether a name promises another format than the content is. Text may be called anything that promises no other format."""
    suffix = source.suffix
    if not suffix or suffix[1:].isdigit():  # export.xlsx.1, report 2026.08
        return False
    if reader.read is delimited.read:
        others = {ending for other in READERS if other.read is not delimited.read for ending in other.suffixes}
        return suffix in _NOT_TEXT or (suffix in others and suffix not in reader.suffixes)
    return suffix not in reader.suffixes


def _placed(part: Table | Unread | Note, source: Source) -> Table | Unread | Note:
    """A part of a member says which: "inner.zip!lists/a.xlsx!Sheet1"."""
    if isinstance(part, Table):
        part = replace(part, chunks=_bounded(guarded(part.chunks), source.budget.limits.cell_bytes))
    if not source.member:
        return part
    if isinstance(part, Table):
        return replace(part, name=_way(source, part.name))
    return replace(part, part=_way(source, part.part))


def _way(source: Source, part: str) -> str:
    own = source.name
    if part == own or part.startswith(f"{own} ("):  # a text's table has the name of its file
        return source.member + part[len(own) :]
    return f"{source.member}!{part}" if part else source.member


Item = TypeVar("Item")


def guarded(items: Iterator[Item]) -> Iterator[Item]:
    """What a library hands out; however it fails on a hostile file, this ends in UnreadableError, and the rest of the scan goes on.

    LEAKGAUGE_DEBUG lets the failure through.
    """
    try:
        yield from items
    except (UnreadableError, OSError):
        raise
    except MemoryError:
        raise UnreadableError("too_large", "not enough memory") from None
    except Exception as error:  # the message may hold cell values
        if os.environ.get("LEAKGAUGE_DEBUG"):
            raise
        raise UnreadableError("error", type(error).__name__) from None
    except BaseException as error:
        # a Rust library that panics raises what no `except Exception` holds
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableError("damaged", "the reading library gave up") from None


def _bounded(chunks: Iterator[Chunk], longest: int) -> Iterator[Chunk]:
    """Cells over the bound are cut to it, and the table ends with the refusal that says so."""
    cut = 0
    for chunk in chunks:
        if any(_bytes(column) > longest for column in chunk.columns):
            columns = []
            for column in chunk.columns:
                long = pc.greater(pc.binary_length(column), longest)
                found = pc.sum(long).as_py() or 0
                cut += found
                columns.append(pc.if_else(long, pc.utf8_slice_codeunits(column, 0, longest // 4), column) if found else column)
            chunk = Chunk(tuple(columns), chunk.row)
        yield chunk
    if cut:
        said = f"{cut} cells have more than {longest:,} bytes; only their beginning was read (limits.cell_bytes)"
        raise UnreadableError("too_large", said)


def _bytes(column: pa.StringArray) -> int:
    """Bytes of a column's cells all together."""
    buffer = column.buffers()[1]
    if buffer is None or not len(column):
        return 0
    first, last = memoryview(buffer).cast("i")[column.offset], memoryview(buffer).cast("i")[column.offset + len(column)]
    return int(last - first)
