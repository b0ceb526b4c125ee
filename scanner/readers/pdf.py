"""PDF: tables and text page by page, form fields, annotations, attached files.

The text comes from PDFium, the engine of Chrome, with the place of every character; tables are found in it by ruled lines or white
columns (`page_layout`). A table that goes on over pages is one table. Pages that only show images are named, not
read. Hidden text (white, invisible) is read like all other.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from scanner.lazy import lazily
from scanner.model import Table, Unread
from scanner.readers.box_font import use_box_font
from scanner.readers.page_layout import Floats, Glyphs, PageTable, layout
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
_CHARACTERS = 500_000  # of a page
_OBJECTS = 20_000  # drawings of a page looked at for ruled lines
_PROSE = 2_000  # lines of prose after which a table of them ends
_MEMBERS = 1_000  # attached files
_NEAR = 6.0  # points that the columns of a table may shift from page to page
_HEADER = 3  # rows of a header that may be repeated on every page
_LONG = 1 << 20  # characters of a form field or annotation


def claims(head: bytes, source: Source) -> bool:
    """Whether this is a PDF file."""
    return _MARK in head[: _SHIFT + len(_MARK)] and not head.startswith(b"From ")


def read(source: Source) -> Iterator[Table | Unread | Source]:
    """Tables, prose by page, then what else the document holds. A locked document is tried with the given passwords."""
    use_box_font()
    # PDFium opens files by itself, but only by names that are UTF-8
    given: str | bytes = source.file if source.file and shown(source.file) == source.file else source.read()
    for password in (None, *source.budget.opening.passwords):
        try:
            document = pdfium.PdfDocument(given, password=password)
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


def _document(source: Source, document: pdfium.PdfDocument) -> Iterator[Table | Unread | Source]:
    lost: list[Unread] = []
    fields: list[tuple[str, str]] = []
    notes: list[str] = []
    pages = _Pages(source, document, lost, fields, notes)
    names = Names()
    lines: list[str] = []
    first = 0
    for number, parts in pages:
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
    yield from lost
    yield from pairs("form fields", fields)
    yield from prose("annotations", notes, "annotations")
    facts = [(key, value) for key, value in document.get_metadata_dict(skip_empty=True).items() if key not in _DATES]
    yield from pairs("document properties", facts, "document properties")
    yield from _attached(source, document)


_DATES = ("CreationDate", "ModDate", "Producer", "Creator")


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

    def _page(self) -> list[PageTable | str]:
        part = f"page {self.number}"
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
            try:
                with closing(page.get_textpage()) as text:
                    glyphs = _glyphs(text, page)
            except pdfium.PdfiumError:
                self._lost.append(Unread(self._source.path, part, "damaged", "the page's text is broken"))
                return []
            if glyphs is None:
                self._lost.append(Unread(self._source.path, part, "too_large", f"more than {_CHARACTERS:,} characters"))
                return []
            rules, images, drawings = _drawn(page)
            if not "".join(glyphs.text).strip():
                if images or drawings:
                    self._lost.append(Unread(self._source.path, part, "format", "an image without text"))
                return []
            return layout(glyphs, rules)


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


def _glyphs(text: pdfium.PdfTextPage, page: pdfium.PdfPage) -> Glyphs | None:
    """The characters as they are seen: a rotated page is turned upright. None: too many."""
    count = text.count_chars()
    if count > _CHARACTERS:
        return None
    characters: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    box = pdfium.raw.FS_RECTF()
    into = ctypes.byref(box)
    pieces: list[int] = []
    piece, pending = 0, 0
    before: object = None
    for index in range(count):
        code = pdfium.raw.FPDFText_GetUnicode(text, index)
        if 0xD800 <= code < 0xDC00:  # the first half of a character beyond U+FFFF
            pending = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((pending - 0xD800) << 10) + (code - 0xDC00) if pending else 0xFFFD
        pending = 0
        if code < 32 or not pdfium.raw.FPDFText_GetLooseCharBox(text, index, into):
            continue
        characters.append(chr(min(code, 0x10FFFF)) if code != 0xFFFE else "-")
        boxes.append((box.left, box.bottom, box.right, box.top))
        if not pdfium.raw.FPDFText_IsGenerated(text, index):
            written = ctypes.cast(pdfium.raw.FPDFText_GetTextObject(text, index), ctypes.c_void_p).value
            piece += written != before
            before = written
        pieces.append(piece)
    placed = _upright(np.array(boxes, np.float64).reshape(-1, 4), page.get_rotation())
    return Glyphs(characters, placed, np.array(pieces, np.int64))


def _upright(boxes: Floats, rotation: int) -> Floats:
    """Boxes as a person sees the page. Half turns and quarter turns exchange and negate the axes."""
    left, bottom, right, top = boxes.T
    turned = {
        0: (left, bottom, right, top),
        90: (bottom, -right, top, -left),
        180: (-right, -top, -left, -bottom),
        270: (-top, left, -bottom, right),
    }[rotation]
    finite: Floats = np.nan_to_num(np.stack(turned, axis=1), posinf=0.0, neginf=0.0)
    return finite


def _drawn(page: pdfium.PdfPage) -> tuple[Floats, int, int]:
    """Boxes of drawn lines and rectangles, and how many images and drawings there are."""
    boxes: list[tuple[float, float, float, float]] = []
    images = drawings = 0
    for seen, thing in enumerate(page.get_objects(max_depth=4)):
        if seen > _OBJECTS:
            break
        if thing.type == pdfium.raw.FPDF_PAGEOBJ_IMAGE:
            images += 1
        elif thing.type == pdfium.raw.FPDF_PAGEOBJ_PATH:
            drawings += 1
            try:
                boxes.append(thing.get_bounds())
            except pdfium.PdfiumError:
                continue
    return _upright(np.array(boxes, np.float64).reshape(-1, 4), page.get_rotation()), images, drawings


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
