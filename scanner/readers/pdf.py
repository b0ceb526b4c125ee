"""PDF: tables and text page by page, form fields, annotations, attached files.

The text comes from PDFium, the engine of Chrome, with the place of every character; tables are found in it by ruled lines or white
columns (`page_layout`). A table that goes on over pages is one table. Pages that only show images are named, not
read. Text that nobody sees (invisible, as white as the page, tiny, covered, outside the page) is read and told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from scanner.lazy import lazily
from scanner.model import Note, Table, Unread
from scanner.readers.box_font import use_box_font
from scanner.readers.notes import hidden_beside, unlocked
from scanner.readers.page_layout import PageTable, layout
from scanner.readers.pdf_text import CHARACTERS, beside_seen, counted, drawn, hidden, some, written
from scanner.readers.prose import pairs, prose
from scanner.readers.row_tables import Names, row_tables
from scanner.sources import Source, shown

if TYPE_CHECKING:
    import pypdfium2 as pdfium
else:
    pdfium = lazily("pypdfium2")

SUFFIXES = (".pdf",)
_MARK = b"%PDF-"
_SHIFT = 1024  # the mark may stand anywhere in the first kilobyte (ISO 32000-1, Annex H.3)
_LOST = 50  # unreadable pages in a row after which the rest is given up
_OBJECTS = 20_000  # annotations of a page
_PROSE = 2_000  # lines of prose after which a table of them ends
_MEMBERS = 1_000  # attached files
_NEAR = 6.0  # points that the columns of a table may shift from page to page
_HEADER = 3  # rows of a header that may be repeated on every page
_LONG = 1 << 20  # characters of a form field or annotation


def claims(head: bytes, source: Source) -> bool:
    """Whether this is a PDF file."""
    return _MARK in head[: _SHIFT + len(_MARK)] and not head.startswith(b"From ")


def read(source: Source) -> Iterator[Table | Unread | Note | Source]:
    """Tables, prose by page, then what else the document holds. A locked document is tried with the given passwords."""
    use_box_font()
    # PDFium opens files by itself, but only by names that are UTF-8
    given: str | bytes = source.by_name if source.by_name and shown(source.by_name) == source.by_name else source.read()
    for password in (None, *source.budget.opening.passwords):
        try:
            document = pdfium.PdfDocument(given, password=password)
            if password is not None:
                yield Note(source.path, "", unlocked())
            break
        except pdfium.PdfiumError as error:
            if error.err_code != pdfium.raw.FPDF_ERR_PASSWORD:
                protected = error.err_code == pdfium.raw.FPDF_ERR_SECURITY
                detail = "protected in a way that is not supported" if protected else "broken PDF"
                yield Unread(source.path, "", "damaged", detail, source.size)
                return
    else:
        yield Unread(source.path, "", "password", "", source.size)
        return
    with closing(document):
        yield from _document(source, document)


def _document(source: Source, document: pdfium.PdfDocument) -> Iterator[Table | Unread | Note | Source]:
    lost: list[Unread] = []
    fields: list[tuple[str, str]] = []
    notes: list[str] = []
    pages = _Pages(source, document, lost, fields, notes)
    names = Names()
    lines: list[str] = []
    first = 0
    for number, parts in pages:
        yield from _unseen(pages, names)
        last = max((place for place, part in enumerate(parts) if not isinstance(part, str)), default=-1)
        for place, part in enumerate(parts):
            if isinstance(part, str):
                first = first or number
                lines.append(part)
            else:
                rows = _over_pages(part, pages, lines) if place == last else iter(part.rows)
                yield from row_tables(names(f"page {number}, table"), rows)
        if len(lines) >= _PROSE:
            yield from prose(_span(first, pages.number), lines)
            lines, first = [], 0
    yield from prose(_span(first, pages.number), lines)
    yield from _unseen(pages, names)
    for why, characters in pages.between.items():
        yield Note(source.path, "", hidden_beside(characters, why))
    yield from lost
    yield from pairs("form fields", fields)
    yield from prose("annotations", notes, "annotations")
    facts = [(key, value) for key, value in document.get_metadata_dict(skip_empty=True).items() if key not in _DATES]
    yield from pairs("document properties", facts, "document properties")
    yield from _attached(source, document)


_DATES = ("CreationDate", "ModDate", "Producer", "Creator")


def _unseen(pages: _Pages, names: Names) -> Iterator[Table]:
    """What pages hide in places of its own."""
    for number, why, parts in pages.taken():
        name = f"page {number}, {why}"
        for part in parts:
            if not isinstance(part, str):
                yield from row_tables(names(f"{name}, table"), part.rows, why)
        yield from prose(names(name), [part for part in parts if isinstance(part, str)], why)


def _span(first: int, last: int) -> str:
    return f"page {last}" if first in (0, last) else f"pages {first}–{last}"


class _Pages:
    """The pages' parts, one page after the other; a page that was looked at but not used can be put back."""

    def __init__(
        self, source: Source, document: pdfium.PdfDocument, lost: list[Unread], fields: list[tuple[str, str]], notes: list[str]
    ) -> None:
        self._source, self._document = source, document
        self._lost, self._fields, self._notes = lost, fields, notes
        self._count = len(document)
        self._broken = 0
        self._back: list[PageTable | str] | None = None
        self._hidden: list[tuple[int, str, list[PageTable | str]]] = []
        self.between: Counter[str] = Counter()
        self.number = 0

    def __iter__(self) -> _Pages:
        return self

    def __next__(self) -> tuple[int, list[PageTable | str]]:
        if self._back is not None:
            parts, self._back = self._back, None
            return self.number, parts
        if self.number >= self._count:
            raise StopIteration
        self.number += 1
        return self.number, self._page()

    def put_back(self, parts: list[PageTable | str]) -> None:
        self._back = parts

    def taken(self) -> list[tuple[int, str, list[PageTable | str]]]:
        """Pages, reasons and parts of what was found hidden in places of its own since the last time."""
        found, self._hidden = self._hidden, []
        return found

    def _page(self) -> list[PageTable | str]:
        part = f"page {self.number}"
        self._source.reached(self.number - 1, self._count)
        try:
            page = self._document.get_page(self.number - 1)
        except pdfium.PdfiumError:
            self._broken += 1
            if self._broken > _LOST:  # the count may be a lie
                part = f"pages {self.number}–{self._count}"
                self.number = self._count
            self._lost.append(Unread(self._source.path, part, "damaged", "the page is broken"))
            return []
        self._broken = 0
        with closing(page):
            fields, notes = _annotations(page)
            self._fields += fields
            self._notes += notes
            around = drawn(page)
            try:
                with closing(page.get_textpage()) as text:
                    found = written(text, page, around.orders)
            except pdfium.PdfiumError:
                self._lost.append(Unread(self._source.path, part, "damaged", "the page's text is broken"))
                return []
            if found is None:
                self._lost.append(Unread(self._source.path, part, "too_large", f"more than {CHARACTERS:,} characters"))
                return []
            glyphs, pens = found
            if not "".join(glyphs.text).strip():
                if len(around.images) or around.paths:
                    self._lost.append(Unread(self._source.path, part, "format", "an image without text"))
                return []
            masks = hidden(glyphs, pens, page, around)
            if masks and beside_seen(glyphs, masks):
                self.between += counted(masks)
            elif masks:
                self._hidden += [(self.number, why, layout(some(glyphs, mask), around.lines)) for why, mask in masks.items()]
                glyphs = some(glyphs, ~np.logical_or.reduce(list(masks.values())))
            return layout(glyphs, around.lines)


