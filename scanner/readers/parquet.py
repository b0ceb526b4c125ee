"""Parquet, Feather and Arrow IPC: batches straight from pyarrow, every column as text.

Nested values become columns as in JSON. Each batch is validated before use: offsets of a damaged Arrow file could point anywhere.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.feather as pf

from scanner.cells import CHUNK_ROWS, arrow_column
from scanner.errors import UnreadableError
from scanner.lazy import lazily
from scanner.model import Chunk, Table, Unread
from scanner.readers.json_tables import record_tables
from scanner.readers.row_tables import Names
from scanner.sources import Source

if TYPE_CHECKING:
    import pyarrow.parquet as pq
else:
    pq = lazily("pyarrow.parquet")

SUFFIXES = (".parquet", ".pq", ".parq", ".feather", ".arrow", ".arrows", ".ipc", ".ft")
_PARQUET, _LOCKED, _FILE, _FEATHER = b"PAR1", b"PARE", b"ARROW1\0\0", b"FEA1"
_STREAM = b"\xff\xff\xff\xff"  # continuation mark before the schema of an IPC stream
_FAILURES = (pa.ArrowException, OSError, ValueError, KeyError, NotImplementedError, OverflowError, UnicodeDecodeError)


def claims(head: bytes, source: Source) -> bool:
    """By the first bytes; the stream format, whose mark is weak, by the suffix too."""
    if head.startswith((_PARQUET, _LOCKED, _FILE, _FEATHER)):
        return True
    return head.startswith(_STREAM) and source.suffix in SUFFIXES


def read(source: Source) -> Iterator[Table | Unread]:
    """The one table of the file. With encrypted columns it is locked as a whole."""
    head = source.head(8)
    if head.startswith(_LOCKED):
        yield Unread(source.path, "", "password", "the footer is encrypted", source.size)
        return
    stream: Any = source.open() if source.stream is None and source.data is None else io.BytesIO(source.read())
    try:
        schema, batches = _opened(stream, head)
    except _FAILURES as error:
        stream.close()
        locked = "decrypt" in str(error).lower() or "encrypt" in str(error).lower()
        yield Unread(source.path, "", "password" if locked else "damaged", "" if locked else type(error).__name__, source.size)
        return
    if any(_has_lists(one.type) for one in schema):
        yield from record_tables(Names(), source.name, _records(_valid(batches, stream)))
        return
    try:
        titles, flatten = _flat(schema)
    except UnicodeDecodeError as error:  # a column's name that is no text
        yield Unread(source.path, "", "damaged", type(error).__name__, source.size)
        return
    yield Table(source.name, tuple(titles), _chunks(_valid(batches, stream), flatten))


def _opened(stream: Any, head: bytes) -> tuple[Any, Iterator[Any]]:
    """Schema and batches."""
    if head.startswith(_PARQUET):
        file = pq.ParquetFile(stream)
        return file.schema_arrow, file.iter_batches(batch_size=CHUNK_ROWS, use_threads=False)
    if head.startswith(_FEATHER):
        table: Any = pf.read_table(stream)
        return table.schema, iter(table.to_batches(CHUNK_ROWS))
    if head.startswith(_FILE):
        reader: Any = pa.ipc.open_file(stream)
        return reader.schema, (reader.get_batch(place) for place in range(reader.num_record_batches))
    reader = pa.ipc.open_stream(stream)
    return reader.schema, iter(reader)


def _valid(batches: Iterator[Any], stream: Any) -> Iterator[Any]:
    """Batches whose offsets and texts are sound, in pieces of at most 65,536 rows."""
    try:
        while True:
            try:
                batch = next(batches, None)
                if batch is None:
                    return
                batch.validate(full=True)
            except _FAILURES as error:
                said = str(error).lower()
                reason = "password" if "decrypt" in said or "encrypt" in said else "damaged"
                raise UnreadableError(reason, type(error).__name__) from None
            for start in range(0, batch.num_rows, CHUNK_ROWS):
                yield batch.slice(start, CHUNK_ROWS)
    finally:
        stream.close()


def _has_lists(kind: Any) -> bool:
    if pa.types.is_struct(kind):
        return any(_has_lists(kind.field(place).type) for place in range(kind.num_fields))
    return bool(pa.types.is_nested(kind))


def _flat(schema: Any) -> tuple[list[str], Callable[[Any], list[Any]]]:
    """Titles, and what makes their columns of a batch: a struct becomes a column for each of its fields."""
    titles: list[str] = []

    def name(field: Any, path: str) -> None:
        way = f"{path}.{field.name}" if path else field.name
        if pa.types.is_struct(field.type):
            for place in range(field.type.num_fields):
                name(field.type.field(place), way)
        else:
            titles.append(way)

    for field in schema:
        name(field, "")
    return titles, lambda batch: [leaf for column in batch.columns for leaf in _leaves(column)]


def _leaves(column: Any) -> list[Any]:
    if pa.types.is_struct(column.type):
        return [leaf for part in column.flatten() for leaf in _leaves(part)]
    return [column]


def _chunks(batches: Iterator[Any], flatten: Callable[[Any], list[Any]]) -> Iterator[Chunk]:
    row = 0
    for batch in batches:
        columns = tuple(_texts(column) for column in flatten(batch))
        if columns:
            yield Chunk(columns, row)
            row += batch.num_rows


def _texts(column: Any) -> pa.StringArray:
    kind: Any = column.type
    if pa.types.is_null(kind):
        return pa.array([""] * len(column), pa.string())
    if isinstance(column, pa.ExtensionArray):
        return _texts(column.storage)
    if pa.types.is_string_view(kind):
        column = column.cast(pa.string())
    try:
        return arrow_column(column)
    except (pa.ArrowException, ValueError, OverflowError) as error:  # e.g. a date beyond the year 9999
        try:
            texts: pa.StringArray = arrow_column(column.cast(pa.string()))
        except pa.ArrowException:
            raise UnreadableError("damaged", type(error).__name__) from None
        return texts


def _records(batches: Iterator[Any]) -> Iterator[dict[str, Any]]:
    for batch in batches:
        try:
            yield from batch.to_pylist()
        except (ValueError, OverflowError) as error:
            raise UnreadableError("damaged", type(error).__name__) from None
