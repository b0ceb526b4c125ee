"""Word documents of 97 to 2003 (.doc; .wps of WPS): text, tables, headers, notes, comments, hidden and deleted text.

Each table is a table; the paragraphs of a part are one table of lines. Embedded packages are handed on, other objects, pictures and
macros are named. Documents of Word 6 and 95 are read as lines.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from scanner.errors import UnreadableError
from scanner.lazy import lazily
from scanner.model import Note, Table, Unread
from scanner.readers.binary_extent import properties
from scanner.readers.locked import COMPOUND, is_locked_package, opened
from scanner.readers.looks import HIDDEN
from scanner.readers.prose import unique
from scanner.readers.row_tables import line_table
from scanner.readers.story import CODE, DELETED, Line, Row
from scanner.readers.story_tables import story_tables
from scanner.readers.word97 import DELETES, ENDS_ROW, HIDES, IN_TABLE, IS_CODE, Text, is_encrypted, table_stream, texts
from scanner.sources import Source

if TYPE_CHECKING:
    import olefile
else:
    olefile = lazily("olefile")

SUFFIXES = (".doc", ".dot", ".wps", ".wpt")
_STREAM = "WordDocument"
_MARK = _STREAM.encode("utf-16-le")
_BROKEN = (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error, RecursionError, OverflowError)
_LARGEST = 1 << 29  # bytes of a stream
_CELL = "\x07"
_MARKS = re.compile("[\r\x0c\x07]")  # ends of paragraphs, sections and cells ([MS-DOC] 2.4.1)
_PICTURES = re.compile("[\x01\x08]")
_SIGNS = {ord(sign): None for sign in "\x00\x01\x02\x03\x04\x05\x08\x13\x14\x15\x1f"} | {0x0B: "\n", 0x1E: "-"}
_HALF = re.compile("[\ud800-\udfff]")


def claims(head: bytes, source: Source) -> bool:
    """Whether this is a compound file with a Word document's stream, or one under such a name."""
    return head.startswith(COMPOUND) and (source.suffix in SUFFIXES or _MARK in head)


def read(source: Source) -> Iterator[Table | Unread | Note | Source]:
    """The tables and texts of every part, then properties, embedded files and what was not read."""
    data = source.read()
    if is_locked_package(data):
        yield from opened(source, data)
        return
    try:
        file = olefile.OleFileIO(io.BytesIO(data))
    except _BROKEN:
        yield Unread(source.path, "", "damaged", "the document's container is broken", len(data))
        return
    with file:
        try:
            streams = {"/".join(path) for path in file.listdir()}
            word = _stream(file, streams, _STREAM)
            table, beside = _stream(file, streams, table_stream(word)), _stream(file, streams, "Data")
        except _BROKEN:
            yield Unread(source.path, "", "damaged", "the document's container is broken", len(data))
            return
        if not word:
            yield Unread(source.path, "", "format", "document of an older office program", len(data))
            return
        if is_encrypted(word):
            yield from opened(source, data)
            return
        pictures = 0
        try:
            for part in texts(word, table, beside):
                pictures += len(_PICTURES.findall(part.text))
                yield from unique(story_tables(part.name, _items(part), part.hidden))
        except UnreadableError as error:
            yield Unread(source.path, "", error.reason, error.detail, len(data))
        said = properties(file)
        if said:
            yield line_table("document properties", said, "document properties")
        if pictures:
            yield Unread(source.path, f"{pictures} pictures", "format", "images without text")
        yield from _embedded(source, file, streams)


def _stream(file: olefile.OleFileIO, streams: set[str], name: str) -> bytes:
    if name not in streams:
        return b""
    if file.get_size(name) > _LARGEST:
        raise ValueError
    with file.openstream(name) as stream:
        data: bytes = stream.read()
    return data


def _embedded(source: Source, file: olefile.OleFileIO, streams: set[str]) -> Iterator[Unread | Source]:
    """Packages of the pool of objects; other objects and macros by their names."""
    objects = sorted({"/".join(name.split("/")[:2]) for name in streams if name.startswith("ObjectPool/")})
    for place in objects:
        try:
            packed = _stream(file, streams, f"{place}/Package")
        except _BROKEN:
            packed = b""
        if packed:
            yield source.child(place, packed)
        else:
            yield Unread(source.path, place, "format", "an embedded object")
    if any(name.startswith("Macros/") for name in streams):
        yield Unread(source.path, "Macros", "format", "macros")


def _items(part: Text) -> Iterator[Line | Row]:
    """Lines and rows. The mark of a cell ends its text; the same mark with a property of its own ends the row."""
    cells: list[str] = []
    cell: list[str] = []
    whys: set[str] = set()
    number = 1
    open_ = False
    start = 0
    for mark in _MARKS.finditer(part.text):
        place = mark.start()
        said = _said(part, start, place)
        start, flags = place + 1, int(part.flags[place])
        if mark[0] == _CELL and flags & ENDS_ROW:
            yield Row(number, cells, whys.pop() if len(whys) == 1 else "")
            cells, whys, open_ = [], set(), True
        elif mark[0] == _CELL or flags & IN_TABLE:
            for why, text in said:
                if why == CODE:
                    yield Line(text, why)
                else:
                    cell.append(text)
                    whys.add(why)
            if mark[0] == _CELL:
                cells.append("\n".join(cell))
                cell = []
        else:
            if open_:
                yield Row(number, None)
                number, open_ = number + 1, False
            for why, text in said:
                yield Line(text, why)
    if cells or cell:  # a table that was cut
        yield Row(number, [*cells, "\n".join(cell)])
    for why, text in _said(part, start, len(part.text)):
        yield Line(text, why)


def _said(part: Text, start: int, end: int) -> list[tuple[str, str]]:
    """What a stretch says, by what hides it."""
    flags = part.flags[start:end] & (HIDES | DELETES | IS_CODE)
    if not flags.any():
        text = _clean(part.text[start:end])
        return [("", text)] if text else []
    edges = [0, *(np.flatnonzero(np.diff(flags)) + 1).tolist(), len(flags)]
    said: dict[str, list[str]] = {}
    for first, last in zip(edges, edges[1:], strict=False):
        flag = int(flags[first])
        why = DELETED if flag & DELETES else CODE if flag & IS_CODE else HIDDEN if flag & HIDES else ""
        said.setdefault(why, []).append(part.text[start + first : start + last])
    return [(why, text) for why, pieces in said.items() if (text := _clean("".join(pieces)))]


def _clean(text: str) -> str:
    text = text.translate(_SIGNS).strip()
    if _HALF.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
