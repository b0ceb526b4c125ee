"""Word documents (DOCX, DOCM, DOTX): paragraphs, tables, headers, notes, comments, tracked deletions, hidden text, text boxes.

Each table is a table; the paragraphs of a part are one table of lines. Embedded files are handed on, images are named.
Not read: what a picture shows, macros, and older `.doc` files.
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
    story,
)
from scanner.readers.prose import unique
from scanner.readers.story import story_tables
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


def read(source: Source) -> Iterator[Table | Unread | Source]:
    """The tables and texts of a document, then properties, embedded files, images. A broken part is `Unread`, the rest is read."""
    if source.head(4) != ZIP:
        yield no_package(source, source.read())
        return
    with open_package(source) as package:
        if _MAIN not in package.parts and not numbered(package, _STORIES[0][0]):
            yield Unread(source.path, "", "damaged", "the package has no document", source.size)
            return
        styles = _hidden_styles(package)
        for pattern, title, hidden in _STORIES:
            if title == "chart" and has_embedded(package, "word"):
                continue
            for part, number in numbered(package, pattern):
                name = f"{title} {number}".strip()
                try:
                    yield from unique(story_tables(name, story(package, part, styles), hidden))
                except UnreadableError as error:
                    yield Unread(source.path, name, error.reason, error.detail)
        yield from beside_text(source, package, "word")


def _hidden_styles(package: Package) -> frozenset[str]:
    """Ids of styles whose text is hidden."""
    try:
        found = leaves(package.small("word/styles.xml"), "word/styles.xml") if "word/styles.xml" in package.parts else []
    except UnreadableError:
        return frozenset()  # the text is read all the same, only not called hidden
    hidden: set[str] = set()
    vanishes = False
    for name, attributes, _ in found:  # in the order in which they end: a style after what is in it
        if name == "vanish":
            vanishes = attributes.get("val", "1") not in ("0", "false", "off")
        elif name == "style":
            if vanishes:
                hidden.add(attributes.get("styleId", ""))
            vanishes = False
    return frozenset(hidden)
