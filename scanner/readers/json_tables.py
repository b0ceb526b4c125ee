"""JSON and JSON lines: arrays of objects, objects of arrays, arrays of arrays, alone or wrapped ({"data": {"list": […]}}).

Values keep the digits of the file: no number passes through a float. Nested objects become columns ("address.city"); of a list of
objects the first stands in its parent's row and the others in rows of their own below, so that nothing is told twice. Memory
holds one block and, of an object that must be seen whole, at most 16 million characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from scanner.cells import cell_text
from scanner.errors import UnreadableError
from scanner.model import Table, Unread
from scanner.readers.encodings import BLOCK, Damage, detect, longer, utf8_blocks
from scanner.readers.row_tables import WIDEST, Names, row_tables, titled_table
from scanner.sources import HEAD, Source, unreadable

_OWN = (".json", ".jsonl", ".ndjson", ".geojson", ".jl", ".ldjson")
SUFFIXES = (*_OWN, ".txt", ".log", ".js")
_WHOLE = 1 << 24  # characters of a value that is looked at as a whole
_LONGEST = 1 << 28  # of a value that cannot be taken apart
_SAMPLE = 2_000  # records that tell the columns; another key later begins a wider table
_WIDENINGS = 40  # after so many, further keys go to a column of their own kind
_COLUMNS = 1024
_DEPTH = 60
_BLANK = re.compile(r"[ \t\r\n\x1e]*")  # with the mark of RFC 7464 sequences
_DECODER = json.JSONDecoder(strict=False, parse_float=str, parse_int=str, parse_constant=str)
_OTHERS = "(other fields)"

Record = dict[str, str]


def claims(head: bytes, source: Source) -> bool:
    """Whether the text begins with an object or array that holds together as far as it can be seen."""
    encoding = detect(head, whole=len(head) < HEAD)
    if encoding is None:
        return False
    text = (
        head[encoding.mark : 1 << 16]
        .decode("utf-8" if encoding.name == "ascii" else encoding.name, "replace")
        .lstrip("\x1e \t\r\n")
    )
    if text[:1] not in ("{", "[") or not re.match(r'\{\s*["}]|\[\s*[\[{"\d\-\]tfn]', text):
        return False
    try:
        value, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        # a cut value fails at its end; a line such as "[2026-09-01] …" at its beginning
        return (
            source.suffix in _OWN
            or (error.pos > 256 and _plausible(text))
            or error.pos >= len(text) - 1
            or "Unterminated" in error.msg
        )
    except RecursionError:
        return True
    following = text[end:].lstrip()[:1]
    return bool(value) and (following in ("", "{", "[", "\x1e") or source.suffix in _OWN)


def _plausible(text: str) -> bool:
    return text.count('":') + text.count('" :') > 2 or text.count('",') + text.count("],") > 10


def read(source: Source) -> Iterator[Table | Unread]:
    """The tables of the document, named after the way to them (data.list). Damage ends it with `Unread`; lines that are no JSON
    are left out and named, the others read."""
    head = source.head()
    encoding = detect(head, whole=len(head) < HEAD)
    if encoding is None:
        yield Unread(source.path, "", "format", "not text", source.size)
        return
    damage = Damage()
    try:
        with source.open() as stream:
            text = _Text(utf8_blocks(stream, stream.read(BLOCK), encoding, damage))
            yield from _document(source, text)
    except OSError as error:
        raise unreadable(error) from None
    for lines, what in ((text.lost, "lines that are no JSON"), (damage.lines, "places that are no text, read as U+FFFD")):
        if lines:
            places = f"line {lines[0]}" + (" and others" if len(lines) > 1 else "")
            yield Unread(source.path, places, "damaged" if lines is text.lost else "encoding", what)


@dataclass(slots=True)
class _Text:
    """A window that moves over the text. at: where reading goes on; line: lines before the window; lost: lines without sense."""

    blocks: Iterator[bytes]
    text: str = ""
    at: int = 0
    line: int = 1
    ended: bool = False
    lost: list[int] = field(default_factory=list)

    def more(self) -> bool:
        """Adds at least as much as is waiting, so that growing values cost little."""
        if self.ended:
            return False
        self.line += self.text.count("\n", 0, self.at)
        kept = self.text[self.at :]
        self.text, self.ended = longer(kept, self.blocks)
        self.at = 0
        return len(self.text) > len(kept)

    def peek(self) -> str:
        """The next character that is no blank, "" at the end."""
        while True:
            blank = _BLANK.match(self.text, self.at)
            self.at = blank.end() if blank else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def value(self, most: int) -> tuple[bool, Any]:
        """The value that begins here; (False, None) when it has more characters than `most`."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
                if end == len(self.text) and self.more():  # a number may go on
                    continue
                self.at = end
                return True, value
            except json.JSONDecodeError as error:
                # a value that is cut fails at the end of the window, or in a string that reaches to it
                if error.pos < len(self.text) - 16 and not error.msg.startswith("Unterminated"):
                    raise self.broken() from None
                if len(self.text) - self.at >= most:
                    return False, None
                if not self.more():
                    raise self.broken() from None
            except RecursionError:
                raise UnreadableError("too_deep", "JSON nested too deep") from None

    def broken(self) -> UnreadableError:
        return UnreadableError("damaged", f"JSON broken near line {self.line + self.text.count(chr(10), 0, self.at)}")

    def skip(self, expected: str) -> None:
        if self.peek() != expected:
            raise self.broken()
        self.at += 1


