"""SQLite databases: every table and view, read-only, without a lock and without a file beside them.

A write-ahead log beside the database is not applied, since that would write into the folder; it is reported. A view is computed,
so its work is bounded. Source of the format: sqlite.org, "Database File Format".
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa

from scanner.cells import CHUNK_ROWS, cell_text
from scanner.errors import UnreadableError
from scanner.model import Chunk, Table, Unread
from scanner.readers.encodings import detect
from scanner.readers.row_tables import Names
from scanner.sources import Source, unreadable

SUFFIXES = (".db", ".sqlite", ".sqlite3", ".db3", ".s3db", ".sl3")
_MAGIC = b"SQLite format 3\0"
_LONGEST = 100_000_000  # bytes of one value
_STEP = 100_000  # virtual machine instructions between two looks at the budget
_PATIENCE = 500_000_000  # instructions for a view before its file's size counts
_PER_BYTE = 200
_TOO_MUCH = "the view needs more work than its file justifies"
_CELLS = 1_000_000  # held at once


def claims(head: bytes, source: Source) -> bool:
    return head.startswith(_MAGIC)


def read(source: Source) -> Iterator[Table | Unread]:
    """Tables in the order of their making, then views, each with the columns' names as header."""
    if source.stream is not None:  # whose length nobody knows
        data = source.read()
        source = replace(source, data=data, size=len(data), stream=None)
    if source.file and not source.member and source.data is None:
        yield from _beside(source)
    promised = _promised(source.head(100))
    if source.size < promised:
        yield Unread(source.path, "", "damaged", f"{promised:,} bytes promised, {source.size:,} found", source.size)
    base = _connect(source)
    try:
        with contextlib.closing(base):
            names = Names()
            listed = base.execute(
                "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view') "
                "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, rowid"
            ).fetchall()
            kinds = _kinds(base)
            # the tables behind a full-text index hold its texts a second time, and only count where the index cannot be read
            shadows = [raw for raw, _ in listed if kinds.get(raw) == b"shadow"]
            broken = False
            for raw, kind in listed:
                if raw not in shadows:
                    for part in _table(source, base, raw, names, view=kind == b"view"):
                        broken = broken or (isinstance(part, Unread) and kinds.get(raw) == b"virtual")
                        yield part
            for raw in shadows if broken else ():
                yield from _table(source, base, raw, names, view=False)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # names that are no text
        raise UnreadableError("damaged", type(error).__name__) from None


def _promised(head: bytes) -> int:
    """Bytes of the database by its header, 0 where that does not know (sqlite.org, "Database File Format", 1.3.2 and 1.3.8)."""
    if len(head) < 100 or head[24:28] != head[92:96]:
        return 0
    size = int.from_bytes(head[16:18], "big")
    return (65536 if size == 1 else size) * int.from_bytes(head[28:32], "big")


def _kinds(base: sqlite3.Connection) -> dict[bytes, bytes]:
    """table, view, virtual or shadow by name; {} where the library is older than 3.37."""
    try:
        return dict(base.execute("SELECT name, type FROM pragma_table_list WHERE schema = 'main'").fetchall())
    except sqlite3.Error:
        return {}


def _beside(source: Source) -> Iterator[Unread]:
    for ending, what in (("-wal", "write-ahead log"), ("-journal", "rollback journal")):
        path = source.file + ending
        try:
            size = os.path.getsize(path)
        except OSError:
            continue
        if size:
            yield Unread(source.path + ending, "", "changed", f"the {what} beside the database was not applied", size)


def _connect(source: Source) -> sqlite3.Connection:
    """Raises UnreadableError."""
    try:
        if source.by_name and source.data is None and source.stream is None:
            address = pathlib.Path(source.by_name).absolute().as_uri() + "?mode=ro&immutable=1"
            base = sqlite3.connect(address, uri=True, check_same_thread=False)
        else:
            data = bytearray(source.read())
            data[18:20] = b"\x01\x01"  # a database in memory has no write-ahead log to be opened with
            base = sqlite3.connect(":memory:", check_same_thread=False)
            base.deserialize(bytes(data))
        base.text_factory = bytes  # texts need not be valid; whole columns are decoded at once
        base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        for setting in ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
            base.execute(f"PRAGMA {setting}")
    except sqlite3.Error as error:
        raise UnreadableError("damaged", type(error).__name__) from None
    except OSError as error:
        raise unreadable(error) from None
    return base


def _table(source: Source, base: sqlite3.Connection, raw: bytes, names: Names, *, view: bool) -> Iterator[Table | Unread]:
    name = raw.decode("utf-8", "replace")
    quoted = '"' + name.replace('"', '""') + '"'
    budget = [(_PATIENCE + _PER_BYTE * source.size) // _STEP if view else -1]

    def pause() -> int:
        budget[0] -= 1
        return int(budget[0] == 0)

    base.set_progress_handler(pause, _STEP)
    try:
        cursor = base.execute(f"SELECT * FROM {quoted}")
        header = tuple(one[0] if isinstance(one[0], str) else one[0].decode("utf-8", "replace") for one in cursor.description)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if budget[0] == 0:
            yield Unread(source.path, name, "too_large", _TOO_MUCH)
            return
        missing = "no such module" in str(error)
        yield Unread(source.path, name, "format" if missing else "damaged", "a virtual table" if missing else type(error).__name__)
        return
    binary: dict[str, int] = {}
    yield Table(names(name), header, _chunks(cursor, header, budget, binary))
    for title, count in binary.items():
        yield Unread(source.path, f"{name}.{title}", "format", f"{count} binary values were not examined")


def _chunks(cursor: sqlite3.Cursor, header: tuple[str, ...], budget: list[int], binary: dict[str, int]) -> Iterator[Chunk]:
    row = 0
    size = max(1, min(CHUNK_ROWS, _CELLS // max(len(header), 1)))
    while True:
        try:
            rows = cursor.fetchmany(size)
        except sqlite3.OperationalError as error:
            if budget[0] == 0:
                raise UnreadableError("too_large", _TOO_MUCH) from None
            raise UnreadableError("damaged", type(error).__name__) from None
        except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
            raise UnreadableError("damaged", type(error).__name__) from None
        if not rows:
            return
        yield Chunk(tuple(_column(cells, title, binary) for cells, title in zip(zip(*rows, strict=True), header, strict=True)), row)
        row += len(rows)


def _column(cells: tuple[Any, ...], title: str, binary: dict[str, int]) -> pa.StringArray:
    """Values of any types as text: columns of texts without a look at each."""
    try:
        texts: Any = pa.array(cells, pa.binary()).cast(pa.string())
        return texts.fill_null("") if texts.null_count else texts
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        pass
    return pa.array([_value(cell, title, binary) for cell in cells], pa.string())


def _value(cell: Any, title: str, binary: dict[str, int]) -> str:
    if not isinstance(cell, bytes):
        return cell_text(cell)
    try:
        return cell.decode()
    except UnicodeDecodeError:
        encoding = detect(cell, whole=True)
    if encoding is None:
        binary[title] = binary.get(title, 0) + 1
        return ""
    return cell[encoding.mark :].decode("utf-8" if encoding.name == "ascii" else encoding.name, "replace")
