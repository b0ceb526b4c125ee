"""Where tables come from: one format, one module; told by content first, the suffix breaks ties.

A new format is a module with `SUFFIXES`, `claims(head, source)` and `read(source)`, and one line in `READERS`; it is loaded for
sources that may be of it. A reader of containers yields what is packed as `Source`s (`Source.child`); they are opened here,
within the bounds of the settings.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from scanner.errors import UnreadableError
from scanner.lazy import lazily
from scanner.limits import Budget, Opening, Reach
from scanner.model import Chunk, Note, Table, Unread
from scanner.readers.notes import other_format
from scanner.sources import HEAD, Source, unreadable

_LOCK = 1024  # an office program's lock file (~$name.xlsx) has 165 bytes: the name of who has the file open


@dataclass(frozen=True, slots=True)
class Reader:
    """One format. module: its reader, loaded at its first use. suffixes: lower case with the dot.

    said: the format in a sentence ("content is a workbook"), where the name does not do
    marks, within: one of these stands in the first bytes of every such source; spares loading the reader for others
    """

    name: str
    module: ModuleType
    suffixes: tuple[str, ...]
    said: str = ""
    marks: tuple[bytes, ...] = ()
    within: int = HEAD

    def claims(self, head: bytes, source: Source) -> bool:
        """Whether these first bytes are of this format."""
        start = head[: self.within]
        if self.marks and not any(mark in start for mark in self.marks):
            return False
        return bool(self.module.claims(head, source))

    def read(self, source: Source) -> Iterator[Table | Unread | Note | Source]:
        """Its tables, one after the other."""
        parts: Iterator[Table | Unread | Note | Source] = self.module.read(source)
        return parts


def _reader(name: str, suffixes: str, said: str, marks: tuple[bytes, ...] = (), within: int = HEAD, module: str = "") -> Reader:
    endings = tuple(f".{ending}" for ending in suffixes.split())
    return Reader(name, lazily(f"scanner.readers.{module or name}"), endings, said, marks, within)


_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKED = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x5d\0\0", b"\x28\xb5\x2f\xfd")
_DBASE = bytes((0x02, 0x03, 0x04, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8C, 0xCB, 0xF5, 0xFB))

# The order decides between readers that claim the same bytes when no suffix does. Text comes last: it claims the most.
READERS: tuple[Reader, ...] = (
    _reader("workbook", "xlsx xlsm xltx xltm xlsb xls xlt et ods", "a workbook", (_ZIP, _COMPOUND), 8),
    _reader("docx", "docx docm dotx dotm", "a Word document", (_ZIP, _COMPOUND), 8),
    _reader("pptx", "pptx pptm ppsx ppsm potx potm", "a presentation", (_ZIP, _COMPOUND), 8),
    _reader("doc", "doc dot wps wpt", "a Word document of an older kind", (_COMPOUND,), 8),
    _reader("ppt", "ppt pps pot dps dpt", "a presentation of an older kind", (_COMPOUND,), 8),
    _reader("opendocument", "odt ott odm oth odp otp odg otg", "an OpenDocument text or presentation", (_ZIP,), 4),
    _reader("pdf", "pdf", "a PDF document", (b"%PDF-",), 2048),
    _reader("msg", "msg oft", "an Outlook message", (_COMPOUND,), 8),
    _reader("rtf", "rtf", "an RTF document", (b"{\\rtf",), 8),
    _reader("mail", "eml mht mhtml mbox emlx", "an e-mail", (b":",)),
    _reader("vcard", "vcf vcard", "an address book", (b"B", b"b"), 256),
    _reader("zip", "zip jar apk epub war zipx", "a ZIP archive", (b"PK",), 2, "zip_archives"),
    _reader("7z", "7z cb7", "a 7-Zip archive", (b"7z\xbc\xaf",), 4, "sevenzip"),
    _reader("rar", "rar cbr", "a RAR archive", (b"Rar!",), 4),
    _reader("compressed", "gz tgz bz2 tbz tbz2 xz txz zst tzst lzma", "a compressed file", _PACKED, 6),
    _reader("tar", "tar gem ova", "a TAR archive", module="tar_archives"),
    _reader("parquet", "parquet pq parq feather arrow arrows ipc ft", "Parquet or Arrow data", (b"P", b"A", b"F", b"\xff"), 1),
    _reader("sqlite", "db sqlite sqlite3 db3 s3db sl3", "an SQLite database", (b"SQLite",), 6),
    _reader("dbf", "dbf", "a dBase table", tuple(bytes([version]) for version in _DBASE), 1),
    _reader("spreadsheet_xml", "xml xls", "an XML spreadsheet", (b"<",)),
    _reader("flat_opendocument", "fods fodt fodp fodg", "flat OpenDocument", (b"<office:",), 1 << 14),
    _reader("html_tables", "html htm xls xlsx xhtml et hta", "a web page with tables", (b"<",)),
    _reader("json", "json jsonl ndjson geojson jl ldjson txt log js", "JSON", (b"{", b"["), module="json_tables"),
    _reader("sql", "sql dump mysql pgsql txt", "an SQL script", module="sql_dump"),
    _reader("delimited", "csv tsv txt tab psv dat log md text", "text"),
)
_TEXT, _WORKBOOK = "delimited", "workbook"
_TEXTS = frozenset((_TEXT, "mail", "vcard", "spreadsheet_xml", "flat_opendocument", "html_tables", "json", "sql"))

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
_ARCHIVES = ("zip", "tar", "compressed", "7z", "rar")
_zip_archives = lazily("scanner.readers.zip_archives")


def reader_for(source: Source) -> Reader | None:
    """The reader of a source, None if no format fits. Raises UnreadableError when the source cannot be opened."""
    head = source.head()
    binary = any(head.startswith(mark) for mark, _ in _KNOWN)
    # an archive's first bytes are those of its members' too: an archive that holds a workbook is not one
    archived = head.startswith(b"PK") and _zip_archives.claims(head, source)
    fitting = [r for r in READERS if not (binary and r.name in _TEXTS) and (r.name in _ARCHIVES or not archived)]
    fitting.sort(key=lambda r: source.suffix not in r.suffixes)  # what the name says is asked first; the sort keeps the order else
    return next((r for r in fitting if r.claims(head, source)), None)  # and each reader that is not asked need not be loaded


def open_source(source: Source, opening: Opening | None = None, reach: Reach | None = None) -> Iterator[Table | Unread | Note]:
    """The tables of a source and of all that is packed in it, and what could not be read, or needs a word.

    Read the chunks of one table before asking for the next. Empty files and lock files of office programs have no tables.
    Raises nothing of its own; the chunks of a table may raise UnreadableError midway. opening: bounds and passwords; reach: told
    how far the reading has come.
    """
    before = _state(source)
    yield from _parts(replace(source, budget=Budget(opening or Opening(), source.size, reach or Reach())))
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
        # a workbook's own reader checks it: it looks at the sheets on the way
        if head.startswith(b"PK") and reader.name != _WORKBOOK and _zip_archives.is_package(head, source):
            _zip_archives.check_package(source)
        if _hides(source, reader):
            yield Note(source.path, source.member, other_format(reader.name, reader.said, source.suffix))
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
    if reader.name == _TEXT:
        others = {ending for other in READERS if other.name != _TEXT for ending in other.suffixes}
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
