"""PowerPoint presentations (PPTX, PPTM, PPSX): slides, their tables, notes, comments, hidden slides, layouts.

Each table is a table; the lines of a slide are one. Slides have the numbers that people see. Hidden and tiny text, text in the
colour of the slide, hidden shapes and shapes beside the slide are told apart. Embedded files are handed on, images are named.
Not read: what a picture or a film shows, macros, and older `.ppt` files.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.errors import UnreadableError
from scanner.model import Note, Table, Unread
from scanner.readers.package import (
    ZIP,
    Package,
    beside_text,
    has_embedded,
    leaves,
    lists,
    locked,
    no_package,
    numbered,
    open_package,
    relations,
    story,
    told,
)
from scanner.readers.prose import prose
from scanner.readers.slide_canvas import MAIN, Canvases
from scanner.readers.story import Line, Story
from scanner.sources import Source

SUFFIXES = (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm")
_PEEK = 1 << 12  # bytes within which a slide's first element stands
_OTHERS = (
    (r"ppt/diagrams/data\d*\.xml", "diagram", ""),
    (r"ppt/charts/chart\d*\.xml", "chart", ""),
)
_MASTERS = r"ppt/(?:handoutMasters|notesMasters|slideMasters|slideLayouts)/\w+\.xml"


def claims(head: bytes, source: Source) -> bool:
    """Whether this is a package with a presentation, or a locked or old one under such a name."""
    return lists(source, head, MAIN, SUFFIXES) or locked(source, head, SUFFIXES)


def read(source: Source) -> Iterator[Table | Unread | Note | Source]:
    """The texts and tables of every slide, then all the rest. A broken part is `Unread`, the rest is read."""
    if source.head(4) != ZIP:
        yield from no_package(source)
        return
    with open_package(source) as package:
        slides = numbered(package, r"ppt/slides/[^/]+\.xml")
        if MAIN not in package.parts and not slides:
            yield Unread(source.path, "", "damaged", "the package has no presentation", source.size)
            return
        canvases = Canvases(package)
        for place, part in enumerate(_in_order(package, [part for part, _ in slides]), 1):
            yield from _slide(source, package, part, f"slide {place}", Story(canvas=canvases.of(part)))
        for pattern, title, hidden in _OTHERS:
            if title == "chart" and has_embedded(package, "ppt"):
                continue
            for part, number in numbered(package, pattern):
                yield from told(source, package, part, f"{title} {number}".strip(), Story(), hidden)
        yield from _masters(source, package)
        yield from beside_text(source, package, "ppt")


def _in_order(package: Package, parts: list[str]) -> list[str]:
    """Slides as they are shown; those that no list names come last."""
    try:
        links = relations(package, MAIN)
        listed = [
            links[place][1]
            for name, facts, _ in leaves(package.small(MAIN), MAIN)
            # r:id and id have one local name; the relation's is the one that is known
            if name == "sldId" and (place := facts.get("id", "")) in links
        ]
    except UnreadableError:
        listed = []
    known = [part for part in dict.fromkeys(listed) if part in package.parts]
    return [*known, *(part for part in parts if part not in known)]


def _slide(source: Source, package: Package, part: str, name: str, handlers: Story) -> Iterator[Table | Unread | Note]:
    try:
        with package.open(part) as stream:
            head = stream.read(_PEEK)
        hidden = "hidden slide" if b' show="0"' in head or b' show="false"' in head else ""
        links = relations(package, part)
    except UnreadableError:
        hidden, links = "", {}
    yield from told(source, package, part, name, handlers, hidden)
    for kind, target in links.values():
        if target in package.parts and kind in ("notesSlide", "comments"):
            title = "notes" if kind == "notesSlide" else "comments"
            yield from told(source, package, target, f"{name}, {title}", Story(), hidden or title)


def _masters(source: Source, package: Package) -> Iterator[Table | Unread]:
    """What stands on masters and layouts: mostly the program's own words, so each line once."""
    lines: dict[str, None] = {}
    for part, _ in numbered(package, _MASTERS):
        try:
            for item in story(package, part, Story()):
                cells = [item.text] if isinstance(item, Line) else item.cells or []
                lines.update(dict.fromkeys([" ".join(filter(None, cells))]))
        except UnreadableError as error:
            yield Unread(source.path, part, error.reason, error.detail)
    yield from prose("slide masters", lines, "slide master")
