"""CSV, TSV and other delimited text, and prose as a table of lines: any encoding, any delimiter, damage kept.

pyarrow parses whole blocks of records (bare `pyarrow.csv` speed); rows of another width, and blocks whose quotes do not add up, go
through the careful parser of `records`. Memory holds one block, whatever the file's size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from scanner.cells import row_columns, slices
from scanner.errors import UnreadableError
from scanner.header_rows import Block, Header, find_header, split, tells
from scanner.model import Chunk, Table, Unread
from scanner.readers.encodings import BLOCK, Damage, Encoding, detect, utf8_blocks
from scanner.readers.records import cut, parse, parse_last
from scanner.sources import HEAD, Source, unreadable

SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".psv", ".dat", ".log", ".md", ".text")
DELIMITERS = (",", "\t", ";", "|", "\x01")
_OWN = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".psv": "|"}  # names that promise a table
_SAMPLE = 200  # records from which delimiter, header and width are told
_WIDEST = 1 << 14  # more columns than any spreadsheet has are damage
_LONGEST_RECORD = 1 << 25  # bytes; twice the longest cell that is read
_LONGEST_LINE = 20 << 20  # bytes of a line that is held to be taken as a record; a longer one is read in pieces
_PIECE = 1 << 20  # bytes of such a piece
_PIECES = 4  # of them at once
Columns = tuple[pa.StringArray, ...]
_NONE = "\x1f"  # stands for "no delimiter" where pyarrow wants one


@dataclass(frozen=True, slots=True)
class Dialect:
    """delimiter: "" for a table of whole lines; quotes: whether "…" protects; width: the usual number of cells."""

    delimiter: str
    quotes: bool
    width: int


def claims(head: bytes, source: Source) -> bool:
    """Whether this is text. Never of a source that other readers know by its first bytes."""
    return detect(head, whole=len(head) < HEAD) is not None


def read(source: Source) -> Iterator[Table | Unread]:
    """The tables of a text: usually one, more when the first rows hold several, one of lines for prose.

    Rows above the header that may tell of persons come as a table of their own. What does not decode is reported after
    the table it stands in was read.
    """
    stream = source.open()
    head = _fill(stream, HEAD)
    encoding = detect(head, whole=len(head) < HEAD)
    if encoding is None:
        stream.close()
        yield Unread(source.path, "", "format", "not text", source.size)
        return
    damage = Damage()
    first = head + _fill(stream, BLOCK - HEAD) if len(head) == HEAD else head
    blocks = _closing(stream, utf8_blocks(stream, first, encoding, damage))
    first = next(blocks, b"")
    while first and not first.strip(b"\r\n"):  # blank lines alone say nothing of what follows
        first = next(blocks, b"")
    while first and not first.strip(b"\r\n") and (following := next(blocks, b"")):
        first = first[-2:] + following  # blank lines before everything else are no reason to stop
    if first:
        yield from _tables(source, first, blocks)
    stream.close()
    if damage.places:
        yield _damaged(source, encoding, damage)


def _closing(stream: BinaryIO, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks own the stream: a table may outlive the reader that gave it. The system's errors become ours."""
    try:
        yield from blocks
    except OSError as error:
        raise unreadable(error) from None
    finally:
        stream.close()


def _fill(stream: Any, size: int) -> bytes:
    """Exactly so many bytes unless the stream ends or breaks: pipes hand out less at a time. Who reads on meets the break."""
    parts: list[bytes] = []
    left = size
    while left > 0:
        try:
            piece = stream.read(left)
        except (UnreadableError, OSError) as error:
            if parts:
                break
            raise (unreadable(error) if isinstance(error, OSError) else error) from None
        if not piece:
            break
        parts.append(piece)
        left -= len(piece)
    return b"".join(parts)


def _damaged(source: Source, encoding: Encoding, damage: Damage) -> Unread:
    name = "UTF-8" if encoding.name in ("ascii", "utf-8") else encoding.name.upper()
    return Unread(source.path, damage.part(), "encoding", f"{damage.places} places are not valid {name} and were read as U+FFFD")


