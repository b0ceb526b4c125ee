"""Where tables come from: one format, one module; told by content first, the suffix breaks ties.

A new format is a module with `SUFFIXES`, `claims(head, source)` and `read(source)`, and one line in `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanner.errors import UnreadableError
from scanner.model import Table, Unread
from scanner.readers import delimited, workbook
from scanner.sources import Source, unreadable

_LOCK = 1024  # an office program's lock file (~$name.xlsx) has 165 bytes: the name of who has the file open


@dataclass(frozen=True, slots=True)
class Reader:
    """One format. suffixes: lower case with the dot; claims: by the first bytes; read: its tables, one after the other."""

    name: str
    suffixes: tuple[str, ...]
    claims: Callable[[bytes, Source], bool]
    read: Callable[[Source], Iterator[Table | Unread]]


# The order decides between readers that claim the same bytes when no suffix does. Text comes last: it claims the most.
READERS: tuple[Reader, ...] = (
    Reader("workbook", workbook.SUFFIXES, workbook.claims, workbook.read),
    Reader("delimited", delimited.SUFFIXES, delimited.claims, delimited.read),
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


def reader_for(source: Source) -> Reader | None:
    """The reader of a source, None if no format fits. Raises UnreadableError when the source cannot be opened."""
    head = source.head()
    binary = any(head.startswith(mark) for mark, _ in _KNOWN)
    claimed = [r for r in READERS if not (binary and r.read is delimited.read) and r.claims(head, source)]
    by_suffix = [r for r in claimed if source.suffix in r.suffixes]
    return next(iter(by_suffix or claimed), None)


def open_tables(source: Source) -> Iterator[Table | Unread]:
    """The tables of a source, and what of it could not be read. Read the chunks of one table before asking for the next.

    Empty files and lock files of office programs have no tables. Raises nothing of its own; the chunks of a table may raise
    UnreadableError midway.
    """
    try:
        head = source.head()
        if not head or (source.name.startswith("~$") and 0 < source.size <= _LOCK):
            return
        reader = reader_for(source)
        if reader is None:
            known = next((name for mark, name in _KNOWN if head.startswith(mark)), "unknown binary format")
            yield Unread(source.path, "", "format", known, source.size)
            return
        yield from reader.read(source)
    except UnreadableError as error:
        yield Unread(source.path, "", error.reason, error.detail, source.size)
    except OSError as error:
        trouble = unreadable(error)
        yield Unread(source.path, "", trouble.reason, trouble.detail, source.size)
