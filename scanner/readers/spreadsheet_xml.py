"""XML Spreadsheet 2003 (.xml, .xls): the sheets as rows stream by, comments, defined names and properties after them.

Source of the format: Microsoft, "XML Spreadsheet Reference". The XML is parsed by expat in pieces; a document that declares
entities of its own is refused, since programs write none and an expanding one could fill the memory.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn
from xml.parsers import expat

from scanner.cells import cell_text
from scanner.errors import UnreadableError
from scanner.model import Table, Unread
from scanner.readers.encodings import BLOCK, Damage, Encoding, detect, utf8_blocks
from scanner.readers.row_tables import WIDEST, Names, line_table, row_tables, titled_table
from scanner.sources import HEAD, Source, unreadable

SUFFIXES = (".xml", ".xls")
_SPACE = b"urn:schemas-microsoft-com:office:spreadsheet"
_PIECE = 1 << 16
_FURTHEST = 1 << 21  # rows; a jump beyond (ss:Index) is damage
_NOTES = 100_000  # comments and names kept until the sheets are read
_SHEET = re.compile(rb"<(?:\w+:)?Worksheet\b[^>]*\bName=(?:\"([^\"]*)\"|'([^']*)')|Visible>\s*(Sheet(?:Very)?Hidden)\s*<")
_HIDDEN = {"SheetHidden": "hidden sheet", "SheetVeryHidden": "sheet hidden from the menu"}


def claims(head: bytes, source: Source) -> bool:
    """Whether the document speaks the spreadsheet's XML language."""
    plain = head.replace(b"\0", b"") if b"\0" in head[:64] else head
    return plain.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<") and _SPACE in plain[:8192] and b"Workbook" in plain[:8192]


def read(source: Source) -> Iterator[Table | Unread]:
    """Every sheet, hidden ones too; then comments, names and properties, if there are any."""
    head = source.head()
    encoding = detect(head, whole=len(head) < HEAD)
    if encoding is None:
        yield Unread(source.path, "", "format", "not text", source.size)
        return
    hidden = _hidden_sheets(source, encoding) if source.stream is None else {}
    damage = Damage()
    try:
        with source.open() as stream:
            yield from _workbook(utf8_blocks(stream, stream.read(BLOCK), encoding, damage), hidden)
    except OSError as error:
        raise unreadable(error) from None
    if damage.places:
        yield Unread(source.path, damage.part(), "encoding", f"{damage.places} places are no text and were read as U+FFFD")


def _hidden_sheets(source: Source, encoding: Encoding) -> dict[str, str]:
    """Why each hidden sheet is hidden: it is said behind its rows."""
    found: dict[str, str] = {}
    sheet, kept = "", b""
    with source.open() as stream:
        for block in utf8_blocks(stream, stream.read(BLOCK), encoding, Damage()):
            text = kept + block
            for match in _SHEET.finditer(text):
                if match[3]:
                    found[sheet] = _HIDDEN[match[3].decode()]
                else:
                    sheet = html.unescape((match[1] or match[2] or b"").decode("utf-8", "replace"))
            kept = text[-256:]
    return found


@dataclass(slots=True)
class _State:
    """Where the parser stands. rows: those that are complete and not yet taken; ends: sheets that end behind so many of them."""

    path: list[str] = field(default_factory=list)
    sheets: list[tuple[str, list[list[str]], bool]] = field(default_factory=list)
    row: list[str] = field(default_factory=list)
    number: int = 0
    text: list[str] = field(default_factory=list)
    kind: str = ""
    merged: int = 0
    formula: str = ""
    gathering: bool = False
    notes: list[tuple[str, str]] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)


def _workbook(blocks: Iterator[bytes], hidden: dict[str, str]) -> Iterator[Table]:
    state = _State()
    pieces = _parsed(blocks, state)
    name = Names()
    trouble: UnreadableError | None = None
    try:
        while True:
            if not state.sheets and next(pieces, None) is None:
                break
            if state.sheets:
                title = state.sheets[0][0]
                yield from row_tables(name(title or "sheet"), _sheet_rows(state, pieces), hidden.get(title, ""))
    except UnreadableError as error:
        trouble = error
    if state.notes:
        yield titled_table(name("comments"), ("", "comment"), state.notes, "comments of cells")
    if state.names:
        yield titled_table(name("defined names"), ("", ""), state.names, "defined names")
    if state.properties:
        yield line_table(name("properties"), state.properties, "document properties")
    if trouble is not None:
        raise trouble


