"""Records of delimited text: where they end, and what a careful reader makes of damaged ones.

Well-formed text (RFC 4180 quoting, any delimiter, any line ends) gives what Python's `csv` gives. Beyond that nothing may be
lost: a quote that never closes is a character, it does not swallow the rows after it; a quote inside a cell stays; short
and long rows are rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]

# A quoted cell may run over many lines, but one that holds this many lines which look like rows themselves was never closed.
_ROWS_SWALLOWED = 5
_LONGEST_CELL = 1 << 20
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Records:
    """rows: cells of each record; ends: offset (characters) behind each; blank lines are rows of one empty cell.

    inside: what is left of a text that is not whole begins with a record whose quoted cell does not close in it
    """

    rows: list[list[str]]
    ends: list[int]
    inside: bool = False


def parse(text: str, delimiter: str, *, width: int = 0, whole: bool = True, quotes: bool = True, limit: int = 0) -> Records:
    """All records of a text, damage and all.

    width   the usual number of cells, 0 if unknown; helps to tell damage from intention
    whole   nothing follows; otherwise the last record is left out when it might go on
    quotes  "…" protects delimiters and line ends; if not, a quote is a character like others
    limit   stop after so many records, 0 for all
    """
    rows: list[list[str]] = []
    ends: list[int] = []
    at, size, opening = 0, len(text), delimiter + '"'
    inside = False
    while at < size and not (limit and len(rows) >= limit):
        found = _LINE_END.search(text, at)
        end, after = (found.start(), found.end()) if found else (size, size)
        # only a quote at the beginning of a cell means anything
        if not quotes or not (text.startswith('"', at) or (delimiter and text.find(opening, at, end) >= 0)):
            if not found and not whole:
                break
            row = text[at:end].split(delimiter) if delimiter else [text[at:end]]
        else:
            row, stop = _quoted(text, at, delimiter, width, whole)
            if stop < 0:
                inside = True
                break
            found = _LINE_END.match(text, stop)
            if not found and stop < size:
                raise AssertionError("a record ends at a line's end")
            if not found and not whole:
                break
            after = found.end() if found else size
        if after == size and not whole and text[-1:] == "\r":
            break  # the other half of a line end may follow
        rows.append(row)
        ends.append(after)
        at = after
    return Records(rows, ends, inside)


def parse_last(text: str, delimiter: str, width: int) -> Records:
    """All records of the end of a text. inside: it ends within a quoted cell, as a file does that was cut."""
    closed = text if text.endswith("\n") else text + "\n"
    found = parse(closed, delimiter, width=width, whole=False)
    if not found.inside:
        return Records(found.rows, [min(end, len(text)) for end in found.ends])
    start = found.ends[-1] if found.ends else 0
    rest = parse(text[start:], delimiter, width=width)
    # a stray quote is followed by rows
    lines = text[start:].splitlines()
    cut = bool(delimiter) and len(lines) <= _ROWS_SWALLOWED and not any(line.count(delimiter) + 1 == width for line in lines[1:])
    return Records(found.rows + rest.rows, found.ends + [start + end for end in rest.ends], cut)


def _quoted(text: str, at: int, delimiter: str, width: int, whole: bool) -> tuple[list[str], int]:
    """One record with quotes: its cells, and where it stops; -1 when it goes on behind a text that is not whole."""
    row, stop = _record(text, at, delimiter, width, whole, lenient=True)
    if stop >= 0 and width and len(row) != width:
        other, other_stop = _record(text, at, delimiter, width, whole, lenient=False)
        if other_stop >= 0 and len(other) == width:
            return other, other_stop
    return row, stop


def _record(text: str, at: int, delimiter: str, width: int, whole: bool, *, lenient: bool) -> tuple[list[str], int]:
    breaks = _breaks(delimiter)
    row: list[str] = []
    size = len(text)
    while True:
        if text.startswith('"', at):
            close = _closing(text, at + 1, delimiter, width, whole, lenient=lenient)
            if close == -2:
                return row, -1
            if close >= 0:
                row.append(text[at + 1 : close].replace('""', '"'))
                at = close + 1
            else:
                at += 1
                stop = _next(breaks, text, at)
                row.append(text[at:stop])
                at = stop
        else:
            stop = _next(breaks, text, at)
            row.append(text[at:stop])
            at = stop
        if delimiter and text.startswith(delimiter, at):
            at += 1
            continue
        return row, min(at, size)


def _closing(text: str, start: int, delimiter: str, width: int, whole: bool, *, lenient: bool) -> int:
    """Where the quoted cell that begins at `start` closes; -1: it does not; -2: the text ends before that is known."""
    at = start
    size = len(text)
    while True:
        at = text.find('"', at)
        if at < 0:
            return -2 if not whole and size - start < _LONGEST_CELL else -1
        if text.startswith('"', at + 1):
            at += 2
            continue
        if at + 1 == size and not whole:
            return -2
        if at + 1 == size or text[at + 1] in "\r\n" or (delimiter and text.startswith(delimiter, at + 1)):
            return -1 if _swallows(text[start:at], delimiter, width) else at
        break
    if not lenient:
        return -1
    # quotes that nobody doubled, as in "他说"好"了": the last one on this line that stands before a delimiter
    found = _LINE_END.search(text, start)
    end = found.start() if found else size
    while True:
        at = text.find('"', at + 1, end)
        if at < 0:
            return -1
        if at + 1 == end or (delimiter and text.startswith(delimiter, at + 1)):
            return at


def _swallows(cell: str, delimiter: str, width: int) -> bool:
    """Whether a cell of many lines is really a run of rows between two stray quotes."""
    if width < 2 or not delimiter:
        return False
    lines = _LINE_END.split(cell)[1:-1]
    return len(lines) >= _ROWS_SWALLOWED and sum(line.count(delimiter) + 1 == width for line in lines) * 5 >= len(lines) * 4


def _next(breaks: re.Pattern[str], text: str, at: int) -> int:
    found = breaks.search(text, at)
    return found.start() if found else len(text)


@cache
def _breaks(delimiter: str) -> re.Pattern[str]:
    return re.compile(r"[\r\n" + re.escape(delimiter) + "]")


def cut(block: bytes, delimiter: bytes, width: int, *, whole: bool) -> int | None:
    """Offset behind the last record of a block that is complete; 0: none is; None: the quotes do not add up, use `parse`.

    Only for the usual case, which it decides with few passes over the quotes: every opening quote follows a delimiter or a
    line end, every closing one precedes one, and no cell looks like a run of rows. There a quote's parity is its meaning.
    """
    ending = b"\n" if b"\n" in block else b"\r"
    if b'"' not in block:
        return len(block) if whole else block.rfind(ending) + 1
    data = np.frombuffer(block, np.uint8)
    quotes = np.flatnonzero(data == 34)
    border = np.zeros(256, bool)
    border[[10, 13, *delimiter]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, data[opening - 1], 10)
    after = np.where(closing + 1 < len(data), data[np.minimum(closing + 1, len(data) - 1)], 10)
    # a doubled quote closes and opens again
    doubled = np.zeros(len(opening), bool)
    doubled[1:] = opening[1:] == closing[: len(opening) - 1] + 1
    joined = np.zeros(len(closing), bool)
    joined[: len(opening) - 1] = closing[: len(opening) - 1] + 1 == opening[1:]
    if not (border[before] | doubled).all() or not (border[after] | joined).all():
        return None
    if whole:
        end = len(block)
        if len(quotes) % 2:
            return None
    else:
        end = block.rfind(ending) + 1
        while end:
            inside = int(np.searchsorted(quotes, end))
            if inside % 2 == 0:
                break
            end = block.rfind(ending, 0, int(quotes[inside - 1])) + 1
        if len(block) - end > _LONGEST_CELL and len(quotes) % 2:
            return None
    return None if _has_runs(data, opening, closing, end, delimiter, width) else end


def _has_runs(data: NDArray[np.uint8], opening: Places, closing: Places, end: int, delimiter: bytes, width: int) -> bool:
    """Whether a quoted cell of a block looks like a run of rows between two stray quotes."""
    pairs = min(len(opening), len(closing))
    long = np.flatnonzero(closing[:pairs] - opening[:pairs] > _ROWS_SWALLOWED * max(width, 2))
    if not len(long):
        return False
    lines = np.flatnonzero((data[:end] == 10) | (data[:end] == 13))
    count = np.searchsorted(lines, closing[long]) - np.searchsorted(lines, opening[long])
    for pair in long[count > _ROWS_SWALLOWED].tolist():
        cell = data[int(opening[pair]) + 1 : int(closing[pair])].tobytes().decode("utf-8", "replace")
        if _swallows(cell, delimiter.decode(), width):
            return True
    return False
