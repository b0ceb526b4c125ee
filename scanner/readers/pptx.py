"""PowerPoint presentations (PPTX, PPTM, PPSX): slides, their tables, notes, comments, hidden slides, layouts.

Each table is a table; the lines of a slide are one. Slides have the numbers that people see. Embedded files are handed on,
images are named. Not read: what a picture or a film shows, macros, and older `.ppt` files.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.errors import UnreadableError
from scanner.model import Table, Unread
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
)
from scanner.readers.prose import prose, unique
from scanner.readers.story import Line, story_tables
from scanner.sources import Source

SUFFIXES = (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm")
_MAIN = "ppt/presentation.xml"
_PEEK = 1 << 12  # bytes within which a slide's first element stands
_OTHERS = (
    (r"ppt/diagrams/data\d*\.xml", "diagram", ""),
    (r"ppt/charts/chart\d*\.xml", "chart", ""),
)
_MASTERS = r"ppt/(?:handoutMasters|notesMasters|slideMasters|slideLayouts)/\w+\.xml"


def claims(head: bytes, source: Source) -> bool:
    """Whether this is a package with a presentation, or a locked or old one under such a name."""
    return lists(source, head, _MAIN, SUFFIXES) or locked(source, head, SUFFIXES)


def read(source: Source) -> Iterator[Table | Unread | Source]:
    """The texts and tables of every slide, then all the rest. A broken part is `Unread`, the rest is read."""
    if source.head(4) != ZIP:
        yield no_package(source, source.read())
        return
    with open_package(source) as package:
        slides = numbered(package, r"ppt/slides/[^/]+\.xml")
        if _MAIN not in package.parts and not slides:
            yield Unread(source.path, "", "damaged", "the package has no presentation", source.size)
            return
        for place, part in enumerate(_in_order(package, [part for part, _ in slides]), 1):
            yield from _slide(source, package, part, f"slide {place}")
        for pattern, title, hidden in _OTHERS:
            if title == "chart" and has_embedded(package, "ppt"):
                continue
            for part, number in numbered(package, pattern):
                yield from _part(source, package, part, f"{title} {number}".strip(), hidden)
        yield from _masters(source, package)
        yield from beside_text(source, package, "ppt")


def _in_order(package: Package, parts: list[str]) -> list[str]:
    """Slides as they are shown; those that no list names come last."""
    try:
        links = relations(package, _MAIN)
        listed = [
            links[place][1]
            for name, facts, _ in leaves(package.small(_MAIN), _MAIN)
            # r:id and id have one local name; the relation's is the one that is known
            if name == "sldId" and (place := facts.get("id", "")) in links
        ]
    except UnreadableError:
        listed = []
    known = [part for part in dict.fromkeys(listed) if part in package.parts]
    return [*known, *(part for part in parts if part not in known)]


def _slide(source: Source, package: Package, part: str, name: str) -> Iterator[Table | Unread]:
    try:
        with package.open(part) as stream:
            head = stream.read(_PEEK)
        hidden = "hidden slide" if b' show="0"' in head or b' show="false"' in head else ""
        links = relations(package, part)
    except UnreadableError:
        hidden, links = "", {}
    yield from _part(source, package, part, name, hidden)
    for kind, target in links.values():
        if target in package.parts and kind in ("notesSlide", "comments"):
            title = "notes" if kind == "notesSlide" else "comments"
            yield from _part(source, package, target, f"{name}, {title}", hidden or title)


def _part(source: Source, package: Package, part: str, name: str, hidden: str) -> Iterator[Table | Unread]:
    try:
        yield from unique(story_tables(name, story(package, part), hidden))
    except UnreadableError as error:
        yield Unread(source.path, name, error.reason, error.detail)


def _masters(source: Source, package: Package) -> Iterator[Table | Unread]:
    """What stands on masters and layouts: mostly the program's own words, so each line once."""
    lines: dict[str, None] = {}
    for part, _ in numbered(package, _MASTERS):
        try:
            for item in story(package, part):
                cells = [item.text] if isinstance(item, Line) else item.cells or []
                lines.update(dict.fromkeys([" ".join(filter(None, cells))]))
        except UnreadableError as error:
            yield Unread(source.path, part, error.reason, error.detail)
    yield from prose("slide masters", lines, "slide master")
