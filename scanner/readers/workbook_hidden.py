"""What a workbook holds beside its cells: comments, defined names, lists for input, properties, cached pivot and linked values,
and which rows and columns are hidden.

Only parts that the package lists are opened. Elements are picked out by expat in pieces, so that no part is ever held as a tree;
XML that declares entities of its own is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import NoReturn
from xml.parsers import expat

from scanner.errors import UnreadableError
from scanner.model import Table, Unread
from scanner.readers.members import BROKEN_PART
from scanner.readers.row_tables import line_table, row_tables
from scanner.sources import Source

_PIECE = 1 << 18
_MOST = 200_000  # values kept of one kind of part
_LARGEST = 1 << 28  # bytes of such a part, unpacked
_FILTERED = re.compile(rb"table:visibility=\"(?:collapse|filter)\"")

_SAID = frozenset(
    ("creator", "lastModifiedBy", "title", "subject", "description", "keywords", "category", "Manager", "Company", "property")
) | {"initial-creator", "keyword", "user-defined"}

# What programs write where a person's name could stand.
_PROGRAMS = frozenset(
    (
        "openpyxl",
        "xlsxwriter",
        "apache poi",
        "microsoft office user",
        "administrator",
        "admin",
        "user",
        "wps office",
        "unknown",
        "false",
    )
)

Take = Callable[[str, dict[str, str], str], str | None]

_FAILS: tuple[type[Exception], ...] = (UnreadableError, *BROKEN_PART)


def _comment(tag: str, said: dict[str, str], text: str) -> str | None:
    return text if tag in ("comment", "threadedComment") else None


def _names(tag: str, said: dict[str, str], text: str) -> str | None:
    """Names of people and values behind defined names; plain ranges tell nothing."""
    if tag == "definedName" and not re.fullmatch(r"(?:'[^']*'|[^'!\s]+)?!?[$A-Z0-9:,!'#_ ]*", text):
        return f"{said.get('name', '')}: {text}"
    return None


def _lists(tag: str, said: dict[str, str], text: str) -> str | None:
    """Lists to choose from that are written into the sheet, and the messages shown beside a cell."""
    if tag == "dataValidation":
        parts = (
            said.get("promptTitle"),
            said.get("prompt"),
            said.get("errorTitle"),
            said.get("error"),
            text if '"' in text else "",
        )
        return " ".join(part for part in parts if part) or None
    return None


def _properties(tag: str, said: dict[str, str], text: str) -> str | None:
    if tag not in _SAID or not text or text.casefold() in _PROGRAMS:
        return None
    return f"{said.get('name') or tag}: {text}"


def _cached(tag: str, said: dict[str, str], text: str) -> str | None:
    """Values of a pivot's cache (s, n, d …) and of linked workbooks."""
    return said.get("v") or text or None if tag in ("s", "n", "d", "e", "v") else None


def _drawn(tag: str, said: dict[str, str], text: str) -> str | None:
    return text if tag == "p" else None


# What a part's path begins with, how its values are taken, and how the table of them is called.
_PARTS: tuple[tuple[re.Pattern[str], Take, str, str], ...] = (
    (re.compile(r"xl/(?:comments\d*|comments/comment\d*|threadedComments/.*)\.xml\Z"), _comment, "comments", "comments of cells"),
    (re.compile(r"xl/workbook\.xml\Z"), _names, "defined names", "defined names"),
    (re.compile(r"xl/persons/.*\.xml\Z"), lambda t, s, x: s.get("displayName"), "authors", "authors of comments"),
    (re.compile(r"(?:docProps/(?:core|app|custom)|meta)\.xml\Z"), _properties, "properties", "document properties"),
    (re.compile(r"xl/pivotCache/pivotCacheDefinition\d*\.xml\Z"), _cached, "pivot values", "cached values of pivot tables"),
    (re.compile(r"xl/externalLinks/externalLink\d*\.xml\Z"), _cached, "linked values", "cached values of other workbooks"),
    (re.compile(r"xl/drawings/drawing\d*\.xml\Z"), _drawn, "text boxes", "text boxes on the sheets"),
    (re.compile(r"xl/(?:worksheets|macrosheets)/sheet\d*\.xml\Z"), _lists, "input lists", "lists and messages for input"),
)
_RECORDS = re.compile(r"xl/pivotCache/pivotCacheRecords\d*\.xml\Z")


