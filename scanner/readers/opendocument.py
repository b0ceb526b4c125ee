"""OpenDocument texts, presentations and drawings (ODT, ODP, ODG): paragraphs, tables, notes, comments, slides, hidden ones too.

Each table is a table; the lines of a text, or of a slide, are one. Deleted text that is kept, hidden sections, and text that
nobody sees are told apart. Embedded documents are read, other embedded files handed on, images named. A locked document is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, cast

from scanner.errors import UnreadableError
from scanner.model import Note, Table, Unread
from scanner.readers.locked import is_locked_opendocument
from scanner.readers.members import member
from scanner.readers.notes import hidden_within
from scanner.readers.opendocument_story import OpenStory, Slide
from scanner.readers.opendocument_styles import Styles
from scanner.readers.package import BROKEN, ZIP, Package, elements, leaves, open_package
from scanner.readers.prose import images, is_image, pairs, prose, unique
from scanner.readers.story import Line, Row
from scanner.readers.story_tables import story_tables
from scanner.sources import Source

SUFFIXES = (".odt", ".ott", ".odm", ".oth", ".odp", ".otp", ".odg", ".otg")
_KINDS = tuple(b"application/vnd.oasis.opendocument." + kind for kind in (b"text", b"presentation", b"graphics"))
_CONTENT = "content.xml"
# Pictures of what is read, and settings.
_BESIDE = ("Thumbnails/", "ObjectReplacements/", "Pictures/TablePreview", "Configurations2/", "META-INF/")
_PROPERTIES = ("title", "subject", "creator", "initial-creator", "printed-by", "keyword", "description")


def claims(head: bytes, source: Source) -> bool:
    """By the media type that stands first in the package (OpenDocument 1.3 part 2, 3.3), else by the suffix."""
    return head.startswith(ZIP) and (any(kind in head[:128] for kind in _KINDS) or source.suffix in SUFFIXES)


def read(source: Source) -> Iterator[Table | Unread | Note | Source]:
    """The texts and tables, then headers and masters, properties, embedded files. A broken part is `Unread`, the rest is read."""
    with open_package(source) as package:
        if is_locked_opendocument(package.file):
            yield Unread(source.path, "", "password", "", source.size)
            return
        if _CONTENT not in package.parts:
            yield Unread(source.path, "", "damaged", "the package has no content", source.size)
            return
        styles = Styles()
        above: list[Line | Row] = []
        try:
            if "styles.xml" in package.parts:
                above = [item for item in _items(package, "styles.xml", OpenStory(styles)) if not isinstance(item, Slide)]
        except UnreadableError as error:
            yield Unread(source.path, "styles.xml", error.reason, error.detail)
        yield from _told(source, _items(package, _CONTENT, main := OpenStory(styles)), main, "")
        yield from _above(above, slides=b"presentation" in package.small("mimetype"))
        for part in package.parts:
            folder, _, name = part.rpartition("/")
            if folder and name == _CONTENT:
                inner = OpenStory(Styles())
                yield from _told(source, _items(package, part, inner), inner, folder)
        yield from _properties(source, package)
        yield from packed_files(source, package)


def flat(source: Source) -> Iterator[Table | Unread | Note | Source]:
    """A document as one XML file (OpenDocument 1.3 part 3, 2.2); headers and masters come before the text."""
    handlers = OpenStory(Styles())

    def items() -> Iterator[Slide | Line | Row]:
        with source.open() as stream:
            for _ in elements(stream, source.name, handlers.start, handlers.end, handlers.text):
                yield from handlers.taken()

    yield from _told(source, items(), handlers, "")
    if handlers.embedded:
        yield Unread(source.path, f"{handlers.embedded} images or embedded files", "format", "images without text")


def _items(package: Package, part: str, handlers: OpenStory) -> Iterator[Slide | Line | Row]:
    with package.open(part) as stream:
        for _ in elements(stream, part, handlers.start, handlers.end, handlers.text):
            yield from handlers.taken()


def _told(source: Source, found: Iterator[Slide | Line | Row], handlers: OpenStory, before: str) -> Iterator[Table | Unread | Note]:
    """The tables of a part. before: how its tables' names begin, "" for the document itself."""
    try:
        for number, hidden, items in _Sections(found):
            name = f"slide {number}" if number else "text"
            yield from unique(story_tables(f"{before}, {name}" if before else name, items, "hidden slide" if hidden else ""))
    except UnreadableError as error:
        yield Unread(source.path, before or "text", error.reason, error.detail)
    for why, cells in handlers.between.items():
        yield Note(source.path, before, hidden_within(cells, why))


class _Sections:
    """The stream of a part cut at its slides: number (0 before the first), whether it is hidden, and its lines and rows."""

    def __init__(self, items: Iterator[Slide | Line | Row]) -> None:
        self._items = items
        self._next: Slide | None = Slide(False)
        self._number = -1

    def __iter__(self) -> Iterator[tuple[int, bool, Iterator[Line | Row]]]:
        while self._next is not None:
            slide, self._next = self._next, None
            self._number += 1
            section = self._section()
            yield self._number, slide.hidden, section
            for _ in section:
                pass

    def _section(self) -> Iterator[Line | Row]:
        for item in self._items:
            if isinstance(item, Slide):
                self._next = item
                return
            yield item


def _above(found: list[Line | Row], *, slides: bool) -> Iterator[Table]:
    """Headers and footers of pages; of slides mostly the program's own words."""
    if slides:
        cells = ([item.text] if isinstance(item, Line) else item.cells or [] for item in found)
        yield from prose("slide masters", dict.fromkeys(" ".join(filter(None, one)) for one in cells), "slide master")
    else:
        yield from unique(story_tables("page headers and footers", iter(found)))


def _properties(source: Source, package: Package) -> Iterator[Table | Unread]:
    try:
        data = package.small("meta.xml")
        found = leaves(data, "meta.xml") if data else []
    except UnreadableError as error:
        yield Unread(source.path, "meta.xml", error.reason, error.detail)
        return
    facts = [(facts.get("name") or name, text) for name, facts, text in found if name in (*_PROPERTIES, "user-defined")]
    yield from pairs("document properties", facts, "document properties")


def packed_files(source: Source, package: Package) -> Iterator[Unread | Source]:
    """Embedded files of a package, handed on, and images and macros, by name."""
    pictures: list[tuple[str, int]] = []
    for info in package.file.filelist:
        name = info.filename
        if name.endswith(("/", ".xml", ".rdf")) or name.startswith(_BESIDE) or name in ("mimetype", "layout-cache"):
            if name.startswith("Basic/") and name.endswith(".xml") and not name.endswith(("script-lb.xml", "script-lc.xml")):
                yield Unread(source.path, name, "format", "macros", info.file_size)
            continue
        if name.startswith("Pictures/") or is_image(name):
            pictures.append((name, info.file_size))
            continue
        try:
            yield member(source, name, cast(BinaryIO, package.file.open(info)), package.meter, BROKEN)
        except UnreadableError as error:
            yield Unread(source.path, name, error.reason, error.detail, info.file_size)
        except BROKEN:
            yield Unread(source.path, name, "damaged", "", info.file_size)
    yield from images(source, pictures)
