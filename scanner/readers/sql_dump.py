"""SQL dumps of MySQL, PostgreSQL, SQLite and their kin: INSERT and REPLACE rows and COPY blocks as tables, streaming.

Columns are named by the statement or by the CREATE TABLE before it. Rows of several tables that alternate wait for their turn
(up to a bound, beyond which a table comes in parts). Other statements that hold literals (UPDATE, CALL …) are kept as lines, as
are comments: nothing in the file goes unread. Sources: MySQL Reference Manual 11.1.1; PostgreSQL documentation 4.1.2 and COPY.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.errors import UnreadableError
from scanner.model import Table, Unread
from scanner.readers.encodings import BLOCK, Damage, detect, longer, utf8_blocks
from scanner.readers.row_tables import Names, line_table, row_tables, titled_table
from scanner.sources import HEAD, Source, unreadable

SUFFIXES = (".sql", ".dump", ".mysql", ".pgsql", ".txt")
_ARCHIVE = b"PGDMP"
_BEGIN = re.compile(
    r"\s*(?:--|/\*|#|INSERT\b|REPLACE\b|CREATE\b|COPY\b|SET\b|DROP\b|BEGIN\b|USE\b|PRAGMA\b|LOCK\b|START\b|DELETE\b|\\)", re.I
)
_TOLD = re.compile(
    r"^\s*(?:INSERT\s+(?:IGNORE\s+|OR\s+\w+\s+)?(?:INTO\b|\[)|REPLACE\s+INTO\b|COPY\s+\S+.*\bFROM\s+stdin|CREATE\s+(?:\w+\s+)*TABLE\b)",
    re.IGNORECASE | re.MULTILINE,
)
_NAME = r"(?:`(?:[^`]|``)*`|\"(?:[^\"]|\"\")*\"|\[[^\]]*\]|[^\s(),;.`\"\[\]']+)"
_WAY = rf"({_NAME}(?:\s*\.\s*{_NAME}){{0,3}})"
_INSERT = re.compile(
    rf"\s*(?:INSERT|REPLACE)\s+(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|OVERWRITE|OR\s+\w+)\s+)*(?:INTO\s+)?(?:TABLE\s+)?{_WAY}"
    r"\s*(?:\(((?:[^()'])*)\)\s*)?(?:OVERRIDING\s+\w+\s+VALUE\s+)?VALUES?\s*(?=\()",
    re.IGNORECASE,
)
_CREATE = re.compile(
    rf"\s*CREATE\s+(?:(?:GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED)\s+)*TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_WAY}\s*\(", re.IGNORECASE
)
_COPY = re.compile(rf"\s*COPY\s+{_WAY}\s*(?:\(([^()]*)\))?\s*FROM\s+stdin\b([^;]*)", re.IGNORECASE)
_NO_COLUMN = re.compile(
    r"\s*(?:PRIMARY|UNIQUE|KEY|INDEX|CONSTRAINT|FOREIGN|CHECK|FULLTEXT|SPATIAL|EXCLUDE|PERIOD|LIKE)\b", re.IGNORECASE
)
_PART = re.compile(_NAME)
# What matters for where a statement ends: literals, comments, semicolons. Possessive: damage is met once.
_STOP = r"|(\$\w*\$)|(;|\n[ \t]*GO[ \t]*\r?\n|\n(?=INSERT\b))|(['\"`]|/\*|--|#)"  # GO: the end of a batch in sqlcmd
_COMMENTS = r"|`[^`]*+`|--[^\n]*+\n|#[^\n]*+\n|/\*.*?\*/"
_ESCAPED = r"(?:[^'\\]++|''|\\.)*+"
_VERBATIM = r"(?:[^']++|'')*+"
_DOUBLE = r"\"((?:[^\"\\]++|\"\"|\\.)*+)\""
_REST = r"|(?P<open>\()|(?P<close>\))|(?P<comma>,)|(?P<bare>[^\s'\"(),;]++)|(?P<other>\S))"
# By whether a backslash is a character like others: MySQL says no, standard SQL yes, but for E'…'.
_SKIP = {
    False: re.compile(rf"'{_ESCAPED}'|{_DOUBLE.replace('((', '(?:(')}{_COMMENTS}{_STOP}", re.DOTALL),
    True: re.compile(rf"\b[eE]'{_ESCAPED}'|'{_VERBATIM}'|\"[^\"]*+\"{_COMMENTS}{_STOP}", re.DOTALL),
}
_TOKEN = {
    False: re.compile(
        rf"\s*+(?:(?P<prefix>[NnEeXxBb]|_\w+\s*+)?'(?P<text>{_ESCAPED})'|{_DOUBLE.replace('((', '(?P<double>(')}{_REST}", re.DOTALL
    ),
    True: re.compile(
        rf"\s*+(?:[eE]'(?P<escaped>{_ESCAPED})'|(?P<prefix>[NnXxBbUu]&?)?'(?P<text>{_VERBATIM})'|\"(?P<double>(?:[^\"]++|\"\")*+)\"{_REST}",
        re.DOTALL,
    ),
}
# A row of literals without escapes, as nearly all are: taken in one step.
_ROW = re.compile(r"\s*+\(((?:\s*+(?:'[^'\\]*+'|[^'\"(),;\s]++)\s*+(?:,|(?=\))))++)\)\s*+([,;])")
_ITEM = re.compile(r"'([^']*+)'|([^,\s]++)")
_NULLS = frozenset(("NULL", "null", "DEFAULT", "Null"))
_FORMAT = re.compile(r"[A-Za-z0-9%:;/.,_ \-]*(?:YY|MM|DD|HH|RR|%[YymdHis])[A-Za-z0-9%:;/.,_ \-]*\Z", re.IGNORECASE)
_STRICT = re.compile(r"standard_conforming_strings\s*=\s*on|PostgreSQL database dump|PRAGMA\s+foreign_keys", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}  # MySQL
_COPY_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))", re.DOTALL)
_COPY_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LITERAL = re.compile(r"'[^']{2,}'|\d{6,}")
_LAST = re.compile(r"\s*(?:GO|/|\.|END|QUIT|EXIT|COMMIT)?\s*", re.IGNORECASE)  # what may end a script without a mark
_LONGEST = 1 << 26  # characters of one statement
_WAITING = 2_000_000  # cells of other tables that wait while one is read
_KEPT = 100_000  # lines of other statements

Columns = tuple[str, ...]
Target = tuple[str, Columns]


def claims(head: bytes, source: Source) -> bool:
    """Whether this is SQL that fills tables, or PostgreSQL's own archive of such."""
    if head.startswith(_ARCHIVE):
        return True
    encoding = detect(head, whole=len(head) < HEAD)
    if encoding is None:
        return False
    text = head[encoding.mark :].decode("utf-8" if encoding.name == "ascii" else encoding.name, "replace")
    return _BEGIN.match(text) is not None and _TOLD.search(text) is not None