def _document(source: Source, text: _Text) -> Iterator[Table]:
    """One value; or many, one after the other, as records."""
    name = Names()
    stem = source.name
    if text.peek() == "":
        return
    try:
        small, value = text.value(_WHOLE)
        trouble = None
    except UnreadableError as error:
        small, value, trouble = False, None, error
    if not small:
        if trouble is not None and trouble.reason == "too_deep":
            raise trouble
        if trouble is not None and "\n" in text.text[text.at : text.at + _WHOLE] and not text.text.startswith("[", text.at):
            line = text.text[text.at :].partition("\n")[2].lstrip()
            if line.startswith("{"):  # JSON lines whose first is damaged
                yield from record_tables(name, stem, _lines(text))
                return
        yield from _large(text, name, "", stem, 0)
        if text.peek():
            raise text.broken()
        return
    if text.peek() == "":
        yield from _tables(value, name, "", stem)
        return
    values = chain([value], _lines(text))
    if isinstance(value, list):
        yield from row_tables(name(stem), (_flat_row(one) for one in values))
    else:
        yield from record_tables(name, stem, values)


def _lines(text: _Text) -> Iterator[Any]:
    """Values one after the other; a line that makes no sense is noted and left out."""
    while text.peek():
        try:
            end = text.text.find("\n", text.at)
            if end < 0 and not text.ended:
                text.more()
                end = text.text.find("\n", text.at)
            line = text.text[text.at : end if end >= 0 else len(text.text)]
            if end < 0 and not text.ended:  # a line longer than any block
                _, value = text.value(_LONGEST)
                yield value
                continue
            try:
                value, used = _DECODER.raw_decode(line)
                text.at += used
                if not line[used:].strip() or line[used:].lstrip()[:1] in ("{", "["):
                    yield value
                    continue
            except json.JSONDecodeError as error:
                if end >= 0 and _goes_on(line, error):  # a value over several lines
                    try:
                        found, value = text.value(_WHOLE)
                    except UnreadableError:
                        found = False
                    if found:
                        yield value
                        continue
                    end = text.text.find("\n", text.at)
            text.lost.append(text.line + text.text.count("\n", 0, text.at))
            text.at = end + 1 if end >= 0 else len(text.text)
            if len(text.lost) > 10_000:
                raise UnreadableError("damaged", "more than 10,000 lines are no JSON")
        except RecursionError:
            raise UnreadableError("too_deep", "JSON nested too deep") from None


def _goes_on(line: str, error: json.JSONDecodeError) -> bool:
    return line.strip() in ("{", "[") or (error.pos >= len(line.rstrip()) - 1 and line.rstrip().endswith((",", "{", "[", ":")))


def _large(text: _Text, name: Names, path: str, stem: str, depth: int) -> Iterator[Table]:
    """A value too large to be looked at as a whole."""
    if depth > _DEPTH:
        raise UnreadableError("too_deep", "JSON nested too deep")
    label = path or stem
    if text.peek() == "[":
        elements = _elements(text)
        first = list(islice(elements, 1))
        yield from _array(chain(first, elements), first, name, label)
        return
    if text.peek() != "{":
        raise text.broken()
    text.at += 1
    facts: dict[str, Any] = {}
    members = _members(text)
    trouble: UnreadableError | None = None
    try:
        for key, (small, value) in members:
            way = f"{path}.{key}" if path else key
            if not small:
                yield from _large(text, name, way, stem, depth + 1)
            elif len(facts) < 2 or not all(isinstance(one, dict) for one in islice(facts.values(), 2)):
                facts[key] = value
                if len(facts) > _SAMPLE * 10:
                    yield from _tables(facts, name, path, stem)
                    facts = {}
            else:  # objects under names or numbers: a table whose first column is the name
                rest = ((k, v) for k, (s, v) in _checked(members, text))
                pairs = chain(facts.items(), [(key, value)], rest)
                facts = {}
                yield from record_tables(
                    name, label, ({"": k, **v} if isinstance(v, dict) else {"": k, "value": v} for k, v in pairs)
                )
    except UnreadableError as error:
        trouble = error
    if facts:
        yield from _tables(facts, name, path, stem)
    if trouble is not None:
        raise trouble