def _tables(source: Source, first: bytes, blocks: Iterator[bytes]) -> Iterator[Table]:
    # the sample is cut at a line end, so it decodes whatever its size
    piece = first if len(first) <= HEAD else first[: first.rfind(b"\n", 0, HEAD) + 1 or first.rfind(b"\r", 0, HEAD) + 1 or HEAD]
    text = piece.decode("utf-8", "ignore")
    whole = len(piece) == len(first) and len(first) < BLOCK // 2
    dialect = sniff(text, source.suffix, whole=whole)
    sample = parse(text, dialect.delimiter, width=dialect.width, whole=whole, quotes=dialect.quotes, limit=_SAMPLE)
    if not sample.rows:  # one record longer than the sample
        sample = parse(text, dialect.delimiter, width=dialect.width, quotes=dialect.quotes, limit=_SAMPLE)
    rows = [[] if row == [""] else row for row in sample.rows]
    if not any(rows) and not first.strip(b"\r\n"):
        return
    width = max(max(map(len, rows)), 1)
    if width > _WIDEST:
        width = max(dialect.width, 1)
    grid = row_columns(rows, width, dialect.delimiter)
    found = split(grid, beside=False) if dialect.delimiter or dialect.quotes else _lines(rows)
    name = source.name
    found = found or [Block(None, 0, len(rows), 0, width, 0, 0)]
    for number, block in enumerate(found):
        last = number == len(found) - 1
        titles = [[cell for cell in row if cell] for row in rows[block.above : block.head]]
        if titles and tells(titles):
            lines = row_columns([[" ".join(row)] for row in titles], 1)
            yield Table(f"{name} (rows {block.above + 1}–{block.head}, above the header)", None, slices(lines))
        if last:
            start = sample.ends[block.top - 1] if block.top else 0
            yield Table(name, *_streamed(block, dialect, rows, first[len(text[:start].encode()) :], blocks))
        elif block.bottom > block.top or block.header:
            columns = tuple(column.slice(block.top, block.bottom - block.top) for column in grid)
            header = None if block.header is None else _wide_header(block, width)
            yield Table(f"{name} (rows {block.above + 1}–{block.bottom})", header, slices(columns))


def _lines(rows: list[list[str]]) -> list[Block]:
    """Lines of text are one table; a list of numbers may have a title, prose has none."""
    head = find_header([row or [""] for row in rows]) if rows and rows[0] else Header(0, 0, None)
    return [Block(head.header, head.depth, len(rows), 0, 1, head.titles, head.titles)]


def _wide_header(block: Block, width: int) -> tuple[str, ...]:
    return ("",) * block.left + (block.header or ()) + ("",) * (width - block.right)


def _streamed(
    block: Block, dialect: Dialect, rows: list[list[str]], rest: bytes, blocks: Iterator[bytes]
) -> tuple[tuple[str, ...] | None, Iterator[Chunk]]:
    """Header and chunks of the table that goes on behind the sample."""
    data = [len(row) for row in rows[block.top :] if row]
    usual = Counter(data).most_common(1)[0][0] if data else max(dialect.width, 1)
    titles = _wide_header(block, block.right) if block.header else ()
    titled = max((place + 1 for place, title in enumerate(titles) if title), default=0)
    width = min(max([usual, titled, *data]), _WIDEST)
    header = None if block.header is None else _wide_header(block, max(width, block.right))[:width]
    return header, _chunks(rest, blocks, dialect, min(usual, _WIDEST), width)