def read(source: Source) -> Iterator[Table | Unread]:
    """One table per target of INSERT or COPY, under its own name; then other statements and comments that hold values."""
    head = source.head()
    if head.startswith(_ARCHIVE):
        yield Unread(source.path, "", "format", "an archive of pg_dump: unpack it with pg_restore -f", source.size)
        return
    encoding = detect(head, whole=len(head) < HEAD)
    if encoding is None:
        yield Unread(source.path, "", "format", "not text", source.size)
        return
    damage = Damage()
    try:
        with source.open() as stream:
            yield from _tables(_Dump(utf8_blocks(stream, stream.read(BLOCK), encoding, damage)))
    except OSError as error:
        raise unreadable(error) from None
    if damage.places:
        yield Unread(source.path, damage.part(), "encoding", f"{damage.places} places are no text and were read as U+FFFD")


def _tables(dump: _Dump) -> Iterator[Table]:
    names = Names()
    rows = dump.rows()
    waiting: dict[Target, list[list[str]]] = {}
    trouble: list[UnreadableError] = []
    ended = [False]

    def following() -> Iterator[tuple[Target, list[str]]]:
        try:
            yield from rows
        except UnreadableError as error:
            trouble.append(error)
        ended[0] = True

    stream = following()

    def one(target: Target) -> Iterator[list[str]]:
        yield from waiting.pop(target)
        held = sum(map(len, waiting.values()))
        for other, row in stream:
            if other == target:
                yield row
                continue
            waiting.setdefault(other, []).append(row)
            held += len(row) + 1
            if held > _WAITING:
                return

    while True:
        if not waiting:
            first = next(stream, None)
            if first is None:
                break
            waiting[first[0]] = [first[1]]
        target = next(iter(waiting)) if ended[0] else max(waiting, key=lambda t: len(waiting[t]))
        label = names(target[0])
        if target[1]:
            yield titled_table(label, target[1], one(target))
        else:
            yield from row_tables(label, one(target))
        waiting.pop(target, None) if target in waiting and not waiting[target] else None
    if dump.others:
        yield line_table(names("other statements"), dump.others)
    if dump.comments:
        yield line_table(names("comments"), dump.comments, "comment in the script")
    if dump.cut:
        trouble.append(UnreadableError("too_large", "a statement of more than 64 million characters was cut"))
    if trouble:
        raise trouble[0]


