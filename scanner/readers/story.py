"""The text of a document as it streams by: paragraphs become lines, tables become rows, and each knows what hides it.

Word and PowerPoint share the local names of what matters: p, r, t, br, tbl, tr, tc. One machine reads both, whatever the
namespace (transitional, strict).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest

from scanner.readers.looks import BLANK, UNSEEN, Canvas, Font, Looks
from scanner.readers.prose import LONGEST, too_long
from scanner.readers.row_tables import WIDEST

DELETED, CODE = "deleted text kept by tracked changes", "field codes and link targets"


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph outside tables. why: "" or what hides it."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of table `table`; why as in Line. cells None: the table ends."""

    table: int
    cells: list[str] | None
    why: str = ""


_TEXTS = frozenset({"t", "delText", "instrText", "delInstrText", "text", "v"})  # text: of comments on slides; v: of charts


class _Grid:
    """A table while it is read: its number, the cells of the row, and the texts of the cell by what hides them."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.rows: dict[str, list[str]] = {}
        self.cell: dict[str, list[str]] = {}
        self.places = 0
        self.span = 1


class Story:
    """Handlers that turn a part into lines and rows. styles: what they say of their text; canvas: what that stands on.

    found    lines and rows, to be taken as they come
    between  hidden cells in rows that are seen in part, by what hides them
    """

    def __init__(self, styles: Mapping[str, Font] | None = None, canvas: Canvas | None = None) -> None:
        self.found: list[Line | Row] = []
        self.between: Counter[str] = Counter()
        self._looks = Looks(canvas, styles)
        self._path: list[str] = []
        self._texts: dict[str, list[str]] = {}
        self._paragraphs: list[dict[str, list[str]]] = []
        self._size = 0
        self._grids: list[_Grid] = []
        self._tables = 0
        self._skipped = 0
        self._chosen: list[bool] = []
        self._gone = 0
        self._into = ""
        self._taking = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._skipped or (name == "Fallback" and self._chosen and self._chosen[-1]):
            self._skipped += 1  # the same text once more, for older programs
            return
        parent = self._path[-1] if self._path else ""
        self._path.append(name)
        self._looks.start(name, attributes, self._path)
        if name in _TEXTS:
            self._taking = True
            self._into = {"delText": DELETED, "instrText": CODE, "delInstrText": CODE}.get(name, self._why())
        elif name == "p":
            self._paragraphs.append(self._texts)
            self._texts = {}
        elif name in ("br", "cr") and parent in ("r", "p"):
            self._add("\n", self._why())
        elif name in ("tab", "ptab") and parent == "r":
            self._add("\t", self._why())
        elif name == "noBreakHyphen":
            self._add("-", self._why())
        elif name in ("del", "moveFrom"):
            self._gone += 1
        elif name == "fldSimple":
            self._add(attributes.get("instr", "") + "\n", CODE)
        elif name == "docPr" and attributes.get("descr"):
            self.found.append(Line(attributes["descr"], "alternative text of a picture"))
        elif name == "AlternateContent":
            self._chosen.append(False)
        elif name == "Choice" and self._chosen:
            self._chosen[-1] = True
        elif name == "tbl":
            self._tables += 1
            self._grids.append(_Grid(self._tables))
        elif self._grids:
            self._grid_start(name, attributes)

    def _grid_start(self, name: str, attributes: dict[str, str]) -> None:
        table = self._grids[-1]
        if name == "tr":
            table.rows, table.places = {}, 0
        elif name == "tc":
            table.cell, table.span = {}, 1  # in PowerPoint a span is followed by its empty cells, in Word it is not
        elif name == "gridSpan":
            table.span = _number(attributes.get("val", "1"))
        elif name == "gridBefore":
            table.places += _number(attributes.get("val", "0"))

    def end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        self._path.pop()
        if name in _TEXTS:
            self._taking = False
            if name in ("text", "v") and not self._paragraphs:
                self._paragraph()
        elif name == "p":
            self._paragraph()
            self._texts = self._paragraphs.pop() if self._paragraphs else {}
        elif name in ("del", "moveFrom"):
            self._gone -= 1
        elif name == "AlternateContent" and self._chosen:
            self._chosen.pop()
        elif self._grids:
            self._grid_end(name)
        self._looks.end(name)

    def text(self, piece: str) -> None:
        if self._taking and not self._skipped:
            self._add(piece, self._into)

    def _why(self) -> str:
        return DELETED if self._gone else self._looks.why()

    def _add(self, piece: str, why: str) -> None:
        self._texts.setdefault(why, []).append(piece)
        self._size += len(piece)
        if self._size > LONGEST:
            raise too_long()

    def _paragraph(self) -> None:
        for why, pieces in self._texts.items():
            text = "".join(pieces).strip()
            if not text:
                continue
            if self._grids and why != CODE:
                self._grids[-1].cell.setdefault(why, []).append(text)
            else:
                self.found.append(Line(text, why))
        self._texts = {}
        if not self._grids:
            self._size = 0

    def _grid_end(self, name: str) -> None:
        table = self._grids[-1]
        if name == "tc":
            if BLANK in table.cell and self._looks.painted_over():
                table.cell[""] = [*table.cell.get("", []), *table.cell.pop(BLANK)]
            for why in {"", *table.cell, *table.rows}:
                row = table.rows.setdefault(why, [])
                row += [""] * (table.places - len(row))
                row.append("\n".join(table.cell.get(why, [])))
            table.places = min(table.places + table.span, WIDEST)
            table.cell = {}
        elif name == "tr":
            self._row(table)
            if len(self._grids) == 1:
                self._size = 0
        elif name == "tbl":
            self._grids.pop()
            self.found.append(Row(table.number, None))

    def _row(self, table: _Grid) -> None:
        # a row that is hidden in part stays one row: its cells tell of one person
        parts = {why: cells for why in ("", *UNSEEN) if any(cells := table.rows.pop(why, []))}
        if parts:
            whole = ["\n".join(filter(None, cells)) for cells in zip_longest(*parts.values(), fillvalue="")]
            seen = next(iter(parts))
            self.found.append(Row(table.number, whole, seen))
            if not seen:
                self.between.update({why: sum(map(bool, cells)) for why, cells in parts.items() if why})
        for why, cells in table.rows.items():
            if any(cells):
                self.found.append(Row(table.number, cells, why))


def _number(text: str) -> int:
    return min(int(text), 63) if text.isascii() and text.isdigit() and len(text) < 9 else 1  # Word has at most 63 columns
