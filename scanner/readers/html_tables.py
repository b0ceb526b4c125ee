"""HTML with tables, most of it saved as .xls by web systems: every table, nested ones too, and the text around them.

Only the tags that make tables, lines and hidden parts are looked at, so that damage elsewhere does no harm and memory holds one
block of the file. A merged cell stands in its first place, the others are empty, as in a workbook.
"""

from __future__ import annotations

import html
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from scanner.cells import cell_text
from scanner.errors import UnreadableError
from scanner.model import Table, Unread
from scanner.readers.encodings import BLOCK, Damage, Encoding, detect, utf8_blocks
from scanner.readers.row_tables import WIDEST, Names, line_table, row_tables
from scanner.sources import HEAD, Source, unreadable

SUFFIXES = (".html", ".htm", ".xls", ".xlsx", ".xhtml", ".et", ".hta")
_MARKUP = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|meta|table|style|div|font|center)\b", re.IGNORECASE)
_TABLE = re.compile(rb"<table\b", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]+)", re.IGNORECASE)
_CHINESE = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030",
            "cp936": "gb18030", "big5": "cp950", "big5-hkscs": "big5hkscs"}  # fmt: skip
_TAG = re.compile(
    r"(?P<comment><!--)|(?P<cdata><!\[CDATA\[)"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9:]*+)(?P<with>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>"
    r"|<[!?/][^<>]*>"
)
# A row of plain cells, as most programs write all of them: read in one step. Possessive, so that damage costs no second look.
_WITH = r"(?:[^<>\"']|\"[^<>\"]*\"|'[^<>']*')*+"
_PLAIN = re.compile(rf"\s*+<tr\b{_WITH}>((?:\s*+<t[dh]\b{_WITH}>[^<]*+</t[dh]\s*+>)++)\s*+</tr\s*+>", re.IGNORECASE)
_CELL = re.compile(rf"<t[dh]\b{_WITH}>([^<]*+)<", re.IGNORECASE)
_RICH = re.compile(r"span\s*=|x:num|sdval", re.IGNORECASE)
_OPEN_TAG = re.compile(r"<(?:/?[A-Za-z][A-Za-z0-9:]*+(?:\s[^<>]*+)?+|/|!-?-?)?\Z")
_RAW = {"script": re.compile(r"</script\s*>", re.IGNORECASE), "style": re.compile(r"</style\s*>", re.IGNORECASE)}
_ATTRIBUTE = re.compile(r"([\w:.\-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_BREAKS = "br p div li h1 h2 h3 h4 h5 h6 ul ol dl dt dd pre hr section article option legend label title caption"
_LINES = frozenset(re.findall(r"\w+", _BREAKS))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|\bhidden\b(?!\s*=\s*[\"']?false)", re.IGNORECASE)
_RULE = re.compile(r"[\W_]*\Z")  # lines of dashes or stars
_SHORTENED = re.compile(r"-?\d[.,]?\d*E\+\d+\Z|#+\Z")  # a long number as Excel shows it in a narrow column
_BLANKS = re.compile(r"[ \t\r\f\v\xa0\u200b\n]+")
_LONGEST = 1 << 26  # characters after which an unclosed comment, quote or script is taken for text
_PROSE = 1 << 22  # characters of text around the tables that become a table of lines at once
_NESTED = 1_000_000  # cells of nested tables that wait for the table around them to end
_DEEPEST = 200


def claims(head: bytes, source: Source) -> bool:
    """Whether this is a page with tables. A page whose first table comes late is claimed by its suffix."""
    plain = head if b"\0" not in head else head.replace(b"\0", b"")  # UTF-16, as far as tags go
    markup = _MARKUP.search(plain, 0, 4096)
    if not markup or plain.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] != b"<":
        return False
    return _TABLE.search(plain) is not None or source.suffix in SUFFIXES


def read(source: Source) -> Iterator[Table | Unread]:
    """Each table of the page ("table 1", its caption if it has one), then the text around the tables and the comments."""
    head = source.head()
    encoding = page_encoding(head)
    if encoding is None:
        yield Unread(source.path, "", "format", "not text", source.size)
        return
    damage = Damage()
    try:
        with source.open() as stream:
            yield from _page(utf8_blocks(stream, stream.read(BLOCK), encoding, damage))
    except UnreadableError as error:
        yield Unread(source.path, "", error.reason, error.detail, source.size)
    except OSError as error:
        raise unreadable(error) from None
    if damage.places:
        yield Unread(source.path, damage.part(), "encoding", f"{damage.places} places are no text and were read as U+FFFD")


def page_encoding(head: bytes) -> Encoding | None:
    """The encoding by content; between the Chinese ones, the page's own word counts."""
    found = detect(head, whole=len(head) < HEAD)
    said = _CHARSET.search(head, 0, 8192)
    if found is None or found.mark or said is None or found.name in ("ascii", "utf-8", "utf-16-le", "utf-16-be"):
        return found
    name = _CHINESE.get(said[1].decode().lower())
    return Encoding(name) if name else found


@dataclass(slots=True)
class _Grid:
    """A table being read. down: for each column, in how many rows below a cell from above still stands."""

    row: list[str] = field(default_factory=list)
    open_row: bool = False
    cell: list[str] | None = None
    number: str = ""
    span: tuple[int, int] = (1, 1)
    down: dict[int, int] = field(default_factory=dict)
    rows: list[list[str]] = field(default_factory=list)  # of a nested table, until it ends


@dataclass(frozen=True, slots=True)
class _Begin:
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Row:
    cells: list[str]


@dataclass(frozen=True, slots=True)
class _End:
    pass


@dataclass(frozen=True, slots=True)
class _Prose:
    text: str


_Event = _Begin | _Row | _End | _Prose


@dataclass(slots=True)
class _Page:
    """What was met beside the rows of the outermost table."""

    stack: list[_Grid] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    size: int = 0
    comments: list[str] = field(default_factory=list)
    nested: list[list[list[str]]] = field(default_factory=list)
    waiting: int = 0
    raw: str = ""  # script or style whose end is still to come
    opened: bool = False  # <html> was met,
    closed: bool = False  # its end or the body's was
    cut: bool = False  # the text ends within a tag, a comment, a table or the page

    def add(self, text: str) -> None:
        cell = self.stack[-1].cell if self.stack else None
        if cell is not None:
            cell.append(text)
        else:  # browsers show text that stands between cells above the table
            self.text.append(text)
            self.size += len(text)

    def taken(self) -> str:
        text = "".join(self.text)
        self.text.clear()
        self.size = 0
        return text


def _page(blocks: Iterator[bytes]) -> Iterator[Table]:
    """The tables, then UnreadableError for a page that ends too early."""
    page = _Page()
    events = _events(page, blocks)
    name = Names()
    for event in events:
        if isinstance(event, _Prose):
            yield line_table(name("text"), _text_lines(event.text))
        if not isinstance(event, _Begin):
            continue
        yield from row_tables(name("table"), _rows(events), "hidden on the page" if event.hidden else "")
        for rows in page.nested:
            yield from row_tables(name("table"), rows)
        page.nested.clear()
        page.waiting = 0
    lines = _text_lines(page.taken())
    if lines:
        yield line_table(name("text"), lines)
    notes = [line for comment in page.comments for line in _text_lines(re.sub(r"<[^<>]*>", "\n", comment))]
    if notes:
        yield line_table(name("comments"), notes, "comment in the page's source")
    if page.cut:
        raise UnreadableError("damaged", "the page ends too early")


def _rows(events: Iterator[_Event]) -> Iterator[list[str]]:
    """The rows of the table that has begun; reads on to its end."""
    for event in events:
        if isinstance(event, _Row):
            yield event.cells
        elif isinstance(event, _End):
            return


def _text_lines(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in html.unescape(text).split("\n"))
    return [line for line in lines if line and not _RULE.match(line)]


def _events(page: _Page, blocks: Iterator[bytes]) -> Iterator[_Event]:
    kept = ""
    for block in blocks:
        text = kept + block.decode("utf-8", "replace")
        done = yield from _scan(page, text, whole=False)
        kept = text[done:]
        if len(kept) > _LONGEST:
            yield from _scan(page, kept, whole=True)
            kept = ""
        if not page.stack and page.size > _PROSE:
            yield _Prose(page.taken())
    page.cut = False  # by a tag that was longer than a block
    yield from _scan(page, kept, whole=True)
    page.cut = page.cut or bool(page.raw) or (not page.closed and (page.opened or bool(page.stack)))
    while page.stack:
        yield from _end_table(page)


def _scan(page: _Page, text: str, *, whole: bool) -> Generator[_Event, None, int]:
    """Goes over a piece of the page; returns how much of it is used up."""
    at, size = 0, len(text)
    while at < size:
        if page.raw:
            end = _RAW[page.raw].search(text, at)
            if end is None:
                return size if whole else max(at, size - 32)
            at, page.raw = end.end(), ""
        grid = page.stack[0] if len(page.stack) == 1 else None
        if grid is not None and grid.cell is None and not grid.open_row and not grid.down:
            plain = _PLAIN.match(text, at)
            if plain and not _RICH.search(plain[1]):
                at = plain.end()
                yield _Row([_tidy(cell) for cell in _CELL.findall(plain[1])])
                continue
        tag = _TAG.search(text, at)
        if tag is None:
            break
        if tag.start() > at:
            page.add(_flat(text[at : tag.start()]))
        at = tag.end()
        if tag["name"]:
            yield from _tag(page, tag["name"].lower(), tag["with"], closes=bool(tag["close"]))
        elif tag["comment"] or tag["cdata"]:
            ending = "-->" if tag["comment"] else "]]>"
            end_at = text.find(ending, at)
            if end_at < 0 and not whole:
                return tag.start()
            page.cut = end_at < 0
            inside = text[at:] if end_at < 0 else text[at:end_at]
            at = size if end_at < 0 else end_at + len(ending)
            if tag["cdata"]:
                page.add(html.escape(inside))
            elif inside.strip() and not inside.lstrip().startswith("[if"):  # conditional comments hold settings of programs
                page.comments.append(inside)
    opening = -1 if whole else text.find("<", at)  # perhaps a tag that goes on in the next block
    page.add(_flat(text[at:] if opening < 0 else text[at:opening]))
    page.cut = page.cut or (whole and _OPEN_TAG.search(text, at) is not None)
    return size if opening < 0 else opening


def _tag(page: _Page, name: str, attributes: str, *, closes: bool) -> Iterator[_Event]:
    grid = page.stack[-1] if page.stack else None
    if name == "table":
        if closes:
            yield from _end_table(page)
        elif len(page.stack) < _DEEPEST:
            if grid is None:
                yield _Begin(_HIDDEN.search(attributes) is not None)
            elif grid.cell is not None:
                grid.cell.append("\n")
            page.stack.append(_Grid())
    elif name == "tr" and grid is not None:
        yield from _end_row(page, grid)
        grid.open_row = not closes
    elif name in ("td", "th") and grid is not None:
        _end_cell(grid)
        if not closes:
            grid.cell = []
            grid.open_row = True
            said = _attributes(attributes) if attributes else {}
            grid.span = (_count(said, "colspan", WIDEST), _count(said, "rowspan", 1 << 20))
            grid.number = said.get("x:num") or said.get("sdval") or ""
    elif name in ("html", "body"):
        page.opened, page.closed = page.opened or name == "html", page.closed or closes
    elif name in _LINES:
        page.add("\n")
    elif name in _RAW and not closes and not attributes.endswith("/"):
        page.raw = name
    elif name in ("input", "option", "img", "a") and attributes and not closes:
        page.add(_written(name, _attributes(attributes)))


def _written(name: str, said: dict[str, str]) -> str:
    """What a field of a form holds, what stands for an image, and whom a link calls or writes to."""
    if name == "input":
        return f" {said.get('value', '')} " if said.get("type", "").lower() not in ("checkbox", "radio", "button", "submit") else ""
    if name == "img":
        return f" {said.get('alt', '')} "
    link = said.get("href", "")
    return f" {link.partition(':')[2]} " if link.lower().startswith(("tel:", "mailto:", "sms:")) else ""


def _attributes(text: str) -> dict[str, str]:
    return {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(text)}


def _count(said: dict[str, str], name: str, most: int) -> int:
    text = said.get(name, "1").strip()[:8]
    return max(1, min(int(text), most)) if text.isascii() and text.isdigit() else 1


def _flat(text: str) -> str:
    return _BLANKS.sub(" ", text)


def _tidy(text: str) -> str:
    """The text of a plain cell."""
    if "&" in text:
        text = html.unescape(text)
    return " ".join(text.split())


def _number(text: str) -> str:
    """A number without its exponent."""
    try:
        return text if text.isdigit() else cell_text(float(text)) or text
    except ValueError:
        return text


def _end_cell(grid: _Grid) -> None:
    if grid.cell is None:
        return
    text = "".join(grid.cell)
    text = "\n".join(filter(None, map(_tidy, text.split("\n")))) if "\n" in text else _tidy(text)
    if _SHORTENED.match(text):
        text = _number(grid.number or text)
    row = grid.row
    while _reached(grid):
        row.append("")
    wide, deep = grid.span
    if deep > 1:
        for place in range(len(row), min(len(row) + wide, WIDEST)):
            grid.down[place] = deep
    row.append(text)
    row.extend([""] * min(wide - 1, max(0, WIDEST - len(row))))
    grid.cell, grid.number, grid.span = None, "", (1, 1)


def _reached(grid: _Grid) -> bool:
    """Whether a cell of a row above reaches down to where the next cell would stand."""
    return bool(grid.down) and len(grid.row) in grid.down


def _end_row(page: _Page, grid: _Grid) -> Iterator[_Event]:
    _end_cell(grid)
    if not grid.open_row:
        return
    row, grid.row, grid.open_row = grid.row, [], False
    if grid.down:
        grid.down = {place: left - 1 for place, left in grid.down.items() if left > 1}
    if page.stack[0] is grid:
        yield _Row(row)
    else:
        grid.rows.append(row)
        page.waiting += len(row) + 1


def _end_table(page: _Page) -> Iterator[_Event]:
    if not page.stack:
        return
    grid = page.stack[-1]
    yield from _end_row(page, grid)
    page.stack.pop()
    if not page.stack:
        yield _End()
        return
    rows = [row for row in grid.rows if any(row)]
    if len(rows) > 1 and max(map(len, rows)) > 1 and page.waiting < _NESTED:
        page.nested.append(rows)  # a table of its own; others only lay out their cell
    else:
        page.add(html.escape("\n".join(" ".join(filter(None, row)) for row in rows), quote=False))
