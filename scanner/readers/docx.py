"""Word documents (DOCX, DOCM, DOTX): paragraphs, tables, headers, notes, comments, tracked deletions, hidden text, text boxes.

Each table is a table; the paragraphs of a part are one table of lines. Text that is marked as hidden, as white as the page or
too small to read is told apart. Embedded files are handed on, images are named.
Not read: what a picture shows, macros, and older `.doc` files.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.errors import UnreadableError
from scanner.model import Note, Table, Unread
from scanner.readers.looks import Font, font
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
    told,
)
from scanner.readers.story import Story
from scanner.sources import Source

SUFFIXES = (".docx", ".docm", ".dotx", ".dotm")
_MAIN = "word/document.xml"
# Parts by the pattern of their names, what people call them, and why they are not seen at once.
_STORIES = (
    (r"word/document\d*\.xml", "text", ""),
    (r"word/header\d*\.xml", "page header", ""),
    (r"word/footer\d*\.xml", "page footer", ""),
    (r"word/footnotes\d*\.xml", "footnotes", ""),
    (r"word/endnotes\d*\.xml", "endnotes", ""),
    (r"word/comments\d*\.xml", "comments", "comments"),
    (r"word/diagrams/data\d*\.xml", "diagram", ""),
    (r"word/charts/chart\d*\.xml", "chart", ""),
    (r"word/glossary/document\.xml", "building blocks", "building blocks"),
)


def claims(head: bytes, source: Source) -> bool:
    """Whether this is a package with a Word document, or a locked or old one under such a name."""
    return lists(source, head, _MAIN, SUFFIXES) or locked(source, head, SUFFIXES)


def read(source: Source) -> Iterator[Table | Unread | Note | Source]:
    """The tables and texts of a document, then properties, embedded files, images. A broken part is `Unread`, the rest is read."""
    if source.head(4) != ZIP:
        yield from no_package(source)
        return
    with open_package(source) as package:
        if _MAIN not in package.parts and not numbered(package, _STORIES[0][0]):
            yield Unread(source.path, "", "damaged", "the package has no document", source.size)
            return
        styles = _styles(package)
        for pattern, title, hidden in _STORIES:
            if title == "chart" and has_embedded(package, "word"):
                continue
            for part, number in numbered(package, pattern):
                yield from told(source, package, part, f"{title} {number}".strip(), Story(styles), hidden)
        yield from beside_text(source, package, "word")


def _styles(package: Package) -> dict[str, Font]:
    """What styles of paragraphs and characters say of their text, by id; those that say nothing are left out."""
    try:
        found = leaves(package.small("word/styles.xml"), "word/styles.xml") if "word/styles.xml" in package.parts else []
    except UnreadableError:
        return {}  # the text is read all the same, only not called hidden
    styles: dict[str, Font] = {}
    based: dict[str, str] = {}
    hides = colour = base = None
    for name, attributes, _ in found:  # in the order in which they end: a style after what is in it
        said = font(name, attributes)
        hides, colour = said.hides if said.hides is not None else hides, said.colour or colour
        if name == "basedOn":
            base = attributes.get("val")
        elif name == "docDefaults":
            hides = colour = None
        elif name == "style":
            style = attributes.get("styleId", "")
            if attributes.get("type") != "table":  # whose colours stand on its own shades
                styles[style] = Font(hides, colour)
                based[style] = base or ""
            hides = colour = base = None
    for style in styles:
        styles[style] = _inherited(style, styles, based)
    return {style: said for style, said in styles.items() if said != Font()}


def _inherited(style: str, styles: dict[str, Font], based: dict[str, str]) -> Font:
    said, seen = styles[style], {style}
    while (style := based.get(style, "")) in styles and style not in seen:
        seen.add(style)
        above = styles[style]
        said = Font(said.hides if said.hides is not None else above.hides, said.colour or above.colour)
    return said