def hidden_tables(source: Source, data: bytes, without_lists: frozenset[str] = frozenset()) -> Iterator[Table | Unread]:
    """Extra tables, each with `hidden` saying what it is; none for a workbook without such parts.

    data: the package. without_lists: sheets that are known to hold no lists for input.
    """
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
        names = package.namelist()
    except BROKEN_PART:
        return
    with package:
        for pattern, take, name, hidden in _PARTS:
            lines: list[str] = []
            for part in filter(pattern.match, names):
                if take is _lists and (part in without_lists or not _holds(package, part, b"dataValidation ")):
                    continue
                try:
                    for line in _values(package, part, take):
                        lines.append(line)
                        if len(lines) >= _MOST:
                            yield Unread(source.path, part, "too_large", f"more than {_MOST:,} values, the rest was not read")
                            break
                except _FAILS as error:
                    reason = error.reason if isinstance(error, UnreadableError) else "damaged"
                    yield Unread(source.path, part, reason, type(error).__name__)
            if lines:
                yield line_table(name, lines, hidden)
        for part in filter(_RECORDS.match, names):
            yield from _pivot_records(source, package, part, names)
        if "content.xml" in names and _holds(package, "content.xml", b"<office:annotation"):
            yield from _annotations(source, package)


def _pieces(package: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    with package.open(part) as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _holds(package: zipfile.ZipFile, part: str, mark: bytes) -> bool:
    try:
        kept = b""
        for piece in _pieces(package, part):
            if mark in kept + piece:
                return True
            kept = piece[-len(mark) :]
    except BROKEN_PART:
        return False
    return False


def _elements(package: zipfile.ZipFile, part: str) -> Iterator[tuple[str, bool, dict[str, str], str]]:
    """Begin (False) and end (True) of every element: local name, attributes by local name, the text inside at its end."""
    if package.getinfo(part).file_size > _LARGEST:
        raise UnreadableError("too_large", "the part is larger than 256 MiB")
    found: list[tuple[str, bool, dict[str, str], str]] = []
    stack: list[tuple[str, dict[str, str], list[str]]] = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if len(stack) > 200:
            raise UnreadableError("too_deep", "XML elements nested over 200 deep")
        said = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        stack.append((tag.rpartition(" ")[2], said, []))
        found.append((stack[-1][0], False, said, ""))

    def end(_: str) -> None:
        tag, said, text = stack.pop()
        inside = "".join(text)
        if stack:
            stack[-1][2].append(inside + ("\n" if tag == "p" else ""))
        found.append((tag, True, said, inside.strip()))

    def refuse(*_: object) -> NoReturn:
        raise UnreadableError("damaged", "the XML declares entities of its own")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: stack[-1][2].append(text) if stack else None
    parser.EntityDeclHandler = refuse
    try:
        for piece in _pieces(package, part):
            parser.Parse(piece, False)
            yield from found
            found.clear()
        parser.Parse(b"", True)
        yield from found
    except (expat.ExpatError, LookupError):  # an encoding that nobody knows
        raise UnreadableError("damaged", "not well-formed XML") from None


def _values(package: zipfile.ZipFile, part: str, take: Take) -> Iterator[str]:
    for tag, ended, said, text in _elements(package, part):
        value = take(tag, said, text) if ended else None
        if value and value.strip():
            yield value


def _pivot_records(source: Source, package: zipfile.ZipFile, part: str, names: list[str]) -> Iterator[Table | Unread]:
    """The rows that a pivot table was made from: they stay in the file when their sheet is deleted."""
    definition = part.replace("Records", "Definition")
    titles: list[str] = []
    shared: list[list[str]] = []
    try:
        if definition in names:
            for tag, ended, said, _ in _elements(package, definition):
                if tag == "cacheField" and not ended:
                    titles.append(said.get("name", ""))
                    shared.append([])
                elif ended and shared and tag in ("s", "n", "d", "b", "e", "m"):
                    shared[-1].append(said.get("v", ""))
    except _FAILS as error:
        yield Unread(source.path, definition, "damaged", type(error).__name__)
    name = "pivot records " + "".join(filter(str.isdigit, part))
    yield from row_tables(name, _cached_rows(package, part, titles, shared), "cached records of a pivot table")


def _cached_rows(package: zipfile.ZipFile, part: str, titles: list[str], shared: list[list[str]]) -> Iterator[list[str]]:
    if titles:
        yield titles
    row: list[str] = []
    try:
        for tag, ended, said, _ in _elements(package, part):
            if tag == "r" and not ended:
                row = []
            elif tag == "r":
                yield row
            elif ended and tag == "x":
                index = said.get("v", "")
                values = shared[len(row)] if len(row) < len(shared) else []
                row.append(values[int(index)] if index.isdigit() and int(index) < len(values) else "")
            elif ended and tag in ("s", "n", "d", "b", "e", "m"):
                row.append(said.get("v", ""))
    except BROKEN_PART as error:
        raise UnreadableError("damaged", type(error).__name__) from None


def _annotations(source: Source, package: zipfile.ZipFile) -> Iterator[Table | Unread]:
    """Comments of an OpenDocument sheet."""
    lines: list[str] = []
    try:
        for tag, ended, _, text in _elements(package, "content.xml"):
            if ended and tag == "annotation" and text and len(lines) < _MOST:
                lines.append(text)
    except _FAILS as error:
        yield Unread(source.path, "content.xml", "damaged", type(error).__name__)
    if lines:
        yield line_table("comments", lines, "comments of cells")
