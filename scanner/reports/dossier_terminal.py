"""A dossier for a terminal or a text file: the sums first, long tables cut, all of them in the HTML and JSON forms."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding

from scanner.config import Lang
from scanner.offboard.model import Dossier
from scanner.reports.dossier_parts import Section
from scanner.reports.dossier_sections import sections
from scanner.reports.dossier_words import word
from scanner.reports.paragraph import Paragraph
from scanner.reports.terminal_parts import bullet, table

WIDTH = 120
ROWS = 30
BULLETS = 60


def write_dossier(dossier: Dossier, console: Console, lang: Lang) -> None:
    """Print the dossier."""
    for number, part in enumerate(sections(dossier, lang)):
        console.print(Group(*_section(part, lang, first=not number)), markup=False, highlight=False, emoji=False)


def dossier_text(dossier: Dossier, lang: Lang, *, width: int = WIDTH) -> str:
    """The dossier as text: no colours, no blanks at the ends of lines."""
    into = StringIO()
    console = Console(file=into, width=width, color_system=None, legacy_windows=False, markup=False, emoji=False)
    write_dossier(dossier, console, lang)
    return "".join(f"{line.rstrip()}\n" for line in into.getvalue().splitlines())


def _section(part: Section, lang: Lang, *, first: bool) -> Iterator[RenderableType]:
    if not first:
        yield ""
    yield Paragraph(part.title, style="bold")
    yield from (Paragraph(line, indent=2) for line in part.lines)
    if part.grid:
        grid = table(*part.grid.columns, right=part.grid.right)
        for row in part.grid.rows[:ROWS]:
            grid.add_row(*row)
        yield Padding(grid, (0, 0, 0, 2))
        if len(part.grid.rows) > ROWS:
            yield bullet(word(lang, "rows_more", count=len(part.grid.rows) - ROWS))
    for line in part.bullets[:BULLETS]:
        yield Paragraph(line.strip(), mark="–", indent=4) if line.startswith(" ") else bullet(line)
    if len(part.bullets) > BULLETS:
        yield bullet(word(lang, "rows_more", count=len(part.bullets) - BULLETS))