def _chunks(rest: bytes, blocks: Iterator[bytes], dialect: Dialect, usual: int, width: int) -> Iterator[Chunk]:
    row, inside = 0, False
    long_lines, goes_on = 0, False
    kept = rest
    following = _peekable(blocks)
    while True:
        block, last = next(following)
        kept = kept + block if kept else block
        del block
        if goes_on or (len(kept) > _LONGEST_LINE and not _line_end(kept)):
            end = _line_end(kept)
            long_lines += not goes_on
            for columns in _in_pieces(kept[:end].rstrip(b"\r\n") if end else kept, width):
                yield Chunk(columns, row)
                row += len(columns[0])
            kept, goes_on = kept[end:] if end else b"", not end
        if kept:
            # a record that never ends is taken as it stands: memory must not grow with it
            columns, used, inside = _block_columns(kept, dialect, usual, width, whole=last or len(kept) > _LONGEST_RECORD)
            kept = kept[used:]
            yield from slices(columns, row)
            row += len(columns[0])
        if last:
            if long_lines:
                said = f"{long_lines} lines have more than {_LONGEST_LINE:,} bytes; they were read in pieces, not in cells"
                raise UnreadableError("too_large", said)
            if inside:
                raise UnreadableError("damaged", "the text ends within a quoted cell")
            return


def _line_end(text: bytes) -> int:
    """Offset behind the first line end, 0 if there is none."""
    return min((at for at in (text.find(b"\n"), text.find(b"\r")) if at >= 0), default=-1) + 1


def _in_pieces(line: bytes, width: int) -> Iterator[Columns]:
    """An endless line as rows of a megabyte, each in the first column, so that what it holds is found inside a text."""
    at = 0
    while at < len(line):
        pieces: list[list[str]] = []
        while at < len(line) and len(pieces) < _PIECES:
            piece = line[at : at + _PIECE]
            if at + _PIECE < len(line):
                cut = max(piece.rfind(mark) for mark in b" ,;\t\"'|") + 1
                piece = piece[:cut] if cut > _PIECE // 2 else piece[: len(piece.decode("utf-8", "ignore").encode())]
            at += len(piece)
            pieces.append([piece.decode("utf-8", "replace")])
        yield row_columns(pieces, width)


