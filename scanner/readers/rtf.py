"""RTF documents: text, tables, notes, hidden and deleted text. Pictures and embedded objects are named, not read.

Written after the Rich Text Format Specification 1.9.1. Text outside ASCII comes as \\'hh in the code page of its font, or as \\u.
Memory holds the file and one piece of its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from scanner.errors import UnreadableError
from scanner.model import Table, Unread
from scanner.readers.looks import HIDDEN
from scanner.readers.prose import LONGEST, too_long, unique
from scanner.readers.story import DELETED, Line, Row
from scanner.readers.story_tables import story_tables
from scanner.sources import Source

SUFFIXES = (".rtf",)
MARK = b"{\\rtf"
_TOKEN = re.compile(rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\", re.DOTALL)
_DEEPEST = 2_000
# \fcharset → code page (specification, "Font Table")
_CHARSETS = {0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254",
             163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250"}  # fmt: skip
_PAGES = {936: "gb18030", 54936: "gb18030", 950: "cp950", 932: "cp932", 949: "cp949", 65001: "utf-8", 10000: "mac_roman"}
# Destinations whose text is none of the document's.
_APART = frozenset(
    b"fonttbl colortbl stylesheet listtable listoverridetable rsidtbl generator themedata colorschememapping datastore latentstyles"
    b" xmlnstbl mmathPr filetbl revtbl pgptbl operator fldtype bkmkstart bkmkend shpgrp sp sn sv nonshppict objdata pict"
    b" listlevel leveltext levelnumbers falt panose fontemb".split()
)
_SYMBOLS = {
    b"tab": "\t", b"line": "\n", b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“",
    b"rdblquote": "”", b"bullet": "•", b"emspace": " ", b"enspace": " ", b"qmspace": " ", b"page": "\n", b"column": "\n",
}  # fmt: skip


def claims(head: bytes, source: Source) -> bool:
    """Whether this is RTF."""
    return head.startswith(MARK)


def read(source: Source) -> Iterator[Table | Unread]:
    """The tables and lines of the document, then what was not read of it."""
    data = source.read()
    parser = _Parser(data)
    try:
        yield from unique(story_tables("text", parser.items()))
    except UnreadableError as error:
        yield Unread(source.path, "text", error.reason, error.detail)
    if parser.depth:
        yield Unread(source.path, "", "damaged", "the document ends too early")
    if parser.pictures:
        yield Unread(source.path, f"{parser.pictures} pictures", "format", "images without text")
    if parser.objects:
        yield Unread(source.path, f"{parser.objects} embedded objects", "format", "embedded objects")


def text(data: bytes) -> str:
    """The text of a small RTF document (a mail's body), cells of a row separated by tabs."""
    lines = []
    for item in _Parser(data).items():
        lines.append(item.text if isinstance(item, Line) else "\t".join(item.cells or []))
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits. skip: its text is none of the document's; alternative: \\uc, characters behind a \\u."""

    skip: bool = False
    hidden: bool = False
    deleted: bool = False
    font: int = 0
    alternative: int = 1
    fonts: bool = False
    in_table: bool = False


@dataclass
class _Parser:
    data: bytes
    page: str = "cp1252"
    depth: int = 0
    pictures: int = 0
    objects: int = 0
    _fonts: dict[int, str] = field(default_factory=dict)
    _texts: dict[str, list[str]] = field(default_factory=dict)
    _bytes: bytearray = field(default_factory=bytearray)
    _size: int = 0
    _cell: list[str] = field(default_factory=list)
    _row: list[str] = field(default_factory=list)
    _table: int = 0
    _open: bool = False

    def items(self) -> Iterator[Line | Row]:
        """Lines and rows of the document as they come."""
        state = _State()
        stack: list[_State] = []
        at, data = 0, self.data
        owed = 0  # characters that only stand in for a \u before them
        fresh = False  # at the beginning of a group
        while True:
            token = _TOKEN.match(data, at)
            if token is None:
                break
            at = token.end()
            code, word, number, symbol, brace, plain = token.groups()
            if brace:
                self._flush(state)
                owed = 0
                if brace == b"{":
                    stack.append(state)
                    if len(stack) > _DEEPEST:
                        raise UnreadableError("too_deep", f"more than {_DEEPEST} groups within groups")
                elif stack:
                    state = stack.pop()
                    if not stack:
                        break
                fresh = brace == b"{"
                continue
            if code:
                if owed:
                    owed -= 1
                elif not state.skip:
                    self._bytes.append(int(code, 16))
            elif plain:
                if owed:
                    plain, owed = plain[owed:], max(0, owed - len(plain))
                if plain and not state.skip:
                    self._bytes += plain
            elif word:
                value = int(number) if number else None
                if word == b"bin" and value:
                    at += max(0, value)
                elif word == b"u" and value is not None:
                    self._flush(state)
                    if not state.skip:
                        self._add(chr(value & 0xFFFF), state)
                    owed = state.alternative
                else:
                    if word in _APART and fresh:
                        self._count(word)
                    self._flush(state)
                    state = self._word(word, value, state)
                    yield from self._broken_off(word, state)
            elif symbol:
                self._flush(state)
                if symbol == b"*" and fresh:
                    state = replace(state, skip=state.skip or not self._kept(data, at))
                elif not state.skip:
                    self._add(
                        {b"~": " ", b"_": "-", b"\n": "\n", b"\r": "\n"}.get(
                            symbol, symbol.decode("latin-1") if symbol in b"\\{}" else ""
                        ),
                        state,
                    )
            fresh = False
        self.depth = len(stack)
        self._flush(state)
        yield from self._paragraph(state)
        yield from self._end_table()

    def _kept(self, data: bytes, at: int) -> bool:
        """Whether an optional destination holds text of the document."""
        return data.startswith(
            (b"\\fldinst", b"\\annotation", b"\\shpinst", b"\\shptxt", b"\\docvar", b"\\atnauthor", b"\\fchars"), at
        )

    def _count(self, word: bytes) -> None:
        self.pictures += word == b"pict"
        self.objects += word == b"objdata"

    def _word(self, word: bytes, value: int | None, state: _State) -> _State:
        on = value != 0
        if word in _APART:
            state = replace(state, skip=True, fonts=word == b"fonttbl")
        elif word == b"f" and value is not None:
            state = replace(state, font=value)
        elif word == b"fcharset" and state.fonts and value is not None:
            self._fonts[state.font] = _CHARSETS.get(value, self.page)
        elif word == b"ansicpg" and value is not None:
            self.page = _PAGES.get(value, f"cp{value}")
        elif word == b"v":
            state = replace(state, hidden=on)
        elif word == b"deleted":
            state = replace(state, deleted=on)
        elif word == b"plain":
            state = replace(state, hidden=False, deleted=False)
        elif word == b"uc" and value is not None:
            state = replace(state, alternative=min(max(value, 0), 8))
        elif word == b"intbl":
            state = replace(state, in_table=True)
            self._open = True
        elif word == b"pard":
            state = replace(state, in_table=False)
        elif word in _SYMBOLS and not state.skip:
            self._add(_SYMBOLS[word], state)
        return state

    def _broken_off(self, word: bytes, state: _State) -> Iterator[Line | Row]:
        """What ends a paragraph, a cell or a row."""
        if state.skip:
            return
        if word in (b"par", b"sect"):
            if state.in_table:
                self._add("\n", state)
            else:
                yield from self._end_table()
                yield from self._paragraph(state)
        elif word in (b"cell", b"nestcell"):
            self._row.append("".join(self._texts.pop("", [])).strip())
            self._open = True
        elif word in (b"row", b"nestrow") and self._row:
            if not self._table or not self._open:
                self._table += 1
            self._open = True
            yield Row(self._table, self._row)
            self._row, self._size = [], 0
        elif word in (b"footnote", b"header", b"footer", b"annotation"):
            yield from self._paragraph(state)

    def _end_table(self) -> Iterator[Row]:
        if self._open and self._table:
            yield Row(self._table, None)
            self._table += 1
        self._open = False

    def _paragraph(self, state: _State) -> Iterator[Line]:
        for why, pieces in self._texts.items():
            text = "".join(pieces).strip()
            if text:
                yield Line(_whole(text), why)
        self._texts = {}
        self._size = 0

    def _flush(self, state: _State) -> None:
        if self._bytes:
            name = self._fonts.get(state.font, self.page)
            # font tables often say "ANSI" of a Chinese font; the document's own code page decodes what is not Western
            if name == "cp1252" and self.page != "cp1252":
                name = self.page
            try:
                piece = self._bytes.decode(name, "replace")
            except LookupError:
                piece = self._bytes.decode("gb18030", "replace")
            self._bytes.clear()
            self._add(piece, state)

    def _add(self, piece: str, state: _State) -> None:
        why = DELETED if state.deleted else HIDDEN if state.hidden and not state.in_table else ""
        self._texts.setdefault(why, []).append(piece)
        self._size += len(piece)
        if self._size > LONGEST:
            raise too_long()


def _whole(text: str) -> str:
    """Halves of characters beyond U+FFFF, which \\u gives one by one, put together."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