@dataclass(slots=True)
class _Dump:
    """The script as a window of text. columns: of the tables made so far, by lower-case name; strict: a backslash is no escape.

    parted: a statement ended in its mark; within: the script ends within a statement, a literal or a comment
    """

    blocks: Iterator[bytes]
    text: str = ""
    at: int = 0
    ended: bool = False
    strict: bool = False
    cut: bool = False
    parted: bool = False
    within: bool = False
    columns: dict[str, Columns] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def more(self) -> bool:
        if self.ended:
            return False
        kept = self.text[self.at :]
        self.text, self.ended = longer(kept, self.blocks)
        self.at = 0
        return len(self.text) > len(kept)

    def rows(self) -> Iterator[tuple[Target, list[str]]]:
        self.more()
        while True:
            self._blanks()
            if self.at >= len(self.text):
                if not self.more():
                    if self.within:
                        raise UnreadableError("damaged", "the script ends within a statement")
                    return
                continue
            insert = self._begins(_INSERT)
            if insert:
                target = self._target(insert[1], insert[2])
                self.at = insert.end()
                for row in self._values():
                    yield target, row
                continue
            copy = self._begins(_COPY)
            if copy and ";" in self.text[copy.end() : copy.end() + 1]:
                target = self._target(copy[1], copy[2])
                yield from ((target, row) for row in self._copied(copy))
                continue
            self._other()

    def _begins(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found is None and len(self.text) - self.at < 1 << 16 and not self.ended:
            self.more()
            found = pattern.match(self.text, self.at)
        return found

    def _blanks(self) -> None:
        """Blanks and comments; those that a program does not write are kept."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in " \t\r\n;\ufeff":
                self.at += 1
            if self.text.startswith(("--", "#"), self.at):
                end = self.text.find("\n", self.at)
                if end < 0 and self.more():
                    continue
                end = end if end >= 0 else len(self.text)
            elif self.text.startswith("/*", self.at) and not self.text.startswith("/*!", self.at):
                end = self.text.find("*/", self.at) + 2
                if end < 2 and len(self.text) - self.at < _LONGEST and self.more():
                    continue
                self.within = end < 2
                end = end if end >= 2 else len(self.text)
            elif self.text.startswith(("\\", "GO\n", "GO\r"), self.at):  # commands of psql and sqlcmd
                end = self.text.find("\n", self.at)
                end = end if end >= 0 else len(self.text)
            else:
                if len(self.text) - self.at < 4 and self.more():
                    continue
                return
            comment = self.text[self.at : end]
            self.strict = self.strict or bool(_STRICT.search(comment[:200]))
            if len(self.comments) < _KEPT and len(comment) < 1 << 20 and _LITERAL.search(comment):
                self.comments += comment.splitlines()
            self.at = end

    def _target(self, way: str, listed: str | None) -> Target:
        name = _plain(_PART.findall(way)[-1])
        if listed and listed.strip():
            return name, tuple(_plain(one) for one in _PART.findall(listed))
        return name, self.columns.get(name.lower(), ())

    def _values(self) -> Iterator[list[str]]:
        """The tuples behind VALUES, each a row. Ends behind the statement."""
        row: list[str] = []
        depth = 0
        comma = True  # a row must follow
        parts: list[str] = []  # of the cell being read; a function's call is kept as its arguments
        while True:
            while depth == 0 and (plain := _ROW.match(self.text, self.at)):
                self.at = plain.end()
                yield [text or ("" if bare in _NULLS else bare) for text, bare in _ITEM.findall(plain[1])]
                comma = plain[2] == ","
                if not comma:
                    self.parted = True
                    return
            base = used = self.at
            limit = len(self.text) if self.ended else max(base, len(self.text) - (1 << 16))
            for token in _TOKEN[self.strict].finditer(self.text, base):
                if token.end() > limit and not (self.ended and token["other"] is None):
                    break
                used = token.end()
                kind = token.lastgroup
                if kind in ("text", "double", "escaped"):
                    said = self._said(token)
                    if depth < 2 or not _FORMAT.match(said):  # to_date('…', 'YYYY-MM-DD')
                        parts.append(said)
                elif kind == "bare":
                    if depth == 0:
                        self.at = used
                        self._rest_of_statement()
                        return
                    if depth < 2 or token["bare"][:1].isdigit():  # CAST('…' AS date)
                        parts.append(token["bare"])
                elif kind == "comma":
                    comma = comma or depth == 0
                    if depth == 1:
                        row.append(_cell(parts))
                        parts = []
                elif kind == "open":
                    depth += 1
                    if depth == 1:
                        row, parts = [], []
                    elif parts and depth > 1 and parts[-1].replace("_", "").isalnum():
                        parts.pop()  # the function's name
                elif kind == "close":
                    depth -= 1
                    if depth == 0:
                        row.append(_cell(parts))
                        yield row
                        row, parts, comma = [], [], False
                    elif depth < 0:
                        self.at = used
                        return
                elif token["other"] == ";":
                    self.at = used
                    self.parted = True
                    if depth:
                        yield [*row, _cell(parts)]
                    return
                elif token["other"] in ("'", '"'):  # a literal that does not close, here
                    used = token.start()
                    break
            self.at = used
            if self.ended or len(self.text) - used > _LONGEST:
                if row or parts:
                    yield [*row, _cell(parts)]
                self.within = self.ended and (depth > 0 or comma or self.parted)
                if self.text[self.at :].strip():
                    self._other()
                return
            self.more()

    def _said(self, token: re.Match[str]) -> str:
        text = token["text"]
        if self.strict and token["escaped"] is not None:
            return _ESCAPE.sub(lambda m: "'" if m[1] is None else _ESCAPES.get(m[1], m[1]), token["escaped"])
        if text is None:
            return str(token["double"]).replace('""', '"')
        if self.strict:
            return str(text).replace("''", "'") if "''" in text else str(text)
        if "\\" in text or "''" in text:
            return _ESCAPE.sub(lambda m: "'" if m[1] is None else _ESCAPES.get(m[1], m[1]), text)
        return str(text)

    def _copied(self, copy: re.Match[str]) -> Iterator[list[str]]:
        """Lines of a COPY block until \\. alone on a line."""
        csv = re.search(r"\bcsv\b", copy[3] or "", re.IGNORECASE) is not None
        self.at = copy.end() + 1
        first = True
        while True:
            end = self.text.find("\n", self.at)
            if end < 0:
                if self.more():
                    continue
                end = len(self.text)
                if end == self.at:
                    raise UnreadableError("damaged", "the script ends within a COPY block")
            line = self.text[self.at : end].removesuffix("\r")
            self.at = min(end + 1, len(self.text))
            if first:
                first = False
                if not line.strip():
                    continue
            if line == "\\.":
                return
            if csv:
                yield [cell.strip('"').replace('""', '"') for cell in line.split(",")]
                continue
            cells = line.split("\t")
            yield [_copy_cell(cell) if "\\" in cell else cell for cell in cells] if "\\" in line else cells

    def _rest_of_statement(self) -> None:
        """Skips what follows the rows (ON DUPLICATE KEY UPDATE …, RETURNING …)."""
        self.others += self._statement()

    def _other(self) -> None:
        kept = self._statement()
        if len(self.others) < _KEPT:
            self.others += kept

    def _statement(self) -> list[str]:
        """Takes a statement; its lines, if it holds values. CREATE TABLE names columns, SET tells about backslashes."""
        at = self.at
        while True:
            found = _SKIP[self.strict].search(self.text, at)
            if found is None:
                at = max(self.at, len(self.text) - 2)
            elif found[2]:
                end = found.end()
                self.parted = True
                break
            elif found[1]:
                close = self.text.find(found[1], found.end())
                if close >= 0:
                    at = close + len(found[1])
                    continue
                at = found.start()
            elif found[3] is None:
                at = found.end()
                continue
            else:
                at = found.start()
            # the window ends inside a literal or a statement
            kept = at - self.at
            if len(self.text) - self.at > _LONGEST or not self.more():
                self.cut = self.cut or not self.ended
                end = len(self.text)
                self.within = self.ended and (
                    (found is not None and bool(found[1] or found[3] not in (None, "--", "#")))
                    or (self.parted and not _LAST.fullmatch(self.text, self.at))
                )
                break
            at = kept
        text = self.text[self.at : end]
        self.at = end
        if _STRICT.search(text[:400]):
            self.strict = True
        create = _CREATE.match(text)
        if create:
            name = _plain(_PART.findall(create[1])[-1])
            self.columns[name.lower()] = tuple(_created(text[create.end() :]))
            return []
        return [line for line in text.splitlines() if line.strip()] if _LITERAL.search(text) else []


def _cell(parts: list[str]) -> str:
    if len(parts) == 1:
        only = parts[0]
        return "" if only in _NULLS else only
    # SQLite's shell writes line ends as replace(replace('…', '\\r', char(13)), '\\n', char(10)), with a mark that the text has not
    marks, codes = parts[1::2], parts[2::2]
    if len(marks) == len(codes) > 0 and all(
        mark[:1] in "\\(" and code in ("10", "13") for mark, code in zip(marks, codes, strict=True)
    ):
        text = parts[0]
        for mark, code in zip(marks, codes, strict=True):
            text = text.replace(mark, chr(int(code)))
        return text
    return " ".join(parts)


def _copy_cell(cell: str) -> str:
    if cell == "\\N":
        return ""
    return _COPY_ESCAPE.sub(_copied_character, cell)


def _copied_character(match: re.Match[str]) -> str:
    if match[1] or match[2]:
        return chr(int(match[1], 8) if match[1] else int(match[2], 16))
    return _COPY_ESCAPES.get(match[3], match[3])


def _plain(name: str) -> str:
    name = name.strip()
    if len(name) > 1 and name[0] in '`"[':
        inner = name[1:-1]
        return inner.replace(name[0] * 2, name[0]) if name[0] != "[" else inner
    return name


def _created(body: str) -> Iterator[str]:
    """The columns that a CREATE TABLE declares."""
    depth, start = 0, 0
    fields = []
    for found in re.finditer(r"'(?:[^'\\]|''|\\.)*+'|`[^`]*+`|\"[^\"]*+\"|[(),]", body):
        mark = found[0]
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
            if depth < 0:
                fields.append(body[start : found.start()])
                break
        elif mark == "," and depth == 0:
            fields.append(body[start : found.start()])
            start = found.end()
    for one in fields:
        if not _NO_COLUMN.match(one):
            name = _PART.search(one)
            if name:
                yield _plain(name[0])