def _peekable(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """An empty block for what is already there, then each block with whether it is the last."""
    held = b""
    try:
        for block in blocks:
            yield held, False
            held = block
    except UnreadableError:
        yield held, False  # what stands before the damage is read first
        raise
    yield held, True


def _block_columns(block: bytes, dialect: Dialect, usual: int, width: int, *, whole: bool) -> tuple[Columns, int, bool]:
    """The complete records of a block as columns, how many bytes they took, and whether the block ends within a quoted cell."""
    mark = dialect.delimiter.encode()
    end: int | None
    if dialect.quotes:
        end = cut(block, mark, usual, whole=whole)
    else:
        ending = b"\n" if b"\n" in block else b"\r"
        end = len(block) if whole else block.rfind(ending) + 1
    if end is not None:
        return _fast(block[:end] if end < len(block) else block, dialect, usual, width), end, False
    text = block.decode()
    records = parse_last(text, dialect.delimiter, usual) if whole else parse(text, dialect.delimiter, width=usual, whole=False)
    rows = [row for row in records.rows if row != [""]]
    used = len(text[: records.ends[-1]].encode()) if records.ends else 0
    return row_columns(rows, width, dialect.delimiter), used, whole and records.inside


def _fast(block: bytes, dialect: Dialect, usual: int, width: int) -> Columns:
    if not block.strip(b"\r\n"):
        return row_columns([], width)
    odd: list[tuple[int, list[list[str]]]] = []

    def keep(row: Any) -> str:
        text: str = row.text
        if '"' in text or not dialect.delimiter:
            rows = _careful(text, dialect, usual)
        else:  # millions of short lines must not cost a parser each
            rows = [text.split(dialect.delimiter)] if text else []
        odd.append((row.number - 1, rows))
        return "skip"

    names = [str(number) for number in range(usual)]
    try:
        table = pacsv.read_csv(
            pa.BufferReader(block),
            pacsv.ReadOptions(use_threads=False, column_names=names, block_size=max(len(block) + 1, 1 << 12)),
            pacsv.ParseOptions(
                delimiter=dialect.delimiter or _NONE,
                quote_char='"' if dialect.quotes else False,
                newlines_in_values=False,  # only asked when the block is cut further, and it is not
                invalid_row_handler=keep,
            ),
            # the bytes are known to be UTF-8
            pacsv.ConvertOptions(check_utf8=False, column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        if not odd:
            raise UnreadableError("damaged", f"rows could not be told apart: {type(error).__name__}") from None
        table = None
    if table is None:
        columns: list[pa.StringArray] = [pa.array([], pa.string())] * usual
    else:
        columns = [_one(column) for column in table.columns]
    even = tuple(columns) + (pa.array([""] * len(columns[0]), pa.string()),) * (width - usual)
    return _merged(even, odd, width, dialect.delimiter) if odd else even


def _one(column: Any) -> pa.StringArray:
    parts: list[pa.StringArray] = column.chunks
    if len(parts) == 1:
        return parts[0]
    joined: pa.StringArray = pa.concat_arrays(parts) if parts else pa.array([], pa.string())
    return joined


def _careful(text: str, dialect: Dialect, usual: int) -> list[list[str]]:
    """The rows in a record of unusual width: several, when a quote that was never closed joined them."""
    if not dialect.delimiter:
        return [[text]]
    records = parse(text, dialect.delimiter, width=usual, quotes=dialect.quotes).rows
    if len(records) == 1 and len(records[0]) != usual and ("\n" in text or "\r" in text):
        apart = [row for row in parse(text, dialect.delimiter, quotes=False).rows if row != [""]]
        if len(apart) > 1 and sum(len(row) == usual for row in apart) * 2 >= len(apart):
            return [[cell.strip('"') for cell in row] for row in apart]
    return [row for row in records if row != [""]]


def _merged(even: Columns, odd: list[tuple[int, list[list[str]]]], width: int, delimiter: str) -> Columns:
    """Odd rows put back where they stood."""
    rows = [row for _, several in odd for row in several]
    extra = row_columns(rows, width, delimiter)
    count = len(even[0])
    # the record numbered n has n - (odd records before it) even rows before it
    place = np.array([number - before for before, (number, several) in enumerate(odd) for _ in several], np.float64)
    order = np.argsort(np.concatenate([np.arange(count, dtype=np.float64), place - 0.5]), kind="stable")
    taken = pa.array(order)
    return tuple(pa.concat_arrays([column, more]).take(taken) for column, more in zip(even, extra, strict=True))


def sniff(text: str, suffix: str = "", *, whole: bool = True) -> Dialect:
    """Delimiter, quoting and usual width, by the first records.

    A delimiter must give most rows one width above 1; titles and preamble above and ragged rows do no harm. Text where
    none does is a table of lines.
    """
    lines = [line for line in text.splitlines()[:_SAMPLE] if line.strip()]
    if sum(line.lstrip()[0] in "{[<" and line.rstrip()[-1] in "}],>" for line in lines) * 5 >= len(lines) * 4:
        return Dialect("", False, 1)  # JSON lines or markup: their commas delimit nothing of ours
    best, score, width = "", 0.0, 1
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        rows = [row for row in parse(text, delimiter, whole=whole, limit=_SAMPLE).rows if row != [""]]
        lower = rows[len(rows) // 3 :] if len(rows) > 5 else rows
        counted = Counter(len(row) for row in lower if len(row) > 1)
        if not counted:
            continue
        usual, often = max(counted.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        agree = often / len(lower)
        # files end in .csv whatever their delimiter is, but prose seldom does
        mostly = sum(counted.values()) >= len(lower) * 0.8
        if not (agree >= 0.3 or mostly if suffix in _OWN else agree >= 0.8):
            continue
        if len(rows) < 3 and suffix not in _OWN and not _wordlike(rows):
            continue
        value = agree * (1 - 1 / (usual + 1)) + (0.1 if _OWN.get(suffix) == delimiter else 0.0)
        if value > score:
            best, score, width = delimiter, value, usual
    if best:
        return Dialect(best, True, width)
    quoted = sum(line.startswith('"') for line in lines)
    return Dialect("", suffix in _OWN or (quoted > 0 and quoted * 2 >= len(lines)), 1)


def _wordlike(rows: list[list[str]]) -> bool:
    """Whether a line or two read like cells, not like a sentence with a comma in it."""
    return all(len(cell.strip()) <= 40 and not cell.startswith(" ") for row in rows for cell in row)
