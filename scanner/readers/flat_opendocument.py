"""Flat OpenDocument spreadsheets (.fods): the whole document as one XML file, packed in memory and read as what it flattens.

Source of the format: OpenDocument 1.3 part 3, 2.2 (a document as a single XML file). Text documents and presentations of that kind
are read as those in a package.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import NoReturn
from xml.parsers import expat

from scanner.errors import UnreadableError
from scanner.model import Note, Table, Unread
from scanner.readers import opendocument, workbook
from scanner.sources import Source

SUFFIXES = (".fods", ".fodt", ".fodp", ".fodg")
_ROOT = re.compile(rb"<office:document\s[^>]*urn:oasis:names:tc:opendocument:xmlns:office")
_KIND = re.compile(rb"office:mimetype=[\"']application/vnd\.oasis\.opendocument\.([a-z]+)")
_SHEETS = b"application/vnd.oasis.opendocument.spreadsheet"
_OPEN = b"<office:document"
# Between the elements of a table; within a text blanks are text. calamine takes them for damage.
_BEFORE, _BEHIND = (
    re.compile(rb"(?<!\s)\s++(?=</?(?:table|office):)"),
    re.compile(rb"(?<=[^/?]>)\s++(?=<(?:text:p|table|office|draw)[ >:])"),
)
_PIECE = 1 << 20
_MANIFEST = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def claims(head: bytes, source: Source) -> bool:
    """By the root element and its name space."""
    return _ROOT.search(head, 0, 1 << 14) is not None


def read(source: Source) -> Iterator[Table | Unread | Note | Source]:
    """The tables of a spreadsheet, as those of an .ods; XML that is cut or broken is `Unread` as a whole."""
    data = source.read()
    root = _ROOT.search(data)
    kind = _KIND.search(data, root.start() if root else 0)
    if kind is None or kind[1] != b"spreadsheet":
        yield from opendocument.flat(source)
        return
    trouble = _trouble(data)
    if trouble is not None:
        yield Unread(source.path, "", trouble.reason, trouble.detail, len(data))
        return
    yield from workbook.read(replace(source, data=_packed(data), stream=None))


def _trouble(data: bytes) -> UnreadableError | None:
    """What is wrong with the XML; entities of its own are, since an expanding one could fill the memory."""

    def refuse(*_: object) -> NoReturn:
        raise UnreadableError("damaged", "the XML declares entities of its own")

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = refuse
    try:
        for start in range(0, len(data), _PIECE):
            parser.Parse(data[start : start + _PIECE], False)
        parser.Parse(b"", True)
    except UnreadableError as error:
        return error
    except (expat.ExpatError, LookupError):  # an encoding that nobody knows
        return UnreadableError("damaged", f"not well-formed XML at line {parser.CurrentLineNumber}")
    return None


def _packed(data: bytes) -> bytes:
    """The same document as a package, whose parts have roots of their own. Its properties stand in front of the body."""
    root, end, body = _ROOT.search(data), data.rfind(b"</office:document"), data.find(b"<office:body")
    start = root.start() if root else 0
    content = data[:start] + b"<office:document-content" + data[start + len(_OPEN) : end] + b"</office:document-content>"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as package:
        package.writestr("mimetype", _SHEETS)
        package.writestr("META-INF/manifest.xml", _MANIFEST)
        package.writestr("content.xml", _BEHIND.sub(b"", _BEFORE.sub(b"", content)))
        package.writestr("meta.xml", data[:body] + b"</office:document>" if body > 0 else b"<office:document-meta/>")
    return made.getvalue()
