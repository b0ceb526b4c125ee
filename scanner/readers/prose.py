"""What document readers share: lines of prose as tables, properties, and images that nobody read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyarrow as pa

from scanner.cells import CHUNK_ROWS, slices
from scanner.errors import UnreadableError
from scanner.model import Table, Unread
from scanner.readers.row_tables import titled_table
from scanner.sources import Source

LONGEST = 1 << 26  # characters of one paragraph or cell
_BUFFERED = 1 << 24  # characters of prose held before they become a table
_NAMED_IMAGES = 20  # more are named together
_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".emf", ".wmf", ".svg", ".heic", ".jp2", ".ico")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0]+")


def clean(text: str) -> str:
    """Text without control characters and lone surrogates, blanks folded, trimmed; line ends stay."""
    return _BLANKS.sub(" ", _CONTROL.sub("", text)).strip()


def one_column(name: str, lines: list[str], hidden: str = "") -> Table:
    """Lines as a table of one column without header."""
    return Table(name, None, slices((pa.array(lines, pa.string()),)), hidden)


class Prose:
    """Lines of one part of a document, kept until there are enough for a table or the part ends. hidden: as in `Table`."""

    def __init__(self, name: str, hidden: str = "") -> None:
        self._name, self._hidden = name, hidden
        self._lines: list[str] = []
        self._size = 0
        self._before = 0

    def add(self, text: str) -> Iterator[Table]:
        """Takes a paragraph; its line breaks make rows. Gives a table when the buffer is full."""
        for line in text.split("\n"):
            line = clean(line)
            if line:
                self._lines.append(line)
                self._size += len(line)
        if self._size > _BUFFERED or len(self._lines) >= CHUNK_ROWS:
            yield from self._flushed()

    def end(self) -> Iterator[Table]:
        """What is left."""
        if self._lines:
            yield from self._flushed()

    def _flushed(self) -> Iterator[Table]:
        name = f"{self._name} (from line {self._before + 1:,})" if self._before else self._name
        yield one_column(name, self._lines, self._hidden)
        self._before += len(self._lines)
        self._lines, self._size = [], 0


def prose(name: str, texts: Iterable[str], hidden: str = "") -> Iterator[Table]:
    """Paragraphs as one table of one column (several where there are very many)."""
    lines = Prose(name, hidden)
    for text in texts:
        yield from lines.add(text)
    yield from lines.end()


def pairs(name: str, facts: Iterable[tuple[str, str]], hidden: str = "") -> Iterator[Table]:
    """Names and values (document properties, form fields) as a table of two columns."""
    rows = [[clean(key), clean(value)] for key, value in facts if value.strip()]
    if rows:
        yield titled_table(name, ("property", "value"), rows, hidden)


def unique(tables: Iterable[Table]) -> Iterator[Table]:
    """The same tables, a name that was there before with a number behind it."""
    seen: dict[str, int] = {}
    for table in tables:
        often = seen[table.name] = seen.get(table.name, 0) + 1
        yield table if often == 1 else replace(table, name=f"{table.name} ({often})")


def is_image(name: str) -> bool:
    """Whether a part's name says that it is an image."""
    return name.lower().endswith(_IMAGES)


def images(source: Source, found: list[tuple[str, int]]) -> Iterator[Unread]:
    """Images (part, bytes) that were not examined: the first ones one by one, the rest together."""
    for part, size in found[:_NAMED_IMAGES]:
        yield Unread(source.path, part, "format", "an image without text", size)
    rest = found[_NAMED_IMAGES:]
    if rest:
        yield Unread(source.path, f"{len(rest)} more images", "format", "images without text", sum(size for _, size in rest))


def too_long() -> UnreadableError:
    """For a paragraph or cell beyond `LONGEST`."""
    return UnreadableError("too_large", f"one paragraph has more than {LONGEST:,} characters")
