"""Tables and prose from the lines and rows of a document part, each with what hides it."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.errors import UnreadableError
from scanner.model import Table
from scanner.readers.prose import LONGEST, Prose, too_long
from scanner.readers.row_tables import row_tables
from scanner.readers.story import Line, Row


def story_tables(name: str, items: Iterator[Line | Row], hidden: str = "") -> Iterator[Table]:
    """The tables and the prose of a part. Prose comes behind the tables; a broken part raises behind what came before."""
    shown = Prose(name, hidden)
    others: dict[str, Prose] = {}
    trouble: list[UnreadableError] = []
    items = _until_broken(items, trouble)
    while True:
        item = next(items, None)
        if item is None:
            break
        if isinstance(item, Line):
            into = others.setdefault(item.why, Prose(f"{name}, {item.why}", item.why)) if item.why else shown
            yield from into.add(item.text)
        elif item.cells is not None:
            beside: dict[tuple[int, str], list[list[str]]] = {}
            lines: list[Line] = []
            rows = _rows(item, items, beside, lines)
            yield from row_tables(f"{name}, table {item.table}", rows, hidden or item.why)
            for _ in rows:  # a caller that did not read the table gets the next one all the same
                pass
            for (number, why), more in beside.items():
                label = f"{name}, table {number}" + (f", {why}" if why else "")
                yield from row_tables(label, iter(more), why or hidden)
            for line in lines:
                into = others.setdefault(line.why, Prose(f"{name}, {line.why}", line.why)) if line.why else shown
                yield from into.add(line.text)
    yield from shown.end()
    for other in others.values():
        yield from other.end()
    if trouble:
        raise trouble[0]


def _until_broken(items: Iterator[Line | Row], trouble: list[UnreadableError]) -> Iterator[Line | Row]:
    """What came before the damage is prose and rows all the same."""
    try:
        yield from items
    except UnreadableError as error:
        trouble.append(error)


def _rows(
    first: Row, items: Iterator[Line | Row], beside: dict[tuple[int, str], list[list[str]]], lines: list[Line]
) -> Iterator[list[str]]:
    """The rows of one table; those of tables within it, deleted ones and lines go to the others."""
    held = 0
    item: Line | Row | None = first
    while item is not None:
        if isinstance(item, Line):
            lines.append(item)
            held += len(item.text)
        elif item.cells is None:
            if item.table == first.table:
                return
        elif item.table == first.table and item.why == first.why:
            yield item.cells
        else:
            beside.setdefault((item.table, item.why), []).append(item.cells)
            held += sum(map(len, item.cells)) + 50
        if held > LONGEST:
            raise too_long()
        item = next(items, None)
