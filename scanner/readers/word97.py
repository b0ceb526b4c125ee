"""The text of a binary Word file (97 to 2003), character by character, with what is hidden, deleted, or ends a table's row.

Source: [MS-DOC] 2.4.1 (retrieving text), 2.4.2 and 2.9.244 (where properties of paragraphs stand), 2.6.1 and 2.6.2 (their codes).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanner.errors import UnreadableError

ENCRYPTED, _COMPLEX, _TABLE_1 = 0x0100, 0x0004, 0x0200
_IDENT, _OLDER = 0xA5EC, 0xA5DC  # Word 97 to 2003; Word 6 and 95
_COUNTS, _CHPX, _PAPX, _CLX = 76, 0xFA, 0x102, 0x1A2  # places in the FIB ([MS-DOC] 2.5.1, 2.5.4, 2.5.6)
_PAGE = 512  # bytes of a page of properties
# sprmCFVanish, sprmCFRMarkDel, sprmPFTtp, sprmPFInTable
_CODES = {0x083C: 1, 0x0800: 2, 0x2417: 4, 0x2416: 8}
_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)  # bytes of an operand by the code's highest three bits; 0: told by itself
_LONG_TABLE, _TABS = 0xD608, 0xC615  # whose operands tell their size in other ways
_ELSEWHERE = frozenset((0x6645, 0x6646, 0x646B))  # sprmPHugePapx, sprmPTableProps: the properties stand in the stream Data
_LARGEST = 1 << 27  # characters of a document
HIDES, DELETES, ENDS_ROW, IN_TABLE, IS_CODE = 1, 2, 4, 8, 16
_FIELD = re.compile("[\x13\x14\x15]")  # begin, middle and end ([MS-DOC] 2.8.25)
# Parts of the text in their order in the file ([MS-DOC] 2.4.1): what people call them, and why they are not seen at once.
STORIES = (
    ("text", ""),
    ("footnotes", ""),
    ("page headers and footers", ""),
    ("macros", ""),
    ("comments", "comments"),
    ("endnotes", ""),
    ("text boxes", ""),
    ("text boxes of headers", ""),
)
_CODE_PAGES = {0x0804: "gb18030", 0x1004: "gb18030", 0x0404: "cp950", 0x0C04: "cp950"}  # by language

Flags = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Text:
    """One part of a document. text: as the file holds it, marks and all; flags: uint8 for each character."""

    name: str
    hidden: str
    text: str
    flags: Flags


def is_encrypted(word: bytes) -> bool:
    """Whether the text is locked. word: the stream WordDocument."""
    return len(word) >= 12 and bool(struct.unpack_from("<H", word, 10)[0] & ENCRYPTED)


def table_stream(word: bytes) -> str:
    """Which of two streams holds the tables of this file."""
    return "1Table" if len(word) >= 12 and struct.unpack_from("<H", word, 10)[0] & _TABLE_1 else "0Table"


def texts(word: bytes, table: bytes, data: bytes) -> Iterator[Text]:
    """The parts of the text, from three streams. Raises UnreadableError(damaged, format) where the structure breaks."""
    try:
        ident, _, _, language, _, flags = struct.unpack_from("<6H", word)
        if ident == _OLDER:
            yield _older(word, language, flags)
            return
        if ident != _IDENT:
            raise UnreadableError("format", "not a Word document of a version that can be read")
        text, places = _pieces(word, table)
        marks = _marked(word, table, data, places)
        counts = struct.unpack_from("<8I", word, _COUNTS)
    except (struct.error, IndexError, ValueError) as error:
        raise UnreadableError("damaged", f"the document's structure is broken ({type(error).__name__})") from None
    at = 0
    for (name, hidden), size in zip(STORIES, counts, strict=True):
        if size and at < len(text):
            own = text[at : at + size]
            yield Text(name, hidden, own, marks[at : at + size] | _codes(own))
        at += size


def _codes(text: str) -> Flags:
    """Marks the codes of fields; what they show stands behind them."""
    flags = np.zeros(len(text), np.uint8)
    begun: list[int] = []
    for mark in _FIELD.finditer(text):
        if mark[0] == "\x13":
            begun.append(mark.start())
        elif begun and begun[-1] >= 0:
            flags[begun[-1] : mark.end()] |= IS_CODE
            begun[-1] = -1
        if mark[0] == "\x15":
            flags[mark.start()] |= IS_CODE
            del begun[-1:]
    return flags


def _older(word: bytes, language: int, flags: int) -> Text:
    """Word 6 and 95: one run of bytes in the code page of the language."""
    if flags & (_COMPLEX | ENCRYPTED):
        raise UnreadableError("format", "a Word 6 or 95 document that was saved in pieces")
    start, end = struct.unpack_from("<II", word, 24)
    text = word[start:end].decode(_CODE_PAGES.get(language, "gb18030"), "replace")
    return Text("text", "", text, np.zeros(len(text), np.uint8))


def _pieces(word: bytes, table: bytes) -> tuple[str, NDArray[np.int64]]:
    """All text, and for each character where it stands in the stream."""
    start, size = struct.unpack_from("<II", word, _CLX)
    clx = table[start : start + size]
    at = 0
    while clx[at] == 1:  # properties that pieces share
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if clx[at] != 2:
        raise ValueError
    length = struct.unpack_from("<I", clx, at + 1)[0]
    listed = clx[at + 5 : at + 5 + length]
    count = (len(listed) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", listed)
    parts: list[str] = []
    places: list[NDArray[np.int64]] = []
    for number in range(count):
        long = ends[number + 1] - ends[number]
        where = struct.unpack_from("<2xI", listed, 4 * (count + 1) + 8 * number)[0]
        narrow = bool(where & 1 << 30)
        begin, width = ((where & ~(1 << 30)) // 2, 1) if narrow else (where, 2)
        if long < 0 or long > _LARGEST or begin + long * width > len(word) + 2:
            raise ValueError
        raw = word[begin : begin + long * width]
        # by code unit: places count them, and halves of a character are joined behind
        text = raw.decode("cp1252", "replace") if narrow else np.frombuffer(raw[: len(raw) & ~1], "<u2")
        parts.append(text if isinstance(text, str) else "".join(map(chr, text.tolist())))
        places.append(begin + width * np.arange(len(parts[-1]), dtype=np.int64))
    return "".join(parts), np.concatenate(places or [np.zeros(0, np.int64)])


def _marked(word: bytes, table: bytes, data: bytes, places: NDArray[np.int64]) -> Flags:
    """Flags of each character, from the pages of properties of characters and paragraphs."""
    flags = np.zeros(len(places), np.uint8)
    order = np.argsort(places, kind="stable")
    sorted_ = places[order]
    for where, paragraphs in ((_CHPX, False), (_PAPX, True)):
        for begin, end, flag in _runs(word, table, data, where, paragraphs=paragraphs):
            first, last = np.searchsorted(sorted_, (begin, end))
            if flag:
                flags[order[first:last]] |= flag
    return flags


def _runs(word: bytes, table: bytes, data: bytes, where: int, *, paragraphs: bool) -> Iterator[tuple[int, int, int]]:
    """Stretches of the stream with their flags."""
    start, size = struct.unpack_from("<II", word, where)
    count = max((size - 4) // 8, 0)
    for number in struct.unpack_from(f"<{count}I", table, start + 4 * (count + 1)) if count else ():
        page = word[(number & 0x3FFFFF) * _PAGE : ((number & 0x3FFFFF) + 1) * _PAGE]
        if len(page) < _PAGE:
            continue
        runs = page[-1]
        if 4 * (runs + 1) + runs * (13 if paragraphs else 1) >= _PAGE:
            continue
        edges = struct.unpack_from(f"<{runs + 1}I", page)
        for run in range(runs):
            at = 2 * page[4 * (runs + 1) + run * (13 if paragraphs else 1)]
            if at:
                yield edges[run], edges[run + 1], _flag(_properties(page, at, paragraphs=paragraphs), data)


def _properties(page: bytes, at: int, *, paragraphs: bool) -> bytes:
    size = page[at]
    if not paragraphs:
        return page[at + 1 : at + 1 + size]
    if size:
        return page[at + 3 : at + 2 * size]
    return page[at + 4 : at + 2 + 2 * page[at + 1]] if at + 1 < len(page) else b""


def _flag(properties: bytes, data: bytes) -> int:
    """What a list of properties says that matters here. data: where long lists stand; b"" for such a one."""
    flag = at = 0
    while at + 2 < len(properties):
        code = properties[at] | properties[at + 1] << 8
        size = _SIZES[code >> 13]
        if code == _LONG_TABLE and at + 4 <= len(properties):
            size = 1 + (properties[at + 2] | properties[at + 3] << 8)
        elif code == _TABS and properties[at + 2] == 255:
            return flag  # its size is told in a way of its own, and nothing of ours stands behind it
        elif not size:
            size = 1 + properties[at + 2]
        if code in _CODES and properties[at + 2] & 1:
            flag |= _CODES[code]
        elif code in _ELSEWHERE and data and at + 6 <= len(properties):
            place = int.from_bytes(properties[at + 2 : at + 6], "little")
            flag |= _flag(data[place + 2 : place + 2 + int.from_bytes(data[place : place + 2], "little")], b"")
        at += 2 + size
    return flag