def _sheet_rows(state: _State, pieces: Iterator[bool]) -> Iterator[list[str]]:
    """The rows of the first sheet that waits; reads on until it ends."""
    while True:
        _, rows, ended = state.sheets[0]
        taken = rows[:]
        rows.clear()
        yield from taken
        if ended:
            state.sheets.pop(0)
            return
        try:
            more = next(pieces, None)
        except UnreadableError:
            yield from state.sheets.pop(0)[1]
            raise
        if more is None:
            state.sheets[0] = (state.sheets[0][0], state.sheets[0][1], True)


def _parsed(blocks: Iterator[bytes], state: _State) -> Iterator[bool]:
    """Parses a piece of the document with each step."""
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: _start(state, tag.rpartition(" ")[2], attributes)
    parser.EndElementHandler = lambda tag: _stop(state)
    parser.CharacterDataHandler = lambda text: state.text.append(text) if state.gathering else None
    parser.EntityDeclHandler = _refuse
    try:
        for block in blocks:
            for start in range(0, len(block), _PIECE):
                parser.Parse(block[start : start + _PIECE], False)
                yield True
        parser.Parse(b"", True)
        yield True
    except (expat.ExpatError, LookupError):  # an encoding that nobody knows
        raise UnreadableError("damaged", f"not well-formed XML at line {parser.CurrentLineNumber}") from None


def _refuse(*_: object) -> NoReturn:
    raise UnreadableError("damaged", "the XML declares entities of its own")


def _said(attributes: dict[str, str], name: str) -> str:
    return attributes.get(f"{_SPACE.decode()} {name}", "")


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _start(state: _State, tag: str, attributes: dict[str, str]) -> None:
    state.path.append(tag)
    if len(state.path) > 200:
        raise UnreadableError("too_deep", "XML elements nested over 200 deep")
    if tag == "Worksheet":
        state.sheets.append((_said(attributes, "Name"), [], False))
        state.number = 0
    elif tag == "Row":
        at = _whole(_said(attributes, "Index"))
        if state.sheets and state.number < at - 1 < _FURTHEST:
            # blank rows part one table from the next; how many there are says nothing
            state.sheets[-1][1].extend([] for _ in range(min(at - 1 - state.number, 2)))
            state.number = at - 1
        state.row = []
        state.number += 1
    elif tag == "Cell":
        at = _whole(_said(attributes, "Index"))
        state.row.extend([""] * (min(at - 1, WIDEST) - len(state.row)))
        state.merged = min(_whole(_said(attributes, "MergeAcross")), WIDEST)
        state.formula = _said(attributes, "Formula")
        state.row.append("")
        link = _said(attributes, "HRef")
        if link.lower().startswith(("mailto:", "tel:")):
            state.notes.append((f"row {state.number}", link))
    elif tag == "NamedRange":
        state.names.append((_said(attributes, "Name"), _said(attributes, "RefersTo")))
    elif tag == "Data":
        state.kind = _said(attributes, "Type")
    if tag in ("Data", "Comment") or (len(state.path) == 3 and state.path[1] in ("DocumentProperties", "CustomDocumentProperties")):
        state.gathering = True
        state.text.clear()


def _stop(state: _State) -> None:
    tag = state.path.pop()
    inside = state.path[-1] if state.path else ""
    if tag == "Data" and inside == "Cell" and state.row:
        state.row[-1] = _cell("".join(state.text), state.kind)
        state.gathering = False
    elif tag == "Comment":
        if len(state.notes) < _NOTES:
            state.notes.append((f"row {state.number}", "".join(state.text)))
        state.gathering = False
    elif tag == "Cell":
        if state.formula and not state.row[-1]:
            state.row[-1] = state.formula
        state.row.extend([""] * state.merged)
    elif tag == "Row" and state.sheets:
        state.sheets[-1][1].append(state.row)
        state.row = []
    elif tag == "Worksheet" and state.sheets:
        name, rows, _ = state.sheets[-1]
        state.sheets[-1] = (name, rows, True)
    elif inside in ("DocumentProperties", "CustomDocumentProperties"):
        if len(state.properties) < _NOTES and state.text:
            state.properties.append(f"{tag}: {''.join(state.text)}")
        state.gathering = False


def _cell(text: str, kind: str) -> str:
    if kind == "Number":
        try:
            return text if text.lstrip("-").isdigit() and len(text) < 16 else cell_text(float(text))
        except ValueError:
            return text
    if kind == "DateTime":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        return cell_text(moment.time()) if moment.year == 1899 else cell_text(moment)
    if kind == "Boolean":
        return "true" if text == "1" else "false"
    return text
