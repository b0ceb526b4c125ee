"""Pieces shared by the parts of the terminal report: headings, citations, and the columns that carry the result."""

from __future__ import annotations

from dataclasses import dataclass

from rich import box
from rich.console import Group
from rich.table import Table

from scanner.config import Lang
from scanner.law.model import Citation, ReadingResult
from scanner.model import Report
from scanner.plain import plain, title
from scanner.reports.messages import say
from scanner.reports.paragraph import Paragraph
from scanner.reports.titles import kind_title

# Only to order what is shown: E counts a record of these tiers so many times (`ReadingResult.E`).
_ORDER = {"item3": 100, "item4": 10, "item5": 1}
HEADER_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Place:
    """One column that holds personal information. carries: of the categories that make up the strict result."""

    file: str
    header: str
    index: int
    kind: str
    hits: int
    inside: bool
    carries: bool

    def words(self, lang: Lang) -> str:
        return say(
            lang,
            "column_place_inside" if self.inside else "column_place",
            file=self.file,
            header=self.header or say(lang, "column_untitled"),
            index=self.index + 1,
            kind=kind_title(self.kind, lang),
            hits=self.hits,
        )


def heading(lang: Lang, key: str) -> Group:
    return Group("", Paragraph(say(lang, key), style="bold"))


def bullet(line: str, style: str = "", mark: str = "•") -> Paragraph:
    """One entry of a list."""
    return Paragraph(line, style, mark, indent=2)


def cite(citation: Citation, lang: Lang) -> str:
    """（instrument article）; what no source confirms says so."""
    words = plain(f"{citation.instrument} {citation.article}")
    if not citation.confirmed:
        doubt = say(lang, "unconfirmed")
        words += f"，{doubt}" if lang == "zh" else f", {doubt}"
    if not words:
        return ""
    return f"（{words}）" if lang == "zh" else f" ({words})"


def table(*columns: str, right: tuple[int, ...] = ()) -> Table:
    """A plain table with these headings; `right`: indices of columns of numbers."""
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False, header_style="")
    for index, name in enumerate(columns):
        grid.add_column(name, justify="right" if index in right else "left", overflow="fold")
    return grid


def shown_header(header: str) -> str:
    return title(plain(header, HEADER_WIDTH))


def reached_ratio(result: ReadingResult) -> float:
    """The heavier of quantity and gains."""
    return max(result.ratio, result.gains_ratio)


def carrying_kinds(report: Report) -> frozenset[str]:
    """The kinds without which the strict sum would fall most: of each category that would reach the line by itself, or of
    the heaviest one where none does, and not needed by a lighter one."""
    strict = report.assessment.readings["strict"]
    notes = report.assessment.categories
    entries = {id: count for id, (_, count) in strict.by_category.items()}
    weights = {n.id: max(n.persons, entries.get(n.id, 0)) * _ORDER.get(n.tiers.get("strict", ""), 0) for n in notes}
    heaviest = max(weights.values(), default=0)
    if not heaviest:
        return frozenset()
    floor = min(heaviest, strict.line or heaviest)
    heavy = frozenset(kind for note in notes if weights[note.id] >= floor for kind in note.kinds)
    light = frozenset(kind for note in notes if weights[note.id] < floor for kind in note.kinds)
    return heavy - light - {"personal_name"} or heavy


def places(report: Report) -> list[Place]:
    """The columns with personal information of files where something was counted; those that carry the result first."""
    carrying = carrying_kinds(report)
    found: list[Place] = []
    for file in report.files:
        if file.assessment.verdict == "none":
            continue
        path = plain(file.path)
        for part in file.tables:
            headers = {column.index: shown_header(column.header) for column in part.columns}
            for column in part.columns:
                if column.kind and column.hits:
                    header, kind = headers[column.index], column.kind
                    found.append(Place(path, header, column.index, kind, column.hits, False, kind in carrying))
            for inside in part.inside:
                if inside.hits:
                    header, kind = headers.get(inside.column, ""), inside.kind
                    found.append(Place(path, header, inside.column, kind, inside.hits, True, kind in carrying))
    return sorted(found, key=lambda place: (not place.carries, -place.hits))