def _over_pages(table: PageTable, pages: _Pages, lines: list[str]) -> Iterator[list[str]]:
    """The rows of a table, and of those on the next pages that go on with it. A header repeated on each page is left out."""
    header = table.rows[:_HEADER]
    yield from table.rows
    while True:
        following = next(pages, None)
        if following is None:
            return
        _, parts = following
        place = next((index for index, part in enumerate(parts) if not isinstance(part, str)), None)
        if place is None:
            pages.put_back(parts)
            return
        more = parts[place]
        if isinstance(more, str) or not _same(table, more):
            pages.put_back(parts)
            return
        lines += [part for part in parts[:place] if isinstance(part, str)]
        repeated = 0
        while repeated < min(len(header), len(more.rows)) and more.rows[repeated] == header[repeated]:
            repeated += 1
        yield from more.rows[repeated:]
        if any(not isinstance(part, str) for part in parts[place + 1 :]):
            pages.put_back(parts[place + 1 :])
            return
        lines += [part for part in parts[place + 1 :] if isinstance(part, str)]


def _same(one: PageTable, other: PageTable) -> bool:
    if len(one.edges) != len(other.edges):
        return False
    return one.rows[:1] == other.rows[:1] or all(abs(a - b) < _NEAR for a, b in zip(one.edges, other.edges, strict=True))


def _annotations(page: pdfium.PdfPage) -> tuple[list[tuple[str, str]], list[str]]:
    """Form fields (name, value), and what notes say."""
    fields: list[tuple[str, str]] = []
    notes: list[str] = []
    for index in range(min(pdfium.raw.FPDFPage_GetAnnotCount(page), _OBJECTS)):
        note = pdfium.raw.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        value = _said(note, b"V")
        if value:
            fields.append((_said(note, b"T") or _said(note, b"TU"), value))
        text = _said(note, b"Contents")
        if text:
            notes.append(text)
        pdfium.raw.FPDFPage_CloseAnnot(note)
    return fields, notes


def _said(note: Any, key: bytes) -> str:
    return _wide(lambda buffer, size: pdfium.raw.FPDFAnnot_GetStringValue(note, key, buffer, size))


def _wide(ask: Callable[[Any, int], int]) -> str:
    """A UTF-16 string that PDFium writes into a buffer, with its closing zero."""
    size = ask(None, 0)
    if size <= 2:
        return ""
    buffer = (pdfium.raw.FPDF_WCHAR * (min(size, 2 * _LONG) // 2))()
    ask(buffer, len(buffer) * 2)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def _attached(source: Source, document: pdfium.PdfDocument) -> Iterator[Unread | Source]:
    count = document.count_attachments()
    for index in range(min(count, _MEMBERS)):
        name = f"attachment {index + 1}"
        try:
            file = document.get_attachment(index)
            name = file.get_name() or name
            yield source.child(name, bytes(file.get_data()))
        except pdfium.PdfiumError:
            yield Unread(source.path, name, "damaged", "the attached file is broken")
    if count > _MEMBERS:
        yield Unread(source.path, f"{count - _MEMBERS} more attachments", "too_large", f"more than {_MEMBERS:,} attached files")