def _checked(members: Iterator[tuple[str, tuple[bool, Any]]], text: _Text) -> Iterator[tuple[str, tuple[bool, Any]]]:
    for key, (small, value) in members:
        yield key, (small, value) if small else text.value(_LONGEST)


def _members(text: _Text) -> Iterator[tuple[str, tuple[bool, Any]]]:
    """Keys of an object and their values: (True, value), or (False, None) where the text stands before a large one."""
    while text.peek() != "}":
        _, key = text.value(_WHOLE)
        if not isinstance(key, str):
            raise text.broken()
        text.skip(":")
        try:
            found = text.value(_WHOLE)
        except UnreadableError:
            if text.peek() not in ("{", "["):
                raise
            found = (False, None)  # cut: what is there is read
        yield key, found
        if text.peek() == ",":
            text.at += 1
        elif text.peek() != "}":
            raise text.broken()
    text.at += 1


def _elements(text: _Text) -> Iterator[Any]:
    text.skip("[")
    while text.peek() != "]":
        small, value = text.value(_LONGEST)
        if not small:
            raise UnreadableError("too_large", "a JSON value of more than 256 million characters")
        yield value
        if text.peek() == ",":
            text.at += 1
        elif text.peek() != "]":
            raise text.broken()
    text.at += 1


def _tables(value: Any, name: Names, path: str, stem: str, depth: int = 0) -> Iterator[Table]:
    """The tables of a value in memory."""
    label = path or stem
    if depth > _DEPTH:
        raise UnreadableError("too_deep", "JSON nested too deep")
    if isinstance(value, list):
        if value:
            yield from _array(value, value[:1], name, label)
        return
    if not isinstance(value, dict):
        yield from row_tables(name(label), [[_text(value)]])
        return
    lists = {key: one for key, one in value.items() if isinstance(one, list) and one and not isinstance(one[0], (dict, list))}
    long = {len(one) for one in lists.values()}
    dicts = {key: one for key, one in value.items() if isinstance(one, dict) and one}
    if "columns" in lists and isinstance(value.get("data"), list) and value["data"] and isinstance(value["data"][0], list):
        titles = [_text(one) for one in lists["columns"]]
        index = value.get("index")
        if isinstance(index, list) and len(index) == len(value["data"]) and index != [str(place) for place in range(len(index))]:
            titles = ["", *titles]
            value["data"] = [[one, *row] if isinstance(row, list) else row for one, row in zip(index, value["data"], strict=True)]
        yield titled_table(name(label), titles, (_flat_row(row) for row in value["data"]))
        value = {key: one for key, one in value.items() if key not in ("columns", "data", "index")}
    elif len(lists) > 1 and len(long) == 1 and max(long) > 1:
        yield titled_table(name(label), list(lists), ([_text(one) for one in row] for row in zip(*lists.values(), strict=True)))
        value = {key: one for key, one in value.items() if key not in lists}
    elif len(dicts) > 1 and len(dicts) == len(value):
        keys = [tuple(one) for one in dicts.values()]
        if len(set(keys)) == 1 and all(key.isdigit() for key in keys[0]) and len(keys[0]) > 0:  # columns, as pandas writes them
            rows = zip(*(one.values() for one in dicts.values()), strict=True)
            yield titled_table(name(label), list(dicts), ([_text(one) for one in row] for row in rows))
            return
        if len(dicts) > 2 and _alike(keys):
            yield from record_tables(name, label, ({"": key, **one} for key, one in dicts.items()))
            return
    # what is left: single facts are one record, lists of records and objects that hold such are tables of their own
    facts = {key: one for key, one in value.items() if not _has_table(one)}
    if facts:
        yield from record_tables(name, label, [facts])
    for key, one in value.items():
        if key not in facts:
            yield from _tables(one, name, f"{path}.{key}" if path else key, stem, depth + 1)


def _alike(keys: list[tuple[str, ...]]) -> bool:
    """Whether most objects share most of their keys."""
    usual = set(keys[0])
    return bool(usual) and sum(len(usual & set(key)) * 2 >= len(usual) for key in keys) * 10 >= len(keys) * 8


def _has_table(value: Any, depth: int = 0) -> bool:
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], (dict, list))
    return isinstance(value, dict) and depth < _DEPTH and any(_has_table(one, depth + 1) for one in value.values())


def _array(values: Iterable[Any], first: list[Any], name: Names, label: str) -> Iterator[Table]:
    if first and isinstance(first[0], dict):
        yield from record_tables(name, label, values)
    else:
        yield from row_tables(name(label), (_flat_row(one) for one in values))


def _flat_row(value: Any) -> list[str]:
    if isinstance(value, list):
        return [_text(one) for one in value]
    if isinstance(value, dict):
        return [f"{key}: {cell}" for row in _flatten(value) for key, cell in row.items()]
    return [_text(value)]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(filter(None, map(_text, value)))
    if isinstance(value, dict):
        return "; ".join(f"{key}: {cell}" for row in _flatten(value) for key, cell in row.items() if cell)
    return cell_text(value)  # dates and decimals of formats that have them


def _flatten(record: dict[str, Any]) -> list[Record]:
    """One row for the object, and one more for each further object in its lists."""
    rows: list[Record] = [{}]
    _into(rows, 0, record, "", 0)
    return rows


def _into(rows: list[Record], at: int, value: dict[str, Any], path: str, depth: int) -> None:
    if depth > _DEPTH:
        raise UnreadableError("too_deep", "JSON nested too deep")
    for key, one in value.items():
        way = f"{path}.{key}" if path else key
        if isinstance(one, str):
            rows[at][way] = one
        elif isinstance(one, dict):
            _into(rows, at, one, way, depth + 1)
        elif isinstance(one, list) and one and any(isinstance(item, dict) for item in one):
            place = at
            for number, item in enumerate(one):
                if number:
                    rows.append({})
                    place = len(rows) - 1
                _into(rows, place, item if isinstance(item, dict) else {"": item}, way, depth + 1)
        else:
            rows[at][way] = _text(one)


def flat_records(values: Iterable[Any]) -> Iterator[Record]:
    """Objects as flat records of text."""
    for value in values:
        if isinstance(value, dict):
            if all(type(one) is str for one in value.values()):
                yield value
            else:
                yield from _flatten(value)
        elif value is not None:
            yield {"": _text(value)}


def record_tables(name: Names, label: str, values: Iterable[Any]) -> Iterator[Table]:
    """Records as tables: one, unless keys appear that the first records did not have."""
    stream = flat_records(values)
    titles: dict[str, None] = {}
    waiting: list[Record] = []
    part = 0
    trouble: list[UnreadableError] = []
    guarded = _guarded(stream, trouble)
    while True:
        sample = waiting + list(islice(guarded, _SAMPLE))
        if not sample:
            break
        for record in sample:
            titles.update(dict.fromkeys(record))
        part += 1
        for title in _absent(titles, sample):
            del titles[title]
        # records that share few keys (a map written as records) must not become columns that are nearly all empty
        sparse = len(titles) > _COLUMNS and len(titles) * len(sample) > 8 * sum(map(len, sample))
        last = part > _WIDENINGS or len(titles) > WIDEST or sparse
        header = list(islice(titles, _COLUMNS // 4 if sparse else WIDEST)) + ([_OTHERS] if last else [])
        waiting = []
        yield titled_table(name(label), header, _rows(chain(sample, guarded), header, waiting, last=last))
    if trouble:
        raise trouble[0]


def _absent(titles: dict[str, None], sample: list[Record]) -> list[str]:
    """Names of objects that are only null where they are not taken apart: contacts beside contacts.phone."""
    groups = {title[:at] for title in titles for at in range(len(title)) if title[at] == "."}
    return [title for title in groups & titles.keys() if not any(record.get(title) for record in sample)]


def _guarded(stream: Iterator[Record], trouble: list[UnreadableError]) -> Iterator[Record]:
    """What came before an error stands; the error itself comes last."""
    try:
        yield from stream
    except UnreadableError as error:
        trouble.append(error)


def _rows(records: Iterator[Record], header: list[str], waiting: list[Record], *, last: bool) -> Iterator[list[str]]:
    known = dict.fromkeys(header)
    for record in records:
        get = record.get
        if not record.keys() <= known.keys():
            others = {key: cell for key, cell in record.items() if key not in known and cell}
            if others and not last:
                waiting.append(record)
                return
            row = [get(title, "") for title in header]
            if others:
                row[-1] = "; ".join(f"{key}: {cell}" for key, cell in others.items())
            yield row
        else:
            yield [get(title, "") for title in header]
